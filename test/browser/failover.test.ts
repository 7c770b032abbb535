/**
 * The failover page in a real browser on a real platform: a switchover from dry run to receipt, a refusal with its rules, a change
 * under way, and what somebody without the permission sees.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailoverDryRun, FailoverReadiness, FailoverRecord, Leadership } from '../../src/api/schemas/failover.ts';
import type { ApprovalList } from '../../src/api/schemas/identity.ts';
import { until } from '../platform-user.ts';
import {
  accessibilityProblems,
  ask,
  expectGone,
  expectShown,
  listen,
  needSite,
  openSite,
  sidewaysPixels,
  type Site,
} from './site.ts';

const SLOW_MS = 60_000;
const REASON = 'kernel update';

let site: Site | undefined;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => site?.close());

/** The page with a standby that could take over, and the name of it. */
async function openReady(profile: BrowserContext): Promise<{ page: Page; candidate: string; leader: string }> {
  const page = await profile.newPage();
  await page.goto('/failover');
  const now = await until(
    'a standby could take over',
    async () => {
      const { now } = await ask<{ now: FailoverReadiness }>(page, 'GET', '/federation/readiness');
      return now.isReady ? now : undefined;
    },
    SLOW_MS,
  );
  const { candidate, leader } = now;
  if (candidate === null || leader === null) throw new Error('ready without a leader and a candidate');
  await expectShown(page.getByText(`yes, ${candidate} could take over`));
  return { page, candidate, leader };
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['NAUTILUS_SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/failover-${name}.png` });
}

async function expectSound(page: Page): Promise<void> {
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(await sidewaysPixels(page)).toBe(0);
}

async function switchedTo(page: Page, member: string): Promise<void> {
  const { failover } = await ask<{ failover: FailoverRecord }>(page, 'POST', '/federation/failovers', {
    to: member,
    reason: REASON,
  });
  await until(
    `${member} leads`,
    async () => {
      const { state } = await ask<FailoverRecord>(page, 'GET', `/federation/failovers/${failover.failoverId}`);
      return state === 'done' ? true : undefined;
    },
    SLOW_MS,
  );
}

/** Someone who may look but not act, by an invitation. */
async function openAsAuditor(first: Page, { open }: Site): Promise<{ profile: BrowserContext; page: Page }> {
  await first.goto('/approvals');
  await first.getByRole('button', { name: 'Invite someone…' }).click();
  await first.getByLabel('Name').fill('Looker On');
  await first.getByLabel('Role').selectOption('auditor');
  await first.getByRole('button', { name: 'Invite', exact: true }).click();
  const { hash } = new URL(await first.locator('.secret').innerText());
  const profile = await open({ loggedIn: false });
  const page = await profile.newPage();
  await page.goto(`/login${hash}`);
  await page.getByLabel('Your name').fill('Looker On');
  await page.getByRole('button', { name: 'Accept the invitation' }).click();
  await expectShown(page.getByRole('navigation', { name: 'Pages' }).first());
  return { profile, page };
}

describe('the failover page', () => {
  it('leads a switchover from the dry run over the typed name to a receipt with its steps', async (context) => {
    const { open, url } = needSite(context, site);
    const profile = await open();
    const { page, candidate, leader } = await openReady(profile);
    const complaints = listen(page, url);
    await expectShown(page.getByText('The leader was never changed.'));
    await expectShown(page.getByRole('list', { name: 'Safety rules' }).getByText('one-change-at-a-time'));
    await expectSound(page);
    await shoot(page, 'empty-1440');

    await page.getByRole('button', { name: `Switch over to ${candidate}…` }).click();
    const dialog = page.getByRole('dialog', { name: `Switch over to ${candidate}` });
    await expectShown(dialog.getByRole('group', { name: 'Dry run' }).getByText(`${leader} → ${candidate}`));
    await expectShown(dialog.getByText(/all \d+ rules hold/));
    const act = dialog.getByRole('button', { name: `Switch over to ${candidate}` });
    await dialog.getByLabel('Reason').fill(REASON);
    await dialog.getByLabel(/^Type/).fill(leader);
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByLabel(/^Type/).fill(candidate);
    expect(await accessibilityProblems(page)).toEqual([]);
    await shoot(page, 'dry-run-1440');
    await act.click();

    const receipt = dialog.getByRole('status');
    await receipt.waitFor({ state: 'visible', timeout: SLOW_MS });
    await shoot(page, 'receipt-1440');
    const { failovers } = await ask<{ failovers: FailoverRecord[] }>(page, 'GET', '/federation/failovers');
    const [made] = failovers;
    if (made === undefined) throw new Error('the change is not on record');
    expect(made).toMatchObject({ state: 'done', from: leader, to: candidate, commandsLost: 0, reason: REASON });
    await expectShown(receipt.getByText(`Member ${candidate} leads`));
    await expectShown(receipt.getByText(made.failoverId));
    expect(made.steps.length).toBeGreaterThan(2);
    for (const { name } of made.steps) await expectShown(receipt.getByText(name, { exact: true }));
    expect(await accessibilityProblems(page)).toEqual([]);
    await receipt.getByRole('button', { name: 'Close' }).click();

    const rows = page.getByRole('list', { name: 'Changes of the leader, newest first' });
    await expectShown(rows.getByText(`${leader} → ${candidate}`));
    await expectShown(rows.getByText('drain', { exact: false }).first());
    await expectShown(page.getByText(`yes, ${leader} could take over`));
    await expectSound(page);
    await shoot(page, 'after-1440');
    expect(complaints).toEqual([]);
    await profile.close();
  });

  it('shows which rules refused a change that was right when it was looked at', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open({ narrow: true });
    const { page, candidate } = await openReady(profile);
    await page.getByRole('button', { name: `Switch over to ${candidate}…` }).click();
    const dialog = page.getByRole('dialog');
    await expectShown(dialog.getByText(/all \d+ rules hold/));
    await shoot(page, 'dry-run-390');
    // From here on the dialog looks at an old dry run, as with a slow connection.
    await page.route('**/failovers/dry-run**', () => undefined);
    await switchedTo(page, candidate);
    await dialog.getByLabel('Reason').fill(REASON);
    await dialog.getByLabel(/^Type/).fill(candidate);
    await dialog.getByRole('button', { name: `Switch over to ${candidate}` }).click();
    await expectShown(dialog.getByRole('alert').getByText(/FAILOVER_REFUSED/));
    const rules = dialog.getByRole('group', { name: 'Rules that refused it' });
    await expectShown(rules.getByText(`standby-known: ${candidate} leads already`));
    await expectSound(page);
    await shoot(page, 'refused-390');
    await dialog.getByRole('button', { name: 'Leave as it is' }).click();
    const rows = page.getByRole('list', { name: 'Changes of the leader, newest first' });
    await rows.scrollIntoViewIfNeeded();
    await expectSound(page);
    await shoot(page, 'after-390');
    await profile.close();
  });

  it('stays with a change that is under way, and offers nothing else meanwhile', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open({ narrow: true });
    const { page } = await openReady(profile);
    const { failovers } = await ask<{ failovers: FailoverRecord[] }>(page, 'GET', '/federation/failovers');
    const [last] = failovers;
    if (last === undefined) throw new Error('no change is on record');
    // A real change is over too soon to be looked at: the last one is held in its middle.
    await page.route('**/federation/leadership', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...((await answer.json()) as Leadership), current: last.failoverId } });
    });
    await page.route(`**/federation/failovers/${last.failoverId}`, (route) =>
      route.fulfill({ json: { ...last, state: 'draining', endedMicros: null } }),
    );
    const stages = page.getByRole('list', { name: 'Stages' });
    await expectShown(stages.locator('[aria-current=step]').getByText('draining'));
    expect(await page.getByRole('button', { name: /^Switch over/ }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Take it back' }).count()).toBe(0);
    await expectSound(page);
    await shoot(page, 'under-way-390');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await expectGone(stages);
    await profile.close();
  });

  it('asks a second person where a rule can only be passed by two', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const { page, candidate } = await openReady(profile);
    // A standby cannot be made slow on demand: the dry run says so, the request and its approval are real.
    await page.route('**/failovers/dry-run**', async (route) => {
      const run = (await (await route.fetch()).json()) as FailoverDryRun;
      const checks = run.checks.map((check) => (check.name === 'lag' ? { ...check, holds: false } : check));
      await route.fulfill({ json: { ...run, needs: 'two', checks } });
    });
    await page.getByRole('button', { name: `Switch over to ${candidate}…` }).click();
    const dialog = page.getByRole('dialog');
    await expectShown(dialog.getByText('takes two people'));
    await expectShown(dialog.getByRole('list', { name: 'Rules that do not hold' }).getByText('lag', { exact: true }));
    await dialog.getByLabel('Reason').fill(REASON);
    await dialog.getByLabel(/^Type/).fill(candidate);
    expect(await accessibilityProblems(page)).toEqual([]);
    await shoot(page, 'forced-1440');
    await dialog.getByRole('button', { name: 'Ask for the forced change' }).click();
    const receipt = dialog.getByRole('status');
    await expectShown(receipt.getByText(/when a second person confirms/));
    const { approvals } = await ask<ApprovalList>(page, 'GET', '/approvals?state=pending');
    const asked = approvals.find(({ action }) => action === 'failover.force');
    await expectShown(receipt.getByText(asked?.approvalId ?? 'no approval waits'));
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await profile.close();
  });

  it('shows everything and enables nothing for somebody without the permission', async (context) => {
    const running = needSite(context, site);
    const profile = await running.open();
    const auditor = await openAsAuditor(await profile.newPage(), running);
    await auditor.page.goto('/failover');
    await expectShown(auditor.page.getByText(/takes the permission failover.execute/));
    await expectShown(auditor.page.getByRole('list', { name: 'Members' }));
    expect(await auditor.page.getByRole('button', { name: /^Switch over/ }).isDisabled()).toBe(true);
    await expectSound(auditor.page);
    await auditor.profile.close();
    await profile.close();
  });
});
