/**
 * Cash, locates, trades cancelled and corrected, corporate actions and the day roll in the reference engine.
 * Each works out everything first and changes nothing where one sum would not fit.
 */
import { Code } from '#trading/codes.ts';
import {
  CommandKind,
  CorporateAction,
  CorporateActionKind,
  DayRoll,
  Funds,
  Locate,
  TradeCancel,
  TradeCorrect,
  readWide,
} from '#trading/commands.ts';
import { ExecType } from '#trading/events.ts';
import { MarketState, Side } from '#trading/terms.ts';
import { answer } from './answers.ts';
import { cancelMany, rowRefusal } from './control.ts';
import type { Asker } from './lifecycle.ts';
import { expireDayOrders } from './market.ts';
import { WIDE_END, bookPosition, divideRounded, exactValue, feeOf, signedValue, valueOf } from './money.ts';
import { refuse } from './refusal.ts';
import { priceRefusal, quantityRefusal } from './shape.ts';
import type { Instrument, KeptTrade, Row, World } from './world.ts';
import { findRow, takeRow } from './world.ts';

export function moveFunds(world: World, words: Int32Array, at: number, asker: Asker): void {
  const index = words[at + Funds.account];
  const amount = readWide(words, at + Funds.amountLow);
  const account = world.accounts[index];
  let refusal = account === undefined ? refuse(Code.unknownAccount) : undefined;
  if (account !== undefined) {
    const free = account.cash - account.reserved;
    const after = BigInt(account.cash) + BigInt(amount);
    if (amount === 0 || !Number.isSafeInteger(amount)) refusal = refuse(Code.badParameter);
    else if (amount < 0 && free + amount < 0) refusal = refuse(Code.insufficientFunds, free, -amount, account.reserved);
    else if ((after < 0n ? -after : after) >= BigInt(WIDE_END)) refusal = refuse(Code.valueOverflow);
    else account.cash += amount;
  }
  answer(world, CommandKind.funds, asker, index, 1, refusal);
}

export function addLocate(world: World, words: Int32Array, at: number, asker: Asker): void {
  const index = words[at + Locate.account];
  const instrument = words[at + Locate.instrument];
  const quantity = words[at + Locate.quantity];
  let code: number = Code.ok;
  if (world.accounts[index] === undefined) code = Code.unknownAccount;
  else if (world.instruments[instrument] === undefined) code = Code.unknownInstrument;
  else if (words[at + Locate.locateId] === 0) code = Code.badParameter;
  else if (quantity < 1) code = Code.badParameter;
  else code = rowRefusal(world, index, instrument);
  if (code === Code.ok) takeRow(world, index, instrument).located += quantity;
  answer(world, CommandKind.locate, asker, index, quantity, code === Code.ok ? undefined : refuse(code));
}

/** The greatest power of two not below `count`: what a ring of trades holds. */
function ringSize(count: number): number {
  let size = 1;
  while (size < count) size *= 2;
  return size;
}

function findTrade(world: World, id: number): KeptTrade | number {
  const kept = world.trades.slice(-ringSize(world.capacity.trades));
  const trade = kept.find((one) => one.id === id);
  if (trade === undefined) return Code.unknownTrade;
  return trade.canceled ? Code.tradeAlreadyCanceled : trade;
}

/** Whether both sides could take the old trade back and a new one, whatever the order of the sums. */
function canChange(world: World, trade: KeptTrade, price: number, quantity: number): boolean {
  const instrument = world.instruments[trade.instrument];
  const value = valueOf(instrument, price, quantity);
  if (value === undefined) return false;
  const old = exactValue(instrument, trade.price, trade.quantity);
  return trade.sides.every((side) => {
    const row = findRow(world, side.account, trade.instrument)!;
    const { cash } = world.accounts[side.account];
    const sums = [cash, row.cost, row.realised, row.fees, old, value, 2 * side.fee];
    const reached = sums.reduce((total, sum) => total + BigInt(Math.abs(sum)), 0n);
    return reached < BigInt(WIDE_END) && Math.abs(row.net) + trade.quantity + quantity < 2 ** 31;
  });
}

/** Books lots on one side of a trade, with a fee (negative gives one back). */
function book(world: World, trade: KeptTrade, account: number, side: number, fee: number): void {
  const instrument = world.instruments[trade.instrument];
  const row = findRow(world, account, trade.instrument)!;
  const signed = signedValue(instrument, trade.price, trade.quantity)!;
  bookPosition(row, instrument, side, trade.price, trade.quantity);
  row.fees += fee;
  world.accounts[account].cash += (side === Side.buy ? -signed : signed) - fee;
}

function takeBack(world: World, trade: KeptTrade): void {
  for (const side of trade.sides) book(world, trade, side.account, side.side ^ 1, -side.fee);
}

/** Reports a changed trade to both sides and the public. */
function tellTrade(world: World, trade: KeptTrade, execType: number, correction: number): void {
  const { instrument, price, quantity } = trade;
  for (const { session, account, slot, generation, clOrdIdLow, clOrdIdHigh, terms } of trade.sides) {
    world.events.push({
      kind: 'execution',
      execType,
      reason: Code.ok,
      session,
      account,
      instrument,
      slot,
      generation,
      clOrdIdLow,
      clOrdIdHigh,
      terms,
      price: 0,
      leaves: 0,
      cum: 0,
      lastQuantity: quantity,
      lastPrice: price,
      tradeId: trade.id,
      clientSequence: 0,
      status: 0,
      liquidity: 0,
      limit: 0,
      value: 0,
      used: 0,
    });
  }
  world.events.push({
    kind: 'trade',
    instrument,
    price,
    quantity,
    tradeId: trade.id,
    aggressorSide: 2,
    makerSlot: 0,
    makerGeneration: 0,
    takerSlot: 0,
    takerGeneration: 0,
    correction,
  });
}

export function cancelTrade(world: World, words: Int32Array, at: number, asker: Asker): void {
  const trade = findTrade(world, readWide(words, at + TradeCancel.tradeIdLow));
  const subject = words[at + TradeCancel.tradeIdLow];
  if (typeof trade === 'number') {
    answer(world, CommandKind.tradeCancel, asker, subject, 0, refuse(trade));
    return;
  }
  if (!canChange(world, trade, trade.price, trade.quantity)) {
    answer(world, CommandKind.tradeCancel, asker, subject, 0, refuse(Code.valueOverflow));
    return;
  }
  takeBack(world, trade);
  trade.canceled = true;
  tellTrade(world, trade, ExecType.tradeCancel, 1);
  answer(world, CommandKind.tradeCancel, asker, subject, 1);
}

export function correctTrade(world: World, words: Int32Array, at: number, asker: Asker): void {
  const trade = findTrade(world, readWide(words, at + TradeCorrect.tradeIdLow));
  const subject = words[at + TradeCorrect.tradeIdLow];
  const price = words[at + TradeCorrect.priceTicks];
  const quantity = words[at + TradeCorrect.quantity];
  const code = typeof trade === 'number' ? trade : correctRefusal(world, trade, price, quantity);
  if (typeof trade === 'number' || code !== Code.ok) {
    answer(world, CommandKind.tradeCorrect, asker, subject, 0, refuse(code));
    return;
  }
  takeBack(world, trade);
  Object.assign(trade, { price, quantity });
  for (const side of trade.sides) {
    const { makerRate, takerRate } = world.accounts[side.account];
    side.fee = feeOf(
      side.maker ? makerRate : takerRate,
      exactValue(world.instruments[trade.instrument], price, quantity),
    );
    book(world, trade, side.account, side.side, side.fee);
  }
  tellTrade(world, trade, ExecType.tradeCorrect, 2);
  answer(world, CommandKind.tradeCorrect, asker, subject, 1);
}

function correctRefusal(world: World, trade: KeptTrade, price: number, quantity: number): number {
  const instrument = world.instruments[trade.instrument];
  if (quantity < 1 || quantity > trade.quantity) return Code.badQuantity;
  const code = quantityRefusal(instrument, quantity) || priceRefusal(world, instrument, price);
  if (code !== Code.ok) return code;
  return canChange(world, trade, price, quantity) ? Code.ok : Code.valueOverflow;
}

export function rollDay(world: World, words: Int32Array, at: number, asker: Asker): void {
  const day = words[at + DayRoll.tradingDay];
  const instruments = world.instruments.filter((instrument) => instrument !== undefined);
  let code: number = Code.ok;
  if (day <= world.tradingDay) code = Code.badParameter;
  else if (instruments.some((instrument) => instrument.state !== MarketState.closed)) code = Code.badState;
  if (code !== Code.ok) {
    answer(world, CommandKind.dayRoll, asker, day, 0, refuse(code));
    return;
  }
  let statements = 0;
  for (const row of world.rows) {
    if (row.net !== 0 || row.cost !== 0 || row.realised !== 0 || row.fees !== 0) statements++;
    else continue;
    const { last, reference } = world.instruments[row.instrument];
    const { account, instrument, net, cost, realised, fees } = row;
    const closePrice = last || reference;
    world.events.push({
      kind: 'statement',
      account,
      instrument,
      net,
      cost,
      realised,
      fees,
      closePrice,
      tradingDay: world.tradingDay,
    });
  }
  for (const instrument of instruments) expireDayOrders(world, instrument);
  for (const [key, record] of world.dayRecords) if (record.order.place === 'done') world.dayRecords.delete(key);
  world.trades = [];
  world.recents = [];
  for (const row of world.rows) Object.assign(row, { located: 0, locateUsed: 0 });
  world.tradingDay = day;
  answer(world, CommandKind.dayRoll, asker, day, statements);
}

const RATIO_MAX = 1_000_000;

export function corporateAction(world: World, words: Int32Array, at: number, asker: Asker): void {
  const index = words[at + CorporateAction.instrument];
  const instrument = world.instruments[index];
  const kind = words[at + CorporateAction.kind];
  let result: { code: number; count: number };
  if (instrument === undefined) result = { code: Code.unknownInstrument, count: 0 };
  else if (instrument.state !== MarketState.closed) result = { code: Code.badState, count: 0 };
  else if (kind === CorporateActionKind.split) {
    result = split(world, instrument, words[at + CorporateAction.numerator], words[at + CorporateAction.denominator]);
  } else if (kind === CorporateActionKind.cashDividend) {
    result = payDividend(world, index, readWide(words, at + CorporateAction.amountLow));
  } else result = { code: Code.badParameter, count: 0 };
  const refusal = result.code === Code.ok ? undefined : refuse(result.code);
  answer(world, CommandKind.corporateAction, asker, index, result.count, refusal);
}

function split(
  world: World,
  instrument: Instrument,
  numerator: number,
  denominator: number,
): { code: number; count: number } {
  if (Math.min(numerator, denominator) < 1 || Math.max(numerator, denominator) > RATIO_MAX)
    return { code: Code.badParameter, count: 0 };
  const rows = world.rows.filter((row) => row.instrument === instrument.index);
  const nets = rows.map((row) => Number((BigInt(row.net) * BigInt(numerator)) / BigInt(denominator)));
  const far = rows.some((row) => BigInt(Math.abs(row.realised)) + BigInt(Math.abs(row.cost)) >= BigInt(WIDE_END));
  if (nets.some((net) => Math.abs(net) >= 2 ** 31) || far) {
    return { code: Code.valueOverflow, count: 0 };
  }
  const count = cancelMany(world, Code.corporateAction, (order) => order.instrument === instrument.index);
  for (const [index, row] of rows.entries()) {
    row.net = nets[index];
    if (row.net !== 0) continue;
    row.realised -= row.cost;
    row.cost = 0;
  }
  const scaled = (price: number): number => {
    const rounded = divideRounded(BigInt(price) * BigInt(denominator), BigInt(numerator));
    return Math.max(1, Math.min(2 ** 31 - 1, rounded));
  };
  instrument.reference = scaled(instrument.reference);
  instrument.staticReference = scaled(instrument.staticReference);
  if (instrument.last !== 0) instrument.last = scaled(instrument.last);
  return { code: Code.ok, count };
}

function payDividend(world: World, index: number, amount: number): { code: number; count: number } {
  if (amount < 0 || !Number.isSafeInteger(amount)) return { code: Code.badParameter, count: 0 };
  const rows = world.rows.filter((row) => row.instrument === index && row.net !== 0);
  const reach = (row: Row): bigint =>
    BigInt(Math.abs(world.accounts[row.account].cash)) + BigInt(Math.abs(row.net)) * BigInt(amount);
  if (rows.some((row) => reach(row) >= BigInt(WIDE_END))) return { code: Code.valueOverflow, count: 0 };
  for (const row of rows) world.accounts[row.account].cash += row.net * amount;
  return { code: Code.ok, count: rows.length };
}
