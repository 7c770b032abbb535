/**
 * One instrument as surveillance sees it: its book, its recent trades, and what is usual for it (order size, spread,
 * movement, volume), so that thresholds are multiples of the usual and not absolute numbers.
 */
import { SurveyedBook } from './book.ts';

/** Trades remembered, a power of two. Look-backs end here even where their time would not. */
const TRADES_KEPT = 1 << 13;
/** Seconds of middles remembered, a power of two. */
const SECONDS_KEPT = 1 << 10;
/** How fast the usual follows: share of a new observation. */
const ORDER_SIZE_SHARE = 0.002;
const SECOND_SHARE = 0.005;
const SECOND_MICROS = 1_000_000;
/** Observations before the usual is believed. */
const WARM_SECONDS = 20;
const WARM_ORDERS = 50;

export class InstrumentWatch {
  readonly book = new SurveyedBook();
  state = 0;
  stateSinceMicros = 0;
  lastTicks = 0;
  moneyPerTick = 1;
  /** Middle or last price when trading last closed. */
  closeTicks = 0;
  orderLots = 0;
  orders = 0;
  spreadTicks = 0;
  /** Standard deviation of the middle's change in a second, ticks. */
  secondTicks = 0;
  /** Executed lots in a second. */
  secondLots = 0;
  seconds = 0;
  /** Messages of everyone in the last second, fading. */
  messageRate = 0;
  private messageMicros = 0;
  private lotsThisSecond = 0;
  private readonly middles = new Float64Array(SECONDS_KEPT);
  private middleSecond = 0;
  private variance = 0;

  /** Ring of trades; `trades` counts all there ever were. */
  trades = 0;
  readonly tradeMicros = new Float64Array(TRADES_KEPT);
  readonly tradeTicks = new Int32Array(TRADES_KEPT);
  readonly tradeLots = new Int32Array(TRADES_KEPT);
  /** Actors; -1 where unknown. */
  readonly taker = new Int32Array(TRADES_KEPT);
  readonly maker = new Int32Array(TRADES_KEPT);
  /** Side of the taker, 2 in an auction. */
  readonly takerSide = new Uint8Array(TRADES_KEPT);
  /** Row of the taker's order: trades of one order have the same. */
  readonly takerRow = new Int32Array(TRADES_KEPT);
  readonly makerRow = new Int32Array(TRADES_KEPT);

  get isWarm(): boolean {
    return this.seconds >= WARM_SECONDS && this.orders >= WARM_ORDERS;
  }

  noteOrder(lots: number): void {
    // The mean while there are few, then a moving one; a slip of a hundred times the size must not move it.
    const share = Math.max(ORDER_SIZE_SHARE, 1 / (this.orders + 1));
    const bounded = this.orders < WARM_ORDERS ? lots : Math.min(lots, this.orderLots * 20);
    this.orderLots += (bounded - this.orderLots) * share;
    this.orders++;
  }

  noteMessage(nowMicros: number): void {
    const passed = (nowMicros - this.messageMicros) / SECOND_MICROS;
    this.messageMicros = nowMicros;
    this.messageRate = (passed > 20 ? 0 : this.messageRate * Math.exp(-passed)) + 1;
  }

  noteTrade(
    nowMicros: number,
    ticks: number,
    lots: number,
    takerSide: number,
    taker: number,
    maker: number,
    row: number,
    makerRow: number,
  ): number {
    const at = this.trades++ & (TRADES_KEPT - 1);
    this.tradeMicros[at] = nowMicros;
    this.tradeTicks[at] = ticks;
    this.tradeLots[at] = lots;
    this.takerSide[at] = takerSide;
    this.taker[at] = taker;
    this.maker[at] = maker;
    this.takerRow[at] = row;
    this.makerRow[at] = makerRow;
    this.lastTicks = ticks;
    this.lotsThisSecond += lots;
    return at;
  }

  /** A second has passed: the usual is learned. */
  endSecond(second: number): void {
    const middle = this.book.middle;
    if (middle === 0) {
      this.lotsThisSecond = 0;
      return;
    }
    const before = this.middleSecond > 0 && second - this.middleSecond < 5 ? this.middleAt(0) : 0;
    for (let missing = Math.max(this.middleSecond + 1, second - SECONDS_KEPT + 1); missing < second; missing++) {
      this.middles[missing & (SECONDS_KEPT - 1)] = this.middleAt(0) || middle;
    }
    this.middles[second & (SECONDS_KEPT - 1)] = middle;
    this.middleSecond = second;
    this.seconds++;
    const share = Math.max(SECOND_SHARE, 1 / this.seconds);
    this.spreadTicks += (this.book.spread - this.spreadTicks) * share;
    this.secondLots += (this.lotsThisSecond - this.secondLots) * share;
    this.lotsThisSecond = 0;
    if (before === 0) return;
    // A jump counts as eight of the usual at most: what is looked for must not become the usual.
    const bound = this.seconds > WARM_SECONDS ? 8 * Math.max(0.25, this.secondTicks) : 1e9;
    const change = Math.min(Math.abs(middle - before), bound);
    this.variance += (change * change - this.variance) * share;
    this.secondTicks = Math.sqrt(this.variance);
  }

  /** Middle `secondsAgo` whole seconds before the last one noted; 0 where it is not known. */
  middleAt(secondsAgo: number): number {
    if (secondsAgo >= SECONDS_KEPT || this.middleSecond === 0) return 0;
    return this.middles[(this.middleSecond - secondsAgo) & (SECONDS_KEPT - 1)];
  }

  /** How far the middle usually moves in so many seconds, ticks; never less than half a spread. */
  usualMove(seconds: number): number {
    return Math.max(this.secondTicks * Math.sqrt(Math.max(1, seconds)), this.spreadTicks / 2, 0.5);
  }

  /** Calls `visit` with places in the ring, newest first, while trades are not older than `sinceMicros`. */
  eachTradeSince(sinceMicros: number, visit: (at: number) => void): void {
    const oldest = Math.max(0, this.trades - TRADES_KEPT);
    for (let trade = this.trades - 1; trade >= oldest; trade--) {
      const at = trade & (TRADES_KEPT - 1);
      if (this.tradeMicros[at] < sinceMicros) return;
      visit(at);
    }
  }
}
