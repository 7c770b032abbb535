/** Drafts of suspicious transaction and order reports (MAR 16, 2016/957) and suspicious activity reports (US): never sent from here. */
import type { AlertRow, CaseRow } from '#store/surveillance.ts';
import { findScenario } from './catalogue.ts';

const DAY_MICROS = 86_400_000_000;
/** MAR 16(2) says without delay; the house takes a day to have the draft read by a second person. */
const STOR_DUE_MICROS = DAY_MICROS;
/** 30 calendar days from detection where a suspect is known (31 CFR 1023.320). */
const SAR_DUE_MICROS = 30 * DAY_MICROS;

export interface SuspicionDraft {
  readonly kind: 'STOR' | 'SAR';
  readonly dueMicros: number;
  readonly citation: string;
  readonly verified: boolean;
  readonly simulated: boolean;
  readonly suspects: readonly string[];
  readonly instruments: readonly string[];
  readonly periodMicros: readonly [number, number];
  readonly conduct: readonly {
    readonly scenario: string;
    readonly rules: readonly string[];
    readonly description: string;
    readonly facts: unknown;
    readonly orders: unknown;
  }[];
  readonly reason: string;
  readonly alertIds: readonly string[];
}

export function draftSuspicion(
  kind: 'STOR' | 'SAR',
  file: CaseRow,
  alerts: readonly AlertRow[],
  reason: string,
  nowMicros: number,
): SuspicionDraft {
  const detected = Math.min(nowMicros, ...alerts.map((alert) => alert.found_micros));
  return {
    kind,
    dueMicros: kind === 'STOR' ? nowMicros + STOR_DUE_MICROS : detected + SAR_DUE_MICROS,
    citation:
      kind === 'STOR'
        ? 'MAR art. 16(2); 2016/957 Annex (deadline: house policy, the rule says without delay)'
        : '31 CFR 1023.320: 30 calendar days from detection',
    verified: false,
    simulated: alerts.some((alert) => alert.simulated === 1),
    suspects: [...new Set(alerts.map((alert) => `${alert.actor_kind} ${alert.actor_code}`))],
    instruments: [...new Set(alerts.map((alert) => alert.symbol))],
    periodMicros: [
      Math.min(...alerts.map((alert) => alert.start_micros)),
      Math.max(...alerts.map((alert) => alert.found_micros)),
    ],
    conduct: alerts.map((alert) => {
      const scenario = findScenario(alert.scenario);
      const evidence = JSON.parse(alert.evidence) as { facts?: unknown; orders?: unknown };
      return {
        scenario: alert.scenario,
        rules: (scenario?.citations ?? []).map(({ rule }) => rule),
        description: scenario?.about ?? '',
        facts: evidence.facts ?? {},
        orders: evidence.orders ?? [],
      };
    }),
    reason: `${file.title}: ${reason}`,
    alertIds: alerts.map((alert) => alert.alert_id),
  };
}
