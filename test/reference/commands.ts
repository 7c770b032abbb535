/**
 * Commands for tests, made from named fields, and told in readable lines.
 * Times are stamped when a script is run, never here.
 */
import type { Rng } from '#kit/rng.ts';
import {
  ACCOUNT_WORDS,
  AMEND_ORDER_WORDS,
  AccountCommand,
  AmendOrder,
  CANCEL_ORDER_WORDS,
  CORPORATE_ACTION_WORDS,
  CancelOrder,
  CommandKind,
  CorporateAction,
  DAY_ROLL_WORDS,
  DayRoll,
  FUNDS_WORDS,
  Funds,
  GENESIS_WORDS,
  Genesis,
  HEADER_WORDS,
  Header,
  INSTRUMENT_WORDS,
  InstrumentCommand,
  KILL_SWITCH_WORDS,
  KillSwitch,
  LOCATE_WORDS,
  Locate,
  MARKET_STATE_WORDS,
  MASS_CANCEL_WORDS,
  MarketStateCommand,
  MassCancel,
  MassQuote,
  NEW_ORDER_EXTRAS_WORDS,
  NEW_ORDER_WORDS,
  NewOrder,
  PROTECTION_WORDS,
  Protection,
  QUOTE_ENTRY_WORDS,
  QuoteEntry,
  RESTRICTION_WORDS,
  RISK_LIMITS_WORDS,
  Restriction,
  RiskLimits,
  SEMANTICS_WORDS,
  Semantics,
  TRADE_CANCEL_WORDS,
  TRADE_CORRECT_WORDS,
  TickTable,
  TradeCancel,
  TradeCorrect,
  commandKind,
  commandLength,
  readWide,
  writeHeader,
  writeWide,
} from '#trading/commands.ts';
import { OrderType, SelfTrade, Side, TermFlag, TimeInForce, packTerms } from '#trading/terms.ts';

/** One command and how long after the one before it comes. */
export interface Step {
  words: Int32Array;
  afterMicros: number;
}

type Fields = Readonly<Record<string, number>>;

interface Layout {
  kind: CommandKind;
  length: number;
  fields: Fields;
}

const LAYOUTS = {
  newOrder: { kind: CommandKind.newOrder, length: NEW_ORDER_WORDS, fields: NewOrder },
  amendOrder: { kind: CommandKind.amendOrder, length: AMEND_ORDER_WORDS, fields: AmendOrder },
  cancelOrder: { kind: CommandKind.cancelOrder, length: CANCEL_ORDER_WORDS, fields: CancelOrder },
  massCancel: { kind: CommandKind.massCancel, length: MASS_CANCEL_WORDS, fields: MassCancel },
  massQuote: { kind: CommandKind.massQuote, length: MassQuote.entries, fields: MassQuote },
  clock: { kind: CommandKind.clock, length: HEADER_WORDS, fields: {} },
  marketState: { kind: CommandKind.marketState, length: MARKET_STATE_WORDS, fields: MarketStateCommand },
  killSwitch: { kind: CommandKind.killSwitch, length: KILL_SWITCH_WORDS, fields: KillSwitch },
  instrument: { kind: CommandKind.instrument, length: INSTRUMENT_WORDS, fields: InstrumentCommand },
  account: { kind: CommandKind.account, length: ACCOUNT_WORDS, fields: AccountCommand },
  riskLimits: { kind: CommandKind.riskLimits, length: RISK_LIMITS_WORDS, fields: RiskLimits },
  restriction: { kind: CommandKind.restriction, length: RESTRICTION_WORDS, fields: Restriction },
  funds: { kind: CommandKind.funds, length: FUNDS_WORDS, fields: Funds },
  locate: { kind: CommandKind.locate, length: LOCATE_WORDS, fields: Locate },
  tradeCancel: { kind: CommandKind.tradeCancel, length: TRADE_CANCEL_WORDS, fields: TradeCancel },
  tradeCorrect: { kind: CommandKind.tradeCorrect, length: TRADE_CORRECT_WORDS, fields: TradeCorrect },
  dayRoll: { kind: CommandKind.dayRoll, length: DAY_ROLL_WORDS, fields: DayRoll },
  tickTable: { kind: CommandKind.tickTable, length: TickTable.bands, fields: TickTable },
  marketMakerProtection: { kind: CommandKind.marketMakerProtection, length: PROTECTION_WORDS, fields: Protection },
  corporateAction: { kind: CommandKind.corporateAction, length: CORPORATE_ACTION_WORDS, fields: CorporateAction },
  genesis: { kind: CommandKind.genesis, length: GENESIS_WORDS, fields: Genesis },
  semantics: { kind: CommandKind.semantics, length: SEMANTICS_WORDS, fields: Semantics },
} satisfies Record<string, Layout>;

export type CommandName = keyof typeof LAYOUTS;

/** Values by the names of the layout; a wide value by its name without Low (`expire`, `amount`, `maxOrderValue` …). */
export type Values = Readonly<Record<string, number>>;

export interface Heading {
  session?: number;
  clientSequence?: number;
}

/** A command with the given fields, everything else 0. */
export function command(
  name: CommandName,
  values: Values,
  heading: Heading = {},
  tail: readonly number[] = [],
): Int32Array {
  const layout: Layout = LAYOUTS[name];
  const extras = name === 'newOrder' && (values['terms'] & TermFlag.extras) !== 0;
  const length = extras ? NEW_ORDER_EXTRAS_WORDS : layout.length + tail.length;
  const words = new Int32Array(length + (length % 2));
  writeHeader(words, 0, layout.kind, words.length, heading.session ?? 0, heading.clientSequence ?? 0);
  for (const [field, value] of Object.entries(values)) {
    const plain = layout.fields[field];
    const wide = layout.fields[`${field}Low`];
    if (plain !== undefined) words[plain] = value;
    else if (wide !== undefined) writeWide(words, wide, value);
    else throw new Error(`${name} has no field ${field}`);
  }
  words.set(tail, layout.length);
  return words;
}

const WILD_WORDS = [
  0, 0, 1, 1, 2, 3, 5, 20, 100, 101, -1, -2, 63, 64, 65, 0x7fffffff, -0x80000000, 0x7ffffffe,
] as const;
const NOT_WILD = new Set<CommandName>(['genesis', 'semantics']);

/** A command of any kind whose every field is an extreme, a small number or noise. */
export function wildCommand(rng: Rng, heading: Heading): Int32Array {
  const names = (Object.keys(LAYOUTS) as CommandName[]).filter((name) => !NOT_WILD.has(name));
  const name = names[rng.int(names.length)];
  const layout: Layout = LAYOUTS[name];
  const tail = name === 'massQuote' ? QUOTE_ENTRY_WORDS * rng.int(3) : name === 'tickTable' ? 2 * rng.int(3) : 0;
  const length = name === 'newOrder' ? NEW_ORDER_EXTRAS_WORDS : layout.length + tail;
  const words = new Int32Array(length);
  writeHeader(words, 0, layout.kind, length, heading.session ?? 0, heading.clientSequence ?? 0);
  for (let word = HEADER_WORDS; word < length; word++) {
    words[word] = rng.int(6) === 0 ? rng.next32() : WILD_WORDS[rng.int(WILD_WORDS.length)];
  }
  return words;
}

/** Puts the time into a command. */
export function stamp(words: Int32Array, timeMicros: number): void {
  writeWide(words, Header.timeLow, timeMicros);
}

export interface OrderTerms {
  side?: keyof typeof Side;
  type?: keyof typeof OrderType;
  tif?: keyof typeof TimeInForce;
  selfTrade?: keyof typeof SelfTrade;
  postOnly?: boolean;
  reduceOnly?: boolean;
}

const EXTRAS = [
  'stop',
  'display',
  'minimum',
  'pegOffset',
  'expire',
  'linkId',
  'takeProfit',
  'stopLoss',
  'stopLossLimit',
];

function termsOf(terms: OrderTerms, extras: boolean): number {
  const { side = 'buy', type = 'limit', tif = 'day', selfTrade = 'none', postOnly = false, reduceOnly = false } = terms;
  const flags =
    (postOnly ? TermFlag.postOnly : 0) | (reduceOnly ? TermFlag.reduceOnly : 0) | (extras ? TermFlag.extras : 0);
  return packTerms(Side[side], OrderType[type], TimeInForce[tif], SelfTrade[selfTrade], flags);
}

export interface OrderWish extends OrderTerms {
  account?: number;
  instrument?: number;
  id: number;
  quantity: number;
  price?: number;
  marks?: number;
  locateId?: number;
  stop?: number;
  display?: number;
  minimum?: number;
  pegOffset?: number;
  expire?: number;
  linkId?: number;
  takeProfit?: number;
  stopLoss?: number;
  stopLossLimit?: number;
}

/** A new order in plain words; whatever is not said is a DAY limit buy of account 0 in instrument 0. */
export function orderCommand(wish: OrderWish, heading: Heading = {}): Int32Array {
  const extras = EXTRAS.some((name) => (wish as unknown as Values)[name] !== undefined);
  const values: Record<string, number> = {
    account: wish.account ?? 0,
    instrument: wish.instrument ?? 0,
    clOrdId: wish.id,
    terms: termsOf(wish, extras),
    marks: wish.marks ?? 0,
    quantity: wish.quantity,
    priceTicks: wish.price ?? 0,
    locateId: wish.locateId ?? 0,
  };
  if (extras) {
    Object.assign(values, {
      stopTicks: wish.stop ?? 0,
      displayQuantity: wish.display ?? 0,
      minimumQuantity: wish.minimum ?? 0,
      pegOffsetTicks: wish.pegOffset ?? 0,
      expire: wish.expire ?? 0,
      linkId: wish.linkId ?? 0,
      takeProfitTicks: wish.takeProfit ?? 0,
      stopLossTicks: wish.stopLoss ?? 0,
      stopLossLimitTicks: wish.stopLossLimit ?? 0,
    });
  }
  return command('newOrder', values, heading);
}

export interface QuoteWish {
  instrument?: number;
  bid?: number;
  bidQuantity?: number;
  ask?: number;
  askQuantity?: number;
}

/** A mass quote of one account. */
export function quoteCommand(account: number, entries: readonly QuoteWish[], heading: Heading = {}): Int32Array {
  const tail = entries.flatMap(({ instrument = 0, bid = 0, bidQuantity = 0, ask = 0, askQuantity = 0 }) => {
    const entry = Array.from({ length: QUOTE_ENTRY_WORDS }, () => 0);
    entry[QuoteEntry.instrument] = instrument;
    entry[QuoteEntry.bidTicks] = bid;
    entry[QuoteEntry.bidQuantity] = bidQuantity;
    entry[QuoteEntry.askTicks] = ask;
    entry[QuoteEntry.askQuantity] = askQuantity;
    return entry;
  });
  return command('massQuote', { account, quoteId: 7, count: entries.length }, heading, tail);
}

function nameOf(table: Fields, value: number): string {
  return Object.keys(table).find((name) => table[name] === value) ?? `?${value}`;
}

function termsInWords(terms: number): string {
  const flags = Object.entries(TermFlag).flatMap(([name, bit]) => ((terms & bit) === 0 ? [] : [name]));
  const [side, type, tif, selfTrade] = [
    nameOf(Side, terms & 1),
    nameOf(OrderType, (terms >>> 1) & 7),
    nameOf(TimeInForce, (terms >>> 4) & 7),
    nameOf(SelfTrade, (terms >>> 7) & 7),
  ];
  return [side, type, tif, ...(selfTrade === 'none' ? [] : [selfTrade]), ...flags].join('+');
}

/** One line that says what a command asks for; fields that are 0 are left out. */
export function describeCommand(words: Int32Array, at = 0): string {
  const kind = commandKind(words, at);
  const found = Object.entries(LAYOUTS).find(([, layout]) => layout.kind === kind);
  if (found === undefined) return `unknown command ${kind}`;
  const [name, layout] = found as [string, Layout];
  const parts: string[] = [name];
  for (const [field, offset] of Object.entries(layout.fields)) {
    if (offset >= commandLength(words, at) || field.endsWith('High')) continue;
    const value = field.endsWith('Low') ? readWide(words, at + offset) : words[at + offset];
    if (value === 0) continue;
    parts.push(field === 'terms' ? `terms=${termsInWords(value)}` : `${field.replace(/Low$/, '')}=${value}`);
  }
  const hasTail = name === 'massQuote' || name === 'tickTable';
  if (hasTail) parts.push(`[${words.subarray(at + layout.length, at + commandLength(words, at)).join(' ')}]`);
  const session = words[at + Header.session];
  if (session !== 0) parts.push(`session=${session}`);
  return parts.join(' ');
}
