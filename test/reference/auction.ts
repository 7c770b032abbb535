/**
 * The uncross of an auction and its indicative price in the reference engine.
 * Never looks at pegs, stops or held orders: they take no part.
 */
import { Code } from '#trading/codes.ts';
import { Side } from '#trading/terms.ts';
import { cancel } from './lifecycle.ts';
import { endedByOverflow } from './matching.ts';
import { trade } from './trade.ts';
import type { Instrument, Order, World } from './world.ts';
import { bookSide, closingAmount, isCallPhase, isReduceOnly, queueOf } from './world.ts';

export interface Clearing {
  price: number;
  volume: number;
  imbalance: number;
}

const NOTHING: Clearing = { price: 0, volume: 0, imbalance: 0 };

function lots(orders: readonly Order[]): number {
  return orders.reduce((sum, order) => sum + order.leaves, 0);
}

/** Orders of one side that take part at a price, in order of allocation. */
function participants(world: World, instrument: number, side: number, price: number): Order[] {
  const sign = side === Side.buy ? 1 : -1;
  const priced = bookSide(world, instrument, side).filter((order) => sign * (order.price - price) >= 0);
  return [...queueOf(world, instrument, side, 'market'), ...priced];
}

function clearingAt(world: World, instrument: number, price: number): Clearing {
  const buys = lots(participants(world, instrument, Side.buy, price));
  const sells = lots(participants(world, instrument, Side.sell, price));
  return { price, volume: Math.min(buys, sells), imbalance: buys - sells };
}

/** Price, volume and imbalance that the auction would have now; all 0 when nothing would trade. */
function clearing(world: World, instrument: Instrument): Clearing {
  const reference = instrument.last || instrument.reference;
  const limits = [Side.buy, Side.sell].flatMap((side) =>
    bookSide(world, instrument.index, side).map((order) => order.price),
  );
  const prices = limits.length === 0 ? [reference] : [...new Set(limits)];
  const best = prices
    .map((price) => clearingAt(world, instrument.index, price))
    .toSorted(
      (left, right) =>
        right.volume - left.volume ||
        Math.abs(left.imbalance) - Math.abs(right.imbalance) ||
        Math.abs(left.price - reference) - Math.abs(right.price - reference) ||
        left.price - right.price,
    )[0];
  return best.volume === 0 ? NOTHING : best;
}

/** Trades what can trade at one price, again while reduce-only or linked orders have left something executable. */
export function uncross(world: World, instrument: Instrument): void {
  for (;;) {
    const { price, volume } = clearing(world, instrument);
    if (volume === 0) return;
    uncrossAt(world, instrument, price);
  }
}

function uncrossAt(world: World, instrument: Instrument, price: number): void {
  const buys = participants(world, instrument.index, Side.buy, price);
  const sells = participants(world, instrument.index, Side.sell, price);
  let traded = false;
  while (buys.length > 0 && sells.length > 0) {
    const [buy, sell] = [buys[0], sells[0]];
    if (buy.place === 'done') buys.shift();
    else if (sell.place === 'done') sells.shift();
    else traded = pair(world, buy, sell, price) || traded;
  }
  if (traded) instrument.staticReference = price;
}

/** Trades two orders of an auction as far as both may; returns whether they did. */
function pair(world: World, buy: Order, sell: Order, price: number): boolean {
  let quantity = Math.min(buy.leaves, sell.leaves);
  for (const order of [buy, sell]) {
    if (!isReduceOnly(order)) continue;
    const closing = closingAmount(world, order);
    if (closing === 0) {
      cancel(world, order, Code.reduceOnly);
      return false;
    }
    quantity = Math.min(quantity, closing);
  }
  if (endedByOverflow(world, sell, buy, price, quantity, true)) return false;
  trade(world, buy, sell, price, quantity, 2);
  return true;
}

/** Tells the indicative price of every auction where it differs from the last one told. */
export function tellIndicatives(world: World): void {
  for (const instrument of world.instruments) {
    if (instrument === undefined || !isCallPhase(instrument.state)) continue;
    const { price, volume, imbalance } = clearing(world, instrument);
    const now = { price, volume: saturated(volume), imbalance: saturated(imbalance) };
    const told = instrument.indicative;
    if (now.price === told.price && now.volume === told.volume && now.imbalance === told.imbalance) continue;
    instrument.indicative = now;
    world.events.push({
      kind: 'indicative',
      instrument: instrument.index,
      price: now.price,
      volume: now.volume,
      imbalance: now.imbalance,
    });
  }
}

const WORD_MAX = 2 ** 31 - 1;

/** A sum of lots as it fits into an event's word. */
export function saturated(quantity: number): number {
  return Math.max(-WORD_MAX, Math.min(WORD_MAX, quantity));
}
