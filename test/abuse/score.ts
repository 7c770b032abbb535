/**
 * Compares alerts with labels. An alert is right when it names the scenario, one of the actors, the instrument and the time
 * of a labelled instance. On an instance of a related scenario it is neither right nor wrong, and counted as such.
 */
import { wilson } from '#compliance/surveillance/accounting.ts';
import type { MonitorAlert } from '#compliance/surveillance/monitor.ts';
import type { Label, Trader } from './world.ts';

/** Conduct that meets several definitions at once: within a family the others' alerts are neutral. */
const FAMILIES: readonly (readonly string[])[] = [
  ['spoofing', 'layering'],
  ['quote-stuffing', 'order-to-trade', 'pinging'],
  ['wash-trades', 'self-trades', 'prearranged-trades'],
  [
    'momentum-ignition',
    'ramping',
    'marking-the-close',
    'marking-the-open',
    'squeeze',
    'cross-product',
    'unusual-volume',
    'unusual-price',
    'fat-finger',
    'best-execution',
    'front-running-client',
    'front-running-block',
    'insider-window',
    'pinging',
  ],
];
/** How long after the last act of an instance an alert on it may come. */
const GRACE_MICROS = 60_000_000;
const DAY_GRACE_MICROS = 1_200_000_000;
const DAY_SCENARIOS = new Set(['order-to-trade']);

export interface ScenarioScore {
  readonly scenario: string;
  instances: number;
  found: number;
  right: number;
  wrong: number;
  related: number;
}

/** What bench and tests print of a score. */
export interface ScoreFigures {
  readonly recall: number;
  readonly recallLow: number;
  readonly precision: number;
  readonly precisionLow: number;
}

function actorKey(trader: Trader): string {
  return trader.client === 0 ? `firm ${trader.participant}` : `client ${trader.client}`;
}

function fits(alert: MonitorAlert, label: Label, actors: ReadonlySet<string>): boolean {
  const places = new Set([alert.instrument, alert.facts.linkedInstrument]);
  const isThere = places.has(label.instrument) || (label.linked !== undefined && places.has(label.linked));
  if (label.instrument !== -1 && !isThere) return false;
  const grace = DAY_SCENARIOS.has(alert.scenario) ? DAY_GRACE_MICROS : GRACE_MICROS;
  if (alert.foundMicros < label.startMicros || alert.foundMicros > label.endMicros + grace) return false;
  if (label.scenario === 'late-report') return alert.startMicros === label.startMicros;
  const names = [alert.actor, ...(alert.otherActor === null ? [] : [alert.otherActor])];
  return names.some(({ kind, code }) => actors.has(`${kind} ${code}`));
}

/** Scores of the scenarios named, in their order. Alerts that were wrong go to `onWrong`. */
export function score(
  scenarios: readonly string[],
  labels: readonly Label[],
  alerts: readonly MonitorAlert[],
  onWrong: (alert: MonitorAlert) => void = () => undefined,
  onMissed: (label: Label) => void = () => undefined,
): ScenarioScore[] {
  const actors = new Map(labels.map((label) => [label, new Set(label.traders.map(actorKey))]));
  const scores = new Map(
    scenarios.map((scenario): [string, ScenarioScore] => [
      scenario,
      { scenario, instances: 0, found: 0, right: 0, wrong: 0, related: 0 },
    ]),
  );
  const byScenario = Map.groupBy(labels, ({ scenario }) => scenario);
  const found = new Set<Label>();
  for (const alert of alerts) {
    const of = scores.get(alert.scenario);
    if (of === undefined) continue;
    const own = (byScenario.get(alert.scenario) ?? []).filter((label) =>
      fits(alert, label, actors.get(label) ?? new Set()),
    );
    for (const label of own) found.add(label);
    if (own.some(({ failed }) => failed !== true)) {
      of.right++;
      continue;
    }
    const family = new Set(FAMILIES.filter((members) => members.includes(alert.scenario)).flat());
    const isRelated =
      own.length > 0 ||
      [...family].some((other) =>
        (byScenario.get(other) ?? []).some((label) => fits(alert, label, actors.get(label) ?? new Set())),
      );
    if (isRelated) of.related++;
    else {
      of.wrong++;
      onWrong(alert);
    }
  }
  for (const label of labels) {
    const of = scores.get(label.scenario);
    if (of === undefined || label.failed === true) continue;
    of.instances++;
    if (found.has(label)) of.found++;
    else onMissed(label);
  }
  return [...scores.values()];
}

export function figuresOf({ instances, found, right, wrong }: ScenarioScore): ScoreFigures {
  const alerts = right + wrong;
  return {
    recall: instances === 0 ? Number.NaN : found / instances,
    recallLow: wilson(found, instances)[0],
    precision: alerts === 0 ? Number.NaN : right / alerts,
    precisionLow: wilson(right, alerts)[0],
  };
}
