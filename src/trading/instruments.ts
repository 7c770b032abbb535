/**
 * Instruments and tick tables: what may be traded at which prices, its market state, and the heads of the queues that
 * are not part of a price ladder (held, auction and pegged orders).
 */
import { InstrumentCommand, TICK_BANDS_MAX } from './commands.ts';
import { FIRST_LIST, Order, ORDER_SHIFT } from './order-store.ts';
import type { OrderStore } from './order-store.ts';
import type { Sectioned, SectionVisitor } from './sections.ts';

export const INSTRUMENT_SHIFT = 6;
/** Word offsets in an instrument's record. The first 22 are the words of its command, from the symbol on. */
export const Instrument = {
  symbol: 0,
  flags: 4,
  tickTable: 5,
  moneyPerTick: 6,
  referenceTicks: 7,
  lotSize: 8,
  maxOrderQuantity: 9,
  collarBasisPoints: 10,
  staticBandBasisPoints: 11,
  dynamicBandBasisPoints: 12,
  volatilityAuctionMillis: 13,
  priceBaseTicks: 14,
  currency: 15,
  minTicks: 16,
  maxTicks: 17,
  tickMantissa: 18,
  tickExponent: 19,
  exists: 21,
  state: 22,
  lastTicks: 23,
  staticReferenceTicks: 24,
  killed: 25,
  liveOrders: 26,
  /** Number of its volatility auction, so that an old timer does nothing. */
  auctionRound: 27,
  indicativeTicks: 28,
  indicativeVolume: 29,
  indicativeImbalance: 30,
  /** 1 when the book changed since the last indicative. */
  indicativeStale: 31,
  /** 1 while it is on the list of instruments that this command touched. */
  touched: 32,
  pegs: 33,
  /** Displayed best prices when the present order began to trade. */
  bidAtStart: 34,
  askAtStart: 35,
  /** Heads and tails (slot plus one) of the lists, two words for each place from `held` on. */
  lists: 36,
  /** 1 when restricted for every account. */
  restricted: 50,
  /** Last price (else the reference) when the present order began to trade. */
  lastAtStart: 51,
} as const;
export const COMMAND_FIELDS = InstrumentCommand.reserved - InstrumentCommand.symbol;

export const InstrumentFlag = { listed: 1, needsLocate: 2, proRata: 4 } as const;

const BAND_WORDS = TICK_BANDS_MAX * 2;

export class Instruments implements Sectioned {
  declare readonly words: Int32Array;
  declare readonly capacity: number;
  declare readonly tables: number;
  /** One past the highest instrument that was ever set. */
  private readonly counters = new Int32Array(1);
  /** Number of bands (0: no such table) and the bands, per table. */
  declare private readonly tickBands: Int32Array;
  declare private readonly orders: OrderStore;

  constructor(capacity: number, tables: number, orders: OrderStore) {
    this.capacity = capacity;
    this.tables = tables;
    this.orders = orders;
    this.words = new Int32Array(capacity << INSTRUMENT_SHIFT);
    this.tickBands = new Int32Array(tables * (BAND_WORDS + 1));
    this.begin();
  }

  /** What is there before the first command: tick table 0, where every price is one. */
  begin(): void {
    this.tickBands[0] = 1;
    this.tickBands[2] = 1;
  }

  exists(instrument: number): boolean {
    return (
      instrument >= 0 &&
      instrument < this.capacity &&
      this.words[(instrument << INSTRUMENT_SHIFT) + Instrument.exists] === 1
    );
  }

  get highWater(): number {
    return this.counters[0];
  }

  /** Notes that an instrument is there. */
  noteSet(instrument: number): void {
    if (instrument >= this.counters[0]) this.counters[0] = instrument + 1;
  }

  hasTickTable(table: number): boolean {
    return table >= 0 && table < this.tables && this.tickBands[table * (BAND_WORDS + 1)] > 0;
  }

  setTickTable(table: number, words: Int32Array, from: number, count: number): void {
    const at = table * (BAND_WORDS + 1);
    this.tickBands[at] = count;
    this.tickBands.set(words.subarray(from, from + count * 2), at + 1);
  }

  /** The step of prices that holds at a price. */
  tickStep(instrument: number, ticks: number): number {
    const at = this.words[(instrument << INSTRUMENT_SHIFT) + Instrument.tickTable] * (BAND_WORDS + 1);
    let band = this.tickBands[at] - 1;
    while (band > 0 && this.tickBands[at + 1 + band * 2] > ticks) band--;
    return this.tickBands[at + 2 + band * 2];
  }

  /** The bands of a tick table, for queries: pairs of first tick and step. */
  tickTable(table: number): [number, number][] {
    const at = table * (BAND_WORDS + 1);
    const bands: [number, number][] = [];
    for (let band = 0; band < this.tickBands[at]; band++) {
      bands.push([this.tickBands[at + 1 + band * 2], this.tickBands[at + 2 + band * 2]]);
    }
    return bands;
  }

  /** First order in one of the instrument's lists, or -1. */
  listHead(instrument: number, place: number): number {
    return this.words[listAt(instrument, place)] - 1;
  }

  listAppend(instrument: number, place: number, slot: number): void {
    const words = this.orders.words;
    const at = listAt(instrument, place);
    const tail = this.words[at + 1] - 1;
    words[(slot << ORDER_SHIFT) + Order.next] = -1;
    words[(slot << ORDER_SHIFT) + Order.previous] = tail;
    if (tail < 0) this.words[at] = slot + 1;
    else words[(tail << ORDER_SHIFT) + Order.next] = slot;
    this.words[at + 1] = slot + 1;
  }

  listRemove(instrument: number, place: number, slot: number): void {
    const words = this.orders.words;
    const at = listAt(instrument, place);
    const next = words[(slot << ORDER_SHIFT) + Order.next];
    const previous = words[(slot << ORDER_SHIFT) + Order.previous];
    if (previous < 0) this.words[at] = next + 1;
    else words[(previous << ORDER_SHIFT) + Order.next] = next;
    if (next < 0) this.words[at + 1] = previous + 1;
    else words[(next << ORDER_SHIFT) + Order.previous] = previous;
  }

  sections(visit: SectionVisitor): void {
    visit('instruments.counters', this.counters, 1);
    visit('instruments.records', this.words, this.counters[0] << INSTRUMENT_SHIFT);
    visit('instruments.ticks', this.tickBands, this.tickBands.length);
  }
}

function listAt(instrument: number, place: number): number {
  return (instrument << INSTRUMENT_SHIFT) + Instrument.lists + (place - FIRST_LIST) * 2;
}
