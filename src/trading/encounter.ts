/**
 * Two orders that meet: a trade, or what prevents it (self-trade prevention, reduce-only).
 */
import { ACCOUNT_SHIFT, Account } from './accounts.ts';
import { breachesBand } from './bands.ts';
import { Code } from './codes.ts';
import { ExecType } from './events.ts';
import { execute } from './execution.ts';
import { finish, reduce } from './lifecycle.ts';
import { amountOf, feeOf, takesLots, takesValue } from './money.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { reducible } from './risk.ts';
import type { State } from './state.ts';
import { SelfTrade, TermFlag, selfTradeOf } from './terms.ts';

/** What came of a meeting: something happened or nothing was left to do, or a price band forbade the trade. */
export const Met = { done: 0, band: 1 } as const;
export type Met = (typeof Met)[keyof typeof Met];

/** Whether two orders count as of one hand: by account or by participant, as the incoming order's account says. */
export function isSelfTrade(s: State, taker: number, maker: number): boolean {
  const orders = s.orders.words;
  const takerAt = taker << ORDER_SHIFT;
  const makerAt = maker << ORDER_SHIFT;
  if (orders[takerAt + Order.participant] !== orders[makerAt + Order.participant]) return false;
  const account = orders[takerAt + Order.account];
  return (
    account === orders[makerAt + Order.account] ||
    s.accounts.money[(account << ACCOUNT_SHIFT) + Account.selfTradeScope] === 1
  );
}

/** One step against one waiting order: a trade, or what prevents it. Either order may be gone afterwards. */
export function matchOne(s: State, taker: number, maker: number, ticks: number): Met {
  const orders = s.orders.words;
  const takerAt = taker << ORDER_SHIFT;
  const makerAt = maker << ORDER_SHIFT;
  const open =
    orders[makerAt + Order.place] === Place.book ? orders[makerAt + Order.displayed] : orders[makerAt + Order.leaves];
  const wanted = orders[takerAt + Order.leaves];
  return tradeUpTo(s, taker, maker, ticks, wanted < open ? wanted : open);
}

/** Trades up to `most` lots between two orders, self-trade prevention and reduce-only permitting. */
export function tradeUpTo(s: State, taker: number, maker: number, ticks: number, most: number): Met {
  const orders = s.orders.words;
  const takerTerms = orders[(taker << ORDER_SHIFT) + Order.terms];
  const makerTerms = orders[(maker << ORDER_SHIFT) + Order.terms];
  const selfTrade = selfTradeOf(takerTerms);
  if (selfTrade !== SelfTrade.none && isSelfTrade(s, taker, maker)) {
    preventSelfTrade(s, taker, maker, selfTrade);
    return Met.done;
  }
  let quantity = most;
  if (((takerTerms | makerTerms) & TermFlag.reduceOnly) !== 0) {
    if (endsWithoutReduction(s, taker) || endsWithoutReduction(s, maker)) return Met.done;
    quantity = Math.min(quantity, reductionLeft(s, maker), reductionLeft(s, taker));
  }
  if (!takesTrade(s, taker, ticks, quantity, Account.takerRate)) return Met.done;
  if (!takesTrade(s, maker, ticks, quantity, Account.makerRate)) return Met.done;
  if (breachesBand(s, s.orders.words[(taker << ORDER_SHIFT) + Order.instrument], ticks)) return Met.band;
  execute(s, maker, taker, ticks, quantity, false);
  return Met.done;
}

/** How many lots an order may still trade when it is reduce-only; else no bound. */
export function reductionLeft(s: State, slot: number): number {
  const terms = s.order(slot, Order.terms);
  if ((terms & TermFlag.reduceOnly) === 0) return Infinity;
  return reducible(s, s.order(slot, Order.position), terms & 1);
}

/** Cancels a reduce-only order that has nothing to reduce; whether it did. */
function endsWithoutReduction(s: State, slot: number): boolean {
  if (reductionLeft(s, slot) > 0) return false;
  finish(s, slot, ExecType.canceled, Code.reduceOnly);
  return true;
}

/** Carries out a self-trade instruction; either order may be gone afterwards. */
export function preventSelfTrade(s: State, taker: number, maker: number, instruction: SelfTrade): void {
  if (instruction === SelfTrade.decrement) {
    const quantity = Math.min(s.order(taker, Order.leaves), s.order(maker, Order.leaves));
    reduce(s, maker, quantity, Code.selfTradePrevented);
    if (s.order(taker, Order.leaves) > 0) reduce(s, taker, quantity, Code.selfTradePrevented);
    return;
  }
  if (instruction === SelfTrade.cancelOldest || instruction === SelfTrade.cancelBoth) {
    finish(s, maker, ExecType.canceled, Code.selfTradePrevented);
  }
  if (instruction !== SelfTrade.cancelOldest && s.order(taker, Order.leaves) > 0) {
    finish(s, taker, ExecType.canceled, Code.selfTradePrevented);
  }
}

/** Cancels an order whose account cannot take a trade's lots or value any more; whether it can. */
export function takesTrade(s: State, slot: number, ticks: number, quantity: number, rateField: number): boolean {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const account = orders[at + Order.account];
  const amount = amountOf(s, orders[at + Order.instrument], ticks, quantity);
  const fee = feeOf(amount, s.accounts.money[(account << ACCOUNT_SHIFT) + rateField]);
  const row = orders[at + Order.position];
  if (takesLots(s, row, orders[at + Order.terms] & 1, quantity) && takesValue(s, account, row, amount, fee))
    return true;
  finish(s, slot, ExecType.canceled, Code.valueOverflow);
  return false;
}
