/** Rows of surveillance as the API shows them. Only form: decides and reads nothing. */
import { wilson } from '#compliance/surveillance/accounting.ts';
import { findScenario } from '#compliance/surveillance/catalogue.ts';
import type { ScenarioStatus } from '#compliance/surveillance/service.ts';
import type { AlertRow, BackTestRow, CaseRow } from '#store/surveillance.ts';
import type {
  SurveillanceAlert,
  SurveillanceBackTest,
  SurveillanceCase,
  SurveillanceScenario,
} from './schemas/surveillance.ts';

interface Evidence {
  readonly facts: Record<string, number>;
  readonly orders: {
    orderId: string;
    account: number;
    side: 'buy' | 'sell';
    priceTicks: number;
    quantity: number;
    filled: number;
    enteredMicros: number;
  }[];
  readonly book: { bids: number[][]; asks: number[][] };
  readonly otherActor: { kind: string; code: number } | null;
}

export function presentAlert(row: AlertRow): SurveillanceAlert {
  return {
    alertId: row.alert_id,
    scenario: row.scenario,
    scenarioName: findScenario(row.scenario)?.name ?? row.scenario,
    severity: row.severity as SurveillanceAlert['severity'],
    mode: row.mode,
    actor: `${row.actor_kind} ${row.actor_code}`,
    instrument: row.instrument,
    symbol: row.symbol,
    startMicros: row.start_micros,
    foundMicros: row.found_micros,
    sequence: row.sequence,
    simulated: row.simulated === 1,
    state: row.state,
    assignedTo: row.assigned_name,
    caseId: row.case_id,
    verdict: row.verdict,
    facts: (JSON.parse(row.evidence) as Evidence).facts,
  };
}

export function presentEvidence(
  row: AlertRow,
): { alert: SurveillanceAlert; otherActor: string | null } & Pick<Evidence, 'orders' | 'book'> {
  const { orders, book, otherActor } = JSON.parse(row.evidence) as Evidence;
  return { alert: presentAlert(row), otherActor: otherActor && `${otherActor.kind} ${otherActor.code}`, orders, book };
}

export function presentCase(row: CaseRow): SurveillanceCase {
  return {
    caseId: row.case_id,
    title: row.title,
    state: row.state,
    openedMicros: row.opened_micros,
    openedBy: row.opened_name,
    assignedTo: row.assigned_name,
    decision: row.decision,
    reason: row.reason,
    decidedMicros: row.decided_micros,
    decidedBy: row.decided_name,
    dueMicros: row.due_micros,
    draft: row.draft === null ? null : (JSON.parse(row.draft) as Record<string, unknown>),
  };
}

export function presentScenario(status: ScenarioStatus): SurveillanceScenario {
  const { scenario, abuse, falseAlarms } = status;
  const { id, name, severity, kind, about, looksAt } = scenario;
  const decided = abuse + falseAlarms;
  return {
    id,
    name,
    severity,
    kind,
    about,
    looksAt,
    citations: scenario.citations.map((citation) => ({ ...citation })),
    parameters: { ...scenario.parameters },
    live: { ...status.live },
    shadow: status.shadow && { ...status.shadow },
    alerts: status.alerts,
    shadowAlerts: status.shadowAlerts,
    open: status.open,
    abuse,
    falseAlarms,
    precisionAtLeast: decided === 0 ? null : wilson(abuse, decided)[0],
  };
}

export function presentBackTest(row: BackTestRow): SurveillanceBackTest {
  return {
    backTestId: row.back_test_id,
    scenario: row.scenario,
    parameters: JSON.parse(row.parameters) as Record<string, number>,
    firstSequence: row.first_sequence,
    lastSequence: row.last_sequence,
    state: row.state,
    startedMicros: row.started_micros,
    startedBy: row.started_by,
    endedMicros: row.ended_micros,
    result: row.result === null ? null : (JSON.parse(row.result) as Record<string, unknown>),
  };
}
