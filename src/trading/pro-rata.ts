/** Pro-rata allocation: one pass of an incoming order over one price level, by displayed size and then by time. */
import { breachesBand } from './bands.ts';
import { Code } from './codes.ts';
import { Met, isSelfTrade, preventSelfTrade, reductionLeft, tradeUpTo } from './encounter.ts';
import { ExecType } from './events.ts';
import { finish } from './lifecycle.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { s } from './state.ts';
import { SelfTrade, selfTradeOf } from './terms.ts';

/** Slot, generation and share of the level's orders, as they stood when the pass began. */
let pass = new Int32Array(3 * 1024);

/** floor(a × b ÷ c), exact. */
function share(a: number, b: number, c: number): number {
  const product = a * b;
  if (product > Number.MAX_SAFE_INTEGER) return Number((BigInt(a) * BigInt(b)) / BigInt(c));
  const quotient = Math.floor(product / c);
  return quotient * c > product ? quotient - 1 : quotient;
}

/**
 * One pass: own orders and dead reduce-only ones are dealt with first; else the incoming quantity is shared over the
 * level by displayed size, what rounding leaves goes by time, and the shares are traded in time order.
 */
export function matchLevelProRata(taker: number, level: number, ticks: number): Met {
  const takerLeaves = (taker << ORDER_SHIFT) + Order.leaves;
  const count = s.ladders.count(level);
  if (pass.length < count * 3) pass = new Int32Array(count * 6);
  const total = gather(taker, level, count);
  if (total < 0) return Met.done;
  if (breachesBand(s.orders.word(taker, Order.instrument), ticks)) return Met.band;
  const wanted = Math.min(s.orders.words[takerLeaves], reductionLeft(taker), total);
  let left = wanted;
  for (let entry = 0; entry < count; entry++) {
    const displayed = pass[entry * 3 + 2];
    const quantity = share(wanted, displayed, total);
    pass[entry * 3 + 2] = quantity;
    left -= quantity;
  }
  for (let entry = 0; entry < count && left > 0; entry++) {
    const more = Math.min(left, tradable(pass[entry * 3]) - pass[entry * 3 + 2]);
    pass[entry * 3 + 2] += more;
    left -= more;
  }
  for (let entry = 0; entry < count && s.orders.words[takerLeaves] !== 0; entry++)
    tradeWith(taker, entry, level, ticks);
  return Met.done;
}

/** Notes the level's orders with what each may trade; the sum, or -1 when something had to be cleared away first. */
function gather(taker: number, level: number, count: number): number {
  const orders = s.orders.words;
  const selfTrade = selfTradeOf(orders[(taker << ORDER_SHIFT) + Order.terms]);
  let total = 0;
  let slot = s.ladders.head(level);
  if (reductionLeft(taker) === 0) {
    finish(taker, ExecType.canceled, Code.reduceOnly);
    return -1;
  }
  for (let entry = 0; entry < count; entry++) {
    const at = slot << ORDER_SHIFT;
    if (selfTrade !== SelfTrade.none && isSelfTrade(taker, slot)) {
      preventSelfTrade(taker, slot, selfTrade);
      return -1;
    }
    slot = orders[at + Order.next];
  }
  slot = s.ladders.head(level);
  for (let entry = 0; entry < count; entry++) {
    const at = slot << ORDER_SHIFT;
    const most = tradable(slot);
    if (most === 0) {
      finish(slot, ExecType.canceled, Code.reduceOnly);
      return -1;
    }
    pass[entry * 3] = slot;
    pass[entry * 3 + 1] = orders[at + Order.generation];
    pass[entry * 3 + 2] = most;
    total += most;
    slot = orders[at + Order.next];
  }
  return total;
}

function tradable(slot: number): number {
  return Math.min(s.orders.word(slot, Order.displayed), reductionLeft(slot));
}

/** Trades the share of one order of the pass, if it still stands at the level. */
function tradeWith(taker: number, entry: number, level: number, ticks: number): void {
  const orders = s.orders.words;
  const maker = pass[entry * 3];
  const at = maker << ORDER_SHIFT;
  if (orders[at + Order.generation] !== pass[entry * 3 + 1] || orders[at + Order.place] !== Place.book) return;
  if (orders[at + Order.level] !== level || pass[entry * 3 + 2] === 0) return;
  const leaves = orders[(taker << ORDER_SHIFT) + Order.leaves];
  tradeUpTo(taker, maker, ticks, Math.min(pass[entry * 3 + 2], orders[at + Order.displayed], leaves));
}
