/**
 * Where the node listens for order entry: clear text on the loopback interface only, TLS 1.3 (mutual, where an
 * authority for clients is given) anywhere else. Hands sockets to the door and knows nothing of what they say.
 */
import { createServer as createPlainServer, isIP } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { CodedError } from '#kit/errors.ts';
import { errnoOf } from '#journal/errors.ts';
import { adoptPlainSocket, adoptStream } from './connection.ts';
import { EDGE_ERRORS } from './errors.ts';
import type { Connection, ConnectionHandler } from './connection.ts';
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

/** Who takes connections: `adopt` binds the socket to what will handle it. */
export interface Door {
  accept(adopt: (handler: ConnectionHandler) => Connection): void;
}

export interface Listener {
  readonly port: number;
  /** Hands connections to `door` from now on; those that came before the first were turned away. */
  open(door: Door): void;
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
  const entrance: Entrance = { door: undefined };
  const server = options.tls === undefined ? plainServer(entrance) : tlsServer(options.tls, entrance);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, options)));
    server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, resolve);
  });
  // A failed accept (no descriptor left) concerns that one client.
  server.on('error', () => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    open: (door) => {
      entrance.door = door;
    },
    close: () => server.close(),
  };
}

/** Who takes the connections; nobody while the node recovers. */
interface Entrance {
  door: Door | undefined;
}

function plainServer(entrance: Entrance): Server {
  return createPlainServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    if (entrance.door === undefined) socket.destroy();
    else entrance.door.accept((handler) => adoptPlainSocket(socket, handler));
  });
}

function tlsServer(tls: NodeTls, entrance: Entrance): Server {
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
        if (entrance.door === undefined) socket.destroy();
        else entrance.door.accept((handler) => adoptStream(socket, handler));
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
