/** The page of the clusters in a real browser: map and tables, wide and narrow, and what it says when there is no answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems, expectShown, listen, needSite, openSite, sidewaysPixels, type Site } from './site.ts';

const HOME = 'nautilus-primary-us-east';

let site: Site | undefined;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => site?.close());

describe.each([
  ['1440 pixels wide', false],
  ['390 pixels wide', true],
])('%s', (_title, narrow) => {
  it('shows every cluster with its state in words, a map beside it, and what each shard survives', async (context) => {
    const { open, url } = needSite(context, site);
    const profile = await open({ narrow });
    const page = await profile.newPage();
    const complaints = listen(page, url);
    await page.goto('/clusters');
    const row = page.getByRole('row', { name: new RegExp(HOME) });
    await expectShown(row.getByText('healthy'));
    await expectShown(page.getByRole('img', { name: /Map of the clusters: 1 healthy, 9 unknown/ }));
    expect(await page.getByRole('table', { name: 'Clusters' }).getByRole('row').count()).toBe(11);
    expect(await page.getByRole('table', { name: 'Shards' }).getByText('process to provider').count()).toBe(3);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await sidewaysPixels(page)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await profile.close();
  });
});

describe('without an answer', () => {
  it('says what is wrong instead of showing old or invented clusters', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.route('**/api/v1/federation/**', async (route) => route.abort());
    await page.goto('/clusters');
    await expectShown(page.getByText('The clusters cannot be read.'));
    expect(await page.getByRole('table').count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await profile.close();
  });
});
