/**
 * A browser, a running platform, and the console open in it: what every browser test begins with. Works against a
 * platform of its own, or against the one whose NAUTILUS_CONSOLE_URL and NAUTILUS_LOGIN_LINK are given.
 */
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { findBrowser, needPeer } from '../peers.ts';
import { startTestPlatform } from '../platform.ts';

const WIDE = { width: 1440, height: 860 };
const NARROW = { width: 390, height: 844 };

/** Nothing of the browser may call home, or need a graphics card. */
const BROWSER_ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long anything that a test waits for may take. */
const WAIT_MS_MAX = 15_000;

export interface Site {
  readonly url: string;
  readonly loginLink: string;
  readonly browser: Browser;
  /** A fresh browser profile; logged in with the first user's cookie unless told otherwise. */
  readonly open: (options?: { narrow?: boolean; loggedIn?: boolean; url?: string }) => Promise<BrowserContext>;
  readonly close: () => Promise<void>;
}

/** Starts the browser and the platform. Answers undefined where this machine has no browser. */
export async function openSite(): Promise<Site | undefined> {
  const found = await findBrowser();
  if (found === undefined) return undefined;
  if (!existsSync(new URL('../../console/dist/index.html', import.meta.url))) {
    throw new Error('the console is not built: run node tools/setup.mjs');
  }
  const browser = await chromium.launch({
    executablePath: found.executablePath,
    args: [...new Set([...found.args, ...BROWSER_ARGS])],
  });
  const platform = await runningPlatform().catch(async (problem: unknown) => {
    await browser.close();
    throw problem;
  });
  const state = await logIn(browser, platform.loginLink);
  return {
    url: platform.url,
    loginLink: platform.loginLink,
    browser,
    open: async ({ narrow = false, loggedIn = true, url = platform.url } = {}) => {
      const context = await browser.newContext({
        baseURL: url,
        viewport: narrow ? NARROW : WIDE,
        ...(narrow ? { isMobile: true, hasTouch: true } : {}),
        // Cookies belong to a host, whatever its port: the one of the platform also serves a proxy before it.
        ...(loggedIn ? { storageState: state } : {}),
      });
      context.setDefaultTimeout(WAIT_MS_MAX);
      return context;
    },
    close: async () => {
      await browser.close();
      await platform.stop();
    },
  };
}

async function runningPlatform(): Promise<{ url: string; loginLink: string; stop: () => Promise<unknown> }> {
  const url = process.env['NAUTILUS_CONSOLE_URL'];
  const loginLink = process.env['NAUTILUS_LOGIN_LINK'];
  if (url !== undefined && loginLink !== undefined) return { url, loginLink, stop: async () => undefined };
  return startTestPlatform();
}

/** Exchanges the one-time link as a person would, and keeps the cookie for the tests that follow. */
async function logIn(browser: Browser, link: string) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('navigation', { name: 'Pages' }).first().waitFor({ timeout: WAIT_MS_MAX });
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Everything that a page complained about: errors thrown, errors logged, requests that left the site. */
export function listen(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`logged: ${message.text()} ${message.location().url}`);
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(url).host) complaints.push(`left the site: ${request.url()}`);
  });
  return complaints;
}

/** Asks the API as the console does: with its cookie, from its origin. */
export async function ask<Answer>(page: Page, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await page.evaluate(
    async ([method, path, body]) => {
      const response = await fetch(`/api/v1${path}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body }),
      });
      return { status: response.status, text: await response.text() };
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body)] as const,
  );
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as Answer;
}

/** The site, or the end of the test where this machine has no browser. */
export function needSite(context: Pick<TestContext, 'skip'>, site: Site | undefined): Site {
  return needPeer(context, site, 'a browser; apt-get install chromium, or set CHROME_PATH');
}

export async function expectShown(locator: Locator): Promise<void> {
  await locator.waitFor({ state: 'visible' });
}

export async function expectGone(locator: Locator): Promise<void> {
  await locator.waitFor({ state: 'hidden' });
}

/** Live data has arrived. */
export async function expectLive(page: Page): Promise<void> {
  await expectShown(page.getByText(/^live/).first());
}

/** How far the page reaches beyond the window's side. */
export async function sidewaysPixels(page: Page): Promise<number> {
  const widths = await page.evaluate<{ page: number; shown: number }[]>(
    `[document.querySelector('main'), document.documentElement].map((box) => ({ page: box.scrollWidth, shown: box.clientWidth }))`,
  );
  return Math.max(...widths.map(({ page, shown }) => page - shown));
}

/** What axe finds, in words; empty where there is nothing. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return violations.map(
    (violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`,
  );
}
