/**
 * Who may use the platform: users, invitations and one-time login links.
 * Secrets are returned once, where they are made, and never read back.
 */
import type { Selectable } from 'kysely';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import type { Store } from './open.ts';
import type { StoreSchema } from './schema.ts';
import { createSecret, hashSecret, SecretPrefix } from './secrets.ts';

/** Account indexes somebody may see and use. */
export type AccountScope = 'all' | readonly number[];

export interface User {
  readonly userId: string;
  readonly name: string;
  readonly role: string;
  readonly accounts: AccountScope;
  readonly createdMicros: number;
  readonly disabledMicros: number | null;
}

export interface Invitation {
  readonly invitationId: string;
  readonly name: string;
  readonly role: string;
  readonly accounts: AccountScope;
  readonly createdMicros: number;
  readonly createdBy: string;
  readonly expiresMicros: number;
  readonly usedMicros: number | null;
}

const MICROS_PER_HOUR = 3_600_000_000;
export const INVITATION_LIFETIME_MICROS = 72 * MICROS_PER_HOUR;
const LOGIN_LINK_LIFETIME_MICROS = 24 * MICROS_PER_HOUR;
const LIST_MAX = 1000;

export interface NewUser {
  readonly name: string;
  readonly role: string;
  readonly accounts: AccountScope;
}

/** Adds a user. Refused when another user has the name. */
export async function createUser(store: Store, user: NewUser): Promise<Result<User, 'name-taken'>> {
  const row = {
    user_id: store.ids('usr'),
    name: user.name,
    role: user.role,
    accounts: JSON.stringify(user.accounts),
    created_micros: store.clock.nowMicros(),
    disabled_micros: null,
  };
  const inserted = await store.db
    .insertInto('users')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst();
  return Number(inserted.numInsertedOrUpdatedRows ?? 0) === 1 ? ok(toUser(row)) : err('name-taken');
}

/** Every user, the oldest first. */
export async function listUsers(store: Store): Promise<User[]> {
  const rows = await store.db.selectFrom('users').selectAll().orderBy('created_micros').limit(LIST_MAX).execute();
  return rows.map(toUser);
}

export async function findUser(store: Store, userId: string): Promise<User | undefined> {
  const row = await store.db.selectFrom('users').selectAll().where('user_id', '=', userId).executeTakeFirst();
  return row && toUser(row);
}

export async function findUserByName(store: Store, name: string): Promise<User | undefined> {
  const row = await store.db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
  return row && toUser(row);
}

/** Disables a user, and with it every token of his, or enables him again. */
export async function setUserDisabled(store: Store, userId: string, disabled: boolean): Promise<User | undefined> {
  await store.db
    .updateTable('users')
    .set({ disabled_micros: disabled ? store.clock.nowMicros() : null })
    .where('user_id', '=', userId)
    .execute();
  return findUser(store, userId);
}

/** Makes a link that logs this user in once, within a day. */
export async function createLoginLink(store: Store, userId: string): Promise<string> {
  const secret = createSecret(SecretPrefix.link, store.fillRandom);
  const nowMicros = store.clock.nowMicros();
  await store.db
    .insertInto('login_links')
    .values({
      secret_sha256: hashSecret(secret),
      user_id: userId,
      created_micros: nowMicros,
      expires_micros: nowMicros + LOGIN_LINK_LIFETIME_MICROS,
      used_micros: null,
    })
    .execute();
  return secret;
}

/** Uses up a login link. Undefined when it does not exist, was used, has expired, or its user is disabled. */
export async function consumeLoginLink(store: Store, secret: string): Promise<User | undefined> {
  const nowMicros = store.clock.nowMicros();
  const hash = hashSecret(secret);
  const updated = await store.db
    .updateTable('login_links')
    .set({ used_micros: nowMicros })
    .where('secret_sha256', '=', hash)
    .where('used_micros', 'is', null)
    .where('expires_micros', '>', nowMicros)
    .executeTakeFirst();
  if (Number(updated.numUpdatedRows) !== 1) return undefined;
  const row = await store.db
    .selectFrom('login_links')
    .innerJoin('users', 'users.user_id', 'login_links.user_id')
    .selectAll('users')
    .where('login_links.secret_sha256', '=', hash)
    .where('users.disabled_micros', 'is', null)
    .executeTakeFirst();
  return row && toUser(row);
}

/** Invites somebody; `secret` is shown once. */
export async function createInvitation(
  store: Store,
  invited: NewUser & { readonly createdBy: string },
): Promise<{ invitation: Invitation; secret: string }> {
  const secret = createSecret(SecretPrefix.invitation, store.fillRandom);
  const nowMicros = store.clock.nowMicros();
  const row = {
    invitation_id: store.ids('inv'),
    secret_sha256: hashSecret(secret),
    name: invited.name,
    role: invited.role,
    accounts: JSON.stringify(invited.accounts),
    created_micros: nowMicros,
    created_by: invited.createdBy,
    expires_micros: nowMicros + INVITATION_LIFETIME_MICROS,
    used_micros: null,
    used_by: null,
    revoked_micros: null,
  };
  await store.db.insertInto('invitations').values(row).execute();
  return { invitation: toInvitation(row), secret };
}

/** Invitations that were not revoked, newest first. */
export async function listInvitations(store: Store): Promise<Invitation[]> {
  const rows = await store.db
    .selectFrom('invitations')
    .selectAll()
    .where('revoked_micros', 'is', null)
    .orderBy('created_micros', 'desc')
    .limit(LIST_MAX)
    .execute();
  return rows.map(toInvitation);
}

/** Takes back an invitation that was not used yet; false when there is none such. */
export async function revokeInvitation(store: Store, invitationId: string): Promise<boolean> {
  const updated = await store.db
    .updateTable('invitations')
    .set({ revoked_micros: store.clock.nowMicros() })
    .where('invitation_id', '=', invitationId)
    .where('used_micros', 'is', null)
    .where('revoked_micros', 'is', null)
    .executeTakeFirst();
  return Number(updated.numUpdatedRows) === 1;
}

/**
 * Uses up an invitation and makes the user it invites, in one transaction. Refused when the invitation is not valid (any more) or
 * another user has the name: the invitation then stays open.
 */
export async function acceptInvitation(
  store: Store,
  secret: string,
  name: string,
): Promise<Result<User, 'invalid' | 'name-taken'>> {
  return store.db.transaction().execute(async (db) => {
    const nowMicros = store.clock.nowMicros();
    const row = await db
      .selectFrom('invitations')
      .selectAll()
      .where('secret_sha256', '=', hashSecret(secret))
      .where('used_micros', 'is', null)
      .where('revoked_micros', 'is', null)
      .where('expires_micros', '>', nowMicros)
      .executeTakeFirst();
    if (row === undefined) return err('invalid');
    const taken = await db.selectFrom('users').select('user_id').where('name', '=', name).executeTakeFirst();
    if (taken !== undefined) return err('name-taken');
    const user = {
      user_id: store.ids('usr'),
      name,
      role: row.role,
      accounts: row.accounts,
      created_micros: nowMicros,
      disabled_micros: null,
    };
    const used = await db
      .updateTable('invitations')
      .set({ used_micros: nowMicros, used_by: user.user_id })
      .where('invitation_id', '=', row.invitation_id)
      .where('used_micros', 'is', null)
      .executeTakeFirst();
    if (Number(used.numUpdatedRows) !== 1) return err('invalid');
    await db.insertInto('users').values(user).execute();
    return ok(toUser(user));
  });
}

/** Reads the JSON text of an accounts column. */
export function parseAccounts(text: string): AccountScope {
  return JSON.parse(text) as AccountScope;
}

export function toUser(row: Selectable<StoreSchema['users']>): User {
  return {
    userId: row.user_id,
    name: row.name,
    role: row.role,
    accounts: parseAccounts(row.accounts),
    createdMicros: row.created_micros,
    disabledMicros: row.disabled_micros,
  };
}

function toInvitation(row: Selectable<StoreSchema['invitations']>): Invitation {
  return {
    invitationId: row.invitation_id,
    name: row.name,
    role: row.role,
    accounts: parseAccounts(row.accounts),
    createdMicros: row.created_micros,
    createdBy: row.created_by,
    expiresMicros: row.expires_micros,
    usedMicros: row.used_micros,
  };
}
