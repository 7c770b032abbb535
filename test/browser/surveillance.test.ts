/** Surveillance by hand: a real browser on a running demo whose simulated abuser is found, looked at and made a case of. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../platform-user.ts';
import {
  accessibilityProblems,
  ask,
  expectShown,
  listen,
  needSite,
  openSite,
  sidewaysPixels,
  type Site,
} from './site.ts';

/** The opening auction, and then the first abuse. */
const FOUND_WITHIN_MS = 150_000;

let site: Site | undefined;

beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.close();
});

describe.each([{ narrow: false }, { narrow: true }])('surveillance at narrow $narrow', ({ narrow }) => {
  it('shows alerts with the market played again, and takes a case to its decision', async (context) => {
    const { open, url } = needSite(context, site);
    const profile = await open({ narrow });
    const page = await profile.newPage();
    const complaints = listen(page, url);
    await page.goto('/surveillance');
    await until(
      'an alert on the simulated abuser',
      async () => {
        const { alerts } = await ask<{ alerts: { actor: string }[] }>(
          page,
          'GET',
          '/compliance/alerts?state=open&limit=200',
        );
        return alerts.some(({ actor }) => actor === 'firm 7') ? true : undefined;
      },
      FOUND_WITHIN_MS,
    );
    await page.reload();
    await expectShown(page.getByRole('table', { name: 'Alerts of surveillance' }));
    await expectShown(page.getByRole('img', { name: /^Best bid and ask in/ }));
    await expectShown(page.getByRole('slider', { name: /^Moment/ }));
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await sidewaysPixels(page)).toBe(0);
    const folder = process.env['NAUTILUS_SCREENSHOTS'];
    if (folder !== undefined) await page.screenshot({ path: `${folder}/surveillance-${narrow ? 390 : 1440}.png` });
    await page.getByRole('button', { name: 'Open a case' }).click();
    await page.goto('/cases');
    await expectShown(page.getByRole('button', { name: 'Decide for good' }).first());
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await sidewaysPixels(page)).toBe(0);
    await page.getByRole('textbox', { name: 'Reason' }).first().fill('Looked at it: the demo’s own abuser.');
    await page.getByRole('button', { name: 'Decide for good' }).first().click();
    await expectShown(page.getByRole('table', { name: 'Decided cases' }));
    expect(complaints).toEqual([]);
    await profile.close();
  });
});
