/** Instruments, accounts and limits of the benchmarks' flow: every check on, none of them in the way. */
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import type { Capacity } from '#trading/capacity.ts';
import {
  ACCOUNT_WORDS,
  AccountCommand,
  CommandKind,
  FUNDS_WORDS,
  Funds,
  Header,
  INSTRUMENT_WORDS,
  InstrumentCommand,
  LOCATE_WORDS,
  Locate,
  MARKET_STATE_WORDS,
  MarketStateCommand,
  RISK_LIMITS_WORDS,
  RiskLimits,
  writeHeader,
  writeWide,
} from '#trading/commands.ts';
import { MarketState } from '#trading/terms.ts';

/** Names every short code of the flow, and the locate that its short sales draw on. */
export const LOCATE_ID = 1;
const START_MICROS = 1_700_000_000_000_000;
const NEVER_REACHED = 2_000_000_000;

export interface FlowSetup {
  words: Int32Array;
  offsets: number[];
  instruments: number;
  accounts: number;
  endMicros: number;
}

/** Genesis and reference data; `commands` is how many commands will follow, for the day's capacities. */
export function makeSetup(instruments: number, accounts: number, commands: number): FlowSetup {
  const setup: FlowSetup = {
    words: new Int32Array(65_536),
    offsets: [],
    instruments,
    accounts,
    endMicros: START_MICROS,
  };
  const capacity: Capacity = {
    ...DEFAULT_CAPACITY,
    orders: 1 << 16,
    dayOrders: Math.max(1 << 16, commands),
    trades: 1 << 14,
    recentOrders: 1 << 13,
    priceLeaves: 1 << 12,
  };
  let at = 0;
  const place = (kind: CommandKind, length: number, fill: (at: number) => void): void => {
    setup.offsets.push(at);
    writeHeader(setup.words, at, kind, length, 0, 0);
    setup.words[at + Header.timeLow] = START_MICROS | 0;
    setup.words[at + Header.timeHigh] = Math.floor(START_MICROS / 4294967296);
    fill(at);
    at += length;
  };
  setup.offsets.push(0);
  at = writeGenesis(setup.words, 0, capacity, START_MICROS);
  for (let instrument = 0; instrument < instruments; instrument++) {
    place(CommandKind.instrument, INSTRUMENT_WORDS, (to) => fillInstrument(setup.words, to, instrument));
  }
  for (let account = 0; account < accounts; account++) {
    place(CommandKind.account, ACCOUNT_WORDS, (to) => fillAccount(setup.words, to, account));
    place(CommandKind.riskLimits, RISK_LIMITS_WORDS, (to) => fillLimits(setup.words, to, account));
    place(CommandKind.funds, FUNDS_WORDS, (to) => {
      setup.words[to + Funds.account] = account;
      writeWide(setup.words, to + Funds.amountLow, 1e15);
    });
    for (let instrument = 0; instrument < instruments; instrument++) {
      place(CommandKind.locate, LOCATE_WORDS, (to) => {
        setup.words[to + Locate.account] = account;
        setup.words[to + Locate.instrument] = instrument;
        setup.words[to + Locate.locateId] = LOCATE_ID;
        setup.words[to + Locate.quantity] = NEVER_REACHED;
      });
    }
  }
  for (const state of [MarketState.preOpen, MarketState.continuous]) {
    place(CommandKind.marketState, MARKET_STATE_WORDS, (to) => {
      setup.words[to + MarketStateCommand.instrument] = -1;
      setup.words[to + MarketStateCommand.state] = state;
    });
  }
  return setup;
}

function fillInstrument(words: Int32Array, at: number, instrument: number): void {
  words[at + InstrumentCommand.instrument] = instrument;
  words[at + InstrumentCommand.symbol] = 0x30_54_4e_49 + (instrument << 24);
  words[at + InstrumentCommand.flags] = 3;
  words[at + InstrumentCommand.moneyPerTick] = 1;
  words[at + InstrumentCommand.referenceTicks] = 10_000;
  words[at + InstrumentCommand.lotSize] = 1;
  words[at + InstrumentCommand.maxOrderQuantity] = 1_000_000;
  words[at + InstrumentCommand.collarBasisPoints] = 9_000;
  words[at + InstrumentCommand.staticBandBasisPoints] = 9_500;
  words[at + InstrumentCommand.dynamicBandBasisPoints] = 9_500;
  words[at + InstrumentCommand.volatilityAuctionMillis] = 1_000;
  words[at + InstrumentCommand.minTicks] = 1;
  words[at + InstrumentCommand.maxTicks] = 0x7fffffff;
  words[at + InstrumentCommand.tickMantissa] = 1;
  words[at + InstrumentCommand.tickExponent] = -2;
}

function fillAccount(words: Int32Array, at: number, account: number): void {
  words[at + AccountCommand.account] = account;
  words[at + AccountCommand.participant] = account >> 1;
  words[at + AccountCommand.selfTradeScope] = 1;
  words[at + AccountCommand.makerRate] = -20;
  words[at + AccountCommand.takerRate] = 30;
  words[at + AccountCommand.flags] = 1;
}

function fillLimits(words: Int32Array, at: number, account: number): void {
  words[at + RiskLimits.account] = account;
  words[at + RiskLimits.maxOrderQuantity] = 100_000;
  writeWide(words, at + RiskLimits.maxOrderValueLow, 1e12);
  writeWide(words, at + RiskLimits.maxOpenNotionalLow, 1e14);
  words[at + RiskLimits.maxLong] = NEVER_REACHED;
  words[at + RiskLimits.maxShort] = NEVER_REACHED;
  words[at + RiskLimits.ordersPerSecond] = NEVER_REACHED;
  words[at + RiskLimits.messagesPerSecond] = NEVER_REACHED;
  words[at + RiskLimits.duplicateWindowMicros] = 1_000;
  words[at + RiskLimits.flags] = 1;
}
