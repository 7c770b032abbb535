/**
 * API tokens and browser sessions: who is behind a secret, and until when. The secret itself is never stored.
 */
import type { Selectable } from 'kysely';
import type { Store } from './open.ts';
import { toUser, type User } from './people.ts';
import type { StoreSchema } from './schema.ts';
import { createSecret, hashSecret, SecretPrefix } from './secrets.ts';

export interface Token {
  readonly tokenId: string;
  readonly userId: string;
  readonly kind: 'api' | 'browser';
  readonly name: string;
  readonly role: string;
  readonly createdMicros: number;
  readonly expiresMicros: number | null;
  readonly lastUsedMicros: number | null;
  readonly revokedMicros: number | null;
}

/** Somebody who was let in. */
export interface Bearer {
  readonly token: Token;
  readonly user: User;
}

const LIST_MAX = 1000;

export interface NewToken {
  readonly userId: string;
  readonly kind: 'api' | 'browser';
  readonly name: string;
  readonly role: string;
  /** Microseconds from now; null never expires. */
  readonly lifetimeMicros: number | null;
}

/** Makes a token; `secret` is shown once. */
export async function createToken(store: Store, token: NewToken): Promise<{ token: Token; secret: string }> {
  const prefix = token.kind === 'api' ? SecretPrefix.token : SecretPrefix.browser;
  const secret = createSecret(prefix, store.fillRandom);
  const nowMicros = store.clock.nowMicros();
  const row = {
    token_id: store.ids('tok'),
    secret_sha256: hashSecret(secret),
    user_id: token.userId,
    kind: token.kind,
    name: token.name,
    role: token.role,
    created_micros: nowMicros,
    expires_micros: token.lifetimeMicros === null ? null : nowMicros + token.lifetimeMicros,
    last_used_micros: null,
    revoked_micros: null,
  };
  await store.db.insertInto('tokens').values(row).execute();
  return { token: toToken(row), secret };
}

/** Who a secret belongs to; undefined when it is unknown, revoked, expired, or its user is disabled. */
export async function findBearer(store: Store, secret: string): Promise<Bearer | undefined> {
  const nowMicros = store.clock.nowMicros();
  const row = await store.db
    .selectFrom('tokens')
    .selectAll()
    .where('secret_sha256', '=', hashSecret(secret))
    .where('revoked_micros', 'is', null)
    .where((where) => where.or([where('expires_micros', 'is', null), where('expires_micros', '>', nowMicros)]))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const user = await store.db
    .selectFrom('users')
    .selectAll()
    .where('user_id', '=', row.user_id)
    .where('disabled_micros', 'is', null)
    .executeTakeFirst();
  return user && { token: toToken(row), user: toUser(user) };
}

/** Notes that a token was used now. */
export async function touchToken(store: Store, tokenId: string): Promise<void> {
  const nowMicros = store.clock.nowMicros();
  await store.db.updateTable('tokens').set({ last_used_micros: nowMicros }).where('token_id', '=', tokenId).execute();
}

/** API tokens, newest first: those of one user, or everybody's. */
export async function listTokens(store: Store, userId?: string): Promise<Token[]> {
  let query = store.db.selectFrom('tokens').selectAll().where('kind', '=', 'api');
  if (userId !== undefined) query = query.where('user_id', '=', userId);
  const rows = await query.orderBy('created_micros', 'desc').limit(LIST_MAX).execute();
  return rows.map(toToken);
}

export async function findToken(store: Store, tokenId: string): Promise<Token | undefined> {
  const row = await store.db.selectFrom('tokens').selectAll().where('token_id', '=', tokenId).executeTakeFirst();
  return row && toToken(row);
}

/** Ends a token; false when it had ended before. */
export async function revokeToken(store: Store, tokenId: string): Promise<boolean> {
  const updated = await store.db
    .updateTable('tokens')
    .set({ revoked_micros: store.clock.nowMicros() })
    .where('token_id', '=', tokenId)
    .where('revoked_micros', 'is', null)
    .executeTakeFirst();
  return Number(updated.numUpdatedRows) === 1;
}

function toToken(row: Selectable<StoreSchema['tokens']>): Token {
  return {
    tokenId: row.token_id,
    userId: row.user_id,
    kind: row.kind,
    name: row.name,
    role: row.role,
    createdMicros: row.created_micros,
    expiresMicros: row.expires_micros,
    lastUsedMicros: row.last_used_micros,
    revokedMicros: row.revoked_micros,
  };
}
