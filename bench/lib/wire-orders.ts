/** The orders of the wire benchmarks, written into one reused buffer. */
import {
  CANCEL_ORDER_WORDS,
  CancelOrder,
  CommandKind,
  HEADER_WORDS,
  NEW_ORDER_WORDS,
  NewOrder,
  writeHeader,
} from '#trading/commands.ts';
import { OrderType, SelfTrade, ShortMark, Side, TimeInForce, packMarks, packTerms } from '#trading/terms.ts';
import { FRAME_HEADER_BYTES } from '#wire/order-entry/frame.ts';
import { LOCATE_ID } from '../flow-setup.ts';

const BID_TICKS = 10_000;
const INSTRUMENTS = 4;
const QUANTITY_MASK = 1023;
/** Orders of many sessions overtake each other when the machine is busy: equal ones must lie far apart. */
const PAIR_QUANTITY_MASK = 16_383;
const BUY = packTerms(Side.buy, OrderType.limit, TimeInForce.day, SelfTrade.none);
const TAKE = packTerms(Side.sell, OrderType.limit, TimeInForce.ioc, SelfTrade.none);
const SHORT = packMarks(0, ShortMark.short);

export class OrderMaker {
  private readonly words = new Int32Array(32);
  private step = 0;
  private clOrdId: number;
  /** ClOrdID of the last order made, or named by the last cancel. */
  lastClOrdId = 0;
  /** Byte of that id in the frame of the last message. */
  idByte = 0;

  /** Ids begin at `firstId`; each connection of a benchmark takes its own range. */
  constructor(firstId = OrderMaker.freshRange()) {
    this.clOrdId = firstId;
  }

  private static ranges = 0;
  private static freshRange(): number {
    OrderMaker.ranges++;
    return OrderMaker.ranges * 20_000_000;
  }

  /** In turn: a bid, an immediate sale that takes it, another bid, its cancel. */
  next(): Int32Array {
    const step = this.step++;
    // No two orders of the duplicate window are the same; an immediate sale has the quantity of the bid before it.
    const quantity = 1 + ((step >> 1) & QUANTITY_MASK);
    switch (step & 3) {
      case 0:
      case 2:
        return this.order(0, BUY, 0, BID_TICKS, 0, quantity);
      case 1:
        return this.order(1, TAKE, SHORT, BID_TICKS, 0, quantity);
      default:
        return this.cancel();
    }
  }

  /** In turn: a bid, and an immediate sale that takes it. */
  nextPair(): Int32Array {
    const step = this.step++;
    const quantity = 1 + ((step >> 1) & PAIR_QUANTITY_MASK);
    if ((step & 1) === 0) return this.order(0, BUY, 0, BID_TICKS, 0, quantity);
    return this.order(1, TAKE, SHORT, BID_TICKS, 0, quantity);
  }

  get nextRestingId(): number {
    return this.clOrdId + 1;
  }

  /** A bid that rests, over four instruments and many prices. */
  nextResting(): Int32Array {
    const id = this.clOrdId;
    // Quantity by the low bits, price by those above too: half a million orders in a row differ.
    const ticks = BID_TICKS - (((id >>> 10) * 7919 + id * 31) & 511);
    return this.order(0, BUY, 0, ticks, id & (INSTRUMENTS - 1), 1 + (id & QUANTITY_MASK));
  }

  private order(
    account: number,
    terms: number,
    marks: number,
    priceTicks: number,
    instrument: number,
    quantity: number,
  ): Int32Array {
    const { words } = this;
    writeHeader(words, 0, CommandKind.newOrder, NEW_ORDER_WORDS, 0, 0);
    words[NewOrder.account] = account;
    words[NewOrder.instrument] = instrument;
    words[NewOrder.clOrdIdLow] = this.lastClOrdId = ++this.clOrdId;
    words[NewOrder.clOrdIdHigh] = 0;
    this.idByte = byteOfWord(NewOrder.clOrdIdLow);
    words[NewOrder.terms] = terms;
    words[NewOrder.marks] = marks;
    words[NewOrder.quantity] = quantity;
    words[NewOrder.priceTicks] = priceTicks;
    words.fill(0, NewOrder.clientCode, NewOrder.locateId);
    words[NewOrder.locateId] = marks === 0 ? 0 : LOCATE_ID;
    return words;
  }

  private cancel(): Int32Array {
    const { words } = this;
    writeHeader(words, 0, CommandKind.cancelOrder, CANCEL_ORDER_WORDS, 0, 0);
    words[CancelOrder.account] = 0;
    words[CancelOrder.instrument] = 0;
    words[CancelOrder.orderSlot] = 0;
    words[CancelOrder.orderGeneration] = 0;
    words[CancelOrder.clOrdIdLow] = this.lastClOrdId;
    words[CancelOrder.clOrdIdHigh] = 0;
    this.idByte = byteOfWord(CancelOrder.clOrdIdLow);
    return words;
  }
}

function byteOfWord(word: number): number {
  return FRAME_HEADER_BYTES + (word - HEADER_WORDS) * 4;
}
