/**
 * Probes nodes over their order-entry port: the question what they are, which needs no login and which only a loop that
 * turns can answer. One connection for each target, opened again when it breaks; several questions may be under way, since
 * a round trip can take longer than the beat. Judges nothing.
 */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '#kit/clock.ts';
import { FrameHeader, FrameType, NODE_FRAME_BYTES_MAX, readWideAt, writeFrameHeader } from '#wire/order-entry/frame.ts';
import { MEMBER_STATE_BYTES, MemberState, PLAIN_REQUEST_BYTES, PlainRequest } from '#wire/order-entry/messages.ts';
import { FrameSplitter } from '#wire/order-entry/splitter.ts';
import type { ProbeAnswer } from './observation.ts';

export interface ProbeTarget {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** PEM texts; without them the probe goes in clear text, which nodes take on their loopback interface only. */
  readonly tls?: ProbeTls;
}

export type ProbeDone = (answer: ProbeAnswer | undefined) => void;

export interface ProbeTls {
  /** Authority that signed the nodes' certificates. */
  readonly ca: string;
  /** Client certificate and key, where nodes want one. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** A probe without an answer for so long has failed, and its connection is not believed in any more. */
const PROBE_TIMEOUT_MS = 1000;
/** Questions under way to one target; further ones fail at once. */
const UNDER_WAY_MAX = 8;
const REQUEST_ID_MAX = 0xffff_fff0;

export class TcpProber {
  private readonly clock: Clock;
  private readonly lines = new Map<string, Line>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Calls back once. A target whose address changed is asked at its new one. */
  probe(target: ProbeTarget, done: ProbeDone): void {
    let line = this.lines.get(target.name);
    if (line !== undefined && (line.target.host !== target.host || line.target.port !== target.port)) {
      line.close();
      line = undefined;
    }
    if (line === undefined) {
      line = new Line(target, this.clock);
      this.lines.set(target.name, line);
    }
    line.ask(done);
  }

  /** Closes the connections to all but these. */
  keep(names: ReadonlySet<string>): void {
    for (const [name, line] of this.lines) {
      if (names.has(name)) continue;
      line.close();
      this.lines.delete(name);
    }
  }

  close(): void {
    this.keep(new Set());
  }
}

interface Question {
  readonly sentMicros: number;
  readonly done: ProbeDone;
  readonly timer: NodeJS.Timeout;
}

/** The connection to one target. */
class Line {
  readonly target: ProbeTarget;
  private readonly clock: Clock;
  private readonly underWay = new Map<number, Question>();
  private socket: Socket | undefined;
  private lastId = 0;

  constructor(target: ProbeTarget, clock: Clock) {
    this.target = target;
    this.clock = clock;
  }

  ask(done: ProbeDone): void {
    if (this.underWay.size >= UNDER_WAY_MAX) {
      done(undefined);
      return;
    }
    const socket = this.socket ?? this.connect();
    const id = this.lastId >= REQUEST_ID_MAX ? 1 : this.lastId + 1;
    this.lastId = id;
    const timer = setTimeout(() => {
      this.settle(id, undefined);
      // What does not answer is asked again from the beginning: the connection may lead nowhere.
      if (this.socket === socket) this.drop();
    }, PROBE_TIMEOUT_MS);
    timer.unref();
    this.underWay.set(id, { sentMicros: this.clock.nowMicros(), done, timer });
    socket.write(requestFrame(id));
  }

  close(): void {
    this.drop();
    for (const id of this.underWay.keys()) this.settle(id, undefined);
  }

  private connect(): Socket {
    const { host, port, tls } = this.target;
    const socket =
      tls === undefined
        ? connectPlain({ host, port, noDelay: true })
        : connectTls({ host, port, ca: tls.ca, cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.3' });
    this.socket = socket;
    const splitter = new FrameSplitter(
      {
        onFrame: (view, at, byteLength) => this.onFrame(view, at, byteLength),
        onBadFrame: () => socket.destroy(),
      },
      NODE_FRAME_BYTES_MAX,
    );
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk, new DataView(chunk.buffer, chunk.byteOffset, chunk.length), chunk.length);
    });
    // A refused connection fails the questions that wait for it at once; an error is always followed by close.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      for (const id of this.underWay.keys()) this.settle(id, undefined);
    });
    socket.unref();
    return socket;
  }

  private drop(): void {
    const { socket } = this;
    this.socket = undefined;
    socket?.destroy();
  }

  private onFrame(view: DataView, at: number, byteLength: number): boolean {
    if (view.getUint8(at + FrameHeader.type) !== FrameType.memberState || byteLength < MEMBER_STATE_BYTES) return true;
    const id = view.getUint32(at + MemberState.requestId, true);
    const question = this.underWay.get(id);
    if (question === undefined) return true;
    this.settle(id, {
      sentMicros: question.sentMicros,
      receivedMicros: this.clock.nowMicros(),
      epoch: view.getUint32(at + MemberState.epoch, true),
      targetMicros: readWideAt(view, at + MemberState.nodeTimeMicros),
    });
    return true;
  }

  private settle(id: number, answer: ProbeAnswer | undefined): void {
    const question = this.underWay.get(id);
    if (question === undefined) return;
    clearTimeout(question.timer);
    this.underWay.delete(id);
    question.done(answer);
  }
}

function requestFrame(id: number): Uint8Array {
  const frame = new Uint8Array(PLAIN_REQUEST_BYTES);
  const view = new DataView(frame.buffer);
  writeFrameHeader(view, 0, PLAIN_REQUEST_BYTES, FrameType.memberRequest, 0, 0);
  view.setUint32(PlainRequest.requestId, id, true);
  return frame;
}
