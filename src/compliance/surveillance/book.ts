/**
 * The displayed book of one instrument, from level events: quantities per price in a window around the market, best prices
 * and the depth near them. Levels far outside the window are left out; they are nobody's context.
 */

/** Prices kept, a power of two; ticks further apart than this would share a place. */
const WINDOW_TICKS = 1 << 14;
const MASK = WINDOW_TICKS - 1;
const NO_PRICE = 0;

export class SurveyedBook {
  private readonly quantities: readonly [Int32Array, Int32Array] = [
    new Int32Array(WINDOW_TICKS),
    new Int32Array(WINDOW_TICKS),
  ];
  /** Price that holds each place, so that two prices never mix. */
  private readonly prices: readonly [Int32Array, Int32Array] = [
    new Int32Array(WINDOW_TICKS),
    new Int32Array(WINDOW_TICKS),
  ];
  private readonly bests = new Int32Array(2);

  /** Best displayed price of a side in ticks, 0 for none. */
  best(side: number): number {
    return this.bests[side];
  }

  /** Between best bid and ask in ticks, 0 where a side is missing. */
  get middle(): number {
    const [bid, ask] = this.bests;
    return bid === NO_PRICE || ask === NO_PRICE ? 0 : (bid + ask) / 2;
  }

  get spread(): number {
    const [bid, ask] = this.bests;
    return bid === NO_PRICE || ask === NO_PRICE ? 0 : Math.max(0, ask - bid);
  }

  quantityAt(side: number, ticks: number): number {
    const at = ticks & MASK;
    return this.prices[side][at] === ticks ? this.quantities[side][at] : 0;
  }

  /** Lots displayed within `ticks` of the best price. */
  depth(side: number, ticks: number): number {
    const best = this.bests[side];
    if (best === NO_PRICE) return 0;
    const step = side === 0 ? -1 : 1;
    let sum = 0;
    for (let away = 0; away <= ticks; away++) sum += this.quantityAt(side, best + step * away);
    return sum;
  }

  /** A level has a new quantity; 0 takes it away. */
  set(side: number, ticks: number, quantity: number): void {
    if (ticks <= 0) return;
    const at = ticks & MASK;
    const best = this.bests[side];
    if (this.prices[side][at] !== ticks) {
      if (quantity === 0) return;
      // The place is another price's: the nearer one to the market keeps it.
      const other = this.prices[side][at];
      const taken = this.quantities[side][at] !== 0 && other !== 0;
      if (taken && best !== NO_PRICE && Math.abs(other - best) <= Math.abs(ticks - best)) return;
      this.prices[side][at] = ticks;
    }
    this.quantities[side][at] = quantity;
    if (quantity > 0) {
      if (best === NO_PRICE || (side === 0 ? ticks > best : ticks < best)) this.bests[side] = ticks;
    } else if (ticks === best) this.bests[side] = this.next(side, ticks);
  }

  clear(): void {
    for (const side of [0, 1] as const) {
      this.quantities[side].fill(0);
      this.prices[side].fill(0);
    }
    this.bests.fill(NO_PRICE);
  }

  /** The best levels of a side, best first: price and quantity. */
  levels(side: number, count: number): (readonly [number, number])[] {
    const found: (readonly [number, number])[] = [];
    for (let price = this.bests[side]; price !== NO_PRICE && found.length < count; price = this.next(side, price)) {
      found.push([price, this.quantityAt(side, price)]);
    }
    return found;
  }

  private next(side: number, from: number): number {
    const step = side === 0 ? -1 : 1;
    for (let away = 1; away < WINDOW_TICKS; away++) {
      const ticks = from + step * away;
      if (ticks <= 0) return NO_PRICE;
      if (this.quantityAt(side, ticks) > 0) return ticks;
    }
    return NO_PRICE;
  }
}
