/** The reference page in a real browser: it shows every group of routes, and loads nothing from elsewhere. */
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findBrowser, needPeer } from '../peers.ts';
import { startTestApi } from './api-harness.ts';

const INSTALL = 'a browser: apt-get install chromium';
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-sync',
];

describe('the reference page', () => {
  it('shows the routes under its own strict policy, without an error and without another host', async (context) => {
    const found = needPeer(context, await findBrowser(), INSTALL);
    const api = await startTestApi();
    const browser = await chromium.launch({ ...found, args: [...found.args, ...QUIET] });
    try {
      const page = await browser.newPage();
      const foreign: string[] = [];
      const problems: string[] = [];
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(api.url) && !/^(?:data|blob):/.test(url)) foreign.push(url);
      });
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (/Content Security Policy/i.test(message.text())) problems.push(message.text());
      });
      await page.goto(`${api.url}/reference`);
      await page.getByText('kill switch').first().waitFor({ timeout: 20_000 });
      const text = await page.locator('body').innerText();
      for (const group of ['instruments', 'market data', 'orders', 'risk', 'approvals']) expect(text).toContain(group);
      expect(foreign).toEqual([]);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
      await api.stop();
    }
  });
});
