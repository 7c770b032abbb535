/** The steering page in a real browser: a client is explained, clusters and matrix are shown, accessibly, wide and narrow. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accessibilityProblems,
  ask,
  expectLive,
  expectShown,
  listen,
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

describe.each([
  { width: '1440 pixels wide', narrow: false },
  { width: '390 pixels wide', narrow: true },
])('$width', ({ narrow }) => {
  it('explains where a client goes, with a reason for every cluster', async (context) => {
    const { open, url } = needSite(context, site);
    const profile = await open({ narrow });
    const page = await profile.newPage();
    const complaints = listen(page, url);
    await page.goto('/steering');
    await expectLive(page);
    await ask(page, 'PUT', '/federation/steering/targets/nautilus-primary-asia-northeast/condition', {
      state: 'healthy',
      sessions: 4000,
    });
    await page.getByLabel('Client address').fill('133.11.0.9');
    await page.getByRole('button', { name: 'Explain' }).click();
    const answer = page.getByRole('region', { name: 'Decision' });
    await expectShown(answer.getByText('JP, asia'));
    await expectShown(answer.getByText(/133\.11\.0\.9 goes to nautilus-primary-asia-northeast/));
    const table = page.getByRole('table', { name: 'Every cluster, and why it is in or out' });
    await expectShown(table.getByText('least round trip of the best state in its stage'));
    expect(await table.getByRole('row').count()).toBe(10);
    await expectShown(
      page.getByRole('table', { name: 'Clusters clients can be sent to' }).getByText('50', { exact: true }),
    );
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await sidewaysPixels(page)).toBe(0);
    expect(complaints).toEqual([]);
    if (process.env['NAUTILUS_SCREENSHOTS'] !== undefined) {
      await page.screenshot({
        path: `${process.env['NAUTILUS_SCREENSHOTS']}/steering-${narrow ? 390 : 1440}.png`,
        fullPage: true,
      });
    }
    await profile.close();
  });

  it('says what is wrong with an address, beside it', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open({ narrow });
    const page = await profile.newPage();
    await page.goto('/steering');
    await page.getByLabel('Client address').fill('nowhere');
    await page.getByLabel('Client address').press('Enter');
    await expectShown(page.getByText(/The client is no address/));
    expect(await accessibilityProblems(page)).toEqual([]);
    await profile.close();
  });
});

describe('the matrix', () => {
  it('shows what a site measured in its place, and what light needs elsewhere', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/steering');
    const figures = { p99Micros: null, jitterMicros: 100, lossShare: 0, samples: 60, measuredMicros: 1 };
    const links = [{ to: 'nautilus-primary-eu-west', p50Micros: 78_000, ...figures }];
    await ask(page, 'PUT', '/federation/network/sites/nautilus-primary-us-east/links', { links });
    const matrix = page.getByRole('table', { name: /Round trip in milliseconds/ });
    await expectShown(matrix.getByRole('cell', { name: '78', exact: true }));
    await expectShown(page.getByText(/1 of \d+ links measured/));
    expect(await matrix.getByRole('cell', { name: '(61)', exact: true }).count()).toBeGreaterThan(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await profile.close();
  });
});
