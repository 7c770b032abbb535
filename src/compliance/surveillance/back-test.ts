/** A scenario with other parameters over the journal: what it would have found, against what was found and decided. */
import type { Parameters } from './detector.ts';
import { playHistory, type HistoryParts } from '../history.ts';
import { Monitor, type MonitorAlert, type NamedLists } from './monitor.ts';

export interface BackTestPlan {
  readonly scenario: string;
  readonly parameters: Parameters;
  readonly first: number;
  readonly last: number;
  readonly participantOf: (account: number) => number | undefined;
  readonly accounts: readonly number[];
  readonly lists: Partial<NamedLists>;
}

const ALERTS_KEPT_MAX = 1000;

export interface BackTestFindings {
  readonly events: number;
  readonly alerts: readonly MonitorAlert[];
  /** All of them, also those beyond what is kept. */
  readonly found: number;
}

export async function backTest(parts: HistoryParts, plan: BackTestPlan): Promise<BackTestFindings> {
  const alerts: MonitorAlert[] = [];
  let found = 0;
  const monitor = new Monitor({
    settings: { [plan.scenario]: plan.parameters },
    lists: plan.lists,
    onAlert(alert) {
      if (alert.scenario !== plan.scenario) return;
      found++;
      if (alerts.length < ALERTS_KEPT_MAX) alerts.push(alert);
    },
  });
  for (const account of plan.accounts) {
    const participant = plan.participantOf(account);
    if (participant !== undefined) monitor.market.setParticipant(account, participant);
  }
  await playHistory(parts, plan.first, plan.last, {
    onEvents: (words, end, command) => monitor.onEvents(words, end, command),
    onCommand: (command) => monitor.onCommand(command),
  });
  return { events: monitor.market.events, alerts, found };
}
