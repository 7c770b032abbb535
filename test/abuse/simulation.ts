/**
 * One seed's market: several sessions of honest flow with instances of every kind of abuse among it. Gives what happened to
 * a listener and the labels to whoever keeps the score.
 */
import { MarketState } from '#trading/terms.ts';
import * as knowledge from './abuses-knowledge.ts';
import * as orders from './abuses-orders.ts';
import * as trades from './abuses-trades.ts';
import { makeCast, type Cast } from './cast.ts';
import { makeEvasion, type Evasion, type EvasionName } from './evasion.ts';
import { spawnHardNegatives } from './hard-negatives.ts';
import { spawnNormal } from './normal.ts';
import { MINUTE, SECOND, World, type Agent, type Label, type MarketListener, type Trader } from './world.ts';

export interface SimulationPlan {
  readonly seed: number;
  readonly evasions: readonly EvasionName[];
  /** Even: they are linked in pairs. @default 24 */
  readonly instruments?: number;
  readonly sessions: number;
  /** @default 15 */
  readonly sessionMinutes?: number;
  /** Instances of each kind of abuse in a session of the whole market. */
  readonly abusesPerSession: number;
  /** Orders a second that the crowd of one instrument enters. @default 25 */
  readonly crowdPerSecond?: number;
}

export interface SimulationResult {
  readonly labels: readonly Label[];
  readonly orders: number;
  readonly messages: number;
  readonly abusiveOrders: number;
}

/** Reports of trades are due within this time, FINRA's trade reporting facilities. */
const REPORT_DUE_MICROS = 10 * SECOND;
const AUCTION_MICROS = 10 * SECOND;
/** Short codes of people who must not trade some instruments: employees of an issuer, or of a bank that advises it. */
export const RESTRICTED_FIRST = 8000;
export const RESTRICTED_COUNT = 100;

/** Which instrument a restricted person must keep away from. */
export function restrictedInstrument(code: number, instruments: number): number {
  return (code * 7) % instruments;
}

interface Abuse {
  readonly scenario: string;
  /** When in the session it happens; most happen at any time. */
  readonly when: 'any' | 'early' | 'open' | 'close';
  readonly trader?: (world: World, cast: Cast) => Trader;
  readonly others?: (world: World, cast: Cast, trader: Trader) => readonly Trader[];
  readonly make: (world: World, cast: Cast, instrument: number, e: Evasion, others: readonly Trader[]) => Agent;
}

const firmOf = (world: World, cast: Cast): Trader => cast.firms[world.rng.int(cast.firms.length)];
const quietFirmOf = (world: World, cast: Cast): Trader => cast.firms[cast.firms.length - 1 - world.rng.int(7)];
const clientOf = (world: World, cast: Cast): Trader => cast.client(world.rng);
const deskOf = (world: World, cast: Cast): Trader => cast.banks[world.rng.int(cast.banks.length)].desk;
const oneOf = (world: World, traders: readonly Trader[]): Trader => traders[world.rng.int(traders.length)];
const bankOf = (cast: Cast, desk: Trader): Cast['banks'][number] =>
  cast.banks.find((bank) => bank.desk === desk) ?? cast.banks[0];

const ABUSES: readonly Abuse[] = [
  { scenario: 'spoofing', when: 'any', make: (w, _c, i, e) => orders.spoofing(w, i, e) },
  { scenario: 'layering', when: 'any', make: (w, _c, i, e) => orders.layering(w, i, e) },
  { scenario: 'quote-stuffing', when: 'any', make: (w, _c, i, e) => orders.quoteStuffing(w, i, e) },
  { scenario: 'pinging', when: 'any', make: (w, _c, i, e) => orders.pinging(w, i, e) },
  { scenario: 'smoking', when: 'any', make: (w, _c, i, e) => orders.smoking(w, i, e) },
  {
    scenario: 'order-to-trade',
    when: 'early',
    trader: quietFirmOf,
    make: (w, _c, i, e) => orders.orderToTrade(w, i, e),
  },
  {
    scenario: 'wash-trades',
    when: 'any',
    trader: clientOf,
    others: (_w, c, trader) => c.split(trader),
    make: (w, _c, i, e, accounts) => trades.washTrades(w, i, e, accounts),
  },
  {
    scenario: 'prearranged-trades',
    when: 'any',
    others: (w, c) => [c.suspect(w.rng)],
    make: (w, _c, i, e, [other]) => trades.prearrangedTrades(w, i, e, other),
  },
  {
    scenario: 'self-trades',
    when: 'any',
    trader: firmOf,
    others: (_w, c, trader) => c.split(trader),
    make: (w, _c, i, e, desks) => trades.selfTrades(w, i, e, desks),
  },
  { scenario: 'momentum-ignition', when: 'any', make: (w, _c, i, e) => trades.momentumIgnition(w, i, e) },
  { scenario: 'ramping', when: 'any', make: (w, _c, i, e) => trades.ramping(w, i, e) },
  { scenario: 'marking-the-close', when: 'close', make: (w, _c, i, e) => trades.markingTheClose(w, i, e) },
  { scenario: 'marking-the-open', when: 'open', make: (w, _c, i, e) => trades.markingTheOpen(w, i, e) },
  { scenario: 'squeeze', when: 'early', make: (w, _c, i, e) => trades.squeeze(w, i, e) },
  { scenario: 'unusual-volume', when: 'any', make: (w, _c, i, e) => trades.unusualVolume(w, i, e) },
  { scenario: 'unusual-price', when: 'any', make: (w, _c, i, e) => trades.unusualPrice(w, i, e) },
  { scenario: 'fat-finger', when: 'any', make: (w, _c, i, e) => trades.fatFinger(w, i, e) },
  {
    scenario: 'best-execution',
    when: 'any',
    trader(w, c) {
      const { clients } = c.banks[w.rng.int(c.banks.length)];
      return clients[w.rng.int(clients.length)];
    },
    make: (w, _c, i, e) => trades.bestExecution(w, i, e),
  },
  {
    scenario: 'front-running-client',
    when: 'any',
    trader: deskOf,
    others: (w, c, trader) => [oneOf(w, bankOf(c, trader).clients)],
    make: (w, c, i, e, [client]) => knowledge.frontRunning(w, i, e, bankOf(c, e.who(0)), client, false),
  },
  {
    scenario: 'front-running-block',
    when: 'any',
    trader: deskOf,
    others: (w, c, trader) => [oneOf(w, bankOf(c, trader).clients)],
    make: (w, c, i, e, [client]) => knowledge.frontRunning(w, i, e, bankOf(c, e.who(0)), client, true),
  },
  { scenario: 'insider-window', when: 'any', make: (w, _c, i, e) => knowledge.insiderTrading(w, i, e) },
  { scenario: 'cross-product', when: 'any', make: (w, _c, i, e) => knowledge.crossProduct(w, i, e, i ^ 1) },
  {
    scenario: 'restricted-list',
    when: 'any',
    trader(w) {
      return { account: 20, participant: 20, client: RESTRICTED_FIRST + w.rng.int(RESTRICTED_COUNT) };
    },
    make: (w, _c, i, e) => knowledge.restrictedOrder(w, i, e, e.who(0)),
  },
];

/** Names of all kinds of abuse that are labelled. */
export const SIMULATED_SCENARIOS: readonly string[] = [
  ...ABUSES.map(({ scenario }) => scenario),
  'large-trader',
  'late-report',
];

/** Runs the whole market; the listener hears everything in order. */
export function simulate(plan: SimulationPlan, listener: MarketListener): SimulationResult {
  const sessionMicros = (plan.sessionMinutes ?? 15) * MINUTE;
  const world = new World(plan.seed, plan.instruments ?? 24, sessionMicros, listener);
  const cast = makeCast(world);
  for (let session = 0; session < plan.sessions; session++) {
    world.openDay();
    spawnNormal(world, cast, plan.crowdPerSecond ?? 25);
    spawnHardNegatives(world, cast, plan.abusesPerSession);
    world.spawn(reporter(world, plan.abusesPerSession));
    for (const abuse of ABUSES) spawnAbuses(world, cast, abuse, plan);
    world.run(world.openMicros);
    world.marketState(MarketState.continuous);
    world.run(world.closeMicros);
    world.marketState(MarketState.closingAuction);
    world.run(world.closeMicros + AUCTION_MICROS);
    world.marketState(MarketState.closed);
    world.tradeListeners.length = 0;
  }
  const abusiveOrders = world.labels.reduce((sum, label) => sum + label.orders, 0);
  return { labels: world.labels, orders: world.orders, messages: world.messages, abusiveOrders };
}

function spawnAbuses(world: World, cast: Cast, abuse: Abuse, plan: SimulationPlan): void {
  const { rng } = world;
  const taken = new Set<number>();
  for (let count = 0; count < plan.abusesPerSession; count++) {
    let instrument = rng.int(world.instruments);
    while (abuse.when !== 'any' && taken.has(instrument) && taken.size < world.instruments)
      instrument = rng.int(world.instruments);
    taken.add(instrument);
    const evasion = plan.evasions[rng.int(plan.evasions.length)];
    const trader = abuse.trader?.(world, cast) ?? cast.suspect(rng);
    const at =
      abuse.scenario === 'restricted-list' ? restrictedInstrument(trader.client, world.instruments) : instrument;
    const e =
      abuse.trader === deskOf || abuse.scenario === 'restricted-list'
        ? alone(world, cast, trader, evasion)
        : makeEvasion(world, cast, trader, evasion);
    const others = abuse.others?.(world, cast, trader) ?? [];
    const linked = abuse.scenario === 'cross-product' ? at ^ 1 : undefined;
    const body = abuse.make(world, cast, at, e, others);
    world.spawn(
      world.labelled(abuse.scenario, [trader, ...others], at, evasion, body, linked),
      startOf(world, abuse.when),
    );
  }
}

/** Desks and restricted people have no other account to hide behind. */
function alone(world: World, cast: Cast, trader: Trader, name: EvasionName): Evasion {
  return { ...makeEvasion(world, cast, trader, name), who: () => trader };
}

function startOf(world: World, when: Abuse['when']): number {
  const sinceNow = world.openMicros - world.nowMicros;
  const length = world.sessionMicros;
  switch (when) {
    case 'any':
      return sinceNow + 60 * SECOND + world.rng.float() * (length - 240 * SECOND);
    case 'early':
      return sinceNow + 60 * SECOND + world.rng.float() * Math.max(0, length - 480 * SECOND);
    case 'open':
      return sinceNow - 15 * SECOND;
    case 'close':
      return sinceNow + length - 120 * SECOND;
  }
}

/** Reports every trade some seconds later; a few too late, or never. */
function* reporter(world: World, lateOnes: number): Agent {
  const { rng } = world;
  const queue: { tradeId: number; due: number }[] = [];
  const late: { tradeId: number; due: number }[] = [];
  let seen = 0;
  let chosen = 0;
  world.tradeListeners.push((tradeId) => {
    seen++;
    const isLate = chosen < lateOnes && seen % 997 === 500;
    if (!isLate) {
      queue.push({ tradeId, due: world.nowMicros + SECOND + rng.int(7 * SECOND) });
      return;
    }
    chosen++;
    const startMicros = world.nowMicros;
    const label = {
      scenario: 'late-report',
      traders: [],
      instrument: -1,
      startMicros,
      endMicros: startMicros + 2 * REPORT_DUE_MICROS,
      orders: 0,
    };
    world.labels.push({ ...label, evasion: rng.int(2) === 0 ? 'late' : 'missing' });
    if (rng.int(2) === 0) late.push({ tradeId, due: startMicros + REPORT_DUE_MICROS + SECOND + rng.int(60 * SECOND) });
  });
  let from = 0;
  for (;;) {
    yield SECOND / 2;
    // Due times are within seconds of each other: whoever is not due yet holds up the rest for as long.
    while (from < queue.length && queue[from].due <= world.nowMicros)
      world.tell({ kind: 'report', tradeId: queue[from++].tradeId, timeMicros: world.nowMicros });
    if (from > 4096) {
      queue.splice(0, from);
      from = 0;
    }
    for (const one of late.filter(({ due }) => due <= world.nowMicros)) {
      late.splice(late.indexOf(one), 1);
      world.tell({ kind: 'report', tradeId: one.tradeId, timeMicros: world.nowMicros });
    }
  }
}
