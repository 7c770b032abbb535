/**
 * The API of a platform that runs, as commands ask it: of the one on this machine, with a token of a minute that the data
 * folder's owner makes for himself, or of another one with a token that is given. Reads, unless a role is asked for.
 */
import { resolve } from 'node:path';
import { findRunning } from '#app/running.ts';
import { CodedError } from '#kit/errors.ts';
import { listUsers } from '#store/people.ts';
import { createToken, revokeToken } from '#store/tokens.ts';
import { CLI_ERRORS } from './errors.ts';
import { withStore } from './local-store.ts';

export interface PlatformAddress {
  readonly dataFolder: string;
  /** Another platform than that of the folder, with the token to show it. */
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

/** Gives the answer to GET `path` under /api/v1, or to POST where there is a body. */
export type Ask = <Answer>(path: string, body?: object) => Promise<Answer>;

const TOKEN_LIFETIME_MICROS = 60_000_000;
const ANSWER_TIMEOUT_MS = 10_000;
const UNAUTHENTICATED = 401;
const FORBIDDEN = 403;
const NOT_FOUND = 404;

/**
 * Lets `work` ask the platform. Throws CLI_NOT_RUNNING, CLI_UNREACHABLE, CLI_NOT_PERMITTED, CLI_NOT_FOUND, CLI_REFUSED,
 * CLI_USAGE for an address without a token.
 */
export async function withApi<T>(
  address: PlatformAddress,
  work: (ask: Ask, url: string) => Promise<T>,
  role: 'auditor' | 'operator' | 'compliance' = 'auditor',
): Promise<T> {
  const { dataFolder, url, token } = address;
  if (url !== undefined) {
    if (token === undefined) throw new CodedError(CLI_ERRORS.CLI_USAGE, '--url needs --token (or NAUTILUS_TOKEN)');
    return work(asker(url, token), url);
  }
  const running = findRunning(resolve(dataFolder));
  const own = running?.url ?? undefined;
  if (own === undefined) throw new CodedError(CLI_ERRORS.CLI_NOT_RUNNING, resolve(dataFolder));
  return withStore(dataFolder, async (store) => {
    const admin = (await listUsers(store)).find(
      ({ role, disabledMicros }) => role === 'admin' && disabledMicros === null,
    );
    if (admin === undefined) throw new CodedError(CLI_ERRORS.CLI_NOT_FOUND, 'an administrator to ask for');
    const made = await createToken(store, {
      userId: admin.userId,
      kind: 'api',
      name: 'command line',
      role,
      lifetimeMicros: TOKEN_LIFETIME_MICROS,
    });
    try {
      return await work(asker(own, made.secret), own);
    } finally {
      await revokeToken(store, made.token.tokenId);
    }
  });
}

function asker(url: string, token: string): Ask {
  return async <Answer>(path: string, body?: object) => {
    const response = await request(`${url.replace(/\/$/, '')}/api/v1${path}`, token, body);
    const answer = (await response.json().catch(() => undefined)) as { error?: ApiError } | undefined;
    if (response.ok && answer !== undefined) return answer as Answer;
    throw refusal(response.status, answer?.error);
  };
}

interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

async function request(address: string, token: string, body: object | undefined): Promise<Response> {
  const authorization = `Bearer ${token}`;
  const sent = {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  try {
    return await fetch(address, {
      ...(body === undefined ? { headers: { authorization } } : sent),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    const why = cause instanceof Error ? cause.message : String(error);
    throw new CodedError(CLI_ERRORS.CLI_UNREACHABLE, `${address}: ${why}`, { cause: error });
  }
}

function refusal(status: number, error: ApiError | undefined): CodedError {
  const detail = error?.detail === undefined ? '' : ` ${JSON.stringify(error.detail)}`;
  const text = error === undefined ? `status ${status}` : `${error.code}: ${error.message}${detail}`;
  if (status === NOT_FOUND) return new CodedError(CLI_ERRORS.CLI_NOT_FOUND, text);
  const isBarred = status === UNAUTHENTICATED || status === FORBIDDEN;
  return new CodedError(isBarred ? CLI_ERRORS.CLI_NOT_PERMITTED : CLI_ERRORS.CLI_REFUSED, text);
}
