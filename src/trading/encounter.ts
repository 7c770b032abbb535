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
import { s } from './state.ts';
import { SelfTrade, TermFlag, selfTradeOf } from './terms.ts';

/** What came of a meeting: something happened or nothing was left to do, or a price band forbade the trade. */
export const Met = { done: 0, band: 1 } as const;
export type Met = (typeof Met)[keyof typeof Met];

/** Whether two orders count as of one hand: by account or by participant, as the incoming order's account says. */
export function isSelfTrade(taker: number, maker: number): boolean {
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
export function matchOne(taker: number, maker: number, ticks: number): Met {
  const orders = s.orders.words;
  const takerAt = taker << ORDER_SHIFT;
  const makerAt = maker << ORDER_SHIFT;
  const open =
    orders[makerAt + Order.place] === Place.book ? orders[makerAt + Order.displayed] : orders[makerAt + Order.leaves];
  const wanted = orders[takerAt + Order.leaves];
  return tradeUpTo(taker, maker, ticks, wanted < open ? wanted : open);
}

/** Trades up to `most` lots between two orders, self-trade prevention and reduce-only permitting. */
export function tradeUpTo(taker: number, maker: number, ticks: number, most: number): Met {
  const orders = s.orders.words;
  const takerTerms = orders[(taker << ORDER_SHIFT) + Order.terms];
  const makerTerms = orders[(maker << ORDER_SHIFT) + Order.terms];
  const selfTrade = selfTradeOf(takerTerms);
  if (selfTrade !== SelfTrade.none && isSelfTrade(taker, maker)) {
    preventSelfTrade(taker, maker, selfTrade);
    return Met.done;
  }
  let quantity = most;
  if (((takerTerms | makerTerms) & TermFlag.reduceOnly) !== 0) {
    if (endsWithoutReduction(taker) || endsWithoutReduction(maker)) return Met.done;
    quantity = Math.min(quantity, reductionLeft(maker), reductionLeft(taker));
  }
  if (!takesTrade(taker, ticks, quantity, Account.takerRate)) return Met.done;
  if (!takesTrade(maker, ticks, quantity, Account.makerRate)) return Met.done;
  if (breachesBand(s.orders.words[(taker << ORDER_SHIFT) + Order.instrument], ticks)) return Met.band;
  execute(maker, taker, ticks, quantity, false);
  return Met.done;
}

/** How many lots an order may still trade when it is reduce-only; else no bound. */
export function reductionLeft(slot: number): number {
  const terms = s.orders.word(slot, Order.terms);
  if ((terms & TermFlag.reduceOnly) === 0) return Infinity;
  return reducible(s.orders.word(slot, Order.position), terms & 1);
}

/** Cancels a reduce-only order that has nothing to reduce; whether it did. */
function endsWithoutReduction(slot: number): boolean {
  if (reductionLeft(slot) > 0) return false;
  finish(slot, ExecType.canceled, Code.reduceOnly);
  return true;
}

/** Carries out a self-trade instruction; either order may be gone afterwards. */
export function preventSelfTrade(taker: number, maker: number, instruction: SelfTrade): void {
  if (instruction === SelfTrade.decrement) {
    const quantity = Math.min(s.orders.word(taker, Order.leaves), s.orders.word(maker, Order.leaves));
    reduce(maker, quantity, Code.selfTradePrevented);
    if (s.orders.word(taker, Order.leaves) > 0) reduce(taker, quantity, Code.selfTradePrevented);
    return;
  }
  if (instruction === SelfTrade.cancelOldest || instruction === SelfTrade.cancelBoth) {
    finish(maker, ExecType.canceled, Code.selfTradePrevented);
  }
  if (instruction !== SelfTrade.cancelOldest && s.orders.word(taker, Order.leaves) > 0) {
    finish(taker, ExecType.canceled, Code.selfTradePrevented);
  }
}

/** Cancels an order whose account cannot take a trade's lots or value any more; whether it can. */
export function takesTrade(slot: number, ticks: number, quantity: number, rateField: number): boolean {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const account = orders[at + Order.account];
  const amount = amountOf(orders[at + Order.instrument], ticks, quantity);
  const fee = feeOf(amount, s.accounts.money[(account << ACCOUNT_SHIFT) + rateField]);
  const row = orders[at + Order.position];
  if (takesLots(row, orders[at + Order.terms] & 1, quantity) && takesValue(account, row, amount, fee)) return true;
  finish(slot, ExecType.canceled, Code.valueOverflow);
  return false;
}
