/**
 * Mass quotes in the reference engine: everything is checked before anything is done.
 */
import { Code } from '#trading/codes.ts';
import {
  CommandKind,
  MassQuote,
  QUOTE_ENTRIES_MAX,
  QUOTE_ENTRY_WORDS,
  QuoteEntry,
  commandLength,
} from '#trading/commands.ts';
import { ExecType } from '#trading/events.ts';
import { MarketState, OrderType, SelfTrade, Side, TermFlag, TimeInForce, packTerms } from '#trading/terms.ts';
import { answer } from './answers.ts';
import { enter } from './aftermath.ts';
import { levelRefusal } from './leaves.ts';
import type { Asker } from './lifecycle.ts';
import { begin, cancel, report, shrink, slotsInUse } from './lifecycle.ts';
import { exactValue, valueOf } from './money.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refusal.ts';
import type { Exposure } from './risk.ts';
import { buyingPowerRefusal, exposureRefusal, killRefusal, messageRefusal, restrictionRefusal } from './risk.ts';
import { marksAreBad, priceRefusal, quantityRefusal } from './shape.ts';
import type { Account, Instrument, Order, World } from './world.ts';
import { findRow, isQuote, takeRow } from './world.ts';

interface QuoteSide {
  side: number;
  price: number;
  quantity: number;
}

interface Entry {
  instrument: number;
  sides: [QuoteSide, QuoteSide];
}

function readEntries(words: Int32Array, at: number): Entry[] {
  const count = words[at + MassQuote.count];
  return Array.from({ length: count }, (_, index) => {
    const entry = at + MassQuote.entries + index * QUOTE_ENTRY_WORDS;
    return {
      instrument: words[entry + QuoteEntry.instrument],
      sides: [
        {
          side: Side.buy,
          price: words[entry + QuoteEntry.bidTicks],
          quantity: words[entry + QuoteEntry.bidQuantity],
        },
        {
          side: Side.sell,
          price: words[entry + QuoteEntry.askTicks],
          quantity: words[entry + QuoteEntry.askQuantity],
        },
      ],
    };
  });
}

export function massQuote(world: World, words: Int32Array, at: number, asker: Asker): void {
  const account = world.accounts[words[at + MassQuote.account]];
  const refusal = account === undefined ? refuse(Code.unknownAccount) : quoteRefusal(world, account, words, at);
  const subject = words[at + MassQuote.account];
  if (refusal !== undefined || account === undefined) {
    answer(world, CommandKind.massQuote, asker, subject, 0, refusal);
    return;
  }
  const entries = readEntries(words, at);
  account.quoteSession = asker.session;
  for (const entry of entries) {
    takeRow(world, account.index, entry.instrument);
    for (const side of entry.sides)
      quoteOneSide(world, account, entry.instrument, side, words[at + MassQuote.marks], asker);
  }
  answer(world, CommandKind.massQuote, asker, subject, entries.length);
}

function quoteRefusal(world: World, account: Account, words: Int32Array, at: number): Refusal | undefined {
  const rate = messageRefusal(world, account);
  if (rate !== undefined) return rate;
  const count = words[at + MassQuote.count];
  if (count < 1 || count > QUOTE_ENTRIES_MAX) return refuse(Code.quoteTooLarge);
  if (MassQuote.entries + count * QUOTE_ENTRY_WORDS > commandLength(words, at)) return refuse(Code.badParameter);
  const marks = words[at + MassQuote.marks];
  if (marksAreBad(marks)) return refuse(Code.badMarks);
  if (account.protection.tripped) return refuse(Code.protectionActive);
  const entries = readEntries(words, at);
  const sums = { openNotional: account.openNotional, reserved: account.reserved };
  const seen = new Set<number>();
  for (const entry of entries) {
    if (seen.has(entry.instrument)) return refuse(Code.badParameter);
    seen.add(entry.instrument);
    const refusal = entryRefusal(world, account, entry, marks, sums);
    if (refusal !== undefined) return refusal;
  }
  return quoteCapacityRefusal(world, account, entries);
}

interface Sums {
  openNotional: number;
  reserved: number;
}

function entryRefusal(world: World, account: Account, entry: Entry, marks: number, sums: Sums): Refusal | undefined {
  const instrument = world.instruments[entry.instrument];
  if (instrument === undefined) return refuse(Code.unknownInstrument);
  if (!account.enabled) return refuse(Code.accountDisabled);
  const killed = killRefusal(world, account, instrument);
  if (killed !== Code.ok) return refuse(killed);
  if (!instrument.listed) return refuse(Code.instrumentNotListed);
  if (instrument.state === MarketState.closed) return refuse(Code.marketClosed);
  if (instrument.state === MarketState.halt) return refuse(Code.marketHalted);
  const [bid, ask] = entry.sides;
  if (bid.quantity !== 0 && ask.quantity !== 0 && bid.price >= ask.price) return refuse(Code.quoteCrossed);
  for (const side of entry.sides) {
    const refusal = sideRefusal(world, account, instrument, side, marks, sums);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** One side as if its old quote were gone; the sums run on from side to side. */
function sideRefusal(
  world: World,
  account: Account,
  instrument: Instrument,
  { side, price, quantity }: QuoteSide,
  marks: number,
  sums: Sums,
): Refusal | undefined {
  const old = quoteOf(world, account.index, instrument.index, side);
  const isBuy = side === Side.buy;
  const oldLeaves = old?.leaves ?? 0;
  const oldValue = old === undefined ? 0 : exactValue(instrument, old.riskPrice, oldLeaves);
  sums.openNotional -= oldValue;
  if (isBuy) sums.reserved -= oldValue;
  if (quantity === 0) return undefined;
  const code = quantityRefusal(instrument, quantity) || priceRefusal(world, instrument, price);
  if (code !== Code.ok) return refuse(code);
  const restricted = quoteRestriction(
    world,
    account,
    instrument,
    { side, price, quantity },
    marks,
    isBuy ? 0 : oldLeaves,
  );
  if (restricted !== undefined) return restricted;
  const value = valueOf(instrument, price, quantity);
  if (value === undefined) return refuse(Code.valueOverflow);
  const row = findRow(world, account.index, instrument.index);
  const exposure: Exposure = {
    account,
    instrument,
    side,
    quantity,
    value,
    moreQuantity: quantity,
    moreValue: value,
    net: row?.net ?? 0,
    openBuys: (row?.openBuys ?? 0) - (isBuy ? oldLeaves : 0),
    openSells: (row?.openSells ?? 0) - (isBuy ? 0 : oldLeaves),
    ...sums,
    collarPrice: price,
  };
  const refusal = exposureRefusal(exposure) ?? buyingPowerRefusal(exposure);
  sums.openNotional += value;
  if (isBuy) sums.reserved += value;
  return refusal;
}

/** Check 6 for a quote, which cannot name a locate. */
function quoteRestriction(
  world: World,
  account: Account,
  instrument: Instrument,
  { side, quantity }: QuoteSide,
  marks: number,
  oldSells: number,
): Refusal | undefined {
  const order = { account: account.index, instrument: instrument.index, side, marks } as Order;
  return restrictionRefusal(world, order, quantity - oldSells, false);
}

/** The live quote of an account on one side of an instrument. */
function quoteOf(world: World, account: number, instrument: number, side: number): Order | undefined {
  return world.orders.find(
    (order) => isQuote(order) && order.account === account && order.instrument === instrument && order.side === side,
  );
}

function quoteCapacityRefusal(world: World, account: Account, entries: readonly Entry[]): Refusal | undefined {
  let slots = 0;
  let rows = 0;
  const resting: Order[] = [];
  for (const { instrument, sides } of entries) {
    if (findRow(world, account.index, instrument) === undefined) rows++;
    for (const { side, price } of sides.filter((one) => one.quantity > 0)) {
      if (quoteOf(world, account.index, instrument, side) === undefined) slots++;
      resting.push({ instrument, side, type: OrderType.limit, tif: TimeInForce.day, price } as Order);
    }
  }
  if (slotsInUse(world) + slots > world.capacity.orders) return refuse(Code.orderCapacity);
  if (world.rows.length + rows > world.capacity.positions) return refuse(Code.positionCapacity);
  const level = levelRefusal(world, resting);
  return level === Code.ok ? undefined : refuse(level);
}

function quoteOneSide(
  world: World,
  account: Account,
  instrument: number,
  wanted: QuoteSide,
  marks: number,
  asker: Asker,
): void {
  const { side, price, quantity } = wanted;
  const old = quoteOf(world, account.index, instrument, side);
  if (old !== undefined && quantity === 0) cancel(world, old, Code.canceledByUser);
  if (old !== undefined && quantity > 0 && old.price === price && quantity <= old.leaves) {
    shrink(world, old, old.leaves - quantity);
    report(world, old, ExecType.replaced);
    return;
  }
  if (quantity === 0) return;
  if (old !== undefined) cancel(world, old, Code.quoteReplaced);
  const order = quoteOrder(account, instrument, wanted, marks, asker);
  begin(world, order);
  report(world, order, ExecType.new);
  enter(world, order);
}

function quoteOrder(
  account: Account,
  instrument: number,
  { side, price, quantity }: QuoteSide,
  marks: number,
  asker: Asker,
): Order {
  return {
    slot: 0,
    generation: 0,
    session: asker.session,
    account: account.index,
    instrument,
    clOrdIdLow: 0,
    clOrdIdHigh: 0,
    terms: packTerms(side as Side, OrderType.limit, TimeInForce.day, SelfTrade.cancelOldest, TermFlag.quote),
    marks,
    side,
    type: OrderType.limit,
    tif: TimeInForce.day,
    selfTrade: SelfTrade.cancelOldest,
    price,
    stop: 0,
    display: 0,
    minimum: 0,
    pegOffset: 0,
    expire: 0,
    takeProfit: 0,
    stopLoss: 0,
    stopLossLimit: 0,
    group: '',
    leaves: quantity,
    cum: 0,
    displayed: 0,
    riskPrice: price,
    place: 'incoming',
    queued: 0,
    born: 0,
  };
}
