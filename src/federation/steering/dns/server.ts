/**
 * The sockets of the name server: UDP and TCP on the same addresses. Answers are written into a ring of buffers; when the system
 * takes no more, UDP answers are dropped (askers repeat) and TCP connections are closed. Every queue has a maximum.
 */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { parseAddress, type ClientAddress } from '../address.ts';
import { STEERING_ERRORS } from '../errors.ts';
import { AnswerWriter } from './answer.ts';
import { UDP_BYTES_MAX } from './codes.ts';
import { RateLimiter } from './rate-limit.ts';
import type { Responder } from './responder.ts';

/** UDP answers the system may be holding at once; a power of two. */
const SENDING_MAX = 256;
const TCP_CONNECTIONS_MAX = 512;
const TCP_IDLE_MS = 10_000;
/** A query; no honest one is nearly as long. */
const TCP_QUERY_BYTES_MAX = 4096;
/** Answers a client may leave unread. */
const TCP_UNREAD_BYTES_MAX = 256 << 10;
const TCP_ANSWER_BYTES_MAX = 65_535;
/** Source addresses whose parsed form is kept. */
const PARSED_MAX = 1 << 14;
const RECEIVE_BUFFER_BYTES = 4 << 20;

export interface DnsServerOptions {
  /** `address:port`, IPv6 in brackets. Port 0 takes any free one. */
  readonly listen: readonly string[];
  readonly answersPerSecond: number;
  readonly unlimited: readonly string[];
}

export interface TransportCounts {
  udpQueries: number;
  tcpQueries: number;
  cut: number;
  dropped: number;
}

export class DnsServer {
  readonly counts: TransportCounts = { udpQueries: 0, tcpQueries: 0, cut: 0, dropped: 0 };
  private readonly responder: Responder;
  private readonly limiter: RateLimiter;
  private readonly clock: Pick<Clock, 'nowMicros'>;
  private readonly sockets: UdpSocket[] = [];
  private readonly servers: Server[] = [];
  private readonly connections = new Set<Socket>();
  private readonly parsed = new Map<string, ClientAddress>();
  private readonly ring = Array.from({ length: SENDING_MAX }, () => {
    const buffer = new Uint8Array(UDP_BYTES_MAX);
    return { buffer, writer: new AnswerWriter(buffer) };
  });
  private next = 0;
  private readonly tcpBuffer = new Uint8Array(2 + TCP_ANSWER_BYTES_MAX);
  private readonly tcpWriter = new AnswerWriter(this.tcpBuffer.subarray(2));

  private constructor(responder: Responder, options: DnsServerOptions, clock: Pick<Clock, 'nowMicros'>) {
    this.responder = responder;
    this.limiter = new RateLimiter(options.answersPerSecond, options.unlimited);
    this.clock = clock;
  }

  /** Opens every address, UDP and TCP. Throws STEERING_PORT_UNUSABLE, with nothing left open. */
  static async open(
    responder: Responder,
    options: DnsServerOptions,
    clock: Pick<Clock, 'nowMicros'>,
  ): Promise<DnsServer> {
    const server = new DnsServer(responder, options, clock);
    try {
      for (const address of options.listen) await server.listen(address);
    } catch (error) {
      await server.close();
      const cause = error instanceof Error ? error.message : String(error);
      throw new CodedError(STEERING_ERRORS.STEERING_PORT_UNUSABLE, cause, { cause: error });
    }
    return server;
  }

  /** Ports it listens on, in order of the addresses. */
  get ports(): number[] {
    return this.sockets.map((socket) => socket.address().port);
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    await Promise.all([
      ...this.sockets.splice(0).map(async (socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
      ...this.servers.splice(0).map(async (server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    ]);
  }

  private async listen(text: string): Promise<void> {
    const [, bracketed, plain, digits] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
    const host = bracketed ?? plain ?? '';
    const port = await this.listenTcp(host, Number(digits));
    const socket = createSocket({
      type: bracketed === undefined ? 'udp4' : 'udp6',
      recvBufferSize: RECEIVE_BUFFER_BYTES,
      // Answers go to where the question came from: there is no name to look up, and no turn of the loop to wait for.
      lookup: (address, _options, found) => found(null, address, bracketed === undefined ? 4 : 6),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    // An answer that cannot be delivered is the asker's loss: it asks again.
    socket.on('error', () => this.counts.dropped++);
    socket.on('message', (message, from) => this.onDatagram(socket, message, from));
    this.sockets.push(socket);
  }

  private async listenTcp(host: string, port: number): Promise<number> {
    const server = createServer((connection) => this.onConnection(connection));
    server.maxConnections = TCP_CONNECTIONS_MAX;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.servers.push(server);
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  private onDatagram(socket: UdpSocket, message: Uint8Array, { address, port }: RemoteInfo): void {
    this.counts.udpQueries++;
    const client = this.clientOf(address);
    const verdict = client === undefined ? 'drop' : this.limiter.ask(client, this.clock.nowMicros());
    if (client === undefined || verdict === 'drop' || port === 0 || socket.getSendQueueCount() >= SENDING_MAX) {
      this.counts.dropped++;
      return;
    }
    if (verdict === 'cut') this.counts.cut++;
    const { buffer, writer } = this.ring[this.next] as { buffer: Uint8Array; writer: AnswerWriter };
    const length = this.responder.answer(message, client, writer, 'udp', verdict === 'cut');
    if (length === 0) return;
    this.next = (this.next + 1) & (SENDING_MAX - 1);
    socket.send(buffer, 0, length, port, address);
  }

  private onConnection(connection: Socket): void {
    const client = this.clientOf(connection.remoteAddress ?? '');
    if (client === undefined) {
      connection.destroy();
      return;
    }
    this.connections.add(connection);
    connection.setTimeout(TCP_IDLE_MS, () => connection.destroy());
    connection.on('close', () => this.connections.delete(connection));
    connection.on('error', () => connection.destroy());
    let waiting: Buffer = Buffer.alloc(0);
    connection.on('data', (part) => {
      waiting = waiting.length === 0 ? part : Buffer.concat([waiting, part]);
      while (waiting.length >= 2) {
        const length = waiting.readUInt16BE(0);
        if (length > TCP_QUERY_BYTES_MAX || connection.writableLength > TCP_UNREAD_BYTES_MAX) {
          connection.destroy();
          return;
        }
        if (waiting.length < 2 + length) return;
        this.answerTcp(connection, waiting.subarray(2, 2 + length), client);
        waiting = waiting.subarray(2 + length);
      }
    });
  }

  private answerTcp(connection: Socket, message: Uint8Array, client: ClientAddress): void {
    this.counts.tcpQueries++;
    const length = this.responder.answer(message, client, this.tcpWriter, 'tcp');
    if (length === 0) {
      connection.destroy();
      return;
    }
    this.tcpBuffer[0] = length >> 8;
    this.tcpBuffer[1] = length & 0xff;
    connection.write(this.tcpBuffer.slice(0, 2 + length));
  }

  /** Resolvers ask again and again: their addresses are parsed once. */
  private clientOf(text: string): ClientAddress | undefined {
    const known = this.parsed.get(text);
    if (known !== undefined) return known;
    const address = parseAddress(text);
    if (address === undefined) return undefined;
    if (this.parsed.size >= PARSED_MAX) this.parsed.clear();
    this.parsed.set(text, address);
    return address;
  }
}
