/** The audit log in a real browser: entries of the running market, and proofs that the browser checks by itself. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accessibilityProblems,
  ask,
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

/** Waits until a command of the running market is under a signature. */
async function signedCommands(page: Page): Promise<void> {
  await expect
    .poll(
      async () => (await ask<{ journalSequence: number }>(page, 'GET', '/compliance/audit/status')).journalSequence,
      {
        timeout: 60_000,
      },
    )
    .toBeGreaterThan(100);
}

describe('the audit log', () => {
  it('shows what happens, and leads from an entry to its proof, checked in the browser', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/audit');
    await expectLive(page);
    await signedCommands(page);
    await page.getByRole('button', { name: 'Read again' }).click();
    await expectShown(page.getByText(/^commands \d+ to \d+$/).first());
    await page.getByRole('button', { name: 'Verify all of it' }).click();
    await expectShown(page.getByText(/entries, all as they were signed/));
    await page.getByLabel('Show').selectOption('log');
    await page.getByRole('link', { name: 'Proof of entry 0' }).click();
    await expectShown(page.getByText(/^Proven: entry 0 of/));
    await expectShown(page.getByText(/ML-DSA-44 with its time/).first());
    expect(await accessibilityProblems(page)).toEqual([]);
    await profile.close();
  });

  it.for([false, true])(
    'proves an order by its journal sequence, and refuses the proof once it is changed (narrow: %s)',
    async (narrow, context) => {
      const { open } = needSite(context, site);
      const profile = await open({ narrow });
      const page = await profile.newPage();
      await page.goto('/verify-proof');
      await expectLive(page);
      await signedCommands(page);
      await page.getByLabel('Proof of an').selectOption('commands');
      await page.getByLabel('Which one').fill('42');
      await page.getByRole('button', { name: 'Fetch and check' }).click();
      await expectShown(page.getByText(/^Proven: command 42 of the journal/));
      expect(await sidewaysPixels(page)).toBe(0);
      expect(await accessibilityProblems(page)).toEqual([]);
      const proof = page.getByLabel('Or paste a proof (.tlog-proof)');
      const text = await proof.inputValue();
      await proof.fill(text.replace(/\n(\d+)\n/, (_all, size: string) => `\n${Number(size) + 1}\n`));
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await expectShown(page.getByText(/^Not proven/));
      await page.getByLabel('One key a line').fill('');
      await proof.fill(text);
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await expectShown(page.getByText('none of the trusted keys of the log signed this checkpoint'));
      await profile.close();
    },
  );
});
