/**
 * The places in the journal at which members of a shard compare their states, and what each has there: every batch that
 * lies in another second of journal time than the one before, and the hash of one slice of the state, another slice each second. Both follow from
 * the journal alone, so nothing has to be agreed. Costs a leader tens of microseconds a second, whatever its load.
 */
import type { Engine } from '#trading/engine.ts';
import type { Outbox } from './outbox.ts';

/** What a member has at one place. */
export interface StatePoint {
  readonly sequence: number;
  /** Two halves of the hash, signed. */
  readonly low: number;
  readonly high: number;
}

/** Words of state hashed at one place: 128 KiB. */
const SLICE_WORDS = 32_768;
/** Zero runs of this length cost nothing but the look. */
const BLOCK_WORDS = 256;
const MICROS_PER_SECOND = 1e6;
/** Places remembered: those of the last two minutes. */
const POINTS_MAX = 128;
const UNKNOWN = -1;

/** What is hashed beside the engine: what sessions were sent and have sent. */
export interface SessionCounters {
  readonly inbound: Uint32Array;
  readonly outbox: Pick<Outbox, 'sequencesSent'>;
}

export class StatePoints {
  private readonly counters: SessionCounters;
  private engine: Engine | undefined;
  /** Of the batch before; UNKNOWN before the first, which only begins the count. */
  private second = UNKNOWN;
  /** By sequence, oldest first, at most POINTS_MAX. */
  private readonly points = new Map<number, StatePoint>();
  private newest: StatePoint | undefined;
  private from = Infinity;

  constructor(counters: SessionCounters) {
    this.counters = counters;
  }

  /** Gives it the engine whose state is hashed. */
  useEngine(engine: Engine): void {
    this.engine = engine;
  }

  /** The last place, undefined before the first. */
  get last(): StatePoint | undefined {
    return this.newest;
  }

  /** What was found at `sequence`: a point, `never` where there is no such place, undefined where it is not known any more. */
  find(sequence: number): StatePoint | 'never' | undefined {
    const found = this.points.get(sequence);
    if (found !== undefined) return found;
    return sequence >= this.from ? 'never' : undefined;
  }

  /** A batch that was sequenced at `timeMicros` is carried out up to `sequence`. */
  note(timeMicros: number, sequence: number): void {
    const second = Math.floor(timeMicros / MICROS_PER_SECOND);
    if (second === this.second) return;
    const isFirst = this.second === UNKNOWN;
    this.second = second;
    if (isFirst || this.engine?.view === undefined) return;
    const point = this.hashSlice(this.engine, sequence, second);
    if (this.from === Infinity) this.from = sequence;
    this.points.set(sequence, point);
    this.newest = point;
    if (this.points.size <= POINTS_MAX) return;
    const [oldest] = this.points.keys();
    this.points.delete(oldest);
    const [next] = this.points.keys();
    this.from = next;
  }

  private hashSlice(engine: Engine, sequence: number, second: number): StatePoint {
    const runs: Int32Array[] = [];
    engine.view?.sections((_name, array, used) => {
      const words = Math.ceil((used * array.BYTES_PER_ELEMENT) / 4);
      runs.push(new Int32Array(array.buffer, array.byteOffset, words));
    });
    for (const counters of [this.counters.inbound, this.counters.outbox.sequencesSent]) {
      runs.push(new Int32Array(counters.buffer, counters.byteOffset, counters.length));
    }
    const total = runs.reduce((sum, run) => sum + run.length, 0);
    const slices = Math.max(1, Math.ceil(total / SLICE_WORDS));
    const hash = new SliceHash(total, sequence);
    // Time, counters and the like: few words that nearly every mistake reaches, at every place.
    const numbers = engine.view?.numbers;
    if (numbers !== undefined)
      hash.add(new Int32Array(numbers.buffer, numbers.byteOffset, numbers.byteLength / 4), 0, numbers.byteLength / 4);
    const end = ((second % slices) + 1) * SLICE_WORDS;
    const start = end - SLICE_WORDS;
    let runAt = 0;
    for (const run of runs) {
      const from = Math.max(start - runAt, 0);
      const to = Math.min(end - runAt, run.length);
      if (from < to) hash.add(run, from, to);
      runAt += run.length;
      if (runAt >= end) break;
    }
    return { sequence, low: hash.low | 0, high: hash.high | 0 };
  }
}

/** Two lanes of 32 bits over words; long runs of zeros are left out by their place. */
class SliceHash {
  low: number;
  high: number;

  constructor(total: number, sequence: number) {
    this.low = 0x243f6a88 ^ total;
    this.high = 0x85a308d3 ^ sequence;
  }

  add(words: Int32Array, from: number, to: number): void {
    for (let block = from; block < to; block += BLOCK_WORDS) {
      this.addBlock(words, block, Math.min(block + BLOCK_WORDS, to));
    }
  }

  private addBlock(words: Int32Array, from: number, to: number): void {
    let any = 0;
    for (let at = from; at < to; at++) any |= words[at];
    if (any === 0) return;
    let low = this.low ^ from;
    let high = this.high;
    for (let at = from; at < to; at++) {
      low = Math.imul(low ^ words[at], 0x9e3779b1);
      high = Math.imul((high + words[at]) ^ (low >>> 15), 0x85ebca6b);
    }
    this.low = low;
    this.high = high;
  }
}
