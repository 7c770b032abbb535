/**
 * A witness behind HTTP: `POST /add-checkpoint` and, for people, `GET /keys`. Reads no more than a request may have, and
 * never answers with a cosignature that is not remembered.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { REQUEST_BYTES_MAX } from './witness.ts';
import type { Witness, WitnessAnswer } from './witness.ts';

const REQUEST_TIMEOUT_MS = 5000;

/** Serves the witness; resolves with the port it listens at. */
export async function serveWitness(
  witness: Witness,
  host: string,
  port: number,
): Promise<{ server: Server; port: number }> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(witness, request).then(
      ({ status, contentType, body }) => response.writeHead(status, { 'content-type': contentType }).end(body),
      () => response.writeHead(500).end('the witness cannot remember: nothing is cosigned\n'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

async function answer(witness: Witness, request: IncomingMessage): Promise<WitnessAnswer> {
  const plain = 'text/plain; charset=utf-8';
  if (request.method === 'GET' && request.url === '/keys') {
    return { status: 200, contentType: plain, body: witness.vkeys.map((vkey) => `${vkey}\n`).join('') };
  }
  if (request.method !== 'POST' || request.url !== '/add-checkpoint') {
    return { status: 404, contentType: plain, body: 'POST /add-checkpoint\n' };
  }
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > REQUEST_BYTES_MAX) return { status: 413, contentType: plain, body: 'the request is too long\n' };
    parts.push(part);
  }
  return witness.addCheckpoint(Buffer.concat(parts).toString('utf8'));
}
