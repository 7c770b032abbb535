/** Orders, kill switch, halts and approvals by hand: a real browser, a running platform, a real order book. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../platform-user.ts';
import {
  accessibilityProblems,
  ask,
  expectGone,
  expectLive,
  expectShown,
  needSite,
  openSite,
  type Site,
} from './site.ts';

let site: Site | undefined;

beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.close();
});

interface Place {
  readonly symbol: string;
  /** A price deep in the book's bids: valid, and far from trading. */
  readonly price: string;
  readonly lotSize: number;
  readonly account: number;
  readonly accountName: string;
}

/** The demo's markets begin with an opening auction. */
const MARKET_OPEN_MS_MAX = 90_000;

/** An instrument that trades now, a bid price that rests, and an account. */
async function findPlace(page: Page): Promise<Place | undefined> {
  const { instruments } = await ask<{ instruments: { symbol: string; state: string; lotSize: number }[] }>(
    page,
    'GET',
    '/trading/instruments',
  );
  const { accounts } = await ask<{ accounts: { account: number; name: string; killed: boolean }[] }>(
    page,
    'GET',
    '/trading/accounts',
  );
  const account = accounts.find((candidate) => !candidate.killed);
  for (const { symbol, state, lotSize } of instruments) {
    if (state !== 'continuous' || account === undefined) continue;
    const path = `/trading/books/${encodeURIComponent(symbol)}/l2?depth=20`;
    const { bids } = await ask<{ bids: { price: string }[] }>(page, 'GET', path);
    const price = bids.at(-1)?.price;
    if (price !== undefined) return { symbol, price, lotSize, account: account.account, accountName: account.name };
  }
  return undefined;
}

async function openTicket(page: Page): Promise<Place> {
  await page.goto('/markets');
  await expectLive(page);
  const place = await until('an instrument trades', () => findPlace(page), MARKET_OPEN_MS_MAX);
  await page.goto(`/markets/${encodeURIComponent(place.symbol)}`);
  await expectShown(page.getByRole('form', { name: 'Order ticket' }));
  await page.getByRole('form').getByLabel('Account').selectOption(String(place.account));
  return place;
}

async function send(page: Page, quantity: number, price: string): Promise<void> {
  await page.getByLabel('Quantity').fill(String(quantity));
  await page.getByLabel('Price', { exact: false }).first().fill(price);
  await page.getByRole('button', { name: new RegExp(`^Buy ${quantity} `) }).click();
}

function answer(page: Page) {
  return page.getByRole('status', { name: 'Answer to the last order' });
}

function openOrders(page: Page) {
  return page.getByRole('region', { name: 'Your open orders' });
}

describe('the order ticket', () => {
  it('places an order that rests, shows it, amends it and cancels it', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    const { price, lotSize } = await openTicket(page);
    await send(page, 3 * lotSize, price);
    await expectShown(answer(page).getByText('new', { exact: true }));
    const orderId = await answer(page).locator('dd').first().innerText();
    expect(orderId).toMatch(/^\d+-\d+$/);
    await openOrders(page)
      .getByRole('button', { name: `Amend order ${orderId}` })
      .click();
    const dialog = page.getByRole('dialog', { name: `Amend order ${orderId}` });
    await dialog.getByLabel('Quantity').fill(String(2 * lotSize));
    await expectShown(dialog.getByText('Keeps its place in the queue.'));
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Amend' }).click();
    await expectGone(dialog);
    const order = await ask<{ quantity: number; live: boolean }>(page, 'GET', `/trading/orders/${orderId}`);
    expect(order).toMatchObject({ quantity: 2 * lotSize, live: true });
    const cancel = page.getByRole('button', { name: `Cancel order ${orderId}` });
    await cancel.click();
    await expectGone(cancel);
    const done = await ask<{ status: string; live: boolean }>(page, 'GET', `/trading/orders/${orderId}`);
    expect(done).toMatchObject({ status: 'cancelled', live: false });
    await profile.close();
  });

  it('works with the keyboard alone, steps the price with the arrows, and on a narrow screen', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open({ narrow: true });
    const page = await profile.newPage();
    const { price, lotSize } = await openTicket(page);
    await page.getByLabel('Quantity').focus();
    await page.keyboard.type(String(lotSize));
    await page.keyboard.press('Tab');
    await page.keyboard.type(price);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    expect(Number(await page.getByLabel('Price', { exact: false }).first().inputValue())).toBe(Number(price));
    await page.keyboard.press('Enter');
    await expectShown(answer(page).getByText('new', { exact: true }));
    const orderId = await answer(page).locator('dd').first().innerText();
    await page.getByRole('button', { name: `Cancel order ${orderId}` }).click();
    await expectGone(page.getByRole('button', { name: `Cancel order ${orderId}` }));
    await profile.close();
  });

  it('shows a refusal with its code, the limit and the value', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    const { account, price, lotSize } = await openTicket(page);
    const { limits } = await ask<{ limits: { maxOrderQuantity: number | null } }>(
      page,
      'GET',
      `/trading/risk/limits/${account}`,
    );
    const limit = limits.maxOrderQuantity;
    if (limit === null) throw new Error('the account has no limit on the order quantity');
    const tooMuch = (Math.floor(limit / lotSize) + 1) * lotSize;
    await send(page, tooMuch, price);
    await expectShown(answer(page).getByText('refused'));
    await expectShown(answer(page).getByText('ENGINE_MAX_ORDER_QUANTITY'));
    await expectShown(answer(page).getByText(limit.toLocaleString('en-GB'), { exact: true }));
    await expectShown(answer(page).getByText(tooMuch.toLocaleString('en-GB'), { exact: true }));
    expect(await accessibilityProblems(page)).toEqual([]);
    await profile.close();
  });

  it('refuses what is no order before sending anything', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await openTicket(page);
    let sent = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST') sent += 1;
    });
    await page.getByLabel('Quantity').fill('1.5');
    await page.getByRole('button', { name: /^Buy / }).click();
    await expectShown(page.getByText('a whole number of lots'));
    expect(await page.getByLabel('Quantity').getAttribute('aria-invalid')).toBe('true');
    expect(sent).toBe(0);
    await profile.close();
  });

  it('cancels all own orders after a typed confirmation only', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    const { symbol, price, lotSize } = await openTicket(page);
    await send(page, lotSize, price);
    await expectShown(answer(page).getByText('new', { exact: true }));
    const orderId = await answer(page).locator('dd').first().innerText();
    await page.getByRole('button', { name: 'Cancel all…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel all' });
    const act = dialog.getByRole('button', { name: 'Cancel all' });
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByLabel(/to confirm/).fill(`CANCEL ${symbol}`);
    await act.click();
    await expectShown(dialog.getByRole('status').getByText('Cancelled'));
    const order = await ask<{ live: boolean }>(page, 'GET', `/trading/orders/${orderId}`);
    expect(order.live).toBe(false);
    await profile.close();
  });

  it('shows what it did in the blotter', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    const { account, price, lotSize } = await openTicket(page);
    await send(page, lotSize, price);
    await expectShown(answer(page).getByText('new', { exact: true }));
    const orderId = await answer(page).locator('dd').first().innerText();
    await page.goto('/blotter');
    await page.getByRole('combobox', { name: 'Account' }).selectOption(String(account));
    await expectShown(page.getByRole('cell', { name: orderId, exact: true }));
    await ask(page, 'DELETE', `/trading/orders/${orderId}`);
    await expectGone(page.getByRole('cell', { name: orderId, exact: true }));
    await page.getByRole('radio', { name: 'Done' }).check();
    await expectShown(page.getByRole('cell', { name: orderId, exact: true }));
    await profile.close();
  });
});

/** Someone else with a login of their own, by an invitation, as a second person comes to be. */
async function secondPerson(first: Page) {
  const { open } = site ?? { open: undefined };
  if (open === undefined) throw new Error('there is no site');
  await first.goto('/approvals');
  await first.getByRole('button', { name: 'Invite someone…' }).click();
  await first.getByLabel('Name').fill('Second Person');
  await first.getByLabel('Role').selectOption('admin');
  await first.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await first.locator('.secret').innerText();
  const profile = await open({ loggedIn: false });
  const page = await profile.newPage();
  const { hash } = new URL(link);
  await page.goto(`/login${hash}`);
  await page.getByLabel('Your name').fill('Second Person');
  await page.getByRole('button', { name: 'Accept the invitation' }).click();
  await expectLive(page);
  return { profile, page };
}

describe('the kill switch', () => {
  it('previews, asks for the word, stops, gives a receipt, and lets go with a second person only', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    const { account, accountName, price, lotSize } = await openTicket(page);
    await send(page, lotSize, price);
    await expectShown(answer(page).getByText('new', { exact: true }));
    const orderId = await answer(page).locator('dd').first().innerText();

    await page.getByRole('button', { name: /Kill switch/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Kill switch' });
    await dialog.getByRole('combobox', { name: 'Account' }).selectOption(String(account));
    await expectShown(dialog.getByText(/Cancels [\d,]+ resting order/));
    expect(await accessibilityProblems(page)).toEqual([]);
    const act = dialog.getByRole('button', { name: 'Stop trading' });
    await dialog.getByLabel(/to confirm/).fill(`KILL ${accountName}`);
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByLabel(/Reason/).fill('browser test');
    await dialog.getByLabel(/to confirm/).fill(`kill ${accountName}`);
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByLabel(/to confirm/).fill(`KILL ${accountName}`);
    await act.click();
    await expectShown(dialog.getByRole('status').getByText(`Kill switch is on for account ${accountName}`));
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    const order = await ask<{ live: boolean }>(page, 'GET', `/trading/orders/${orderId}`);
    expect(order.live).toBe(false);

    await send(page, lotSize, price);
    await expectShown(answer(page).getByText('ENGINE_ACCOUNT_KILLED'));

    await page.goto('/limits');
    await page.getByRole('button', { name: 'Ask for release…' }).click();
    await page.getByLabel(/Reason/).fill('test is over');
    await page.getByRole('button', { name: 'Ask for release', exact: true }).click();
    await expectShown(page.getByRole('status').getByText('Waits for a second person'));
    await page.goto('/approvals');
    const mine = page.getByRole('listitem').filter({ hasText: 'kill-switch.release' });
    await expectShown(mine.getByText('someone else must confirm'));
    expect(await mine.getByRole('button', { name: 'Confirm' }).count()).toBe(0);

    const second = await secondPerson(page);
    await second.page.goto('/approvals');
    const theirs = second.page.getByRole('listitem').filter({ hasText: 'kill-switch.release' });
    await theirs.getByRole('button', { name: 'Confirm' }).click();
    await expectGone(theirs);
    await second.profile.close();

    await page.goto('/limits');
    await expectShown(page.getByText('None is on'));
    await profile.close();
  });
});

describe('a market', () => {
  it('is halted by one person at once, and the request to resume waits for another', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    const { symbol } = await openTicket(page);
    await page.getByRole('button', { name: 'Market state…' }).click();
    const dialog = page.getByRole('dialog', { name: `Market state of ${symbol}` });
    await dialog.getByLabel('New state').selectOption('halt');
    await dialog.getByLabel(/to confirm/).fill(`HALT ${symbol}`);
    await dialog.getByRole('button', { name: 'Change the state' }).click();
    await expectShown(dialog.getByRole('status').getByText(`${symbol} is now halted`));
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await expectShown(page.getByRole('status').getByText('halted'));

    await page.getByRole('button', { name: 'Market state…' }).click();
    await dialog.getByLabel('New state').selectOption('opening-auction');
    await expectShown(dialog.getByText('Leaving a halt needs a second person'));
    await dialog.getByLabel(/to confirm/).fill(`OPENING-AUCTION ${symbol}`);
    await dialog.getByRole('button', { name: 'Ask for the change' }).click();
    await expectShown(dialog.getByRole('status').getByText('Waits for a second person'));
    await profile.close();
  });
});

describe('risk limits', () => {
  it('tighten at once and loosen with a second person', async (context) => {
    const { open } = needSite(context, site);
    const profile = await open();
    const page = await profile.newPage();
    await page.goto('/limits');
    const name = await page.locator('.account-list button .mono').first().innerText();
    await page.getByRole('button', { name: 'Change limits…' }).click();
    const dialog = page.getByRole('dialog', { name: `Limits of ${name}` });
    const field = dialog.getByLabel(/Order quantity/);
    const before = Number(await field.inputValue());
    await field.fill(String(before - 1));
    await expectShown(dialog.getByText('tighter', { exact: true }));
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByLabel(/to confirm/).fill(name);
    await dialog.getByRole('button', { name: 'Change the limits' }).click();
    await expectShown(dialog.getByRole('status').getByText(`Limits of ${name} are changed`));
    await dialog.getByRole('button', { name: 'Close' }).last().click();

    await page.getByRole('button', { name: 'Change limits…' }).click();
    await expect.poll(() => field.inputValue()).toBe(String(before - 1));
    await field.fill(String(before));
    await expectShown(dialog.getByText('looser', { exact: true }));
    await dialog.getByLabel(/to confirm/).fill(name);
    await dialog.getByRole('button', { name: 'Ask for the change' }).click();
    await expectShown(dialog.getByRole('status').getByText('Waits for a second person'));
    await profile.close();
  });
});
