/**
 * How much an incoming order would trade if it were matched now: asked before the first trade of fill-or-kill orders
 * and of orders with a minimum quantity. A walk over the other side that keeps count of what each trade would take off
 * linked orders and changes nothing itself. It never finds more than the match would: what depends on the order of
 * trades (reduce-only orders, and what is linked to one) is left out.
 */
import { POSITION_SHIFT, Position } from './accounts.ts';
import { breachesBand } from './bands.ts';
import { isSelfTrade } from './encounter.ts';
import { INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from './instruments.ts';
import { accepts } from './matching.ts';
import { NET_MAX, amountOf, takesValue } from './money.ts';
import { Order, Place } from './order-store.ts';
import { comesBefore, pegTicks } from './pegs.ts';
import { s } from './state.ts';
import { SelfTrade, TermFlag, selfTradeOf } from './terms.ts';

/** What the walk has found so far. */
interface Walk {
  taker: number;
  side: number;
  limit: number;
  found: number;
  needed: number;
  stopped: boolean;
  /** Size of the value of one lot at the first price met. */
  firstLot: number;
  /** Lots that trades of this walk took off an order. */
  taken: Map<number, number>;
}

/** Whether an incoming order that pays up to `limit` (0: any) would trade `needed` lots. */
export function isAvailable(taker: number, limit: number, needed: number): boolean {
  const instrument = s.orders.word(taker, Order.instrument);
  const side = s.orders.word(taker, Order.terms) & 1;
  const opposite = (instrument << 2) | (side ^ 1);
  const flags = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.flags];
  const hasPegs = s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.pegs] !== 0;
  const walk: Walk = { taker, side, limit, found: 0, needed, stopped: false, firstLot: -1, taken: new Map() };
  let lastPeg = -1;
  let level = s.ladders.best(opposite) === 0 ? -1 : s.ladders.bestLevel(opposite);
  while (!isOver(walk)) {
    const ticks = level < 0 ? 0 : s.ladders.priceOf(level);
    if (hasPegs) lastPeg = countPegs(walk, instrument, ticks, lastPeg);
    if (level < 0 || isOver(walk) || !accepts(side, limit, ticks)) break;
    if ((flags & InstrumentFlag.proRata) !== 0 && holdsStopper(walk, level)) break;
    countLevel(walk, level, ticks);
    level = s.ladders.nextLevel(level);
  }
  return walk.found >= needed;
}

function isOver(walk: Walk): boolean {
  return walk.stopped || walk.found >= walk.needed;
}

/** Whether self-trade prevention against this order would end the incoming one. */
function stops(walk: Walk, maker: number): boolean {
  const instruction = selfTradeOf(s.orders.word(walk.taker, Order.terms));
  return instruction !== SelfTrade.none && instruction !== SelfTrade.cancelOldest && isSelfTrade(walk.taker, maker);
}

function holdsStopper(walk: Walk, level: number): boolean {
  for (let slot = s.ladders.head(level); slot >= 0; slot = s.orders.word(slot, Order.next)) {
    if (stops(walk, slot)) return true;
  }
  return false;
}

/** Displayed parts in time order, then what icebergs would show again. */
function countLevel(walk: Walk, level: number, ticks: number): void {
  for (const part of [Order.displayed, Order.leaves] as const) {
    for (let slot = s.ladders.head(level); slot >= 0 && !isOver(walk); slot = s.orders.word(slot, Order.next)) {
      count(walk, slot, ticks, s.orders.word(slot, part));
    }
  }
}

/** Counts a trade with an order of which `open` lots can be had in all. */
function count(walk: Walk, maker: number, ticks: number, open: number): void {
  if (walk.firstLot < 0) walk.firstLot = amountOf(s.orders.word(maker, Order.instrument), ticks, 1);
  if (stops(walk, maker)) {
    walk.stopped = true;
    return;
  }
  if (selfTradeOf(s.orders.word(walk.taker, Order.terms)) !== SelfTrade.none && isSelfTrade(walk.taker, maker)) return;
  if (breachesBand(s.orders.word(maker, Order.instrument), ticks) || !takesAll(walk, walk.taker, ticks)) {
    walk.stopped = true;
    return;
  }
  const peer = s.orders.word(maker, Order.linkPeer) - 1;
  if (isReduceOnly(maker) || (peer >= 0 && isReduceOnly(peer)) || !takesAll(walk, maker, ticks)) return;
  const left = Math.min(open, s.orders.word(maker, Order.leaves) - (walk.taken.get(maker) ?? 0));
  const quantity = Math.min(left, walk.needed - walk.found);
  if (quantity <= 0) return;
  walk.found += quantity;
  add(walk.taken, maker, quantity);
  if (peer >= 0) add(walk.taken, peer, quantity);
}

/**
 * Whether an order's account could take the whole incoming order at this price, or at the first one, without coming near
 * what is exact: a trade moves its four sums by at most twice its value and twice its fee, which is no more than the value.
 */
function takesAll(walk: Walk, slot: number, ticks: number): boolean {
  const leaves = s.orders.word(walk.taker, Order.leaves);
  const lot = Math.max(walk.firstLot, amountOf(s.orders.word(slot, Order.instrument), ticks, 1));
  const row = s.orders.word(slot, Order.position);
  if (Math.abs(s.accounts.rows[(row << POSITION_SHIFT) + Position.net]) + leaves > NET_MAX) return false;
  return takesValue(s.orders.word(slot, Order.account), row, 4 * lot * leaves, 0);
}

function isReduceOnly(slot: number): boolean {
  return (s.orders.word(slot, Order.terms) & TermFlag.reduceOnly) !== 0;
}

function add(sums: Map<number, number>, key: number, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

/** Counts the pegs that trade before the displayed price `until` (0: all); returns the last one counted. */
function countPegs(walk: Walk, instrument: number, until: number, lastPeg: number): number {
  let last = lastPeg;
  while (!isOver(walk)) {
    const peg = nextPeg(instrument, walk.side ^ 1, last);
    if (peg < 0) return last;
    const ticks = pegTicks(peg);
    if (until !== 0 && accepts(walk.side, ticks, until)) return last;
    if (!accepts(walk.side, walk.limit, ticks)) return last;
    count(walk, peg, ticks, s.orders.word(peg, Order.leaves));
    last = peg;
  }
  return last;
}

/** The peg of a side that trades right after `last` (-1: the first), or -1. */
function nextPeg(instrument: number, side: number, last: number): number {
  let best = -1;
  for (const place of [Place.primaryBuys + side, Place.midBuys + side]) {
    for (let slot = s.instruments.listHead(instrument, place); slot >= 0; slot = s.orders.word(slot, Order.next)) {
      if (pegTicks(slot) === 0 || slot === last) continue;
      if (last >= 0 && !comesBefore(side, last, slot)) continue;
      if (best < 0 || comesBefore(side, slot, best)) best = slot;
    }
  }
  return best;
}
