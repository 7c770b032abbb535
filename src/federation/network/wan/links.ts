/**
 * One way of a wide-area link on one machine, without any right of the system: proxies over UDP and TCP that hold everything back by the
 * link's delay, lose datagrams by chance from a seed, and pass nothing while the link is cut. Loopback only.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Rng } from '#kit/rng.ts';
import type { DelayLine } from './delay-line.ts';

const LOOPBACK = '127.0.0.1';
/** Askers of one UDP link whose answers find their way back. */
const FLOWS_MAX = 64;
/** What one direction of a connection may hold under way; then the sender waits, as on a full path. */
const UNDER_WAY_BYTES_MAX = 16 << 20;

/** What a link is like; changed while it runs. Both directions of an exchange see it as it is at the moment they pass. */
export interface LinkTerms {
  /** Each way, milliseconds. */
  delayMs: number;
  /** Share of datagrams lost, each way. TCP loses nothing: its sender would send again. */
  lossShare: number;
  /** Whether anything passes from the asking site to the answering one, and back. */
  cutThere: boolean;
  cutBack: boolean;
}

/** A UDP link in front of one address. Each asker gets a socket of its own, so that answers find back. */
export class UdpLink {
  private readonly line: DelayLine;
  private readonly rng: Rng;
  private readonly terms: LinkTerms;
  private readonly targetPort: number;
  private readonly socket = createSocket('udp4');
  private readonly flows = new Map<string, UdpSocket>();

  constructor(line: DelayLine, rng: Rng, terms: LinkTerms, targetPort: number) {
    this.line = line;
    this.rng = rng;
    this.terms = terms;
    this.targetPort = targetPort;
    this.socket.on('message', (message, from) => this.there(message, from.port));
    this.socket.on('error', () => undefined);
  }

  /** Opens it; gives its port. */
  async open(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.socket.bind(0, LOOPBACK, () => resolve());
    });
    return this.socket.address().port;
  }

  close(): void {
    this.socket.close();
    for (const flow of this.flows.values()) flow.close();
    this.flows.clear();
  }

  private there(message: Buffer, askerPort: number): void {
    const { terms } = this;
    if (terms.cutThere || this.rng.float() < terms.lossShare) return;
    this.line.after(terms.delayMs, () => this.flowOf(askerPort)?.send(message, this.targetPort, LOOPBACK));
  }

  private flowOf(askerPort: number): UdpSocket | undefined {
    const key = String(askerPort);
    const known = this.flows.get(key);
    if (known !== undefined) return known;
    if (this.flows.size >= FLOWS_MAX) return undefined;
    const flow = createSocket('udp4');
    flow.on('error', () => undefined);
    flow.on('message', (message) => {
      const { terms } = this;
      if (terms.cutBack || this.rng.float() < terms.lossShare) return;
      this.line.after(terms.delayMs, () => {
        if (this.flows.has(key)) this.socket.send(message, askerPort, LOOPBACK);
      });
    });
    this.flows.set(key, flow);
    return flow;
  }
}

/** A TCP link in front of one port. While it is cut, connections hang as on a dead path: nothing is reset. */
export class TcpLink {
  private readonly line: DelayLine;
  private readonly terms: LinkTerms;
  private readonly targetPort: number;
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();

  constructor(line: DelayLine, terms: LinkTerms, targetPort: number) {
    this.line = line;
    this.terms = terms;
    this.targetPort = targetPort;
    this.server = createServer({ pauseOnConnect: true }, (near) => this.accept(near));
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, LOOPBACK, () => resolve());
    });
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    this.server.close();
    for (const pair of this.pairs) pair.destroy();
  }

  /** Lets what waited at a cut go on, once it is healed. */
  healed(): void {
    for (const pair of this.pairs) pair.go();
  }

  private accept(near: Socket): void {
    // The far side hears of it one way later, as on a real path.
    this.line.after(this.terms.delayMs, () => {
      const pair = new Pair(
        this.line,
        this.terms,
        near,
        connect({ port: this.targetPort, host: LOOPBACK, noDelay: true }),
      );
      this.pairs.add(pair);
      pair.onEnd = () => this.pairs.delete(pair);
    });
  }
}

/** Two ends of one connection through the link. */
class Pair {
  onEnd: () => void = () => undefined;
  private readonly near: Socket;
  private readonly far: Socket;
  private readonly ways: readonly Way[];

  constructor(line: DelayLine, terms: LinkTerms, near: Socket, far: Socket) {
    this.near = near;
    this.far = far;
    near.setNoDelay(true);
    this.ways = [
      new Way(line, near, far, terms, () => terms.cutThere),
      new Way(line, far, near, terms, () => terms.cutBack),
    ];
    for (const socket of [near, far]) {
      socket.on('error', () => this.destroy());
      socket.on('close', () => {
        if (near.destroyed && far.destroyed) this.onEnd();
      });
    }
    near.resume();
  }

  go(): void {
    for (const way of this.ways) way.go();
  }

  destroy(): void {
    this.near.destroy();
    this.far.destroy();
    this.onEnd();
  }
}

/** One direction: chunks in order, each held back; at a cut they wait, and so does the sender. */
class Way {
  private readonly waiting: (Buffer | 'end')[] = [];
  private underWay = 0;
  private readonly line: DelayLine;
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly terms: LinkTerms;
  private readonly isCut: () => boolean;

  constructor(line: DelayLine, from: Socket, to: Socket, terms: LinkTerms, isCut: () => boolean) {
    this.line = line;
    this.from = from;
    this.to = to;
    this.terms = terms;
    this.isCut = isCut;
    from.on('data', (chunk: Buffer) => this.take(chunk));
    from.on('end', () => this.take('end'));
  }

  go(): void {
    if (this.isCut()) return;
    for (const part of this.waiting.splice(0)) this.send(part);
  }

  private take(part: Buffer | 'end'): void {
    this.underWay += part === 'end' ? 0 : part.length;
    if (this.underWay > UNDER_WAY_BYTES_MAX) this.from.pause();
    if (this.isCut() || this.waiting.length > 0) this.waiting.push(part);
    else this.send(part);
  }

  private send(part: Buffer | 'end'): void {
    const isHeld = this.line.after(this.terms.delayMs, () => {
      if (part === 'end') {
        this.to.end();
        return;
      }
      this.underWay -= part.length;
      if (this.underWay <= UNDER_WAY_BYTES_MAX && this.from.isPaused()) this.from.resume();
      if (!this.to.destroyed) this.to.write(part);
    });
    // A stream with a hole in it must not go on.
    if (!isHeld) this.from.destroy();
  }
}
