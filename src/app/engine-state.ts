/**
 * The few facts about an engine's state that the demo, the market driver and the seeding ask for, read from it directly.
 * Reads only, and keeps nothing: the engine may be replaced between two calls.
 */
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from '#trading/accounts.ts';
import type { Engine } from '#trading/engine.ts';
import { INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from '#trading/instruments.ts';
import { Scalar } from '#trading/state.ts';
import type { State } from '#trading/state.ts';
import { MarketState, Side } from '#trading/terms.ts';
import type { MarketView } from './demo/ports.ts';
import type { MarketStates } from './markets.ts';
import type { SeedReads } from './seed.ts';

/** Limits of an account, from the first to the last of its record. */
const LIMIT_FIELDS = [
  Account.maxOrderQuantity,
  Account.maxOrderValue,
  Account.maxOpenNotional,
  Account.maxLong,
  Account.maxShort,
  Account.ordersPerSecond,
  Account.messagesPerSecond,
  Account.duplicateWindowMicros,
  Account.buyingPowerEnforced,
] as const;

/** What simulated traders see, in the engine that `engine` gives at the moment of each question. */
export function marketViewOf(engine: () => Engine): MarketView {
  const best = (instrument: number, side: Side): number => engine().view?.ladders.best((instrument << 2) | side) ?? 0;
  return {
    state: (instrument) => stateOf(engine().view, instrument) ?? MarketState.closed,
    bestBidTicks: (instrument) => best(instrument, Side.buy),
    bestAskTicks: (instrument) => best(instrument, Side.sell),
    lastTicks: (instrument) => instrumentWord(engine().view, instrument, Instrument.lastTicks),
    netPosition(account, instrument) {
      const accounts = engine().view?.accounts;
      const row = accounts?.findRow(account, instrument) ?? -1;
      return accounts === undefined || row < 0 ? 0 : accounts.rows[(row << POSITION_SHIFT) + Position.net];
    },
  };
}

/** What the market driver reads. */
export function marketStatesOf(engine: () => Engine): MarketStates {
  return {
    state: (instrument) => stateOf(engine().view, instrument),
    tradingDay: () => engine().view?.numbers[Scalar.tradingDay] ?? 0,
  };
}

/** What the seeding asks before it writes. */
export function seedReadsOf(engine: () => Engine): SeedReads {
  return {
    hasTickTable: (table) => engine().view?.instruments.hasTickTable(table) === true,
    hasInstrument: (instrument) => engine().view?.instruments.exists(instrument) === true,
    hasAccount: (account) => engine().view?.accounts.exists(account) === true,
    accountInUse(account) {
      const accounts = engine().view?.accounts;
      if (accounts === undefined) return false;
      const at = account << ACCOUNT_SHIFT;
      return accounts.money[at + Account.cash] !== 0 || LIMIT_FIELDS.some((field) => accounts.money[at + field] !== 0);
    },
  };
}

function stateOf(state: State | undefined, instrument: number): MarketState | undefined {
  if (state === undefined || !state.instruments.exists(instrument)) return undefined;
  const isListed = (instrumentWord(state, instrument, Instrument.flags) & InstrumentFlag.listed) !== 0;
  return isListed ? (instrumentWord(state, instrument, Instrument.state) as MarketState) : undefined;
}

function instrumentWord(state: State | undefined, instrument: number, field: number): number {
  return state?.instruments.words[(instrument << INSTRUMENT_SHIFT) + field] ?? 0;
}
