/**
 * The tape: the last trades of each instrument, and each one's day so far (open, volume, last trade).
 * Corrections are noted on the tape as entries of their own; candles and volumes keep what was printed first.
 */
import { CommandKind, commandKind, readWide } from '#trading/commands.ts';
import { EventKind, eventKind, Trade } from '#trading/events.ts';
import type { AppliedCommand, Projection } from './feed.ts';
import { Ring } from './ring.ts';

/** Trades kept per instrument. */
export const TAPE_TRADES_MAX = 2048;

const Field = { tradeId: 0, ticks: 1, quantity: 2, aggressor: 3, correction: 4, time: 5, sequence: 6 } as const;
const FIELDS = 8;

/** A trade as the tape keeps it. */
export interface TapeTrade {
  /** Number on the instrument's tape, rising. */
  readonly entry: number;
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly quantity: number;
  /** 0 buy, 1 sell, 2 auction. */
  readonly aggressorSide: number;
  /** 0 none, 1 cancelled, 2 corrected. */
  readonly correction: number;
  readonly timeMicros: number;
  readonly sequence: number;
}

/** What an instrument traded since the day began (or since this process began to follow). */
export interface DaySummary {
  readonly openTicks: number;
  readonly volume: number;
  readonly trades: number;
  readonly lastQuantity: number;
  readonly lastTimeMicros: number;
}

const NO_DAY: DaySummary = { openTicks: 0, volume: 0, trades: 0, lastQuantity: 0, lastTimeMicros: 0 };

export class Tape implements Projection {
  private readonly rings = new Map<number, Ring>();
  private readonly days = new Map<number, { -readonly [Key in keyof DaySummary]: DaySummary[Key] }>();

  onCommand(command: AppliedCommand): void {
    if (commandKind(command.words, command.at) === CommandKind.dayRoll) this.days.clear();
  }

  onEvent(command: AppliedCommand, words: Int32Array, at: number): void {
    if (eventKind(words, at) !== EventKind.trade) return;
    const instrument = words[at + Trade.instrument];
    let ring = this.rings.get(instrument);
    if (ring === undefined) {
      ring = new Ring(TAPE_TRADES_MAX, FIELDS);
      this.rings.set(instrument, ring);
    }
    const entry = ring.append();
    ring.set(entry, Field.tradeId, readWide(words, at + Trade.tradeIdLow));
    ring.set(entry, Field.ticks, words[at + Trade.priceTicks]);
    ring.set(entry, Field.quantity, words[at + Trade.quantity]);
    ring.set(entry, Field.aggressor, words[at + Trade.aggressorSide]);
    ring.set(entry, Field.correction, words[at + Trade.correction]);
    ring.set(entry, Field.time, command.timeMicros);
    ring.set(entry, Field.sequence, command.sequence);
    if (words[at + Trade.correction] === 0) this.countDay(command, words, at);
  }

  /** Trades of an instrument, newest first, older than the entry `before`. */
  trades(instrument: number, limit: number, before = Number.POSITIVE_INFINITY): TapeTrade[] {
    const ring = this.rings.get(instrument);
    if (ring === undefined) return [];
    const found: TapeTrade[] = [];
    for (let entry = Math.min(before, ring.next) - 1; entry >= ring.oldest && found.length < limit; entry--) {
      found.push(read(ring, entry));
    }
    return found;
  }

  /** Trades of an instrument from an entry on, oldest first; what fell off the tape is missing. */
  tradesFrom(instrument: number, from: number): TapeTrade[] {
    const ring = this.rings.get(instrument);
    if (ring === undefined) return [];
    const found: TapeTrade[] = [];
    for (let entry = Math.max(from, ring.oldest); entry < ring.next; entry++) found.push(read(ring, entry));
    return found;
  }

  /** Number that the instrument's next trade gets. */
  nextEntry(instrument: number): number {
    return this.rings.get(instrument)?.next ?? 0;
  }

  day(instrument: number): DaySummary {
    return this.days.get(instrument) ?? NO_DAY;
  }

  private countDay(command: AppliedCommand, words: Int32Array, at: number): void {
    const instrument = words[at + Trade.instrument];
    let day = this.days.get(instrument);
    if (day === undefined) {
      day = { ...NO_DAY, openTicks: words[at + Trade.priceTicks] };
      this.days.set(instrument, day);
    }
    day.volume += words[at + Trade.quantity];
    day.trades += 1;
    day.lastQuantity = words[at + Trade.quantity];
    day.lastTimeMicros = command.timeMicros;
  }
}

function read(ring: Ring, entry: number): TapeTrade {
  return {
    entry,
    tradeId: ring.get(entry, Field.tradeId),
    priceTicks: ring.get(entry, Field.ticks),
    quantity: ring.get(entry, Field.quantity),
    aggressorSide: ring.get(entry, Field.aggressor),
    correction: ring.get(entry, Field.correction),
    timeMicros: ring.get(entry, Field.time),
    sequence: ring.get(entry, Field.sequence),
  };
}
