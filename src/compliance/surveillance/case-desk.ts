/** What compliance officers do with alerts: assign, dismiss, make cases of them, decide. Nothing here looks at the market. */
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import type { IdSource } from '#kit/ids.ts';
import type { Store } from '#store/open.ts';
import * as rows from '#store/surveillance.ts';
import type { AlertRow, CaseRow } from '#store/surveillance.ts';
import { SURVEILLANCE_ERRORS } from './errors.ts';
import { draftSuspicion } from './suspicion-report.ts';

export interface Person {
  readonly userId: string;
  readonly name: string;
}

export interface DeskParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export class CaseDesk {
  private readonly parts: DeskParts;

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  async listAlerts(filter: rows.AlertFilter): Promise<AlertRow[]> {
    return rows.listAlerts(this.parts.store, filter);
  }

  async alert(alertId: string): Promise<AlertRow> {
    return found(await rows.findAlert(this.parts.store, alertId), alertId);
  }

  async assignAlert(alertId: string, to: Person): Promise<AlertRow> {
    const change = { assigned_to: to.userId, assigned_name: to.name };
    await this.alert(alertId);
    must(await rows.changeAlert(this.parts.store, alertId, ['open'], change), alertId);
    return this.alert(alertId);
  }

  /** Closes an open alert as a false alarm; what may be abuse becomes a case. */
  async dismissAlert(alertId: string): Promise<AlertRow> {
    await this.alert(alertId);
    must(
      await rows.changeAlert(this.parts.store, alertId, ['open'], { state: 'closed', verdict: 'false alarm' }),
      alertId,
    );
    return this.alert(alertId);
  }

  async openCase(title: string, alertIds: readonly string[], by: Person): Promise<CaseRow> {
    const { store, ids, clock } = this.parts;
    const blank = {
      decision: null,
      reason: null,
      decided_micros: null,
      decided_by: null,
      decided_name: null,
      due_micros: null,
      draft: null,
    };
    const row: CaseRow = {
      case_id: ids('case'),
      title,
      state: 'open',
      opened_micros: clock.nowMicros(),
      opened_by: by.userId,
      opened_name: by.name,
      assigned_to: by.userId,
      assigned_name: by.name,
      ...blank,
    };
    const made = await rows.openCase(store, row, alertIds);
    if (made === undefined) throw new CodedError(SURVEILLANCE_ERRORS.SURVEILLANCE_STATE, 'an alert of it is not open');
    return made;
  }

  async listCases(state: CaseRow['state'] | undefined): Promise<CaseRow[]> {
    return rows.listCases(this.parts.store, state);
  }

  async case(caseId: string): Promise<{ file: CaseRow; alerts: AlertRow[] }> {
    const file = found(await rows.findCase(this.parts.store, caseId), caseId);
    return { file, alerts: await rows.alertsOfCase(this.parts.store, caseId) };
  }

  /** Decides a case for good; where it is to be reported, drafts the report with its deadline. */
  async decideCase(
    caseId: string,
    decision: NonNullable<CaseRow['decision']>,
    reason: string,
    by: Person,
  ): Promise<{ file: CaseRow; alerts: AlertRow[] }> {
    const { file, alerts } = await this.case(caseId);
    const nowMicros = this.parts.clock.nowMicros();
    const kind = decision === 'report STOR' ? 'STOR' : decision === 'report SAR' ? 'SAR' : undefined;
    const draft = kind === undefined ? undefined : draftSuspicion(kind, file, alerts, reason, nowMicros);
    const change = {
      decision,
      reason,
      decided_micros: nowMicros,
      decided_by: by.userId,
      decided_name: by.name,
      due_micros: draft?.dueMicros ?? null,
      draft: draft === undefined ? null : JSON.stringify(draft),
    };
    must(
      await rows.decideCase(this.parts.store, caseId, change, decision === 'dismiss' ? 'false alarm' : 'abuse'),
      caseId,
    );
    return this.case(caseId);
  }
}

/** The row, or SURVEILLANCE_NOT_FOUND. */
export function found<T>(row: T | undefined, id: string): T {
  if (row === undefined) throw new CodedError(SURVEILLANCE_ERRORS.SURVEILLANCE_NOT_FOUND, id);
  return row;
}

function must(changed: boolean, id: string): void {
  if (!changed) throw new CodedError(SURVEILLANCE_ERRORS.SURVEILLANCE_STATE, id);
}
