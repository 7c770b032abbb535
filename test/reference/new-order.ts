/**
 * A new order in the reference engine: read, checked in the order of the page, accepted, entered.
 */
import { Code } from '#trading/codes.ts';
import { Header, NEW_ORDER_EXTRAS_WORDS, NewOrder, commandLength, readWide } from '#trading/commands.ts';
import { ExecType, OrderStatus } from '#trading/events.ts';
import {
  CLIENT_TERMS_MASK,
  MarketState,
  TermFlag,
  TimeInForce,
  selfTradeOf,
  sideOf,
  timeInForceOf,
  typeOf,
} from '#trading/terms.ts';
import { enter } from './aftermath.ts';
import type { Asker } from './lifecycle.ts';
import { begin, instrumentOf, report, rowOf, toldStatus } from './lifecycle.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refusal.ts';
import {
  capacityRefusal,
  duplicateRefusal,
  killRefusal,
  messageRefusal,
  needsLocate,
  phaseRefusal,
  recentKey,
  restingRefusal,
  restrictionRefusal,
  riskPriceOf,
  riskRefusal,
} from './risk.ts';
import type { Draft } from './shape.ts';
import { shapeRefusal } from './shape.ts';
import type { Order, World } from './world.ts';
import { dayKey, findRow, isStop } from './world.ts';

function readDraft(words: Int32Array, at: number): Draft {
  const wantsExtras = (words[at + NewOrder.terms] & TermFlag.extras) !== 0;
  const hasExtras = wantsExtras && commandLength(words, at) >= NEW_ORDER_EXTRAS_WORDS;
  const extra = (word: number): number => (hasExtras ? words[at + word] : 0);
  const terms = words[at + NewOrder.terms] & CLIENT_TERMS_MASK;
  const quantity = words[at + NewOrder.quantity];
  const account = words[at + NewOrder.account];
  const linkId = extra(NewOrder.linkId);
  const display = extra(NewOrder.displayQuantity);
  const order: Order = {
    slot: 0,
    generation: 0,
    session: words[at + Header.session],
    account,
    instrument: words[at + NewOrder.instrument],
    clOrdIdLow: words[at + NewOrder.clOrdIdLow],
    clOrdIdHigh: words[at + NewOrder.clOrdIdHigh],
    terms,
    marks: words[at + NewOrder.marks],
    side: sideOf(terms),
    type: typeOf(terms),
    tif: timeInForceOf(terms),
    selfTrade: selfTradeOf(terms),
    price: words[at + NewOrder.priceTicks],
    stop: extra(NewOrder.stopTicks),
    display,
    minimum: extra(NewOrder.minimumQuantity),
    pegOffset: extra(NewOrder.pegOffsetTicks),
    expire: hasExtras ? readWide(words, at + NewOrder.expireLow) : 0,
    takeProfit: extra(NewOrder.takeProfitTicks),
    stopLoss: extra(NewOrder.stopLossTicks),
    stopLossLimit: extra(NewOrder.stopLossLimitTicks),
    group: linkId === 0 ? '' : `${account}/${linkId}`,
    leaves: quantity,
    cum: 0,
    displayed: 0,
    riskPrice: 0,
    place: 'incoming',
    queued: 0,
    born: 0,
  };
  return { order, linkId, locateId: words[at + NewOrder.locateId], extrasMissing: wantsExtras && !hasExtras };
}

export function newOrder(world: World, words: Int32Array, at: number, asker: Asker): void {
  const draft = readDraft(words, at);
  const { order } = draft;
  const refusal = identityRefusal(world, order);
  if (refusal !== undefined) {
    reject(world, order, asker, refusal);
    return;
  }
  const earlier = world.dayRecords.get(dayKey(order.account, order.clOrdIdLow, order.clOrdIdHigh));
  if (earlier !== undefined) {
    tellDuplicate(world, order, earlier.order, asker);
    return;
  }
  const further = furtherRefusal(world, draft);
  if (further === undefined) accept(world, order, asker);
  else reject(world, order, asker, further);
}

function identityRefusal(world: World, order: Order): Refusal | undefined {
  const account = world.accounts[order.account];
  if (account === undefined) return refuse(Code.unknownAccount);
  if (world.instruments[order.instrument] === undefined) return refuse(Code.unknownInstrument);
  if (order.clOrdIdLow === 0 && order.clOrdIdHigh === 0) return refuse(Code.badClOrdId);
  return messageRefusal(world, account);
}

function furtherRefusal(world: World, draft: Draft): Refusal | undefined {
  const { order } = draft;
  const account = world.accounts[order.account];
  const instrument = instrumentOf(world, order);
  if (!account.enabled) return refuse(Code.accountDisabled);
  const killed = killRefusal(world, account, instrument);
  if (killed !== Code.ok) return refuse(killed);
  if (!instrument.listed) return refuse(Code.instrumentNotListed);
  const code = shapeRefusal(world, draft) || phaseRefusal(world, order);
  if (code !== Code.ok) return refuse(code);
  if (findRow(world, order.account, order.instrument) === undefined && world.rows.length >= world.capacity.positions) {
    return refuse(Code.positionCapacity);
  }
  if (order.display === order.leaves) order.display = 0;
  order.riskPrice = riskPriceOf(world, order);
  return (
    restrictionRefusal(world, order, order.leaves, draft.locateId !== 0) ??
    riskRefusal(world, order) ??
    duplicateRefusal(world, order) ??
    restingRefusal(world, order) ??
    capacityRefusal(world, order)
  );
}

function reject(world: World, order: Order, asker: Asker, { reason, limit, value, used }: Refusal): void {
  report(world, order, ExecType.rejected, {
    ...asker,
    reason,
    leaves: 0,
    status: OrderStatus.rejected,
    limit,
    value,
    used,
  });
}

function tellDuplicate(world: World, order: Order, earlier: Order, asker: Asker): void {
  const isLive = earlier.place !== 'done';
  report(world, order, ExecType.rejected, {
    ...asker,
    reason: Code.duplicateClOrdId,
    slot: isLive ? earlier.slot : 0,
    generation: isLive ? earlier.generation : 0,
    price: earlier.price,
    leaves: earlier.leaves,
    cum: earlier.cum,
    status: toldStatus(earlier),
  });
}

function accept(world: World, order: Order, asker: Asker): void {
  order.terms &= ~TermFlag.extras;
  const window = world.accounts[order.account].limits.duplicateWindow;
  if (window > 0) world.recents.push({ key: recentKey(order), at: world.now, until: world.now + window });
  begin(world, order);
  if (needsLocate(world, order)) rowOf(world, order).locateUsed += order.leaves;
  const { state } = instrumentOf(world, order);
  if (isStop(order.type)) order.place = 'stop';
  else if (order.tif === TimeInForce.atClose && state !== MarketState.closingAuction) order.place = 'held';
  report(world, order, ExecType.new, { ...asker });
  if (order.place !== 'held') enter(world, order);
}
