/**
 * The commands that make an engine ready for a recording: capacities from its plan, one instrument each with the
 * recording's price grid, and the one account that all recorded orders are entered for. No limits, bands or fees:
 * the venue that was recorded has applied its own.
 */
import { writeGenesis, type Capacity } from '#trading/capacity.ts';
import {
  ACCOUNT_WORDS,
  AccountCommand,
  CommandKind,
  GENESIS_WORDS,
  INSTRUMENT_WORDS,
  InstrumentCommand,
  writeHeader,
} from '#trading/commands.ts';
import type { InstrumentPlan } from './plan.ts';
import { PriceGrid } from './price-grid.ts';

/** Index of the account that everything is entered for. */
export const REPLAY_ACCOUNT = 1;
const PARTICIPANT = 1;
const ACCOUNT_ENABLED = 1;
const INSTRUMENT_LISTED = 1;
const SYMBOL_BYTES_MAX = 16;
const TICKS_MAX = 2 ** 31 - 1;
const LIVE_ORDERS_MAX = 1 << 22;
const DAY_ORDERS_MAX = 1 << 26;
const LEAVES = 1 << 17;

/** An instrument of the recording as the engine knows it. */
export interface SeededInstrument {
  /** The engine's index. */
  readonly index: number;
  readonly grid: PriceGrid;
}

export interface EngineSetup {
  readonly commands: readonly Int32Array[];
  /** By the recording's instrument number. */
  readonly instruments: ReadonlyMap<number, SeededInstrument>;
}

/** What the engine needs for these plans; all commands bear `timeMicros`. Throws REPLAY_PRICE_GRID. */
export function engineSetup(
  plans: Iterable<InstrumentPlan>,
  priceExponent: number,
  symbolOf: (instrument: number) => string | undefined,
  timeMicros: number,
): EngineSetup {
  const list = [...plans];
  const genesis = new Int32Array(GENESIS_WORDS);
  writeGenesis(genesis, 0, capacityFor(list), timeMicros);
  const commands = [genesis, accountCommand()];
  const instruments = new Map<number, SeededInstrument>();
  for (const [index, plan] of list.entries()) {
    const grid = new PriceGrid(plan, priceExponent);
    instruments.set(plan.instrument, { index, grid });
    commands.push(instrumentCommand(index, symbolOf(plan.instrument) ?? `#${plan.instrument}`, plan, grid));
  }
  return { commands, instruments };
}

function capacityFor(plans: readonly InstrumentPlan[]): Capacity {
  const entries = plans.reduce((sum, plan) => sum + plan.entries, 0);
  // An order that was put back after a difference uses up a second place, and unnamed aggressors are not in `entries`.
  const dayOrders = Math.min(DAY_ORDERS_MAX, powerOfTwo(4 * entries + 1024));
  return {
    orders: Math.min(LIVE_ORDERS_MAX, dayOrders),
    dayOrders,
    accounts: 2,
    positions: Math.max(16, powerOfTwo(plans.length + 1)),
    instruments: Math.max(1, plans.length),
    priceLeaves: LEAVES,
    trades: 1024,
    sessions: 2,
    recentOrders: 16,
    participants: 2,
    tickTables: 1,
  };
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}

function accountCommand(): Int32Array {
  const words = new Int32Array(ACCOUNT_WORDS);
  writeHeader(words, 0, CommandKind.account, ACCOUNT_WORDS, 0, 0);
  words[AccountCommand.account] = REPLAY_ACCOUNT;
  words[AccountCommand.participant] = PARTICIPANT;
  words[AccountCommand.flags] = ACCOUNT_ENABLED;
  writeAscii(words, AccountCommand.name, 'RECORDING');
  return words;
}

function instrumentCommand(index: number, symbol: string, plan: InstrumentPlan, grid: PriceGrid): Int32Array {
  const words = new Int32Array(INSTRUMENT_WORDS);
  writeHeader(words, 0, CommandKind.instrument, INSTRUMENT_WORDS, 0, 0);
  words[InstrumentCommand.instrument] = index;
  writeAscii(words, InstrumentCommand.symbol, symbol);
  words[InstrumentCommand.flags] = INSTRUMENT_LISTED;
  words[InstrumentCommand.moneyPerTick] = 1;
  words[InstrumentCommand.referenceTicks] =
    plan.priceMin === Number.POSITIVE_INFINITY ? 1 : grid.toTicks(plan.priceMin);
  words[InstrumentCommand.lotSize] = 1;
  words[InstrumentCommand.priceBaseTicks] = -grid.shiftTicks;
  words[InstrumentCommand.minTicks] = 1;
  words[InstrumentCommand.maxTicks] = TICKS_MAX;
  words[InstrumentCommand.tickMantissa] = grid.tickMantissa;
  words[InstrumentCommand.tickExponent] = grid.tickExponent;
  return words;
}

/** Printable ASCII, four bytes a word, zero padded. */
function writeAscii(words: Int32Array, at: number, text: string): void {
  for (let byte = 0; byte < Math.min(text.length, SYMBOL_BYTES_MAX); byte++) {
    words[at + (byte >> 2)] |= text.charCodeAt(byte) << ((byte & 3) * 8);
  }
}
