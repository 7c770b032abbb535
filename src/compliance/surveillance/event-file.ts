/**
 * Reads a market from a file of labelled events, one JSON object a line (docs/surveillance.md describes it), and turns it
 * into the engine's event words, so that surveillance can be scored on what others recorded. Never guesses: a line that
 * does not fit ends the reading with its number.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Code } from '#trading/codes.ts';
import { CommandKind, NEW_ORDER_WORDS, NewOrder } from '#trading/commands.ts';
import {
  EXECUTION_WORDS,
  EventKind,
  ExecType,
  Execution,
  LEVEL_WORDS,
  Level,
  MARKET_STATE_EVENT_WORDS,
  MarketStateEvent,
  TRADE_WORDS,
  Trade,
} from '#trading/events.ts';
import { MARKET_STATE_NAMES, OrderType, SelfTrade, TimeInForce, packTerms, type Side } from '#trading/terms.ts';
import { CodedError } from '#kit/errors.ts';
import { SURVEILLANCE_ERRORS } from './errors.ts';
import type { CommandWords } from './market.ts';

const time = z.int().nonnegative();
const lots = z.int().positive();
const place = z.int().min(0).max(4095);
const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('account'), account: z.int(), participant: z.int() }),
  z.object({ type: z.literal('link'), instruments: z.array(place) }),
  z.object({
    type: z.literal('restrict'),
    client: z.int().optional(),
    participant: z.int().optional(),
    instrument: place,
  }),
  z.object({
    type: z.literal('order'),
    t: time,
    id: z.string(),
    account: z.int(),
    client: z.int().default(0),
    instrument: place,
    side: z.enum(['buy', 'sell']),
    /** 0 for a market order. */
    price: z.int().nonnegative(),
    quantity: lots,
    immediate: z.boolean().default(false),
  }),
  z.object({ type: z.literal('amend'), t: time, id: z.string(), price: lots, quantity: lots }),
  z.object({ type: z.literal('cancel'), t: time, id: z.string(), byOwner: z.boolean().default(true) }),
  z.object({
    type: z.literal('trade'),
    t: time,
    maker: z.string(),
    taker: z.string(),
    price: lots,
    quantity: lots,
    trade: z.int().default(0),
  }),
  z.object({ type: z.literal('state'), t: time, instrument: place, state: z.enum(MARKET_STATE_NAMES) }),
  z.object({ type: z.literal('news'), t: time, instrument: place }),
  z.object({ type: z.literal('report'), t: time, trade: z.int() }),
  z.object({
    type: z.literal('label'),
    scenario: z.string(),
    client: z.int().optional(),
    participant: z.int().optional(),
    instrument: place,
    from: time,
    to: time,
    orders: z.int().default(0),
  }),
]);

export type EventFileLine = z.infer<typeof lineSchema>;
export interface EventFileListener {
  onEvents(words: Int32Array, end: number, command: CommandWords): void;
  onCommand(command: CommandWords): void;
  /** What is not an event of the engine: accounts, links, lists, news, reports, labels. */
  onFact(line: EventFileLine): void;
}

interface FileOrder {
  readonly slot: number;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  readonly terms: number;
  price: number;
  leaves: number;
  filled: number;
}

const ORDERS_MAX = 1 << 22;
/** Of one line: two executions, a trade, two levels. */
const EVENT_WORDS_MAX = 128;

/** Reads all of it. Rejects with SURVEILLANCE_EVENT_FILE, which names the line. Resolves with the number of events. */
export async function readEventFile(file: string, listener: EventFileListener): Promise<number> {
  const player = new EventPlayer(listener);
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    number++;
    if (text.trim() === '') continue;
    try {
      player.play(lineSchema.parse(JSON.parse(text)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CodedError(SURVEILLANCE_ERRORS.SURVEILLANCE_EVENT_FILE, `line ${number}: ${why}`, { cause: error });
    }
  }
  return player.events;
}

class EventPlayer {
  events = 0;
  private readonly listener: EventFileListener;
  private readonly words = new Int32Array(EVENT_WORDS_MAX);
  private readonly asked = new Int32Array(NEW_ORDER_WORDS);
  private readonly command = { words: this.asked, at: 0, timeMicros: 0 };
  private readonly orders = new Map<string, FileOrder>();
  private readonly levels = new Map<string, number>();
  private readonly states = new Map<number, number>();
  private slots = 0;
  private end = 0;

  constructor(listener: EventFileListener) {
    this.listener = listener;
  }

  play(line: EventFileLine): void {
    if ('t' in line) {
      if (line.t < this.command.timeMicros) throw new RangeError('time runs back');
      this.command.timeMicros = line.t;
      this.asked.fill(0);
      this.asked[0] = CommandKind.clock;
    }
    this.end = 0;
    switch (line.type) {
      case 'order':
        this.order(line);
        break;
      case 'amend':
        this.amend(line);
        break;
      case 'cancel': {
        const order = this.known(line.id);
        this.execution(order, ExecType.canceled, line.byOwner ? Code.canceledByUser : Code.dayEnded);
        this.level(order, order.price, -order.leaves);
        this.orders.delete(line.id);
        break;
      }
      case 'trade':
        this.trade(line);
        break;
      case 'state':
        this.state(line.instrument, MARKET_STATE_NAMES.indexOf(line.state));
        break;
      case 'account':
      case 'link':
      case 'restrict':
      case 'news':
      case 'report':
      case 'label':
        if ('t' in line) this.listener.onCommand(this.command);
        this.listener.onFact(line);
        return;
    }
    this.listener.onEvents(this.words, this.end, this.command);
    this.listener.onCommand(this.command);
  }

  private known(id: string): FileOrder {
    const order = this.orders.get(id);
    if (order === undefined) throw new RangeError(`order ${id} is not live`);
    return order;
  }

  private order(line: Extract<EventFileLine, { type: 'order' }>): void {
    if (this.orders.has(line.id) || this.slots >= ORDERS_MAX) throw new RangeError(`order ${line.id} is there already`);
    const side: Side = line.side === 'buy' ? 0 : 1;
    const type = line.price === 0 ? OrderType.market : OrderType.limit;
    const terms = packTerms(side, type, line.immediate ? TimeInForce.ioc : TimeInForce.day, SelfTrade.none);
    const { account, instrument, price, quantity } = line;
    const order = { slot: this.slots++, account, instrument, side, terms, price, leaves: quantity, filled: 0 };
    this.orders.set(line.id, order);
    this.asked[0] = CommandKind.newOrder | (NEW_ORDER_WORDS << 16);
    this.asked[NewOrder.account] = account;
    this.asked[NewOrder.clOrdIdLow] = order.slot;
    this.asked[NewOrder.clientCode] = line.client;
    this.execution(order, ExecType.new, 0);
    if (!line.immediate && price !== 0) this.level(order, price, quantity);
  }

  private amend(line: Extract<EventFileLine, { type: 'amend' }>): void {
    const order = this.known(line.id);
    this.level(order, order.price, -order.leaves);
    order.price = line.price;
    order.leaves = line.quantity;
    this.execution(order, ExecType.replaced, 0);
    this.level(order, order.price, order.leaves);
  }

  private trade(line: Extract<EventFileLine, { type: 'trade' }>): void {
    const maker = this.known(line.maker);
    const taker = this.known(line.taker);
    if (maker.leaves < line.quantity || taker.leaves < line.quantity)
      throw new RangeError('more is traded than was open');
    for (const order of [maker, taker]) {
      order.leaves -= line.quantity;
      order.filled += line.quantity;
      this.execution(order, ExecType.trade, 0, line.quantity);
    }
    const at = this.begin(EventKind.trade, TRADE_WORDS);
    const { words } = this;
    words[at + Trade.instrument] = maker.instrument;
    words[at + Trade.priceTicks] = line.price;
    words[at + Trade.quantity] = line.quantity;
    words[at + Trade.tradeIdLow] = line.trade;
    words[at + Trade.aggressorSide] = taker.side;
    words[at + Trade.makerSlot] = maker.slot;
    words[at + Trade.makerGeneration] = 1;
    words[at + Trade.takerSlot] = taker.slot;
    words[at + Trade.takerGeneration] = 1;
    this.level(maker, maker.price, -line.quantity);
    const isImmediate = ((taker.terms >> 4) & 7) === TimeInForce.ioc || taker.price === 0;
    if (!isImmediate) this.level(taker, taker.price, -line.quantity);
    for (const [id, order] of [
      [line.maker, maker],
      [line.taker, taker],
    ] as const)
      if (order.leaves === 0) this.orders.delete(id);
  }

  private state(instrument: number, state: number): void {
    const at = this.begin(EventKind.marketState, MARKET_STATE_EVENT_WORDS);
    this.words[at + MarketStateEvent.instrument] = instrument;
    this.words[at + MarketStateEvent.state] = state;
    this.words[at + MarketStateEvent.previous] = this.states.get(instrument) ?? 0;
    this.states.set(instrument, state);
  }

  private execution(order: FileOrder, execType: number, reason: number, executed = 0): void {
    const at = this.begin(EventKind.execution, EXECUTION_WORDS);
    const { words } = this;
    words[at + Execution.execType] = execType;
    words[at + Execution.reason] = reason;
    words[at + Execution.account] = order.account;
    words[at + Execution.instrument] = order.instrument;
    words[at + Execution.orderSlot] = order.slot;
    words[at + Execution.orderGeneration] = 1;
    words[at + Execution.clOrdIdLow] = order.slot;
    words[at + Execution.terms] = order.terms;
    words[at + Execution.priceTicks] = order.price;
    words[at + Execution.leavesQuantity] = order.leaves;
    words[at + Execution.cumQuantity] = order.filled;
    words[at + Execution.lastQuantity] = executed;
  }

  private level(order: FileOrder, price: number, change: number): void {
    if (price === 0) return;
    const key = `${order.instrument}|${order.side}|${price}`;
    const quantity = Math.max(0, (this.levels.get(key) ?? 0) + change);
    if (quantity === 0) this.levels.delete(key);
    else this.levels.set(key, quantity);
    const at = this.begin(EventKind.level, LEVEL_WORDS);
    this.words[at + Level.instrument] = order.instrument;
    this.words[at + Level.side] = order.side;
    this.words[at + Level.priceTicks] = price;
    this.words[at + Level.quantity] = quantity;
  }

  private begin(kind: number, length: number): number {
    const at = this.end;
    this.words.fill(0, at, at + length);
    this.words[at] = kind | (length << 16);
    this.end = at + length;
    this.events++;
    return at;
  }
}
