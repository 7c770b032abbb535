/**
 * Candles of each instrument at five intervals, from the trades of the journal's time. An interval without a trade has no
 * candle. Keeps a fixed number per interval; corrections of trades do not change candles.
 */
import { EventKind, eventKind, Trade } from '#trading/events.ts';
import type { AppliedCommand, Projection } from './feed.ts';
import { Ring } from './ring.ts';

export const CANDLE_INTERVALS = {
  '1s': 1_000_000,
  '10s': 10_000_000,
  '1m': 60_000_000,
  '5m': 300_000_000,
  '1h': 3_600_000_000,
} as const;
export type IntervalName = keyof typeof CANDLE_INTERVALS;
const INTERVAL_NAMES = Object.keys(CANDLE_INTERVALS) as IntervalName[];

/** Candles kept per instrument and interval. */
export const CANDLES_MAX = 2048;

const Field = { start: 0, open: 1, high: 2, low: 3, close: 4, volume: 5, trades: 6 } as const;
const FIELDS = 8;

export interface CandleRow {
  readonly entry: number;
  readonly startMicros: number;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  /** Lots. */
  readonly volume: number;
  readonly trades: number;
}

export class Candles implements Projection {
  private readonly rings = new Map<number, Record<IntervalName, Ring>>();

  onEvent(command: AppliedCommand, words: Int32Array, at: number): void {
    if (eventKind(words, at) !== EventKind.trade || words[at + Trade.correction] !== 0) return;
    const rings = this.ringsOf(words[at + Trade.instrument]);
    const ticks = words[at + Trade.priceTicks];
    const quantity = words[at + Trade.quantity];
    for (const name of INTERVAL_NAMES) {
      const length = CANDLE_INTERVALS[name];
      add(rings[name], Math.floor(command.timeMicros / length) * length, ticks, quantity);
    }
  }

  /** The newest candles, oldest first. */
  candles(instrument: number, interval: IntervalName, limit: number): CandleRow[] {
    const ring = this.rings.get(instrument)?.[interval];
    return ring === undefined ? [] : rows(ring, Math.max(ring.oldest, ring.next - limit));
  }

  /** Candles from an entry on, oldest first. */
  candlesFrom(instrument: number, interval: IntervalName, from: number): CandleRow[] {
    const ring = this.rings.get(instrument)?.[interval];
    return ring === undefined ? [] : rows(ring, Math.max(ring.oldest, from));
  }

  private ringsOf(instrument: number): Record<IntervalName, Ring> {
    const known = this.rings.get(instrument);
    if (known !== undefined) return known;
    const rings = Object.fromEntries(INTERVAL_NAMES.map((name) => [name, new Ring(CANDLES_MAX, FIELDS)]));
    this.rings.set(instrument, rings as Record<IntervalName, Ring>);
    return rings as Record<IntervalName, Ring>;
  }
}

function add(ring: Ring, start: number, ticks: number, quantity: number): void {
  let entry = ring.next - 1;
  // Journal time never runs back, so a trade belongs to the newest candle or to a new one.
  if (entry < 0 || ring.get(entry, Field.start) !== start) {
    entry = ring.append();
    ring.set(entry, Field.start, start);
    ring.set(entry, Field.open, ticks);
    ring.set(entry, Field.high, ticks);
    ring.set(entry, Field.low, ticks);
  }
  if (ticks > ring.get(entry, Field.high)) ring.set(entry, Field.high, ticks);
  if (ticks < ring.get(entry, Field.low)) ring.set(entry, Field.low, ticks);
  ring.set(entry, Field.close, ticks);
  ring.set(entry, Field.volume, ring.get(entry, Field.volume) + quantity);
  ring.set(entry, Field.trades, ring.get(entry, Field.trades) + 1);
}

function rows(ring: Ring, from: number): CandleRow[] {
  const found: CandleRow[] = [];
  for (let entry = from; entry < ring.next; entry++) {
    found.push({
      entry,
      startMicros: ring.get(entry, Field.start),
      openTicks: ring.get(entry, Field.open),
      highTicks: ring.get(entry, Field.high),
      lowTicks: ring.get(entry, Field.low),
      closeTicks: ring.get(entry, Field.close),
      volume: ring.get(entry, Field.volume),
      trades: ring.get(entry, Field.trades),
    });
  }
  return found;
}
