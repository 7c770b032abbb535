/** The console in a real browser against a running platform: pages, login, keys, broken connections. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layWire } from './proxy.ts';
import {
  accessibilityProblems,
  ask,
  listen,
  expectGone,
  expectLive,
  expectShown,
  needSite,
  openSite,
  sidewaysPixels,
  type Site,
} from './site.ts';

let site: Site | undefined;

beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.close();
});

async function firstSymbol(page: Page): Promise<string> {
  const { instruments } = await ask<{ instruments: { symbol: string }[] }>(page, 'GET', '/trading/instruments');
  const symbol = instruments[0]?.symbol;
  if (symbol === undefined) throw new Error('the platform lists no instrument');
  return symbol;
}

/** Each page with its headings, and a cell that its tables must show. */
const PAGES: readonly { path: string; heading: string; shows: string; cell?: string }[] = [
  { path: '/', heading: 'Overview', shows: 'Needs a decision' },
  { path: '/approvals', heading: 'Approvals', shows: 'Waiting for a decision' },
  { path: '/markets', heading: 'Markets', shows: 'Markets' },
  { path: '/blotter', heading: 'Order blotter', shows: 'Open orders' },
  { path: '/limits', heading: 'Risk limits', shows: 'Kill switches that are on' },
  { path: '/sessions', heading: 'Sessions', shows: 'Order-entry sessions' },
  { path: '/audit', heading: 'Audit log', shows: 'Signed so far' },
  { path: '/verify-proof', heading: 'Verify proof', shows: 'What is to be proven' },
  { path: '/sites', heading: 'Sites', shows: 'Self-test of this machine', cell: 'NYSE Mahwah' },
  { path: '/placement', heading: 'Placement', shows: 'Compute a placement' },
  { path: '/caches', heading: 'Caches', shows: 'What can be combined', cell: 'placement-results' },
  { path: '/api-access', heading: 'API and platform', shows: 'Tokens' },
];

describe.each([
  { width: '1440 pixels wide', narrow: false },
  { width: '390 pixels wide', narrow: true },
])('$width', ({ narrow }) => {
  it.for(PAGES)('$path is shown, accessible, inside the window, and silent', async (wanted, context) => {
    const { open, url } = needSite(context, site);
    const profile = await open({ narrow });
    const page = await profile.newPage();
    const complaints = listen(page, url);
    await page.goto(wanted.path);
    await page.getByRole('heading', { level: 1, name: wanted.heading }).waitFor({ state: 'attached' });
    await expectShown(page.getByRole('heading', { level: 2, name: wanted.shows, exact: true }).first());
    if (wanted.cell !== undefined) await expectShown(page.getByRole('cell', { name: wanted.cell }));
    await expectLive(page);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await sidewaysPixels(page)).toBe(0);
    expect(complaints).toEqual([]);
    await profile.close();
  });

  it('a market is shown with book, ticket and chart, accessible, inside the window, and silent', async (context) => {
    const { open, url } = needSite(context, site);
    const profile = await open({ narrow });
    const page = await profile.newPage();
    const complaints = listen(page, url);
    await page.goto('/markets');
    await expectLive(page);
    const symbol = await firstSymbol(page);
    await page.getByRole('link', { name: symbol, exact: true }).click();
    await expectShown(page.getByRole('heading', { level: 1, name: symbol }));
    await expectShown(page.getByRole('table', { name: `Order book of ${symbol}` }));
    await expectShown(page.getByRole('form', { name: 'Order ticket' }));
    await expectShown(page.locator('.candles-plot canvas').first());
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await sidewaysPixels(page)).toBe(0);
    expect(complaints).toEqual([]);
    await profile.close();
  });

  it('the login page is accessible and asks for a token', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open({ narrow, loggedIn: false });
    const page = await profile.newPage();
    await page.goto('/');
    await expectShown(page.getByLabel('Token'));
    expect(new URL(page.url()).pathname).toBe('/login');
    expect(await accessibilityProblems(page)).toEqual([]);
    await profile.close();
  });
});

describe('the market', () => {
  it('is said to be simulated on every page while the demo runs', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open({ narrow: true });
    const page = await profile.newPage();
    for (const { path } of PAGES) {
      await page.goto(path);
      await expectShown(page.getByText('SIMULATED MARKET'));
    }
    await profile.close();
  });

  it('moves: figures and trades arrive without a reload', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/');
    await expectLive(page);
    const head = page.getByRole('group', { name: 'Journal head' });
    const before = await head.innerText();
    await expect.poll(() => head.innerText(), { timeout: 10_000 }).not.toBe(before);
    await profile.close();
  });
});

describe('login', () => {
  it('takes a link once only, and takes its secret out of the address at once', async (context) => {
    const { open, loginLink } = needSite(context, site);
    const profile = await open({ loggedIn: false });
    const page = await profile.newPage();
    // The site itself was opened with this link before.
    await page.goto(loginLink);
    await expectShown(page.getByRole('alert').getByText(/used before or is too old/));
    expect(page.url()).not.toContain('#');
    expect((await page.content()).includes('nlk_')).toBe(false);
    await profile.close();
  });

  it('says no to a wrong token and stays where it is', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open({ loggedIn: false });
    const page = await profile.newPage();
    await page.goto('/login');
    await page.getByLabel('Token').fill(`nat_${'0'.repeat(43)}`);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expectShown(page.getByRole('alert').getByText('Not logged in'));
    expect(new URL(page.url()).pathname).toBe('/login');
    await profile.close();
  });

  it('with a token works, and logging out ends it', async (context) => {
    const { open } = needSite(context, site);
    const first = await open();
    const maker = await first.newPage();
    await maker.goto('/api-access');
    const { secret } = await ask<{ secret: string }>(maker, 'POST', '/tokens', { name: 'browser test' });
    await first.close();

    const profile = await open({ loggedIn: false });
    const page = await profile.newPage();
    await page.goto('/login');
    await page.getByLabel('Token').fill(secret);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expectLive(page);
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Page, instrument or command…').fill('log out');
    await page.keyboard.press('Enter');
    await expectShown(page.getByLabel('Token'));
    await page.goto('/markets');
    await expectShown(page.getByLabel('Token'));
    await profile.close();
  });
});

describe('the keyboard', () => {
  it('goes to every page with g and a letter', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/');
    await expectLive(page);
    for (const [key, path] of [
      ['m', '/markets'],
      ['b', '/blotter'],
      ['l', '/limits'],
      ['s', '/sessions'],
      ['v', '/approvals'],
      ['k', '/api-access'],
      ['o', '/'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.waitForURL((url) => url.pathname === path);
    }
    await profile.close();
  });

  it('shows its keys with a question mark and closes them with escape', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/');
    await expectLive(page);
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await expectShown(dialog);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expectGone(dialog);
    await profile.close();
  });

  it('finds an instrument through the command bar', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/');
    await expectLive(page);
    const symbol = await firstSymbol(page);
    await page.keyboard.press('Control+k');
    await expectShown(page.getByRole('dialog', { name: 'Search or run a command' }));
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.type(symbol);
    await page.keyboard.press('Enter');
    await expectShown(page.getByRole('heading', { level: 1, name: symbol }));
    await profile.close();
  });

  it('reaches the content first, past header and pages, and always shows where it is', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/markets');
    await expectLive(page);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<{ inside: boolean; outline: string }>(`({
      inside: document.querySelector('main').contains(document.activeElement),
      outline: getComputedStyle(document.activeElement).outlineStyle,
    })`);
    expect(focused).toEqual({ inside: true, outline: 'solid' });
    await profile.close();
  });
});

describe('when the platform is gone', () => {
  it('says so, keeps what was shown, and comes back by itself', async (context) => {
    const { open, url } = needSite(context, site);
    const wire = await layWire(url);
    const profile = await open({ url: wire.url });
    const page = await profile.newPage();
    await page.goto('/');
    await expectLive(page);
    wire.cut();
    await expectShown(page.getByRole('alert').getByText(/Connection lost/));
    await expectShown(page.getByText('not connected'));
    expect(await accessibilityProblems(page)).toEqual([]);
    await expectShown(page.getByRole('heading', { level: 2, name: 'Markets' }));
    wire.mend();
    await expectLive(page);
    await expectGone(page.getByText(/Connection lost/));
    await profile.close();
    await wire.close();
  });

  it('says so before anything was shown, and opens by itself when it is back', async (context) => {
    const { open, url } = needSite(context, site);
    const wire = await layWire(url);
    const profile = await open({ url: wire.url });
    const page = await profile.newPage();
    await page.route('**/api/v1/whoami', (route) => route.abort());
    await page.goto('/');
    await expectShown(page.getByText('The platform does not answer'));
    await page.unroute('**/api/v1/whoami');
    await expectLive(page);
    await profile.close();
    await wire.close();
  });

  it('waits for a piece of itself that cannot be loaded just now', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/');
    await expectLive(page);
    let refused = 0;
    await page.route('**/assets/limits-*.js', async (route) => {
      refused += 1;
      await route.abort();
    });
    await page.getByRole('link', { name: 'Risk limits' }).click();
    await expect.poll(() => refused, { timeout: 10_000 }).toBeGreaterThan(1);
    await page.unroute('**/assets/limits-*.js');
    await expectShown(page.getByRole('heading', { level: 2, name: 'Kill switches that are on' }));
    await profile.close();
  });

  it('an order whose answer is lost is not taken for sent or refused: it can be looked up', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/markets');
    await expectLive(page);
    const symbol = await firstSymbol(page);
    await page.goto(`/markets/${encodeURIComponent(symbol)}`);
    await expectShown(page.getByRole('radio', { name: 'Buy' }));
    await page.route('**/api/v1/trading/orders', (route) => route.abort());
    await page.getByLabel('Type').selectOption('market');
    await page.getByLabel('Quantity').fill('100000');
    await page.getByRole('button', { name: /^Buy / }).click();
    const answer = page.getByRole('status', { name: 'Answer to the last order' });
    await expectShown(answer.getByText('outcome unknown'));
    await answer.getByRole('button', { name: 'Look it up' }).click();
    await expectShown(answer.getByText('It never arrived'));
    await profile.close();
  });
});
