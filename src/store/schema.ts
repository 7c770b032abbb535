/**
 * The tables as types. One schema for SQLite and PostgreSQL: text, 64-bit integers (exact below 2^53), no booleans.
 * Times are microseconds since the epoch; lists and objects are JSON text. Secrets are kept as SHA-256 only.
 */
import type { ForecastModelsTable, LoadBinsTable, TrainingJobsTable } from './forecast-tables.ts';
import type { AuditEntriesTable, AuditPayloadsTable, AuditSubjectsTable } from './audit-tables.ts';
import type { FailoversTable } from './failover-tables.ts';
import type { RegistryEntriesTable } from './registry-table.ts';
import type { ReportsTable } from './report-tables.ts';
import type {
  SurveillanceAlertsTable,
  SurveillanceBackTestsTable,
  SurveillanceCasesTable,
  SurveillanceSettingsTable,
} from './surveillance-tables.ts';

interface UsersTable {
  user_id: string;
  name: string;
  role: string;
  /** JSON: "all" or a list of account indexes. */
  accounts: string;
  created_micros: number;
  disabled_micros: number | null;
}

interface InvitationsTable {
  invitation_id: string;
  secret_sha256: string;
  name: string;
  role: string;
  accounts: string;
  created_micros: number;
  created_by: string;
  expires_micros: number;
  used_micros: number | null;
  used_by: string | null;
  revoked_micros: number | null;
}

interface TokensTable {
  token_id: string;
  secret_sha256: string;
  user_id: string;
  /** api: sent as a bearer token; browser: sent as a cookie. */
  kind: 'api' | 'browser';
  name: string;
  role: string;
  created_micros: number;
  expires_micros: number | null;
  last_used_micros: number | null;
  revoked_micros: number | null;
}

interface LoginLinksTable {
  secret_sha256: string;
  user_id: string;
  created_micros: number;
  expires_micros: number;
  used_micros: number | null;
}

interface OrderEntrySessionsTable {
  session: number;
  name: string;
  participant: number;
  accounts: string;
  role: 'trader' | 'administrator';
  /** Base64 of the raw 32 bytes. */
  public_key: string;
  ack_level: number;
  cancel_on_disconnect: number;
  grace_ms: number;
  orders_per_second: number;
  created_micros: number;
  created_by: string;
  revoked_micros: number | null;
}

interface ApiAuditTable {
  audit_id: string;
  time_micros: number;
  user_id: string;
  user_name: string;
  act: string;
  target: string;
  outcome: 'done' | 'requested' | 'refused' | 'failed';
  detail: string;
  request_id: string;
  address: string;
}

interface ApprovalsTable {
  approval_id: string;
  action: string;
  summary: string;
  payload: string;
  state: 'pending' | 'confirmed' | 'refused' | 'withdrawn' | 'expired' | 'failed';
  requested_by: string;
  requested_by_name: string;
  requested_micros: number;
  expires_micros: number;
  decided_by: string | null;
  decided_by_name: string | null;
  decided_micros: number | null;
  outcome: string | null;
}

interface SettingsTable {
  name: string;
  value: string;
  updated_micros: number;
  updated_by: string;
}

interface SchemaMigrationsTable {
  id: string;
  applied_micros: number;
}

/** Every table by its name. */
export interface StoreSchema {
  users: UsersTable;
  invitations: InvitationsTable;
  tokens: TokensTable;
  login_links: LoginLinksTable;
  order_entry_sessions: OrderEntrySessionsTable;
  api_audit: ApiAuditTable;
  approvals: ApprovalsTable;
  settings: SettingsTable;
  audit_entries: AuditEntriesTable;
  audit_subjects: AuditSubjectsTable;
  audit_payloads: AuditPayloadsTable;
  failovers: FailoversTable;
  registry_entries: RegistryEntriesTable;
  surveillance_alerts: SurveillanceAlertsTable;
  surveillance_cases: SurveillanceCasesTable;
  surveillance_settings: SurveillanceSettingsTable;
  surveillance_back_tests: SurveillanceBackTestsTable;
  load_bins: LoadBinsTable;
  forecast_models: ForecastModelsTable;
  training_jobs: TrainingJobsTable;
  reports: ReportsTable;
  schema_migrations: SchemaMigrationsTable;
}
