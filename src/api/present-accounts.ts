/** Accounts, positions, limits and what they use, as the API's shapes. Pure. */
import type { State } from '#trading/state.ts';
import { ratesAt, type AccountRow, type PositionRow, accountNameOf, instrumentOf, symbolOf } from './engine-reads.ts';
import type { LimitWords } from './command-words.ts';
import { averageText, moneyText, priceText } from '#kit/decimal.ts';
import type {
  Account,
  AccountLimits,
  AccountUsage,
  Funds,
  LimitUsage,
  Position,
  RiskLimits,
} from './schemas/accounts.ts';

export function presentAccount(row: AccountRow, openOrders: number): Account {
  return {
    account: row.account,
    name: row.name,
    participant: row.participant,
    enabled: row.enabled,
    killed: row.killed || row.participantKilled,
    selfTradeScope: row.participantScope ? 'participant' : 'account',
    makerRate: row.makerRate,
    takerRate: row.takerRate,
    cashUnits: row.cash,
    cash: moneyText(row.cash),
    reservedUnits: row.reserved,
    reserved: moneyText(row.reserved),
    openNotionalUnits: row.openNotional,
    openNotional: moneyText(row.openNotional),
    openOrders,
  };
}

export function presentFunds(row: AccountRow): Funds {
  const available = row.cash - row.reserved;
  return {
    account: row.account,
    cashUnits: row.cash,
    cash: moneyText(row.cash),
    reservedUnits: row.reserved,
    reserved: moneyText(row.reserved),
    availableUnits: available,
    available: moneyText(available),
  };
}

export function presentPosition(row: PositionRow, state: State): Position {
  const instrument = instrumentOf(state, row.instrument);
  const averageTicks = row.net === 0 ? 0 : row.cost / row.net / instrument.moneyPerTick - instrument.priceBaseTicks;
  return {
    account: row.account,
    accountName: accountNameOf(state, row.account),
    symbol: instrument.symbol,
    netQuantity: row.net,
    averagePrice: row.net === 0 ? null : averageText(averageTicks, instrument),
    costUnits: row.cost,
    realisedUnits: row.realised,
    realised: moneyText(row.realised),
    unrealisedUnits: row.unrealised,
    unrealised: moneyText(row.unrealised),
    feesUnits: row.fees,
    fees: moneyText(row.fees),
    openBuyQuantity: row.openBuys,
    openSellQuantity: row.openSells,
    lastPrice: instrument.lastTicks === 0 ? null : priceText(instrument.lastTicks, instrument),
  };
}

/** The engine's 0 for "no limit" as null. */
function orNull(value: number): number | null {
  return value === 0 ? null : value;
}

export function presentLimits(row: AccountRow): AccountLimits {
  const { limits } = row;
  return {
    account: row.account,
    accountName: row.name,
    limits: {
      maxOrderQuantity: orNull(limits.maxOrderQuantity),
      maxOrderValueUnits: orNull(limits.maxOrderValue),
      maxOpenNotionalUnits: orNull(limits.maxOpenNotional),
      maxLong: orNull(limits.maxLong),
      maxShort: orNull(limits.maxShort),
      ordersPerSecond: orNull(limits.ordersPerSecond),
      messagesPerSecond: orNull(limits.messagesPerSecond),
      duplicateWindowMicros: orNull(limits.duplicateWindowMicros),
      buyingPowerEnforced: limits.buyingPowerEnforced,
    },
  };
}

export function limitWords(limits: RiskLimits): LimitWords {
  return {
    maxOrderQuantity: limits.maxOrderQuantity ?? 0,
    maxOrderValue: limits.maxOrderValueUnits ?? 0,
    maxOpenNotional: limits.maxOpenNotionalUnits ?? 0,
    maxLong: limits.maxLong ?? 0,
    maxShort: limits.maxShort ?? 0,
    ordersPerSecond: limits.ordersPerSecond ?? 0,
    messagesPerSecond: limits.messagesPerSecond ?? 0,
    duplicateWindowMicros: limits.duplicateWindowMicros ?? 0,
    buyingPowerEnforced: limits.buyingPowerEnforced,
  };
}

/** Names of the limits that `next` makes looser than `present`: these need a second person. */
export function raisedLimits(present: RiskLimits, next: RiskLimits): (keyof RiskLimits)[] {
  const raised: (keyof RiskLimits)[] = [];
  const numbers = [
    'maxOrderQuantity',
    'maxOrderValueUnits',
    'maxOpenNotionalUnits',
    'maxLong',
    'maxShort',
    'ordersPerSecond',
    'messagesPerSecond',
  ] as const;
  for (const name of numbers) {
    if ((next[name] ?? Number.POSITIVE_INFINITY) > (present[name] ?? Number.POSITIVE_INFINITY)) raised.push(name);
  }
  // A shorter duplicate window lets more through.
  if ((next.duplicateWindowMicros ?? 0) < (present.duplicateWindowMicros ?? 0)) raised.push('duplicateWindowMicros');
  if (present.buyingPowerEnforced && !next.buyingPowerEnforced) raised.push('buyingPowerEnforced');
  return raised;
}

function usage(
  name: string,
  unit: LimitUsage['unit'],
  limit: number,
  used: number,
  symbol: string | null = null,
): LimitUsage {
  return { name, unit, symbol, limit: orNull(limit), used, share: limit === 0 ? null : used / limit };
}

/** What each limit of an account is used by now; positions count what open orders could make of them. */
export function presentUsage(row: AccountRow, positions: readonly PositionRow[], state: State): AccountUsage {
  const { limits } = row;
  const rates = ratesAt(row, state);
  const perInstrument = positions
    .filter(({ account }) => account === row.account)
    .flatMap((position) => {
      const symbol = symbolOf(state, position.instrument);
      const long = Math.max(0, position.net + position.openBuys);
      const short = Math.max(0, position.openSells - position.net);
      return [
        usage('maxLong', 'lots', limits.maxLong, long, symbol),
        usage('maxShort', 'lots', limits.maxShort, short, symbol),
      ];
    });
  return {
    account: row.account,
    accountName: row.name,
    usage: [
      usage('maxOpenNotional', 'money', limits.maxOpenNotional, row.openNotional),
      usage('buyingPower', 'money', limits.buyingPowerEnforced ? Math.max(0, row.cash) : 0, row.reserved),
      usage('ordersPerSecond', 'orders', limits.ordersPerSecond, rates.orders),
      usage('messagesPerSecond', 'messages', limits.messagesPerSecond, rates.messages),
      ...perInstrument,
    ],
  };
}
