/**
 * Acts of the store as entries of the log: which kind each is, and what of it may be public. Never puts a name, an address
 * or a free text into an entry.
 */
import { AUDIT_KINDS } from '#kit/ports/audit.ts';
import type { AuditKind } from '#kit/ports/audit.ts';
import type { RecordedAct } from '#store/acts.ts';
import type { Json } from './canonical.ts';
import type { ActEntry } from './entry.ts';

/** Member of an act's detail by which parts of the platform name the kind themselves. */
export const KIND_MEMBER = 'auditKind';
/** To whom acts of nobody are tied: those of the command line. */
const OPERATOR = 'operator';

/** The first part of an act's name that fits decides; nothing fits: it was a call of the API. */
const KINDS_BY_ACT: readonly (readonly [prefix: string, kind: AuditKind])[] = [
  ['login', 'login'],
  ['logout', 'logout'],
  ['audit.export', 'file-access'],
  ['audit.search', 'query'],
  ['audit.', 'data-access'],
  ['token.', 'security-event'],
  ['session.', 'security-event'],
  ['user.', 'admin-action'],
  ['site.', 'configuration'],
  ['market.', 'configuration'],
  ['instrument.delist', 'deletion'],
  ['instrument.', 'configuration'],
  ['risk-limits.', 'configuration'],
  ['restriction.', 'configuration'],
  ['locate.', 'modification'],
  ['account.', 'modification'],
  ['funds.', 'modification'],
  ['orders.', 'admin-action'],
  ['kill-switch.', 'admin-action'],
  ['snapshot.', 'admin-action'],
  ['replay.', 'admin-action'],
];

function kindOfAct({ act, detail }: Pick<RecordedAct, 'act' | 'detail'>): AuditKind {
  const named = AUDIT_KINDS.find((kind) => kind === detail[KIND_MEMBER]);
  if (named !== undefined) return named;
  return KINDS_BY_ACT.find(([prefix]) => act.startsWith(prefix))?.[1] ?? 'api-call';
}

/** Whose key an act's record is encrypted under. */
export function subjectOfAct({ userId }: Pick<RecordedAct, 'userId'>): string {
  return userId === '' ? OPERATOR : userId;
}

/** Everything that is known of an act, to be encrypted. */
export function recordOfAct(act: RecordedAct): Json {
  return JSON.parse(JSON.stringify(act)) as Json;
}

export function entryOfAct(act: RecordedAct, region: string, commitment: string): ActEntry {
  const { timeMicros, auditId: id, act: name, outcome } = act;
  return { type: 'act', kind: kindOfAct(act), timeMicros, id, act: name, outcome, region, commitment };
}
