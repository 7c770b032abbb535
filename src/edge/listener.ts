/**
 * Where the node listens for order entry: clear text on the loopback interface only, TLS 1.3 (mutual, where an
 * authority for clients is given) anywhere else. Hands sockets to the gateway and knows nothing of what they say.
 */
import { createServer as createPlainServer, isIP } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { CodedError } from '#kit/errors.ts';
import { errnoOf } from '#journal/errors.ts';
import { adoptPlainSocket, adoptStream } from './connection.ts';
import { EDGE_ERRORS } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { describePortHolder } from './port-holder.ts';

export interface NodeTls {
  /** The node's certificate chain and key, PEM texts. */
  readonly certificate: string;
  readonly key: string;
  /** Authority that must have signed the clients' certificates (mutual TLS); none is asked for where it is left out. */
  readonly clientAuthority?: string;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls?: NodeTls;
}

export interface Listener {
  readonly port: number;
  /** Hands connections to the gateway from now on; those that came earlier were turned away. */
  open(gateway: Gateway): void;
  /** Takes no more connections. */
  close(): void;
}

/** Connections the system keeps until they are accepted. */
const BACKLOG = 4096;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Whether an address can only be reached from this machine. */
function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** Throws EDGE_CLEAR_TEXT_REFUSED when clear text would leave the machine. */
function checkListenOptions({ host, tls }: ListenOptions): void {
  if (tls === undefined && !isLoopback(host)) {
    throw new CodedError(EDGE_ERRORS.EDGE_CLEAR_TEXT_REFUSED, `host ${host} without tls`);
  }
}

/**
 * Takes the port, before anything else of the node is touched: a node that cannot listen must not take the leadership
 * from one that does. Rejects with EDGE_PORT_IN_USE (naming the holder), EDGE_ADDRESS_UNUSABLE, EDGE_KEY_UNUSABLE or
 * EDGE_CLEAR_TEXT_REFUSED.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  checkListenOptions(options);
  const door: Door = { gateway: undefined };
  const server = options.tls === undefined ? plainServer(door) : tlsServer(options.tls, door);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, options)));
    server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, resolve);
  });
  // A failed accept (no descriptor left) concerns that one client.
  server.on('error', () => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    open: (gateway) => {
      door.gateway = gateway;
    },
    close: () => server.close(),
  };
}

/** Who takes the connections; nobody while the node recovers. */
interface Door {
  gateway: Gateway | undefined;
}

function plainServer(door: Door): Server {
  return createPlainServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    if (door.gateway === undefined) socket.destroy();
    else door.gateway.accept((link) => adoptPlainSocket(socket, link));
  });
}

function tlsServer(tls: NodeTls, door: Door): Server {
  try {
    return createTlsServer(
      {
        cert: tls.certificate,
        key: tls.key,
        minVersion: 'TLSv1.3',
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        ...(tls.clientAuthority === undefined
          ? {}
          : { ca: tls.clientAuthority, requestCert: true, rejectUnauthorized: true }),
      },
      (socket: Socket) => {
        if (door.gateway === undefined) socket.destroy();
        else door.gateway.accept((link) => adoptStream(socket, link));
      },
    ).on('tlsClientError', () => undefined);
  } catch (error) {
    throw new CodedError(EDGE_ERRORS.EDGE_KEY_UNUSABLE, error instanceof Error ? error.message : String(error));
  }
}

function listenError(error: Error, { host, port }: ListenOptions): CodedError {
  if (errnoOf(error) === 'EADDRINUSE') return new CodedError(EDGE_ERRORS.EDGE_PORT_IN_USE, describePortHolder(port));
  return new CodedError(EDGE_ERRORS.EDGE_ADDRESS_UNUSABLE, `${host}:${port}: ${error.message}`);
}
