/** Commands that create and change instruments, tick tables, accounts, limits, restrictions, locates and protection. */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from './accounts.ts';
import { Code } from './codes.ts';
import {
  AccountCommand,
  CommandKind,
  InstrumentCommand,
  Locate,
  Protection,
  Restriction,
  RiskLimits,
  TICK_BANDS_MAX,
  TickTable,
  commandLength,
  readWide,
} from './commands.ts';
import { COMMAND_FIELDS, INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from './instruments.ts';
import { cancelWhere } from './mass-cancel.ts';
import { notes, s, touch } from './state.ts';

const RATE_MAX = 1_000_000;
/** Flags that stand for how an instrument works, unlike whether it is listed. */
const KEPT_FLAGS = InstrumentFlag.proRata;

export function setInstrument(words: Int32Array, at: number): Code {
  const instrument = words[at + InstrumentCommand.instrument];
  if (instrument < 0 || instrument >= s.instruments.capacity) return Code.instrumentCapacity;
  if (!isSoundInstrument(words, at)) return Code.badParameter;
  const to = instrument << INSTRUMENT_SHIFT;
  const record = s.instruments.words;
  const exists = s.instruments.exists(instrument);
  if (exists && record[to + Instrument.liveOrders] > 0 && changesHowItWorks(words, at, to)) return Code.alreadyExists;
  const reference = words[at + InstrumentCommand.referenceTicks];
  if (!exists || record[to + Instrument.referenceTicks] !== reference)
    record[to + Instrument.staticReferenceTicks] = reference;
  for (let field = 0; field < COMMAND_FIELDS; field++)
    record[to + field] = words[at + InstrumentCommand.symbol + field];
  record[to + Instrument.exists] = 1;
  s.instruments.noteSet(instrument);
  record[to + Instrument.indicativeStale] = 1;
  touch(instrument);
  let canceled = 0;
  if ((record[to + Instrument.flags] & InstrumentFlag.listed) === 0) {
    notes.suppressBrackets = true;
    canceled = cancelWhere(-1, -1, -1, instrument, -1, 0, Code.delisted);
  }
  s.output.accepted(CommandKind.instrument, instrument, canceled);
  return Code.ok;
}

function isSoundInstrument(words: Int32Array, at: number): boolean {
  const reference = words[at + InstrumentCommand.referenceTicks];
  const least = words[at + InstrumentCommand.minTicks];
  const most = words[at + InstrumentCommand.maxTicks];
  const notNegative = [
    words[at + InstrumentCommand.maxOrderQuantity],
    words[at + InstrumentCommand.collarBasisPoints],
    words[at + InstrumentCommand.staticBandBasisPoints],
    words[at + InstrumentCommand.dynamicBandBasisPoints],
    words[at + InstrumentCommand.volatilityAuctionMillis],
  ];
  return (
    s.instruments.hasTickTable(words[at + InstrumentCommand.tickTable]) &&
    words[at + InstrumentCommand.moneyPerTick] >= 1 &&
    words[at + InstrumentCommand.lotSize] >= 1 &&
    least >= 1 &&
    least <= reference &&
    reference <= most &&
    (words[at + InstrumentCommand.flags] & ~7) === 0 &&
    notNegative.every((value) => value >= 0)
  );
}

function changesHowItWorks(words: Int32Array, at: number, to: number): boolean {
  const record = s.instruments.words;
  return (
    record[to + Instrument.tickTable] !== words[at + InstrumentCommand.tickTable] ||
    record[to + Instrument.moneyPerTick] !== words[at + InstrumentCommand.moneyPerTick] ||
    record[to + Instrument.priceBaseTicks] !== words[at + InstrumentCommand.priceBaseTicks] ||
    record[to + Instrument.lotSize] !== words[at + InstrumentCommand.lotSize] ||
    ((record[to + Instrument.flags] ^ words[at + InstrumentCommand.flags]) & KEPT_FLAGS) !== 0
  );
}

export function setTickTable(words: Int32Array, at: number): Code {
  const table = words[at + TickTable.table];
  const count = words[at + TickTable.count];
  if (table < 0 || table >= s.instruments.tables) return Code.badParameter;
  if (count < 1 || count > TICK_BANDS_MAX || commandLength(words, at) < TickTable.bands + count * 2)
    return Code.badTickTable;
  for (let band = 0; band < count; band++) {
    const from = words[at + TickTable.bands + band * 2];
    const before = band === 0 ? -1 : words[at + TickTable.bands + band * 2 - 2];
    const step = words[at + TickTable.bands + band * 2 + 1];
    if (step < 1 || (band === 0 ? from !== 0 : from <= before)) return Code.badTickTable;
    if (band > 0 && (from % step !== 0 || from % words[at + TickTable.bands + band * 2 - 1] !== 0))
      return Code.badTickTable;
  }
  if (table === 0 || isTableInUse(table)) return Code.alreadyExists;
  s.instruments.setTickTable(table, words, at + TickTable.bands, count);
  s.output.accepted(CommandKind.tickTable, table, count);
  return Code.ok;
}

function isTableInUse(table: number): boolean {
  for (let instrument = 0; instrument < s.instruments.highWater; instrument++) {
    const at = instrument << INSTRUMENT_SHIFT;
    if (s.instruments.words[at + Instrument.tickTable] === table && s.instruments.words[at + Instrument.liveOrders] > 0)
      return true;
  }
  return false;
}

export function setAccount(words: Int32Array, at: number): Code {
  const account = words[at + AccountCommand.account];
  const participant = words[at + AccountCommand.participant];
  const scope = words[at + AccountCommand.selfTradeScope];
  const maker = words[at + AccountCommand.makerRate];
  const taker = words[at + AccountCommand.takerRate];
  if (account < 0 || account >= s.accounts.capacity) return Code.accountCapacity;
  if (participant < 0 || participant >= s.accounts.participants) return Code.unknownParticipant;
  if ((scope !== 0 && scope !== 1) || Math.abs(maker) > RATE_MAX || Math.abs(taker) > RATE_MAX)
    return Code.badParameter;
  const money = s.accounts.money;
  const to = account << ACCOUNT_SHIFT;
  if (s.accounts.exists(account) && money[to + Account.participant] !== participant) return Code.alreadyExists;
  money[to + Account.exists] = 1;
  money[to + Account.participant] = participant;
  money[to + Account.selfTradeScope] = scope;
  money[to + Account.makerRate] = maker;
  money[to + Account.takerRate] = taker;
  money[to + Account.enabled] = words[at + AccountCommand.flags] & 1;
  for (let word = 0; word < 4; word++) s.accounts.names[account * 4 + word] = words[at + AccountCommand.name + word];
  s.output.accepted(CommandKind.account, account, 1);
  return Code.ok;
}

export function setRiskLimits(words: Int32Array, at: number): Code {
  const account = words[at + RiskLimits.account];
  if (!s.accounts.exists(account)) return Code.unknownAccount;
  const value = readWide(words, at + RiskLimits.maxOrderValueLow);
  const notional = readWide(words, at + RiskLimits.maxOpenNotionalLow);
  const counts = [
    words[at + RiskLimits.maxOrderQuantity],
    words[at + RiskLimits.maxLong],
    words[at + RiskLimits.maxShort],
    words[at + RiskLimits.ordersPerSecond],
    words[at + RiskLimits.messagesPerSecond],
    words[at + RiskLimits.duplicateWindowMicros],
  ] as const;
  const wide = [value, notional];
  if (counts.some((count) => count < 0) || wide.some((amount) => amount < 0 || !Number.isSafeInteger(amount)))
    return Code.badParameter;
  const money = s.accounts.money;
  const to = account << ACCOUNT_SHIFT;
  money[to + Account.maxOrderQuantity] = counts[0];
  money[to + Account.maxOrderValue] = value;
  money[to + Account.maxOpenNotional] = notional;
  money[to + Account.maxLong] = counts[1];
  money[to + Account.maxShort] = counts[2];
  money[to + Account.ordersPerSecond] = counts[3];
  money[to + Account.messagesPerSecond] = counts[4];
  money[to + Account.duplicateWindowMicros] = counts[5];
  money[to + Account.buyingPowerEnforced] = words[at + RiskLimits.flags] & 1;
  s.output.accepted(CommandKind.riskLimits, account, 1);
  return Code.ok;
}

export function setRestriction(words: Int32Array, at: number): Code {
  const account = words[at + Restriction.account];
  const instrument = words[at + Restriction.instrument];
  const restricted = words[at + Restriction.restricted];
  if (account !== -1 && !s.accounts.exists(account)) return Code.unknownAccount;
  if (!s.instruments.exists(instrument)) return Code.unknownInstrument;
  if (restricted !== 0 && restricted !== 1) return Code.badParameter;
  if (account === -1) s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.restricted] = restricted;
  else {
    const row = s.accounts.ensureRow(account, instrument);
    if (row < 0) return Code.positionCapacity;
    s.accounts.rows[(row << POSITION_SHIFT) + Position.restricted] = restricted;
  }
  s.output.accepted(CommandKind.restriction, account, 1);
  return Code.ok;
}

export function addLocate(words: Int32Array, at: number): Code {
  const account = words[at + Locate.account];
  const instrument = words[at + Locate.instrument];
  const quantity = words[at + Locate.quantity];
  if (!s.accounts.exists(account)) return Code.unknownAccount;
  if (!s.instruments.exists(instrument)) return Code.unknownInstrument;
  if (words[at + Locate.locateId] === 0 || quantity < 1) return Code.badParameter;
  const row = s.accounts.ensureRow(account, instrument);
  if (row < 0) return Code.positionCapacity;
  s.accounts.rows[(row << POSITION_SHIFT) + Position.located] += quantity;
  s.output.accepted(CommandKind.locate, account, quantity);
  return Code.ok;
}

export function setProtection(words: Int32Array, at: number): Code {
  const account = words[at + Protection.account];
  const window = words[at + Protection.windowMicros];
  const quantity = words[at + Protection.maxQuantity];
  const executions = words[at + Protection.maxExecutions];
  const reset = words[at + Protection.reset];
  if (!s.accounts.exists(account)) return Code.unknownAccount;
  if (window < 0 || quantity < 0 || executions < 0 || (reset !== 0 && reset !== 1)) return Code.badParameter;
  const money = s.accounts.money;
  const to = account << ACCOUNT_SHIFT;
  money[to + Account.protectionWindowMicros] = window;
  money[to + Account.protectionQuantityMax] = quantity;
  money[to + Account.protectionExecutionsMax] = executions;
  if (reset === 1) {
    money[to + Account.protectionTripped] = 0;
    money[to + Account.protectionQuantity] = 0;
    money[to + Account.protectionExecutions] = 0;
  }
  s.output.accepted(CommandKind.marketMakerProtection, account, reset);
  return Code.ok;
}
