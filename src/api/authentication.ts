/**
 * Who is asking: a bearer token or a browser session's cookie, looked up in the store and kept for a moment. Refuses
 * unknown hosts, cookies from other sites, and those who guess. Nothing is open that does not say so.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { invariant } from '#kit/invariant.ts';
import { hashSecret } from '#store/secrets.ts';
import { findBearer, touchToken, type Bearer } from '#store/tokens.ts';
import type { AccountScope } from '#store/people.ts';
import { API_ERRORS, ApiFailure } from './errors.ts';
import { permits, type Permission } from './permissions.ts';
import type { ApiDependencies } from './ports.ts';

export const SESSION_COOKIE = 'nautilus_session';

/** Somebody who was let in. */
export interface Principal {
  readonly userId: string;
  readonly name: string;
  readonly role: string;
  readonly accounts: AccountScope;
  /** The accounts as a set; undefined for all. */
  readonly accountSet: ReadonlySet<number> | undefined;
  readonly tokenId: string;
  readonly via: 'cookie' | 'token';
  readonly expiresMicros: number | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    /** Needed permission; `authenticated` for everybody who is let in, `public` for everybody. */
    permission?: Permission | 'authenticated' | 'public';
  }
}

/** The part of a request that says who is asking. */
export type Asker = Pick<FastifyRequest, 'headers' | 'cookies' | 'ip'>;

/** How long a token that was found is not looked up again; a revocation elsewhere takes effect after this. */
const CACHE_MICROS = 1_000_000;
const CACHE_MAX = 1024;
/** Unknown tokens an address may present within a window before it has to wait. */
const GUESSES_MAX = 50;
const GUESS_WINDOW_MICROS = 10_000_000;
const GUESSERS_MAX = 10_000;
/** How seldom the last use of a token is written down. */
const TOUCH_MICROS = 60_000_000;
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export class Authenticator {
  private readonly deps: ApiDependencies;
  private readonly hosts: ReadonlySet<string>;
  private readonly cache = new Map<string, { principal: Principal; untilMicros: number }>();
  private readonly guesses = new Map<string, { count: number; untilMicros: number }>();

  constructor(deps: ApiDependencies) {
    this.deps = deps;
    this.hosts = new Set([...LOOPBACK_HOSTS, ...(deps.allowedHosts ?? [])]);
  }

  /** Forgets what was looked up: after a token, a user or a role changed. */
  forget(): void {
    this.cache.clear();
  }

  /** Lets the request in or throws; fills `request.principal`. */
  async admit(request: FastifyRequest, permission: Permission | 'authenticated' | 'public'): Promise<void> {
    this.checkHost(request);
    if (permission === 'public') return;
    const principal = await this.identify(request);
    if (principal === undefined) throw new ApiFailure(API_ERRORS.API_UNAUTHENTICATED);
    if (principal.via === 'cookie' && !SAFE_METHODS.has(request.method)) this.checkOrigin(request, true);
    request.principal = principal;
    if (permission !== 'authenticated' && !permits(principal.role, permission)) {
      throw new ApiFailure(API_ERRORS.API_FORBIDDEN, { permission });
    }
  }

  /** Whoever the request's token or cookie stands for; undefined when it has none that is valid. */
  async identify(request: Asker): Promise<Principal | undefined> {
    const header = request.headers.authorization;
    const token = header?.startsWith('Bearer ') === true ? header.slice('Bearer '.length) : undefined;
    const secret = token ?? request.cookies[SESSION_COOKIE];
    if (secret === undefined || secret === '') return undefined;
    const hash = hashSecret(secret);
    const nowMicros = this.deps.clock.nowMicros();
    const cached = this.cache.get(hash);
    if (cached !== undefined && cached.untilMicros > nowMicros) return cached.principal;
    // Who was let in before is looked up again also while somebody at the same address guesses.
    if (cached === undefined) this.checkGuesses(request.ip, nowMicros);
    const bearer = await findBearer(this.deps.store, secret);
    const wantedKind = token === undefined ? 'browser' : 'api';
    if (bearer?.token.kind !== wantedKind) {
      this.countGuess(request.ip, nowMicros);
      return undefined;
    }
    return this.remember(hash, bearer, nowMicros);
  }

  /** Refuses a request from a page of another site. Without an Origin it is a program, which `required` excludes. */
  checkOrigin(request: Pick<Asker, 'headers'>, required: boolean): void {
    const { origin, host } = request.headers;
    if (origin === undefined && !required) return;
    if (origin === undefined || URL.parse(origin)?.host !== host) {
      throw new ApiFailure(API_ERRORS.API_ORIGIN_REFUSED, { origin: origin ?? null });
    }
  }

  /** Refuses foreign host names: a page that rebinds its name to this machine would otherwise be our own site. */
  checkHost(request: Pick<Asker, 'headers'>): void {
    const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (!this.hosts.has(name)) throw new ApiFailure(API_ERRORS.API_HOST_REFUSED, { host: name });
  }

  private remember(hash: string, { token, user }: Bearer, nowMicros: number): Principal {
    const principal: Principal = {
      userId: user.userId,
      name: user.name,
      role: token.role,
      accounts: user.accounts,
      accountSet: user.accounts === 'all' ? undefined : new Set(user.accounts),
      tokenId: token.tokenId,
      via: token.kind === 'browser' ? 'cookie' : 'token',
      expiresMicros: token.expiresMicros,
    };
    const untilMicros = Math.min(nowMicros + CACHE_MICROS, token.expiresMicros ?? Number.POSITIVE_INFINITY);
    this.cache.delete(hash);
    this.cache.set(hash, { principal, untilMicros });
    dropOldest(this.cache, CACHE_MAX);
    if (nowMicros - (token.lastUsedMicros ?? 0) > TOUCH_MICROS) {
      touchToken(this.deps.store, token.tokenId).catch((error: unknown) => {
        this.deps.logger?.warn({ err: error }, 'the last use of a token could not be written down');
      });
    }
    return principal;
  }

  private checkGuesses(address: string, nowMicros: number): void {
    const known = this.guesses.get(address);
    if (known === undefined || known.untilMicros <= nowMicros || known.count < GUESSES_MAX) return;
    const retryAfterSeconds = Math.ceil((known.untilMicros - nowMicros) / 1e6);
    throw new ApiFailure(API_ERRORS.API_RATE_LIMITED, { retryAfterSeconds });
  }

  private countGuess(address: string, nowMicros: number): void {
    const known = this.guesses.get(address);
    if (known !== undefined && known.untilMicros > nowMicros) known.count += 1;
    else this.guesses.set(address, { count: 1, untilMicros: nowMicros + GUESS_WINDOW_MICROS });
    dropOldest(this.guesses, GUESSERS_MAX);
  }
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/** The one who asks, on routes that are not public. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new ApiFailure(API_ERRORS.API_UNAUTHENTICATED);
  return request.principal;
}

/** Throws unless the one who asks may use the account. */
export function requireAccount(request: FastifyRequest, account: number): void {
  const { accountSet } = principalOf(request);
  if (accountSet !== undefined && !accountSet.has(account)) {
    throw new ApiFailure(API_ERRORS.API_ACCOUNT_FORBIDDEN, { account });
  }
}

/** Every route must say who may use it; one that does not ends the start. */
export function guardRoutes(app: FastifyInstance, authenticator: Authenticator): void {
  const routes: RouteOptions[] = [];
  app.decorateRequest('principal', null);
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onReady', async () => {
    const open = routes.find((route) => route.config?.permission === undefined);
    invariant(open === undefined, 'api.route-without-permission', open?.url);
  });
  app.addHook('onRequest', async (request) => {
    // What no route answers is for everybody: the answer is 404, or the console's page.
    await authenticator.admit(request, request.routeOptions.config.permission ?? 'public');
  });
}
