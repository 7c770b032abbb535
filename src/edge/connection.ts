/**
 * One client's socket as the node uses it. Bytes arrive through one receive buffer that all plain sockets share, since
 * they are worked off before the next read; they leave by a write of the file descriptor, which costs less than the
 * stream's, and fall back to the stream's queue when the socket is full (and always under TLS).
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { SocketConstructorOpts } from 'node:net';
import { errnoOf } from '#journal/errors.ts';
import type { Outlet } from './delivery.ts';

/** Most bytes copied and queued for one connection before it counts as too slow. */
const QUEUED_BYTES_MAX = 262_144;
const RECEIVE_BYTES = 65_536;

/** What happens on a connection. */
export interface ConnectionHandler {
  /** Bytes [0, end) arrived; valid during the call. */
  onBytes(bytes: Uint8Array, view: DataView, end: number): void;
  /** The queue of a full socket is empty again. */
  onDrained(): void;
  /** More than QUEUED_BYTES_MAX wait; the owner should end the connection. */
  onOverfull(): void;
  /** The connection is gone, for whatever reason. Called once. */
  onClosed(): void;
}

/** The part of libuv's handle behind a socket that is used here; absent in other runtimes. */
interface SocketHandle {
  readonly fd?: number;
}
interface SocketInternals {
  _handle: SocketHandle | null;
}

const shared = Buffer.alloc(RECEIVE_BYTES);
const sharedView = new DataView(shared.buffer, shared.byteOffset, RECEIVE_BYTES);

export class Connection implements Outlet {
  writable = true;
  /** Bytes copied into the stream's queue and not yet taken by the socket. */
  queuedBytes = 0;
  private readonly socket: Socket;
  private readonly handler: ConnectionHandler;
  /** File descriptor for direct writes, or -1 where the stream must be used. */
  private fd: number;
  private closed = false;

  constructor(socket: Socket, fd: number, handler: ConnectionHandler) {
    this.socket = socket;
    this.fd = fd;
    this.handler = handler;
  }

  /** Address and port of the other side, for messages to people. */
  describePeer(): string {
    return `${this.socket.remoteAddress ?? 'unknown'}:${this.socket.remotePort ?? 0}`;
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    if (this.fd >= 0 && this.queuedBytes === 0) {
      try {
        at += writeSync(this.fd, bytes, start, end - start);
      } catch (error) {
        if (errnoOf(error) !== 'EAGAIN') {
          this.destroy();
          return;
        }
      }
    }
    if (at < end) this.queue(bytes, at, end);
  }

  private queue(bytes: Uint8Array, start: number, end: number): void {
    if (this.closed) return;
    const length = end - start;
    this.queuedBytes += length;
    this.writable = false;
    this.socket.write(Uint8Array.prototype.slice.call(bytes, start, end), () => this.onTaken(length));
    if (this.queuedBytes > QUEUED_BYTES_MAX) this.handler.onOverfull();
  }

  private onTaken(length: number): void {
    this.queuedBytes -= length;
    if (this.queuedBytes > 0 || this.closed) return;
    this.writable = true;
    this.handler.onDrained();
  }

  /** Writes to the descriptor from now on, where the runtime shows it: the socket is connected. */
  useDescriptor(): void {
    this.fd = descriptorOf(this.socket);
  }

  /** Follows the socket's life. */
  watch(): void {
    const { socket } = this;
    // An error is always followed by close, which is what matters here.
    socket.on('error', () => undefined);
    socket.on('end', () => this.end());
    socket.on('close', () => this.noteClosed());
    socket.setNoDelay(true);
  }

  /** Ends the connection after what was written; bytes that still arrive are dropped. */
  end(): void {
    if (this.closed) return;
    this.fd = -1;
    this.socket.end();
    this.socket.destroySoon();
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.fd = -1;
    this.socket.destroy();
  }

  /** Called by the socket's close event. */
  noteClosed(): void {
    if (this.closed) return;
    this.closed = true;
    this.fd = -1;
    this.writable = false;
    this.handler.onClosed();
  }
}

/**
 * Takes over an accepted plain socket, which must not have been read from (pauseOnConnect): reads go through the shared
 * buffer and writes to the descriptor. Where the runtime does not show its handle, the stream's own way is used.
 */
export function adoptPlainSocket(accepted: Socket, handler: ConnectionHandler): Connection {
  const fd = descriptorOf(accepted);
  if (fd < 0) return adoptStream(accepted, handler);
  const internals = accepted as unknown as SocketInternals;
  const handle = internals._handle;
  internals._handle = null;
  // `handle` is what a listening server itself gives to each socket; the types leave it out.
  const socket = new Socket({
    handle,
    onread: {
      buffer: shared,
      callback: (received: number) => {
        handler.onBytes(shared, sharedView, received);
        return true;
      },
    },
  } as unknown as SocketConstructorOpts);
  const connection = new Connection(socket, fd, handler);
  connection.watch();
  socket.resume();
  return connection;
}

/** Takes over a stream (TLS, or a plain socket without a descriptor). */
export function adoptStream(socket: Socket, handler: ConnectionHandler): Connection {
  const connection = new Connection(socket, -1, handler);
  connection.watch();
  socket.on('data', (chunk: Buffer) => {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    handler.onBytes(chunk, view, chunk.length);
  });
  socket.resume();
  return connection;
}

function descriptorOf(socket: Socket): number {
  const handle = (socket as unknown as SocketInternals)._handle;
  return typeof handle?.fd === 'number' ? handle.fd : -1;
}
