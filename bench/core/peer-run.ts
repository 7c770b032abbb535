/** One run of nodejs-order-book over the same flow, a book for each instrument; prints its rate as JSON. */
import { OrderBook, Side } from 'nodejs-order-book';
import type { LimitOrderOptions } from 'nodejs-order-book';
import { AmendOrder, CancelOrder, CommandKind, NewOrder, commandKind } from '#trading/commands.ts';
import { OrderType, TimeInForce, timeInForceOf, typeOf } from '#trading/terms.ts';
import { makeSetup } from '../flow-setup.ts';
import { makeFlow } from '../flow.ts';
import type { Flow } from '../flow.ts';
import { ACCOUNTS, COMMANDS, COMMANDS_IN_ALL, INSTRUMENTS, SEED, WARM_UP_COMMANDS } from './mix.ts';

type Call = (book: OrderBook) => void;
type PeerTimeInForce = NonNullable<LimitOrderOptions['timeInForce']>;
const GOOD_TILL_CANCEL = 'GTC' as PeerTimeInForce;
const IMMEDIATE_OR_CANCEL = 'IOC' as PeerTimeInForce;

/** A limit order as the peer got it: what amends of it start from. */
interface Entered {
  readonly id: string;
  readonly size: number;
  readonly price: number;
}

/** The flow as calls, made beforehand: ids are strings there, and making them is not the book's work. */
function toCalls(flow: Flow): { books: number[]; calls: Call[] } {
  const books: number[] = [];
  const calls: Call[] = [];
  const names = new Map<string, Entered>();
  for (let index = 0; index < flow.offsets.length - 1; index++) {
    const at = flow.offsets[index];
    books.push(flow.words[at + NewOrder.instrument]);
    calls.push(toCall(flow.words, at, index, flow, names));
  }
  return { books, calls };
}

function toCall(words: Int32Array, at: number, index: number, flow: Flow, names: Map<string, Entered>): Call {
  const kind = commandKind(words, at);
  if (kind === CommandKind.newOrder) return toOrder(words, at, index, flow, names);
  const key = `${words[at + CancelOrder.orderSlot]}.${words[at + CancelOrder.orderGeneration]}`;
  const order = names.get(key);
  if (order === undefined) throw new Error(`flow names an order that was never entered: ${key}`);
  if (kind === CommandKind.cancelOrder) return (book) => void book.cancel(order.id);
  const size = words[at + AmendOrder.quantity] || order.size;
  const price = words[at + AmendOrder.priceTicks] || order.price;
  return (book) => void book.modify(order.id, { size, price });
}

function toOrder(words: Int32Array, at: number, index: number, flow: Flow, names: Map<string, Entered>): Call {
  const terms = words[at + NewOrder.terms];
  const side = (terms & 1) === 0 ? Side.BUY : Side.SELL;
  const size = words[at + NewOrder.quantity];
  if (typeOf(terms) === OrderType.market) return (book) => void book.market({ side, size });
  const price = words[at + NewOrder.priceTicks];
  const id = `order-${index}`;
  names.set(flow.names[index], { id, size, price });
  const timeInForce = timeInForceOf(terms) === TimeInForce.ioc ? IMMEDIATE_OR_CANCEL : GOOD_TILL_CANCEL;
  return (book) => void book.limit({ id, side, size, price, timeInForce });
}

const flow = makeFlow(makeSetup(INSTRUMENTS, ACCOUNTS, COMMANDS_IN_ALL), WARM_UP_COMMANDS + COMMANDS, SEED);
const { books, calls } = toCalls(flow);
const orderBooks = Array.from({ length: INSTRUMENTS }, () => new OrderBook());
const first = calls.length - COMMANDS;
for (let index = 0; index < first; index++) calls[index](orderBooks[books[index]]);
const begun = performance.now();
for (let index = first; index < calls.length; index++) calls[index](orderBooks[books[index]]);
const opsPerSecond = (COMMANDS / (performance.now() - begun)) * 1000;
process.stdout.write(JSON.stringify({ opsPerSecond }));
