/**
 * Turns reference data into the commands that bring an engine up to it: tick tables, instruments, accounts, limits,
 * protection, restrictions by currency, and the first cash. Only what the engine does not have: nothing that was changed
 * since, by an operator or by trading, is ever set back.
 */
import {
  ACCOUNT_WORDS,
  AccountCommand,
  CommandKind,
  FUNDS_WORDS,
  Funds,
  HEADER_WORDS,
  INSTRUMENT_WORDS,
  InstrumentCommand,
  PROTECTION_WORDS,
  Protection,
  RESTRICTION_WORDS,
  RISK_LIMITS_WORDS,
  Restriction,
  RiskLimits,
  TickTable,
  writeHeader,
  writeWide,
} from '#trading/commands.ts';
import type { Capacity } from '#trading/capacity.ts';
import type { ReferenceAccount } from './reference-accounts.ts';
import type { ReferenceData } from './reference-data.ts';
import type { ReferenceInstrument, ReferenceTickTable } from './reference-instruments.ts';

/** What the seeding asks the engine (or its replica) before it writes anything. */
export interface SeedReads {
  hasTickTable(table: number): boolean;
  hasInstrument(instrument: number): boolean;
  hasAccount(account: number): boolean;
  /** True once the account had limits, cash or a trade: its seeding was finished at some time. */
  accountInUse(account: number): boolean;
}

/** How much a journal of the demo is made for: an hour's trading day at a few thousand messages a second. */
export const DEMO_CAPACITY: Capacity = {
  orders: 1 << 17,
  dayOrders: 1 << 22,
  accounts: 1 << 12,
  positions: 1 << 14,
  instruments: 1 << 8,
  priceLeaves: 1 << 15,
  trades: 1 << 21,
  sessions: 1 << 16,
  recentOrders: 1 << 14,
  participants: 1 << 8,
  tickTables: 64,
};

const INSTRUMENT_LISTED = 1;
const INSTRUMENT_NEEDS_LOCATE = 2;
const INSTRUMENT_PRO_RATA = 4;
const ACCOUNT_ENABLED = 1;
const BUYING_POWER_ENFORCED = 1;
const NAME_BYTES_MAX = 16;

/** The commands, in the order they must be carried out, each in words from its header on. Empty when all is there. */
export function seedCommands(data: ReferenceData, existing: SeedReads): Int32Array[] {
  const commands: Int32Array[] = [];
  for (const table of data.tickTables) if (!existing.hasTickTable(table.table)) commands.push(tickTableCommand(table));
  for (const instrument of data.instruments) {
    if (!existing.hasInstrument(instrument.instrument)) commands.push(instrumentCommand(instrument));
  }
  for (const account of data.participants.flatMap(({ accounts }) => accounts)) {
    const isComplete = existing.hasAccount(account.account) && existing.accountInUse(account.account);
    const news = isComplete
      ? data.instruments.filter(({ instrument }) => !existing.hasInstrument(instrument))
      : data.instruments;
    const restrictions = currencyRestrictions(news, account);
    commands.push(...(isComplete ? restrictions : accountCommands(account, restrictions)));
  }
  return commands;
}

function command(kind: CommandKind, lengthWords: number): Int32Array {
  const words = new Int32Array(lengthWords);
  writeHeader(words, 0, kind, lengthWords, 0, 0);
  return words;
}

function tickTableCommand(table: ReferenceTickTable): Int32Array {
  const words = command(CommandKind.tickTable, HEADER_WORDS + 2 + table.bands.length * 2);
  words[TickTable.table] = table.table;
  words[TickTable.count] = table.bands.length;
  for (const [at, [fromTick, stepTicks]] of table.bands.entries()) {
    words[TickTable.bands + at * 2] = fromTick;
    words[TickTable.bands + at * 2 + 1] = stepTicks;
  }
  return words;
}

function instrumentCommand(instrument: ReferenceInstrument): Int32Array {
  const words = command(CommandKind.instrument, INSTRUMENT_WORDS);
  words[InstrumentCommand.instrument] = instrument.instrument;
  writeAscii(words, InstrumentCommand.symbol, instrument.symbol);
  words[InstrumentCommand.flags] =
    INSTRUMENT_LISTED |
    (instrument.locateRequired ? INSTRUMENT_NEEDS_LOCATE : 0) |
    (instrument.proRata ? INSTRUMENT_PRO_RATA : 0);
  words[InstrumentCommand.tickTable] = instrument.tickTable;
  words[InstrumentCommand.moneyPerTick] = instrument.moneyPerTick;
  words[InstrumentCommand.referenceTicks] = instrument.referenceTicks;
  words[InstrumentCommand.lotSize] = instrument.lotSize;
  words[InstrumentCommand.maxOrderQuantity] = instrument.maxOrderQuantity;
  words[InstrumentCommand.collarBasisPoints] = instrument.collarBasisPoints;
  words[InstrumentCommand.staticBandBasisPoints] = instrument.staticBandBasisPoints;
  words[InstrumentCommand.dynamicBandBasisPoints] = instrument.dynamicBandBasisPoints;
  words[InstrumentCommand.volatilityAuctionMillis] = instrument.volatilityAuctionMillis;
  writeAscii(words, InstrumentCommand.currency, instrument.currency);
  words[InstrumentCommand.minTicks] = instrument.minTicks;
  words[InstrumentCommand.maxTicks] = instrument.maxTicks;
  words[InstrumentCommand.tickMantissa] = instrument.tickMantissa;
  words[InstrumentCommand.tickExponent] = instrument.tickExponent;
  return words;
}

/** All about one account. Limits and cash come last: by them a later start knows that the rest is there. */
function accountCommands(account: ReferenceAccount, restrictions: readonly Int32Array[]): Int32Array[] {
  const words = command(CommandKind.account, ACCOUNT_WORDS);
  words[AccountCommand.account] = account.account;
  words[AccountCommand.participant] = account.participant;
  words[AccountCommand.selfTradeScope] = account.selfTradeScope === 'participant' ? 1 : 0;
  words[AccountCommand.makerRate] = account.makerRate;
  words[AccountCommand.takerRate] = account.takerRate;
  words[AccountCommand.flags] = ACCOUNT_ENABLED;
  writeAscii(words, AccountCommand.name, account.name);
  const commands = [words];
  if (account.protection !== undefined) {
    const guard = command(CommandKind.marketMakerProtection, PROTECTION_WORDS);
    guard[Protection.account] = account.account;
    guard[Protection.windowMicros] = account.protection.windowMicros;
    guard[Protection.maxQuantity] = account.protection.maxQuantity;
    guard[Protection.maxExecutions] = account.protection.maxExecutions;
    commands.push(guard);
  }
  commands.push(...restrictions, limitsCommand(account));
  if (account.fundsUnits > 0) {
    const funds = command(CommandKind.funds, FUNDS_WORDS);
    funds[Funds.account] = account.account;
    writeWide(funds, Funds.amountLow, account.fundsUnits);
    commands.push(funds);
  }
  return commands;
}

function limitsCommand({ account, limits }: ReferenceAccount): Int32Array {
  const words = command(CommandKind.riskLimits, RISK_LIMITS_WORDS);
  words[RiskLimits.account] = account;
  words[RiskLimits.maxOrderQuantity] = limits.maxOrderQuantity;
  writeWide(words, RiskLimits.maxOrderValueLow, limits.maxOrderValueUnits);
  writeWide(words, RiskLimits.maxOpenNotionalLow, limits.maxOpenNotionalUnits);
  words[RiskLimits.maxLong] = limits.maxLong;
  words[RiskLimits.maxShort] = limits.maxShort;
  words[RiskLimits.ordersPerSecond] = limits.ordersPerSecond;
  words[RiskLimits.messagesPerSecond] = limits.messagesPerSecond;
  words[RiskLimits.duplicateWindowMicros] = limits.duplicateWindowMicros;
  words[RiskLimits.flags] = limits.buyingPower ? BUYING_POWER_ENFORCED : 0;
  return words;
}

/** Keeps an account out of the instruments that trade in another currency than its cash. */
function currencyRestrictions(instruments: readonly ReferenceInstrument[], account: ReferenceAccount): Int32Array[] {
  return instruments
    .filter(({ currency }) => currency !== account.currency)
    .map(({ instrument }) => {
      const words = command(CommandKind.restriction, RESTRICTION_WORDS);
      words[Restriction.account] = account.account;
      words[Restriction.instrument] = instrument;
      words[Restriction.restricted] = 1;
      return words;
    });
}

/** Writes printable ASCII into words, four bytes each, first byte lowest, zero padded by the caller's fresh words. */
function writeAscii(words: Int32Array, at: number, text: string): void {
  for (let byte = 0; byte < Math.min(text.length, NAME_BYTES_MAX); byte++) {
    words[at + (byte >> 2)] |= text.charCodeAt(byte) << ((byte & 3) * 8);
  }
}
