/**
 * What one generated stream trades in: capacities, instruments, accounts, limits. Small numbers near their edges,
 * now and then huge ones.
 */
import type { Rng } from '#kit/rng.ts';
import { MarketState } from '#trading/terms.ts';
import { command } from './commands.ts';
import type { Values } from './commands.ts';

const LOTS_MAX = 2 ** 31 - 1;

export interface Profile {
  accounts: number;
  participants: number;
  instruments: number;
  lot: number;
  /** Middle of the prices orders are entered at. */
  middle: number;
  /** Prices and quantities go to the ends of their ranges. */
  huge: boolean;
  /** Percent of limit orders that wait behind the best price, and of orders that are linked. */
  patience: number;
  links: number;
  /** Weight of commands full of noise, in thousandths. */
  wildness: number;
  /** Weight of cancels among all commands, in thousandths. */
  cancels: number;
  setup: Int32Array[];
  /** The instruments as they were first set. */
  listings: readonly Values[];
  instrumentAgain(rng: Rng): Values;
  accountAgain(rng: Rng): Values;
  limitsAgain(rng: Rng): Values;
}

function pick<T>(rng: Rng, choices: readonly T[]): T {
  return choices[rng.int(choices.length)];
}

interface Scale {
  lot: number;
  middle: number;
  huge: boolean;
  tables: boolean;
}

export function makeProfile(rng: Rng): Profile {
  const huge = rng.int(8) === 0;
  const accounts = 2 + rng.int(5);
  const participants = 1 + rng.int(3);
  const instruments = 1 + rng.int(3);
  const lot = pick(rng, [1, 1, 1, 10]);
  const middle = huge ? pick(rng, [20, 100, LOTS_MAX - 40, 1 << 28]) : pick(rng, [20, 100, 100, 1000]);
  const scale: Scale = { lot, middle, huge, tables: rng.int(3) === 0 && !huge };
  const instrumentBase = Array.from({ length: instruments }, (_, index) => instrumentValues(rng, index, scale));
  const profile: Profile = {
    accounts,
    participants,
    instruments,
    lot,
    middle,
    huge,
    patience: 40 + rng.int(58),
    links: pick(rng, [3, 8, 30]),
    wildness: pick(rng, [0, 5, 60]),
    cancels: pick(rng, [10, 30, 80]),
    setup: [],
    listings: instrumentBase,
    instrumentAgain: (dice) => againInstrument(dice, pick(dice, instrumentBase), scale),
    accountAgain: (dice) => accountValues(dice, dice.int(accounts + 1), participants + (dice.int(10) === 0 ? 1 : 0)),
    limitsAgain: (dice) => limitValues(dice, dice.int(accounts), scale),
  };
  profile.setup = setupOf(rng, profile, instrumentBase, scale);
  return profile;
}

function setupOf(rng: Rng, profile: Profile, instruments: readonly Values[], scale: Scale): Int32Array[] {
  const setup = [genesis(rng)];
  if (scale.tables) setup.push(command('tickTable', { table: 1, count: 2 }, {}, [0, 1, scale.middle, 5]));
  for (const values of instruments) setup.push(command('instrument', values));
  for (let account = 0; account < profile.accounts; account++) {
    setup.push(command('account', accountValues(rng, account, profile.participants)));
    if (rng.int(3) === 0) setup.push(command('riskLimits', limitValues(rng, account, scale)));
    if (rng.int(2) === 0) setup.push(command('funds', { account, amount: scale.middle * 2000 }));
    if (rng.int(3) === 0) {
      const [maxQuantity, maxExecutions] = [5 + rng.int(40), 1 + rng.int(6)];
      setup.push(command('marketMakerProtection', { account, windowMicros: 1000, maxQuantity, maxExecutions }));
    }
  }
  setup.push(command('marketState', { instrument: -1, state: MarketState.preOpen }));
  if (rng.int(4) > 0) setup.push(command('marketState', { instrument: -1, state: MarketState.continuous }));
  return setup;
}

function genesis(rng: Rng): Int32Array {
  const tight = rng.int(4) === 0;
  return command('genesis', {
    semantics: 1,
    orders: tight ? 4 + rng.int(20) : 256,
    dayOrders: tight ? 30 + rng.int(400) : 4096,
    accounts: 8,
    positions: tight ? 4 + rng.int(16) : 32,
    instruments: 4,
    priceLeaves: tight && rng.int(2) === 0 ? 1 + rng.int(12) : 128,
    trades: tight ? 1 + rng.int(16) : 1024,
    sessions: 16,
    recentOrders: tight ? 1 + rng.int(4) : 256,
    participants: 4,
    tickTables: 4,
  });
}

/** How large a value per tick may be so that single orders fit below 2^53, and sums come near it. */
function moneyPerTick(rng: Rng, { huge, middle }: Scale): number {
  if (!huge) return pick(rng, [1, 1, 5, 1000]);
  return middle > 1e6 ? pick(rng, [1, 1, 3]) : pick(rng, [1, 1 << 20, LOTS_MAX]);
}

function instrumentValues(rng: Rng, index: number, scale: Scale): Values {
  const { middle, lot } = scale;
  const flags = 1 | (rng.int(8) === 0 ? 2 : 0) | (rng.int(4) === 0 ? 4 : 0);
  return {
    instrument: index,
    flags,
    tickTable: scale.tables && rng.int(2) === 0 ? 1 : 0,
    moneyPerTick: moneyPerTick(rng, scale),
    referenceTicks: middle,
    lotSize: lot,
    maxOrderQuantity: pick(rng, [0, 0, 100 * lot]),
    collarBasisPoints: pick(rng, [0, 0, 2000, 500]),
    staticBandBasisPoints: pick(rng, [0, 0, 1000, 300]),
    dynamicBandBasisPoints: pick(rng, [0, 0, 500, 200]),
    volatilityAuctionMillis: pick(rng, [0, 1, 5]),
    priceBaseTicks: scale.huge ? 0 : pick(rng, [0, 0, 0, -middle, 500]),
    minTicks: 1,
    maxTicks: pick(rng, [LOTS_MAX, LOTS_MAX, Math.min(LOTS_MAX, middle + 20)]),
  };
}

/** The same instrument with a few things changed: bands, collar, listing, sometimes what must not change. */
function againInstrument(rng: Rng, base: Values, scale: Scale): Values {
  const fresh = instrumentValues(rng, base['instrument'], scale);
  const kept = ['flags', 'tickTable', 'moneyPerTick', 'priceBaseTicks', 'lotSize'];
  const keeps = rng.int(5) > 0;
  const values: Record<string, number> = { ...fresh };
  if (keeps) for (const field of kept) values[field] = base[field];
  values['maxTicks'] = base['maxTicks'];
  if (rng.int(12) === 0) values['flags'] = base['flags'] & ~1;
  if (rng.int(6) === 0)
    values['referenceTicks'] = Math.min(base['maxTicks'], Math.max(1, scale.middle + rng.int(9) - 4));
  if (rng.int(30) === 0) values[pick(rng, ['lotSize', 'tickTable', 'minTicks', 'moneyPerTick'])] = rng.int(4) - 1;
  return values;
}

function accountValues(rng: Rng, account: number, participants: number): Values {
  return {
    account,
    participant: account % participants,
    selfTradeScope: rng.int(2),
    makerRate: pick(rng, [0, 0, -200, 100, 1000]),
    takerRate: pick(rng, [0, 300, 2500]),
    flags: rng.int(30) === 0 ? 0 : 1,
  };
}

function limitValues(rng: Rng, account: number, { lot, middle, huge }: Scale): Values {
  const off = (value: number): number => (rng.int(5) === 0 ? value : 0);
  const some = huge ? 2 ** 40 : middle * lot;
  return {
    account,
    maxOrderQuantity: off((5 + rng.int(60)) * lot),
    maxOrderValue: off(some * (5 + rng.int(40))),
    maxOpenNotional: off(some * (20 + rng.int(200))),
    maxLong: off((10 + rng.int(60)) * lot),
    maxShort: off((10 + rng.int(60)) * lot),
    ordersPerSecond: rng.int(8) === 0 ? 1 + rng.int(30) : 0,
    messagesPerSecond: rng.int(8) === 0 ? 1 + rng.int(50) : 0,
    duplicateWindowMicros: rng.int(3) === 0 ? rng.int(2000) : 0,
    flags: rng.int(4) === 0 ? 1 : 0,
  };
}
