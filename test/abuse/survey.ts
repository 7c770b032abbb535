/** Runs surveillance over a simulated market and gives alerts with labels: what tuning, tests and the benchmark share. */
import { Monitor, type MonitorAlert } from '#compliance/surveillance/monitor.ts';
import type { ScenarioSettings } from '#compliance/surveillance/catalogue.ts';
import { RESTRICTED_COUNT, RESTRICTED_FIRST, restrictedInstrument, simulate } from './simulation.ts';
import type { SimulationPlan, SimulationResult } from './simulation.ts';

export interface Survey extends SimulationResult {
  readonly alerts: readonly MonitorAlert[];
  readonly events: number;
  /** Time spent in surveillance alone, and in all. */
  readonly surveillanceMillis: number;
}

export function survey(plan: SimulationPlan, settings?: ScenarioSettings): Survey {
  const alerts: MonitorAlert[] = [];
  const instruments = plan.instruments ?? 24;
  const monitor = new Monitor({
    onAlert: (alert) => alerts.push(alert),
    ...(settings === undefined ? {} : { settings }),
    lists: {
      isRestricted: ({ kind, code }, instrument) =>
        kind === 'client' &&
        code >= RESTRICTED_FIRST &&
        code < RESTRICTED_FIRST + RESTRICTED_COUNT &&
        restrictedInstrument(code, instruments) === instrument,
      linkedTo: (instrument) => [instrument ^ 1],
    },
  });
  const result = simulate(plan, {
    onEvents: (words, end, command) => monitor.onEvents(words, end, command),
    onCommand: (command) => monitor.onCommand(command),
    onFact(fact) {
      if (fact.kind === 'announcement') monitor.onAnnouncement(fact.instrument);
      else monitor.onReport(fact.tradeId);
    },
  });
  return { ...result, alerts, events: monitor.market.events, surveillanceMillis: 0 };
}
