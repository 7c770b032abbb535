/**
 * A small market on which scenarios are played to both engines at once: each step answers with what happened, one
 * short line an event. Throws as soon as the two engines disagree.
 */
import { describeCode } from '#trading/codes.ts';
import { ExecType, OrderStatus } from '#trading/events.ts';
import { MarketState, MARKET_STATE_NAMES, Side, TermFlag } from '#trading/terms.ts';
import { command, orderCommand, quoteCommand } from './commands.ts';
import type { CommandName, Heading, OrderWish, QuoteWish, Step, Values } from './commands.ts';
import { Duel, tellDifference } from './duel.ts';
import type { DisplayedLevel, ExecutionEvent, PlainEvent } from './events.ts';
import { holdingsOfReference } from './inspect.ts';
import type { RowState } from './inspect.ts';

const CAPACITY = {
  semantics: 1,
  orders: 64,
  dayOrders: 128,
  accounts: 8,
  positions: 16,
  instruments: 4,
  priceLeaves: 64,
  trades: 32,
  sessions: 8,
  recentOrders: 16,
  participants: 4,
  tickTables: 4,
};

const INSTRUMENT = { flags: 1, moneyPerTick: 1, referenceTicks: 100, lotSize: 1, minTicks: 1, maxTicks: 10_000 };

/** Accounts 0 to 3; 0 and 3 belong to one participant. */
const PARTICIPANTS = [0, 1, 2, 0] as const;

export interface Opening {
  capacity?: Values;
  instrument?: Values;
  /** How many instruments, all alike. */
  instruments?: number;
  account?: Values;
  state?: keyof typeof MarketState;
}

type StateName = keyof typeof MarketState;

const WAY_TO: Partial<Record<StateName, readonly StateName[]>> = {
  closed: [],
  preOpen: ['preOpen'],
  openingAuction: ['preOpen', 'openingAuction'],
  continuous: ['preOpen', 'continuous'],
  closingAuction: ['preOpen', 'continuous', 'closingAuction'],
};

export class Stage {
  private readonly duel = new Duel({ holdingsEvery: 1, restoreEvery: 1 });
  private readonly script: Step[] = [];
  private readonly accountOf = new Map<number, number>();
  private pauseMicros = 0;

  constructor(opening: Opening = {}) {
    this.do('genesis', { ...CAPACITY, ...opening.capacity });
    for (let instrument = 0; instrument < (opening.instruments ?? 1); instrument++) {
      this.do('instrument', { ...INSTRUMENT, ...opening.instrument, instrument });
    }
    for (const [account, participant] of PARTICIPANTS.entries()) {
      this.do('account', { account, participant, flags: 1, ...opening.account });
    }
    for (const state of WAY_TO[opening.state ?? 'continuous'] ?? []) this.state(state);
  }

  /** Time of the last step, microseconds. */
  get now(): number {
    return this.duel.time;
  }

  /** Lets time pass before the next step. */
  wait(micros: number): this {
    this.pauseMicros += micros;
    return this;
  }

  /** Any command by its name and fields. */
  do(name: CommandName, values: Values = {}, tail: readonly number[] = [], heading: Heading = {}): string[] {
    return this.run(command(name, values, heading, tail));
  }

  order(wish: OrderWish, heading: Heading = {}): string[] {
    if (!this.accountOf.has(wish.id)) this.accountOf.set(wish.id, wish.account ?? 0);
    return this.run(orderCommand(wish, heading));
  }

  quote(account: number, ...entries: QuoteWish[]): string[] {
    return this.run(quoteCommand(account, entries));
  }

  cancel(id: number, heading: Heading = {}): string[] {
    return this.do('cancelOrder', { account: this.accountOf.get(id) ?? 0, clOrdId: id }, [], heading);
  }

  amend(id: number, values: Values): string[] {
    return this.do('amendOrder', { account: this.accountOf.get(id) ?? 0, clOrdId: id, ...values });
  }

  state(state: StateName, instrument = -1): string[] {
    return this.do('marketState', { instrument, state: MarketState[state] });
  }

  clock(): string[] {
    return this.do('clock');
  }

  /** Displayed levels of a side as `quantity@price`, best first. */
  book(side: keyof typeof Side, instrument = 0): string {
    const levels: DisplayedLevel[] = this.duel.reference.displayed(instrument, Side[side]);
    return levels.map(({ price, quantity }) => `${quantity}@${price}`).join(' ');
  }

  /** Position of an account, as both engines hold it. */
  position(account: number, instrument = 0): RowState {
    const { rows } = holdingsOfReference(this.duel.reference.world);
    const row = rows.find((one) => one.account === account && one.instrument === instrument);
    if (row === undefined) throw new Error(`account ${account} has no position row`);
    return row;
  }

  /** Cash, reserved cash and open notional of an account. */
  money(account: number): { cash: number; reserved: number; openNotional: number } {
    return holdingsOfReference(this.duel.reference.world).accounts[String(account)];
  }

  /** OrderID of a live order. */
  idOf(clOrdId: number): { orderSlot: number; orderGeneration: number } {
    const order = this.duel.reference.world.orders.find((one) => one.clOrdIdLow === clOrdId);
    if (order === undefined) throw new Error(`order ${clOrdId} is not live`);
    return { orderSlot: order.slot, orderGeneration: order.generation };
  }

  /** What the last step told, in full. */
  get events(): readonly PlainEvent[] {
    return this.duel.lastEvents;
  }

  private run(words: Int32Array): string[] {
    const step = { words, afterMicros: this.pauseMicros };
    this.pauseMicros = 0;
    this.script.push(step);
    const difference = this.duel.step(step);
    if (difference !== undefined) throw new Error(tellDifference(this.script, difference));
    return this.duel.lastEvents.map(inWords);
  }
}

function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(table).find((name) => table[name] === value) ?? String(value);
}

function whose(event: ExecutionEvent): string {
  if (event.clOrdIdLow !== 0) return `#${event.clOrdIdLow}`;
  const side = (event.terms & 1) === 0 ? 'buy' : 'sell';
  if ((event.terms & TermFlag.quote) !== 0) return `quote ${side} of ${event.account}`;
  if ((event.terms & TermFlag.bracketExit) !== 0) return `exit ${side} of ${event.account}`;
  return `order ${event.slot}.${event.generation}`;
}

function reasonOf(code: number): string {
  return code === 0 ? '' : ` ${describeCode(code).name}`;
}

function executionInWords(event: ExecutionEvent): string {
  const who = whose(event);
  const why = reasonOf(event.reason);
  const numbers = event.limit || event.value || event.used ? ` ${event.limit}/${event.value}/${event.used}` : '';
  switch (event.execType) {
    case ExecType.new:
      return `${who} new${event.status === OrderStatus.pendingNew ? ' pending' : ''}`;
    case ExecType.trade:
      return `${who} fills ${event.lastQuantity}@${event.lastPrice} left ${event.leaves}`;
    case ExecType.replaced:
      return `${who} replaced ${event.leaves}@${event.price}`;
    case ExecType.restated:
      return `${who} restated ${event.leaves}${why}`;
    case ExecType.tradeCancel:
    case ExecType.tradeCorrect:
      return `${who} ${nameOf(ExecType, event.execType)} ${event.lastQuantity}@${event.lastPrice}`;
    default:
      return `${who} ${nameOf(ExecType, event.execType)}${why}${numbers}`;
  }
}

function inWords(event: PlainEvent): string {
  switch (event.kind) {
    case 'execution':
      return executionInWords(event);
    case 'trade':
      return `print ${event.quantity}@${event.price}${event.correction === 0 ? '' : ` correction ${event.correction}`}`;
    case 'marketState':
      return `${MARKET_STATE_NAMES[event.state]}${reasonOf(event.reason)}`;
    case 'indicative':
      return `indicative ${event.volume}@${event.price} imbalance ${event.imbalance}`;
    case 'accepted':
      return `accepted ${event.count}`;
    case 'refused':
      return `refused${reasonOf(event.reason)}`;
    case 'protection':
      return `protection of ${event.account} canceled ${event.canceled} after ${event.quantity} in ${event.executions}`;
    case 'statement':
      return `statement of ${event.account} net ${event.net} cost ${event.cost} realised ${event.realised} fees ${event.fees}`;
  }
}
