/** Every scenario, and their parameters as detectors take them. What each means is data; detectors/ evaluates it. */
import { invariant } from '#kit/invariant.ts';
import { MAR_ANNEX, ORDER_SCENARIOS, UK_MAR, parameter } from './catalogue-orders.ts';
import { TRADE_SCENARIOS } from './catalogue-trades.ts';
import type { Parameters } from './detector.ts';
import type { Scenario } from './scenario.ts';

const SHARE = [0, 1] as const;
const SECONDS = [0.1, 864_000] as const;
const MULTIPLE = [0, 10_000] as const;

function ahead(seconds: number): Scenario['parameters'] {
  return {
    aheadSeconds: parameter(
      seconds,
      'seconds',
      'How long before the client’s order the firm’s own trades count',
      SECONDS,
    ),
    aheadOrders: parameter(2, 'usual orders', 'Least lots of them', MULTIPLE),
    oppositeShare: parameter(0.6, 'share', 'Most that the firm traded the other way meanwhile', SHARE),
  };
}

const KNOWLEDGE_SCENARIOS: readonly Scenario[] = [
  {
    id: 'front-running-client',
    name: 'Front-running of a client order',
    severity: 'high',
    citations: [
      MAR_ANNEX,
      UK_MAR,
      { rule: 'FINRA 5320', jurisdiction: 'US', verified: false, effectiveFrom: '2011-09-12' },
    ],
    about: 'A firm trades ahead of its client’s order on the same side, and closes at the price the client made.',
    looksAt: 'The firm’s own trades before each large client order, and what it does on the other side after.',
    kind: 'recognised',
    parameters: {
      ...ahead(12),
      clientOrders: parameter(8, 'usual orders', 'Least size of the client’s order', MULTIPLE),
      exitSeconds: parameter(30, 'seconds', 'How soon the firm turns round', SECONDS),
      exitShare: parameter(0.5, 'share', 'Of what it had taken that it closes', SHARE),
    },
    mergeSeconds: 60,
  },
  {
    id: 'front-running-block',
    name: 'Front-running of a block',
    severity: 'high',
    citations: [{ rule: 'FINRA 5270', jurisdiction: 'US', verified: false, effectiveFrom: '2013-06-01' }, MAR_ANNEX],
    about: 'A firm trades ahead of a block that it knows will come.',
    looksAt: 'The firm’s own trades before each client order of block size; whether it closes does not matter.',
    kind: 'recognised',
    parameters: {
      ...ahead(20),
      blockLots: parameter(10_000, 'lots', 'From which size an order is a block', [1, 1_000_000_000]),
    },
    mergeSeconds: 60,
  },
  {
    id: 'insider-window',
    name: 'Insider-window trading',
    severity: 'high',
    citations: [
      { rule: 'MAR art. 8, 14', jurisdiction: 'EU', verified: false, effectiveFrom: '2016-07-03' },
      { rule: 'SEC 10b-5', jurisdiction: 'US', verified: false, effectiveFrom: '1942-05-21' },
    ],
    about: 'Somebody gathers on the right side before an announcement that moves the price.',
    looksAt: 'At each announcement that moved the price: who had gathered how much before, against their own usual.',
    kind: 'recognised',
    parameters: {
      lookBackSeconds: parameter(
        180,
        'seconds',
        'How long before the announcement; bounded by the trades kept',
        SECONDS,
      ),
      reactionSeconds: parameter(12, 'seconds', 'After which the movement is judged', SECONDS),
      usualMoves: parameter(3, 'usual moves', 'How far the price went', MULTIPLE),
      usualOrders: parameter(14, 'usual orders', 'Least lots gathered', MULTIPLE),
      orders: parameter(5, 'orders', 'Different orders by which it was gathered', [1, 1_000_000]),
      oneSided: parameter(0.8, 'share', 'Net against everything the actor traded meanwhile', SHARE),
      ownRatio: parameter(3, 'ratio', 'Against what the actor usually gathers in that time', MULTIPLE),
      learnSeconds: parameter(60, 'seconds', 'How often the usual is learned', SECONDS),
    },
    mergeSeconds: 300,
  },
  {
    id: 'restricted-list',
    name: 'Restricted list',
    severity: 'high',
    citations: [
      { rule: 'SEC 15c3-5(c)(2)', jurisdiction: 'US', verified: true, effectiveFrom: '2011-07-14' },
      { rule: 'MAR art. 18', jurisdiction: 'EU', verified: false, effectiveFrom: '2016-07-03' },
    ],
    about: 'An order in an instrument that its author must not trade.',
    looksAt: 'Each order against the list; refusals by the engine for that reason.',
    kind: 'looked up',
    parameters: {},
    mergeSeconds: 60,
  },
  {
    id: 'large-trader',
    name: 'Large trader',
    severity: 'low',
    citations: [{ rule: 'SEC 13h-1', jurisdiction: 'US', verified: false, effectiveFrom: '2011-10-03' }],
    about: 'Trading of a day reaches the level from which a large trader must identify itself, and it has not.',
    looksAt: 'Executed shares and value of each actor over the day, and the register.',
    kind: 'looked up',
    parameters: {
      dayLots: parameter(2_000_000, 'lots', 'Shares in a day', [1, 1_000_000_000]),
      dayValue: parameter(20_000_000, 'currency units', 'Value in a day', [1, 1e15]),
    },
    mergeSeconds: 86_400,
  },
  {
    id: 'late-report',
    name: 'Late or missing trade report',
    severity: 'medium',
    citations: [
      { rule: 'FINRA trade reporting: 10 seconds', jurisdiction: 'US', verified: false, effectiveFrom: '2013-11-04' },
    ],
    about: 'A trade was not reported in time.',
    looksAt: 'Each trade’s report, from the first report that was ever seen.',
    kind: 'looked up',
    parameters: { dueSeconds: parameter(10, 'seconds', 'When a report is due', SECONDS) },
    mergeSeconds: 0,
  },
];

export const SCENARIOS: readonly Scenario[] = [...ORDER_SCENARIOS, ...TRADE_SCENARIOS, ...KNOWLEDGE_SCENARIOS];
const byId = new Map(SCENARIOS.map((scenario) => [scenario.id, scenario]));
invariant(byId.size === SCENARIOS.length, 'surveillance.scenario-declared-twice');

export function findScenario(id: string): Scenario | undefined {
  return byId.get(id);
}

/** Parameters of all scenarios, with some of them changed. */
export type ScenarioSettings = Readonly<Record<string, Parameters>>;

/** The parameters a scenario works with: its defaults, and what `changes` sets. Unknown names are a bug of the caller. */
export function parametersOf(id: string, changes: Parameters = {}): Parameters {
  const scenario = byId.get(id);
  invariant(scenario !== undefined, 'surveillance.unknown-scenario', id);
  const merged: Record<string, number> = {};
  for (const [name, { default: value }] of Object.entries(scenario.parameters)) merged[name] = changes[name] ?? value;
  return merged;
}

/** What is wrong with changed parameters, in a sentence; undefined where they can be used. */
export function invalidParameters(id: string, changes: Parameters): string | undefined {
  const scenario = byId.get(id);
  if (scenario === undefined) return `there is no scenario ${id}`;
  for (const [name, value] of Object.entries(changes)) {
    const known = scenario.parameters[name];
    if (known === undefined) return `${id} has no parameter ${name}`;
    if (!Number.isFinite(value) || value < known.minimum || value > known.maximum) {
      return `${name} must be ${known.minimum} to ${known.maximum} ${known.unit}`;
    }
  }
  return undefined;
}
