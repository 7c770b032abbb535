/**
 * The port through which any part of the platform enters something into the audit log, and the kinds that exist.
 * What is recorded is kept for ever; names, addresses and free text belong into `record`, which can be erased.
 */

/** Kinds of audit events. */
export const AUDIT_KINDS = [
  'login',
  'logout',
  'data-access',
  'modification',
  'deletion',
  'configuration',
  'security-event',
  'compliance-violation',
  'trade-execution',
  'risk-limit-breach',
  'system-error',
  'admin-action',
  'api-call',
  'file-access',
  'query',
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** Something to be recorded. */
export interface AuditEvent {
  readonly kind: AuditKind;
  /** What happened, in a few words with dots between them, e.g. `failover.takeover`. Public: never anything personal. */
  readonly act: string;
  readonly outcome: 'done' | 'requested' | 'refused' | 'failed';
  /** To whom the record is tied for erasure: a user id, or the part of the platform that acted. */
  readonly subject: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Where an event stands in the log. */
export interface AuditReceipt {
  readonly auditId: string;
}

export interface AuditSink {
  /** Resolves when the event is stored durably; it is in the log within a second. */
  record(event: AuditEvent): Promise<AuditReceipt>;
}
