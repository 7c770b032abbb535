/**
 * Opens one connection from a client to a node: plain TCP on the loopback interface, TLS (with a client certificate
 * where the node wants one) everywhere else. Knows nothing of the protocol.
 */
import { connect as connectPlain, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Connection, adoptStream } from './connection.ts';
import type { ConnectionHandler } from './connection.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Encrypts the connection; PEM texts. Left out: clear text, which a node takes on its loopback interface only. */
  readonly tls?: ClientTls;
}

export interface ClientTls {
  /** Certificate authority that signed the node's certificate. */
  readonly ca: string;
  /** Client certificate and key, where the node wants one. */
  readonly certificate?: string;
  readonly key?: string;
  /** Name in the node's certificate. @default the endpoint's host */
  readonly serverName?: string;
}

const RECEIVE_BYTES = 65_536;
const shared = Buffer.alloc(RECEIVE_BYTES);
const sharedView = new DataView(shared.buffer, shared.byteOffset, RECEIVE_BYTES);

/** Connects; `onOpen` hears when bytes can be written, the handler of everything else. */
export function openConnection(endpoint: Endpoint, handler: ConnectionHandler, onOpen: () => void): Connection {
  return endpoint.tls === undefined
    ? openPlain(endpoint, handler, onOpen)
    : openTls(endpoint, endpoint.tls, handler, onOpen);
}

function openPlain({ host, port }: Endpoint, handler: ConnectionHandler, onOpen: () => void): Connection {
  const socket: Socket = connectPlain({
    host,
    port,
    noDelay: true,
    onread: {
      buffer: shared,
      callback: (received) => {
        handler.onBytes(shared, sharedView, received);
        return true;
      },
    },
  });
  const connection = new Connection(socket, -1, handler);
  connection.watch();
  socket.on('connect', () => {
    connection.useDescriptor();
    onOpen();
  });
  return connection;
}

function openTls(endpoint: Endpoint, tls: ClientTls, handler: ConnectionHandler, onOpen: () => void): Connection {
  const name = tls.serverName ?? endpoint.host;
  const socket = connectTls({
    host: endpoint.host,
    port: endpoint.port,
    ca: tls.ca,
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(isIP(name) === 0 ? { servername: name } : {}),
    minVersion: 'TLSv1.3',
  });
  socket.on('secureConnect', onOpen);
  return adoptStream(socket, handler);
}
