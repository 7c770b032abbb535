/**
 * The record of privileged acts, and the requests that wait for a second person. Rows of the record are only ever
 * added; a request is decided once, by whoever comes first.
 */
import type { Selectable } from 'kysely';
import type { Store } from './open.ts';
import type { StoreSchema } from './schema.ts';

export interface Act {
  readonly userId: string;
  readonly userName: string;
  /** What was done, e.g. `kill-switch.engage`. */
  readonly act: string;
  /** To what, e.g. `account 3`. */
  readonly target: string;
  readonly outcome: 'done' | 'requested' | 'refused' | 'failed';
  readonly detail: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  /** Network address of the client. */
  readonly address: string;
}

export interface RecordedAct extends Act {
  readonly auditId: string;
  readonly timeMicros: number;
}

/** Adds to the record; returns the row's id. Never holds secrets: callers pass what may be read for ever. */
export async function recordAct(store: Store, act: Act): Promise<RecordedAct> {
  const row = {
    audit_id: store.ids('act'),
    time_micros: store.clock.nowMicros(),
    user_id: act.userId,
    user_name: act.userName,
    act: act.act,
    target: act.target,
    outcome: act.outcome,
    detail: JSON.stringify(act.detail),
    request_id: act.requestId,
    address: act.address,
  };
  await store.db.insertInto('api_audit').values(row).execute();
  return toAct(row);
}

/** A page of the record, newest first, older than the id `before`. */
export async function listActs(store: Store, limit: number, before?: string): Promise<RecordedAct[]> {
  let query = store.db.selectFrom('api_audit').selectAll();
  if (before !== undefined) query = query.where('audit_id', '<', before);
  const rows = await query.orderBy('audit_id', 'desc').limit(limit).execute();
  return rows.map(toAct);
}

/** The newest act of that name upon that target which was carried out. */
export async function latestAct(store: Store, act: string, target: string): Promise<RecordedAct | undefined> {
  const row = await store.db
    .selectFrom('api_audit')
    .selectAll()
    .where('target', '=', target)
    .where('act', '=', act)
    .where('outcome', '=', 'done')
    .orderBy('time_micros', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toAct(row);
}

export type ApprovalState = StoreSchema['approvals']['state'];

export interface Approval {
  readonly approvalId: string;
  readonly action: string;
  /** What will happen when it is confirmed, in one sentence. */
  readonly summary: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly state: ApprovalState;
  readonly requestedBy: string;
  readonly requestedByName: string;
  readonly requestedMicros: number;
  readonly expiresMicros: number;
  readonly decidedBy: string | null;
  readonly decidedByName: string | null;
  readonly decidedMicros: number | null;
  readonly outcome: string | null;
}

/** How long a request waits for its second person. */
export const APPROVAL_LIFETIME_MICROS = 24 * 3_600_000_000;
const APPROVALS_LISTED_MAX = 500;

export async function requestApproval(
  store: Store,
  request: Pick<Approval, 'action' | 'summary' | 'payload' | 'requestedBy' | 'requestedByName'>,
): Promise<Approval> {
  const nowMicros = store.clock.nowMicros();
  const row = {
    approval_id: store.ids('apr'),
    action: request.action,
    summary: request.summary,
    payload: JSON.stringify(request.payload),
    state: 'pending' as const,
    requested_by: request.requestedBy,
    requested_by_name: request.requestedByName,
    requested_micros: nowMicros,
    expires_micros: nowMicros + APPROVAL_LIFETIME_MICROS,
    decided_by: null,
    decided_by_name: null,
    decided_micros: null,
    outcome: null,
  };
  await store.db.insertInto('approvals').values(row).execute();
  return toApproval(row, nowMicros);
}

export async function findApproval(store: Store, approvalId: string): Promise<Approval | undefined> {
  const row = await store.db
    .selectFrom('approvals')
    .selectAll()
    .where('approval_id', '=', approvalId)
    .executeTakeFirst();
  return row && toApproval(row, store.clock.nowMicros());
}

/** Newest first; `pending` are those that still can be decided. */
export async function listApprovals(store: Store, which: 'pending' | 'all'): Promise<Approval[]> {
  const nowMicros = store.clock.nowMicros();
  let query = store.db.selectFrom('approvals').selectAll();
  if (which === 'pending') query = query.where('state', '=', 'pending').where('expires_micros', '>', nowMicros);
  const rows = await query.orderBy('approval_id', 'desc').limit(APPROVALS_LISTED_MAX).execute();
  return rows.map((row) => toApproval(row, nowMicros));
}

/**
 * Decides a pending request. False when somebody else was faster or its time is over: then nothing may be carried out.
 */
export async function decideApproval(
  store: Store,
  approvalId: string,
  state: 'confirmed' | 'refused' | 'withdrawn',
  by: { readonly userId: string; readonly userName: string },
): Promise<boolean> {
  const nowMicros = store.clock.nowMicros();
  const updated = await store.db
    .updateTable('approvals')
    .set({ state, decided_by: by.userId, decided_by_name: by.userName, decided_micros: nowMicros })
    .where('approval_id', '=', approvalId)
    .where('state', '=', 'pending')
    .where('expires_micros', '>', nowMicros)
    .executeTakeFirst();
  return Number(updated.numUpdatedRows) === 1;
}

/** Notes what came of a decided request; `failed` where it was confirmed and could not be carried out. */
export async function concludeApproval(
  store: Store,
  approvalId: string,
  conclusion: { readonly failed: boolean; readonly outcome: string },
): Promise<void> {
  await store.db
    .updateTable('approvals')
    .set(conclusion.failed ? { state: 'failed', outcome: conclusion.outcome } : { outcome: conclusion.outcome })
    .where('approval_id', '=', approvalId)
    .execute();
}

/** A row of the record as an act. */
export function toAct(row: Selectable<StoreSchema['api_audit']>): RecordedAct {
  return {
    auditId: row.audit_id,
    timeMicros: row.time_micros,
    userId: row.user_id,
    userName: row.user_name,
    act: row.act,
    target: row.target,
    outcome: row.outcome,
    detail: JSON.parse(row.detail) as Record<string, unknown>,
    requestId: row.request_id,
    address: row.address,
  };
}

function toApproval(row: Selectable<StoreSchema['approvals']>, nowMicros: number): Approval {
  const overdue = row.state === 'pending' && row.expires_micros <= nowMicros;
  return {
    approvalId: row.approval_id,
    action: row.action,
    summary: row.summary,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    state: overdue ? 'expired' : row.state,
    requestedBy: row.requested_by,
    requestedByName: row.requested_by_name,
    requestedMicros: row.requested_micros,
    expiresMicros: row.expires_micros,
    decidedBy: row.decided_by,
    decidedByName: row.decided_by_name,
    decidedMicros: row.decided_micros,
    outcome: row.outcome,
  };
}
