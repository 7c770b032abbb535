/** `nautilus token`, `nautilus user` and `nautilus login`: who may use a platform, from the machine it runs on. */
import { resolve } from 'node:path';
import { findRunning } from '#app/running.ts';
import { CodedError } from '#kit/errors.ts';
import { createInvitation, createLoginLink, listInvitations, listUsers, type AccountScope } from '#store/people.ts';
import { createToken, listTokens, revokeToken } from '#store/tokens.ts';
import { includes, type Role } from '#api/permissions.ts';
import { CLI_ERRORS } from './errors.ts';
import { operatorName, record, userNamed, withStore } from './local-store.ts';
import { accountsText, momentText, table, type Result } from './output.ts';

const MICROS_PER_DAY = 86_400_000_000;
/** Where a platform answers that does not say where it is, because it does not run. */
const DEFAULT_URL = 'http://localhost:8000';

export interface TokenTerms {
  readonly role: Role;
  readonly name: string;
  /** Whose token it is; his role bounds it. */
  readonly user: string;
  readonly days: number;
}

/** Makes an API token; its secret is in the result and nowhere else. */
export async function makeToken(dataFolder: string, { role, name, user, days }: TokenTerms): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    const owner = await userNamed(store, user);
    if (!includes(owner.role, role)) {
      throw new CodedError(CLI_ERRORS.CLI_NOT_PERMITTED, `${user} is ${owner.role} and cannot hand out ${role}`);
    }
    const { token, secret } = await createToken(store, {
      userId: owner.userId,
      kind: 'api',
      name,
      role,
      lifetimeMicros: days * MICROS_PER_DAY,
    });
    await record(store, { act: 'token.create', target: token.tokenId, detail: { role, user } });
    return {
      json: { token, secret },
      lines: [
        secret,
        '',
        `Token ${token.tokenId} "${name}" of ${user}: ${role}, until ${momentText(token.expiresMicros)}.`,
        'It is shown this once. Send it as: Authorization: Bearer TOKEN',
      ],
    };
  });
}

export async function tokenList(dataFolder: string): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    const names = new Map((await listUsers(store)).map(({ userId, name }) => [userId, name]));
    const tokens = (await listTokens(store)).map((token) => ({ ...token, userName: names.get(token.userId) ?? '' }));
    const rows = tokens.map((token) => [
      token.tokenId,
      token.name,
      token.userName,
      token.role,
      momentText(token.lastUsedMicros),
      token.revokedMicros === null ? momentText(token.expiresMicros) : `revoked ${momentText(token.revokedMicros)}`,
    ]);
    return { json: { tokens }, lines: table(['TOKEN', 'NAME', 'USER', 'ROLE', 'LAST USED', 'UNTIL'], rows) };
  });
}

/** Ends a token; a platform that runs refuses it within a second. Throws CLI_NOT_FOUND. */
export async function endToken(dataFolder: string, tokenId: string): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    if (!(await revokeToken(store, tokenId))) {
      throw new CodedError(CLI_ERRORS.CLI_NOT_FOUND, `token ${tokenId} that is not revoked`);
    }
    await record(store, { act: 'token.revoke', target: tokenId, detail: {} });
    return { json: { revoked: tokenId }, lines: [`Token ${tokenId} is revoked.`] };
  });
}

export interface InvitationTerms {
  readonly role: Role;
  readonly name: string;
  readonly accounts: AccountScope;
}

/** Invites somebody; the link in the result works once. */
export async function inviteUser(dataFolder: string, terms: InvitationTerms): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    const { invitation, secret } = await createInvitation(store, { ...terms, createdBy: operatorName() });
    await record(store, { act: 'user.invite', target: invitation.invitationId, detail: { ...terms } });
    const url = linkOf(dataFolder, secret);
    return {
      json: { invitation, url },
      lines: [
        url,
        '',
        `Invites one person as ${terms.role}, accounts ${accountsText(terms.accounts)}, ` +
          `until ${momentText(invitation.expiresMicros)}. It is shown this once.`,
      ],
    };
  });
}

export async function userList(dataFolder: string): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    const users = await listUsers(store);
    const invitations = (await listInvitations(store)).filter(
      ({ usedMicros, expiresMicros }) => usedMicros === null && expiresMicros > store.clock.nowMicros(),
    );
    const rows = [
      ...users.map((user) => [
        user.name,
        user.role,
        accountsText(user.accounts),
        momentText(user.createdMicros),
        user.disabledMicros === null ? 'active' : `disabled ${momentText(user.disabledMicros)}`,
      ]),
      ...invitations.map((invited) => [
        invited.name,
        invited.role,
        accountsText(invited.accounts),
        momentText(invited.createdMicros),
        `invited until ${momentText(invited.expiresMicros)}`,
      ]),
    ];
    return {
      json: { users, invitations },
      lines: table(['NAME', 'ROLE', 'ACCOUNTS', 'SINCE', 'STATE'], rows),
    };
  });
}

/** Makes a link that logs a user in, once. */
export async function loginLink(dataFolder: string, user: string): Promise<Result> {
  return withStore(dataFolder, async (store) => {
    const { userId } = await userNamed(store, user);
    const url = linkOf(dataFolder, await createLoginLink(store, userId));
    await record(store, { act: 'login-link.create', target: userId, detail: { user } });
    return { json: { url, user }, lines: [url] };
  });
}

function linkOf(dataFolder: string, secret: string): string {
  return `${findRunning(resolve(dataFolder))?.url ?? DEFAULT_URL}/login#${secret}`;
}
