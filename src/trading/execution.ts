/**
 * One trade: two orders, a price, a quantity, and everything that follows from it for orders, positions, fees, the
 * day's trade log, linked orders and market-maker protection.
 */
import { ACCOUNT_SHIFT, Account } from './accounts.ts';
import { Code } from './codes.ts';
import { Liquidity, OrderStatus } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { conclude, reduce } from './lifecycle.ts';
import { amountOf, book, feeOf, reserve } from './money.ts';
import { FIRST_LIST, ORDER_SHIFT, Order, Place } from './order-store.ts';
import { reducible } from './risk.ts';
import { Scalar, levelChanged, notes, s } from './state.ts';
import { TermFlag } from './terms.ts';
import { HALF_WORDS, TradeRecord, TradeSide } from './trade-log.ts';

/** Aggressor side of trades that an auction made. */
const AUCTION_SIDE = 2;

/**
 * Trades `quantity` lots between a waiting and an incoming order, or in an auction (where both were waiting). Orders
 * that are filled are gone afterwards.
 */
export function execute(maker: number, taker: number, ticks: number, quantity: number, inAuction: boolean): void {
  const orders = s.orders.words;
  const makerAt = maker << ORDER_SHIFT;
  const takerAt = taker << ORDER_SHIFT;
  const instrument = orders[makerAt + Order.instrument];
  const makerPeer = orders[makerAt + Order.linkPeer];
  const takerPeer = orders[takerAt + Order.linkPeer];
  const makerReduceOnly = (orders[makerAt + Order.terms] & TermFlag.reduceOnly) !== 0;
  const takerReduceOnly = (orders[takerAt + Order.terms] & TermFlag.reduceOnly) !== 0;
  const money = s.accounts.money;
  const amount = amountOf(instrument, ticks, quantity);
  const makerFee = feeOf(amount, money[(orders[makerAt + Order.account] << ACCOUNT_SHIFT) + Account.makerRate]);
  const takerRate = inAuction ? Account.makerRate : Account.takerRate;
  const takerFee = feeOf(amount, money[(orders[takerAt + Order.account] << ACCOUNT_SHIFT) + takerRate]);
  const tradeId = ++s.numbers[Scalar.lastTradeId];
  s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.lastTicks] = ticks;
  logTrade(maker, taker, ticks, quantity, makerFee, takerFee, inAuction);
  const aggressor = inAuction ? AUCTION_SIDE : orders[takerAt + Order.terms] & 1;

  fillSide(maker, ticks, quantity, tradeId, makerFee, inAuction ? Liquidity.auction : Liquidity.added);
  fillSide(taker, ticks, quantity, tradeId, takerFee, inAuction ? Liquidity.auction : Liquidity.removed);
  s.output.trade(orders, instrument, ticks, quantity, tradeId, aggressor, maker, taker);

  if (makerPeer !== 0) reducePeer(makerPeer - 1, quantity);
  if (takerPeer !== 0) reducePeer(takerPeer - 1, quantity);
  if (makerReduceOnly) holdToReduction(maker);
  if (takerReduceOnly) holdToReduction(taker);
}

function logTrade(
  maker: number,
  taker: number,
  ticks: number,
  quantity: number,
  makerFee: number,
  takerFee: number,
  inAuction: boolean,
): void {
  const at = s.trades.add();
  const words = s.trades.words;
  logSide(words, at, s.orders.words, maker, makerFee);
  logSide(words, at + HALF_WORDS, s.orders.words, taker, takerFee);
  words[at + TradeRecord.priceTicks] = ticks;
  words[at + TradeRecord.quantity] = quantity;
  words[at + TradeRecord.canceled] = 0;
  words[at + TradeRecord.auction] = inAuction ? 1 : 0;
}

function logSide(words: Int32Array, at: number, orders: Int32Array, slot: number, fee: number): void {
  const orderAt = slot << ORDER_SHIFT;
  words[at + TradeSide.session] = orders[orderAt + Order.session];
  words[at + TradeSide.account] = orders[orderAt + Order.account];
  words[at + TradeSide.instrument] = orders[orderAt + Order.instrument];
  words[at + TradeSide.orderSlot] = slot;
  words[at + TradeSide.orderGeneration] = orders[orderAt + Order.generation];
  words[at + TradeSide.clOrdIdLow] = orders[orderAt + Order.clOrdIdLow];
  words[at + TradeSide.clOrdIdHigh] = orders[orderAt + Order.clOrdIdHigh];
  words[at + TradeSide.terms] = orders[orderAt + Order.terms];
  words[at + TradeSide.position] = orders[orderAt + Order.position];
  words[at + TradeSide.feeLow] = fee | 0;
  words[at + TradeSide.feeHigh] = Math.floor(fee / 4294967296);
}

function fillSide(
  slot: number,
  ticks: number,
  quantity: number,
  tradeId: number,
  fee: number,
  liquidity: number,
): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const terms = orders[at + Order.terms];
  reserve(slot, -quantity);
  book(orders[at + Order.position], terms & 1, ticks, quantity, fee);
  const leaves = orders[at + Order.leaves] - quantity;
  orders[at + Order.leaves] = leaves;
  orders[at + Order.cum] += quantity;
  const place = orders[at + Order.place];
  if (place === Place.book) takeFromBook(slot, quantity, leaves, liquidity !== Liquidity.auction);
  else if (place >= FIRST_LIST && leaves === 0) leaveList(slot, place);
  if ((terms & TermFlag.quote) !== 0) countProtection(orders[at + Order.account], quantity);
  s.output.fill(orders, slot, quantity, ticks, tradeId, liquidity);
  if (leaves === 0) conclude(slot, OrderStatus.filled);
}

/** The displayed part shrinks; used up, an iceberg shows its next part: at the end of the queue, or in an auction in place. */
function takeFromBook(slot: number, quantity: number, leaves: number, requeues: boolean): void {
  const orders = s.orders.words;
  const at = slot << ORDER_SHIFT;
  const level = orders[at + Order.level];
  levelChanged(s.ladders.ladderOf(level), orders[at + Order.priceTicks]);
  const displayed = orders[at + Order.displayed];
  if (leaves === 0) {
    s.ladders.remove(slot);
    orders[at + Order.displayed] = 0;
    orders[at + Order.place] = Place.incoming;
  } else if (quantity < displayed) {
    orders[at + Order.displayed] = displayed - quantity;
    s.ladders.quantities[level] -= quantity;
  } else {
    const shown = orders[at + Order.displayQuantity];
    const next = shown < leaves ? shown : leaves;
    orders[at + Order.displayed] = next;
    s.ladders.quantities[level] += next - displayed;
    if (requeues) s.ladders.moveToTail(slot);
  }
}

function leaveList(slot: number, place: number): void {
  const instrument = s.orders.words[(slot << ORDER_SHIFT) + Order.instrument];
  s.instruments.listRemove(instrument, place, slot);
  if (place >= Place.primaryBuys) s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.pegs]--;
  s.orders.words[(slot << ORDER_SHIFT) + Order.place] = Place.incoming;
}

function reducePeer(peer: number, quantity: number): void {
  if (s.orders.word(peer, Order.place) !== Place.free && s.orders.word(peer, Order.leaves) > 0) {
    reduce(peer, quantity, Code.linkedOrderDone);
  }
}

/** A reduce-only order never stands for more than the position it may close. */
function holdToReduction(slot: number): void {
  const leaves = s.orders.word(slot, Order.leaves);
  if (leaves === 0) return;
  const most = reducible(s.orders.word(slot, Order.position), s.orders.word(slot, Order.terms) & 1);
  if (leaves > most) reduce(slot, leaves - most, Code.reduceOnly);
}

function countProtection(account: number, quantity: number): void {
  const money = s.accounts.money;
  const at = account << ACCOUNT_SHIFT;
  const window = money[at + Account.protectionWindowMicros];
  if (window === 0 || money[at + Account.protectionTripped] !== 0) return;
  if (money[at + Account.protectionExecutions] === 0 || notes.now - money[at + Account.protectionStart] >= window) {
    money[at + Account.protectionStart] = notes.now;
    money[at + Account.protectionQuantity] = 0;
    money[at + Account.protectionExecutions] = 0;
  }
  const lots = (money[at + Account.protectionQuantity] += quantity);
  const executions = ++money[at + Account.protectionExecutions];
  const lotsMax = money[at + Account.protectionQuantityMax];
  const executionsMax = money[at + Account.protectionExecutionsMax];
  if ((lotsMax !== 0 && lots >= lotsMax) || (executionsMax !== 0 && executions >= executionsMax)) {
    money[at + Account.protectionTripped] = 1;
    s.tripped[notes.trippedCount++] = account;
  }
}
