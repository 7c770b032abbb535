/** Somebody logged in at a test platform over HTTP, as a browser or a program would be; nothing is taken from inside. */
import type { TestPlatform } from './platform.ts';

export interface Answer {
  readonly status: number;
  // Answers are JSON of many shapes; tests say what they expect of each.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface PlatformUser {
  /** Asks for a path under /api/v1. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Exchanges the platform's one-time link for a browser session. */
export async function logIn(platform: Pick<TestPlatform, 'url' | 'loginLink'>): Promise<PlatformUser> {
  const { url } = platform;
  const secret = platform.loginLink.split('#')[1];
  const response = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ link: secret }),
  });
  if (response.status !== 200) throw new Error(`login: ${response.status} ${await response.text()}`);
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return userOf(url, { cookie, origin: url });
}

/** A program with an API token. */
export function withToken(url: string, token: string): PlatformUser {
  return userOf(url, { authorization: `Bearer ${token}` });
}

/** Brings a market to continuous trading, from wherever its calendar has it. */
export async function openMarket(user: PlatformUser, symbol: string): Promise<void> {
  await until(`${symbol} trades`, async () => {
    const { body } = await user.ask('GET', `/trading/markets/${symbol}`);
    if (body.state === 'continuous') return true;
    if (body.state !== 'closed') await user.ask('PUT', `/trading/markets/${symbol}`, { state: 'continuous' });
    return undefined;
  });
}

/** Asks until there is an answer that is not undefined. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, timeoutMs = 20_000): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

function userOf(url: string, headers: Readonly<Record<string, string>>): PlatformUser {
  return {
    async ask(method, path, body) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}
