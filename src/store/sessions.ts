/**
 * The directory of order-entry sessions: rows that nodes read at login and the platform process writes.
 * Ids are never given twice; a session is revoked, never deleted. Keeps public keys only.
 */
import type { Selectable } from 'kysely';
import { CodedError } from '#kit/errors.ts';
import { invariant } from '#kit/invariant.ts';
import type { AckLevel } from '#kit/ports/journal.ts';
import { SESSION_ID_MAX, type SessionDirectory, type SessionRecord, type SessionRole } from '#kit/ports/sessions.ts';
import { STORE_ERRORS } from './errors.ts';
import type { Store } from './open.ts';
import { parseAccounts, type AccountScope } from './people.ts';
import type { StoreSchema } from './schema.ts';

/** A session as people see it: what the node needs, and who made it when. */
export interface RegisteredSession extends SessionRecord {
  readonly name: string;
  readonly createdMicros: number;
  readonly createdBy: string;
  readonly revokedMicros: number | null;
}

export interface NewSession {
  /** Unique for ever. */
  readonly name: string;
  /** -1 for a session of the platform itself. */
  readonly participant: number;
  readonly accounts: AccountScope;
  readonly role: SessionRole;
  /** Raw Ed25519 public key. */
  readonly publicKey: Uint8Array;
  readonly ackLevel: AckLevel;
  readonly cancelOnDisconnect: boolean;
  readonly graceMs: number;
  /** 0 for no limit. */
  readonly ordersPerSecond: number;
  readonly createdBy: string;
}

const PUBLIC_KEY_BYTES = 32;
/** How often a writer that lost the race for the next id tries again. */
const ID_ATTEMPTS_MAX = 5;

/** The directory that a node reads. */
export function sessionDirectory(store: Store): SessionDirectory {
  return {
    find: async (session) => findSession(store, session),
    list: async () => listSessions(store),
  };
}

/** Registers a session under the next free id; undefined when the name is taken. */
export async function createSession(store: Store, session: NewSession): Promise<RegisteredSession | undefined> {
  for (let attempt = 1; attempt <= ID_ATTEMPTS_MAX; attempt++) {
    if ((await findSessionByName(store, session.name)) !== undefined) return undefined;
    const row = await nextRow(store, session);
    const inserted = await store.db
      .insertInto('order_entry_sessions')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (Number(inserted.numInsertedOrUpdatedRows ?? 0) === 1) return toSession(row);
  }
  throw new CodedError(STORE_ERRORS.STORE_SESSIONS_EXHAUSTED, `no free id after ${ID_ATTEMPTS_MAX} attempts`);
}

/**
 * The session of that name with these terms: made when there is none, else brought to them (a new key included).
 * For the platform's own sessions, whose keys lie in its data folder.
 */
export async function ensureSession(store: Store, session: NewSession): Promise<RegisteredSession> {
  const created = await createSession(store, session);
  if (created !== undefined) return created;
  const { name, created_by: _by, created_micros: _at, session: _id, ...terms } = toRow(store, session, 1);
  await store.db.updateTable('order_entry_sessions').set(terms).where('name', '=', name).execute();
  const found = await findSessionByName(store, name);
  invariant(found !== undefined, 'store.session-vanished', name);
  return found;
}

export async function findSession(store: Store, session: number): Promise<RegisteredSession | undefined> {
  const row = await store.db
    .selectFrom('order_entry_sessions')
    .selectAll()
    .where('session', '=', session)
    .executeTakeFirst();
  return row && toSession(row);
}

/** Every session, in order of id. */
export async function listSessions(store: Store): Promise<RegisteredSession[]> {
  const rows = await store.db.selectFrom('order_entry_sessions').selectAll().orderBy('session').execute();
  return rows.map(toSession);
}

/** Revokes a session: it is refused at the next login. Undefined when there is none such. */
export async function revokeSession(store: Store, session: number): Promise<RegisteredSession | undefined> {
  await store.db
    .updateTable('order_entry_sessions')
    .set({ revoked_micros: store.clock.nowMicros() })
    .where('session', '=', session)
    .where('revoked_micros', 'is', null)
    .execute();
  return findSession(store, session);
}

async function findSessionByName(store: Store, name: string): Promise<RegisteredSession | undefined> {
  const row = await store.db.selectFrom('order_entry_sessions').selectAll().where('name', '=', name).executeTakeFirst();
  return row && toSession(row);
}

async function nextRow(store: Store, session: NewSession): Promise<Selectable<StoreSchema['order_entry_sessions']>> {
  const { last } = await store.db
    .selectFrom('order_entry_sessions')
    .select((select) => select.fn.max('session').as('last'))
    .executeTakeFirstOrThrow();
  const next = (last ?? 0) + 1;
  if (next > SESSION_ID_MAX) throw new CodedError(STORE_ERRORS.STORE_SESSIONS_EXHAUSTED);
  return toRow(store, session, next);
}

function toRow(store: Store, session: NewSession, id: number): Selectable<StoreSchema['order_entry_sessions']> {
  invariant(session.publicKey.length === PUBLIC_KEY_BYTES, 'store.session-key', session.publicKey.length);
  return {
    session: id,
    name: session.name,
    participant: session.participant,
    accounts: JSON.stringify(session.accounts),
    role: session.role,
    public_key: Buffer.from(session.publicKey).toString('base64'),
    ack_level: session.ackLevel,
    cancel_on_disconnect: session.cancelOnDisconnect ? 1 : 0,
    grace_ms: session.graceMs,
    orders_per_second: session.ordersPerSecond,
    created_micros: store.clock.nowMicros(),
    created_by: session.createdBy,
    revoked_micros: null,
  };
}

function toSession(row: Selectable<StoreSchema['order_entry_sessions']>): RegisteredSession {
  return {
    session: row.session,
    name: row.name,
    participant: row.participant,
    accounts: parseAccounts(row.accounts),
    role: row.role,
    publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64')),
    ackLevel: row.ack_level as AckLevel,
    cancelOnDisconnect: row.cancel_on_disconnect === 1,
    graceMs: row.grace_ms,
    ordersPerSecond: row.orders_per_second,
    enabled: row.revoked_micros === null,
    createdMicros: row.created_micros,
    createdBy: row.created_by,
    revokedMicros: row.revoked_micros,
  };
}
