/** Who gets in and what they may do: tokens, cookies, origins, hosts, roles, rate limits, and what is never shown. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLE_NAMES, permits, permissionsOf, type Permission } from '#api/permissions.ts';
import { createLoginLink, setUserDisabled } from '#store/people.ts';
import { startTestApi, trading, type TestApi, type TestUser } from './api-harness.ts';

let api: TestApi;
let admin: TestUser;
const lines: string[] = [];

beforeAll(async () => {
  const write = (line: string): void => void lines.push(line);
  const { pino } = await import('pino');
  api = await startTestApi({}, { logger: pino({ level: 'debug' }, { write }) });
  admin = await api.user('ada', 'admin');
});
afterAll(async () => api.stop());

const HOST = 'localhost:8000';
const inject = async (method: 'GET' | 'POST' | 'DELETE', url: string, headers: object = {}, payload?: object) =>
  api.app.inject({ method, url, headers: { host: HOST, ...headers }, ...(payload && { payload }) });

async function logIn(): Promise<string> {
  const link = await createLoginLink(api.store, admin.user.userId);
  const response = await inject('POST', '/api/v1/session', { origin: `http://${HOST}` }, { link });
  expect(response.statusCode).toBe(200);
  const [cookie] = [response.headers['set-cookie'] ?? ''].flat();
  expect(cookie).toMatch(/^nautilus_session=nbs_[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
  return cookie.split(';')[0];
}

describe('every route', () => {
  it('is closed to who has no token, except the few that say so', async () => {
    const { paths } = (await inject('GET', '/api/v1/openapi.json')).json<{ paths: Record<string, object> }>();
    const open: string[] = [];
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const url = path.replaceAll(/\{\w+\}/g, '1');
        const response = await api.app.inject({ method: method.toUpperCase() as 'GET', url, headers: { host: HOST } });
        if (response.statusCode === 401) {
          expect(response.json()).toMatchObject({ error: { code: 'API_UNAUTHENTICATED' } });
          expect(response.headers['www-authenticate']).toBe('Bearer');
        } else {
          open.push(`${method} ${path}`);
        }
      }
    }
    expect(open.toSorted((a, b) => a.localeCompare(b))).toEqual(
      ['get /health', 'get /metrics', 'get /ready', 'post /api/v1/session'].toSorted((a, b) => a.localeCompare(b)),
    );
  });

  it('that needs a permission refuses each role that lacks it, and names it', async () => {
    const wanted: [string, Permission][] = [
      ['/users', 'users.read'],
      ['/audit', 'audit.read'],
      ['/approvals', 'approvals.read'],
      ['/trading/sessions', 'sessions.read'],
      ['/trading/orders', 'orders.read'],
      ['/trading/risk/limits', 'risk.read'],
      ['/compliance/reports/generate', 'reports.read'],
    ];
    for (const role of ROLE_NAMES) {
      const user = await api.user(`role-${role}`, role);
      for (const [url, permission] of wanted) {
        const { status, body } = await user.get(`/api/v1${url}`);
        if (permits(role, permission)) expect(status).toBe(200);
        else expect(body.error).toMatchObject({ code: 'API_FORBIDDEN', detail: { permission } });
      }
    }
  });

  it('carries a request id and the security headers', async () => {
    const response = await inject('GET', '/health');
    expect(response.headers['x-request-id']).toMatch(/^req_/);
    expect(response.headers['content-security-policy']).toContain("default-src 'self'");
    expect(response.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(response.headers['x-content-type-options']).toBe('nosniff');
  });

  it('answers an unknown address, a wrong method and a broken body in the one error shape', async () => {
    const missing = await inject('GET', '/api/v1/nothing');
    expect(missing.json()).toMatchObject({ error: { code: 'API_NOT_FOUND', detail: { what: 'GET /api/v1/nothing' } } });
    const auth = { authorization: `Bearer ${admin.secret}` };
    const broken = await api.app.inject({
      method: 'POST',
      url: trading('/orders'),
      headers: { host: HOST, 'content-type': 'application/json', ...auth },
      payload: '{"account":',
    });
    expect(broken.statusCode).toBe(400);
    expect(broken.json()).toMatchObject({ error: { code: 'API_INVALID_REQUEST' } });
    const large = await inject('POST', trading('/orders'), auth, { symbol: 'x'.repeat(70_000) });
    expect(large.json()).toMatchObject({ error: { code: 'API_TOO_LARGE' } });
  });
});

describe('a token', () => {
  it('is shown once, works, and works no more once it is revoked', async () => {
    const made = await admin.post('/api/v1/tokens', { name: 'notebook', role: 'auditor', expiresInDays: 1 });
    expect(made.status).toBe(201);
    const { secret, token } = made.body;
    const use = async () => inject('GET', '/api/v1/whoami', { authorization: `Bearer ${secret}` });
    expect((await use()).json()).toMatchObject({ role: 'auditor', name: 'ada', via: 'token' });
    const { body: list } = await admin.get('/api/v1/tokens');
    expect(JSON.stringify(list)).not.toContain(secret);
    expect((await admin.delete(`/api/v1/tokens/${token.tokenId}`)).status).toBe(204);
    expect((await use()).statusCode).toBe(401);
  });

  it('never has more rights than the one who made it', async () => {
    const trader = await api.user('tess', 'trader');
    const refused = await trader.post('/api/v1/tokens', { name: 'more', role: 'admin' });
    expect(refused.body.error.code).toBe('API_FORBIDDEN');
    expect((await trader.post('/api/v1/tokens', { name: 'same' })).body.token.role).toBe('trader');
  });

  it('of a browser session is no bearer token, and the other way round', async () => {
    const cookie = await logIn();
    const secret = cookie.split('=')[1];
    expect((await inject('GET', '/api/v1/whoami', { authorization: `Bearer ${secret}` })).statusCode).toBe(401);
    expect((await inject('GET', '/api/v1/whoami', { cookie: `nautilus_session=${admin.secret}` })).statusCode).toBe(
      401,
    );
  });

  it('of a disabled user is refused', async () => {
    const user = await api.user('dan', 'trader');
    expect((await user.get('/api/v1/whoami')).status).toBe(200);
    const disabled = await admin.patch(`/api/v1/users/${user.user.userId}`, { disabled: true });
    expect(disabled.body.disabledMicros).not.toBeNull();
    expect((await user.get('/api/v1/whoami')).status).toBe(401);
    await setUserDisabled(api.store, user.user.userId, false);
  });
});

describe('a browser', () => {
  it('logs in with a one-time link, once, and out again', async () => {
    const cookie = await logIn();
    const who = await inject('GET', '/api/v1/whoami', { cookie });
    expect(who.json()).toMatchObject({ name: 'ada', via: 'cookie', permissions: permissionsOf('admin') });
    const out = await inject('DELETE', '/api/v1/session', { cookie, origin: `http://${HOST}` });
    expect(out.statusCode).toBe(204);
    expect((await inject('GET', '/api/v1/whoami', { cookie })).statusCode).toBe(401);
  });

  it('cannot use a link twice', async () => {
    const link = await createLoginLink(api.store, admin.user.userId);
    const first = await inject('POST', '/api/v1/session', {}, { link });
    expect(first.statusCode).toBe(200);
    const second = await inject('POST', '/api/v1/session', {}, { link });
    expect(second.json()).toMatchObject({ error: { code: 'API_LINK_INVALID' } });
  });

  it('joins by invitation under its own name', async () => {
    const invited = await admin.post('/api/v1/invitations', {
      name: 'Second pair of eyes',
      role: 'risk',
      accounts: 'all',
    });
    expect(invited.status).toBe(201);
    const secret = invited.body.url.split('#')[1];
    const joined = await inject('POST', '/api/v1/session', {}, { invitation: secret, name: 'bea' });
    expect(joined.json()).toMatchObject({ name: 'bea', role: 'risk', accounts: 'all' });
    const again = await inject('POST', '/api/v1/session', {}, { invitation: secret, name: 'bob' });
    expect(again.statusCode).toBe(401);
    const { body } = await admin.get('/api/v1/users');
    expect(body.users.map((user: { name: string }) => user.name)).toContain('bea');
  });

  it('on another site can change nothing with the cookie', async () => {
    const cookie = await logIn();
    const foreign = [{ origin: 'http://evil.example' }, { origin: 'null' }, { origin: 'http://localhost:9999' }, {}];
    for (const headers of foreign) {
      const response = await inject('POST', trading('/replay/pause'), { cookie, ...headers });
      expect(response.json()).toMatchObject({ error: { code: 'API_ORIGIN_REFUSED' } });
    }
    expect(api.replay.state).toBe('running');
    const own = await inject('POST', trading('/replay/pause'), { cookie, origin: `http://${HOST}` });
    expect(own.statusCode).toBe(200);
    expect(api.replay.state).toBe('paused');
    await admin.post(trading('/replay/resume'));
  });

  it('on another site cannot log in here', async () => {
    const link = await createLoginLink(api.store, admin.user.userId);
    const response = await inject('POST', '/api/v1/session', { origin: 'http://evil.example' }, { link });
    expect(response.statusCode).toBe(403);
    expect(response.headers['set-cookie']).toBeUndefined();
  });

  it('that was sent here under a foreign host name is refused', async () => {
    const response = await api.app.inject({
      method: 'GET',
      url: '/api/v1/whoami',
      headers: { host: 'evil.example:8000' },
    });
    expect(response.statusCode).toBe(421);
    expect(response.json()).toMatchObject({ error: { code: 'API_HOST_REFUSED' } });
  });
});

describe('who guesses', () => {
  it('has to wait after fifty unknown tokens, while who was let in before still is', async () => {
    const guessed = await startTestApi();
    try {
      const known = await guessed.user('known', 'admin');
      await known.get('/api/v1/whoami');
      const statuses: number[] = [];
      for (let guess = 0; guess < 60; guess++) {
        const headers = { host: HOST, authorization: `Bearer nat_${guess}` };
        statuses.push((await guessed.app.inject({ method: 'GET', url: '/api/v1/whoami', headers })).statusCode);
      }
      expect(statuses.slice(0, 50).every((status) => status === 401)).toBe(true);
      expect(statuses.slice(50).every((status) => status === 429)).toBe(true);
      await setTimeout(1100);
      expect((await known.get('/api/v1/whoami')).status).toBe(200);
    } finally {
      await guessed.stop();
    }
  });
});

describe('rate limits', () => {
  it('stop a token that asks too often, with the time to wait', async () => {
    const limited = await startTestApi({ requestsPerSecond: 5 });
    try {
      const user = await limited.user('fast', 'admin');
      const answers = await Promise.all(Array.from({ length: 12 }, async () => user.get('/api/v1/whoami')));
      const refused = answers.filter(({ status }) => status === 429);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
      expect(refused).toHaveLength(7);
      expect(refused[0].body.error.code).toBe('API_RATE_LIMITED');
      expect(refused[0].headers['retry-after']).toBe('1');
      const other = await limited.user('other', 'admin');
      expect((await other.get('/api/v1/whoami')).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });

  it('stop who tries one login link after another', async () => {
    const limited = await startTestApi({ loginsPerMinute: 3 });
    try {
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 5; attempt++) {
        const response = await limited.app.inject({
          method: 'POST',
          url: '/api/v1/session',
          headers: { host: HOST },
          payload: { link: `nlk_${'x'.repeat(43)}` },
        });
        statuses.push(response.statusCode);
      }
      expect(statuses).toEqual([401, 401, 401, 429, 429]);
    } finally {
      await limited.stop();
    }
  });
});

describe('the log', () => {
  it('says who did what, and holds no secret', async () => {
    const link = await createLoginLink(api.store, admin.user.userId);
    await inject('POST', '/api/v1/session', {}, { link });
    await admin.get('/api/v1/whoami');
    const text = lines.join('');
    expect(text).toContain('"route":"/api/v1/whoami"');
    expect(text).toContain(`"user":"${admin.user.userId}"`);
    expect(text).not.toContain(link);
    expect(text).not.toContain(admin.secret);
    expect(text).not.toMatch(/n(?:lk|bs|iv|at)_[\w-]{20}/);
  });
});
