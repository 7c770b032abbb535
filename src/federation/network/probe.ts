/**
 * Probes between sites over UDP: a responder that sends back what it gets, and a prober that times the way there and back. Real
 * packets on a real socket; a probe without answer in time counts as lost, and an answer nobody waits for is ignored.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '#kit/clock.ts';
import { LinkWindow, type LinkFigures } from './measurement.ts';

/** First bytes of a probe: anything else that arrives is not answered, so that nobody is made to echo floods. */
const MAGIC = 0x4e_41_50_52;
const PROBE_BYTES = 16;
/** Probes of one link that may be under way. */
const WAITING_MAX = 64;
const NANOS_PER_MICRO = 1000;

async function bound(host: string, port: number): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  // A packet that cannot be sent is a lost one.
  socket.on('error', () => undefined);
  return socket;
}

/** Answers probes. */
export interface ProbeResponder {
  readonly port: number;
  close(): Promise<void>;
}

export async function openResponder(host: string, port: number): Promise<ProbeResponder> {
  const socket = await bound(host, port);
  socket.on('message', (message, from) => {
    if (message.length === PROBE_BYTES && message.readUInt32BE(0) === MAGIC)
      socket.send(message, from.port, from.address);
  });
  return { port: socket.address().port, close: async () => closed(socket) };
}

export interface ProbeTarget {
  readonly to: string;
  readonly host: string;
  readonly port: number;
}

export interface ProberOptions {
  readonly targets: readonly ProbeTarget[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Probes every target at an interval, and keeps the figures of each link. */
export class Prober {
  private readonly options: ProberOptions;
  private readonly socket: Socket;
  private readonly windows: readonly LinkWindow[];
  private readonly waiting: Map<number, number>[];
  private readonly timer: NodeJS.Timeout;
  private next = 1;

  private constructor(options: ProberOptions, socket: Socket) {
    this.options = options;
    this.socket = socket;
    this.windows = options.targets.map(() => new LinkWindow());
    this.waiting = options.targets.map(() => new Map<number, number>());
    socket.on('message', (message) => this.onAnswer(message));
    this.timer = setInterval(() => this.turn(), options.intervalMs);
  }

  static async open(options: ProberOptions): Promise<Prober> {
    return new Prober(options, await bound('0.0.0.0', 0));
  }

  figures(): LinkFigures[] {
    return this.options.targets.map(({ to }, at) => this.windows[at].figures(to));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await closed(this.socket);
  }

  private turn(): void {
    const { targets, clock, timeoutMs } = this.options;
    const now = clock.monotonicNanos();
    for (const [at, { host, port }] of targets.entries()) {
      const waiting = this.waiting[at];
      for (const [number, sent] of waiting) {
        if (now - sent < timeoutMs * NANOS_PER_MICRO * 1000) continue;
        waiting.delete(number);
        this.windows[at].add(undefined, clock.nowMicros());
      }
      if (waiting.size >= WAITING_MAX) continue;
      const number = this.next++;
      const probe = Buffer.alloc(PROBE_BYTES);
      probe.writeUInt32BE(MAGIC, 0);
      probe.writeUInt32BE(at, 4);
      probe.writeDoubleBE(number, 8);
      waiting.set(number, clock.monotonicNanos());
      this.socket.send(probe, port, host);
    }
  }

  private onAnswer(message: Buffer): void {
    if (message.length !== PROBE_BYTES || message.readUInt32BE(0) !== MAGIC) return;
    const at = message.readUInt32BE(4);
    const waiting = this.waiting[at];
    const number = message.readDoubleBE(8);
    const sent = waiting?.get(number);
    if (waiting === undefined || sent === undefined) return;
    const { clock } = this.options;
    waiting.delete(number);
    this.windows[at].add((clock.monotonicNanos() - sent) / NANOS_PER_MICRO, clock.nowMicros());
  }
}

async function closed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.close(() => resolve());
  });
}
