/** Stopping and allowing: kill switch, halts, limits, restrictions, approvals by a second person, and the record of it all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, openTradingDay, startTestApi, trading, type TestApi, type TestUser } from './api-harness.ts';

let api: TestApi;
let admin: TestUser;
let risk: TestUser;
let trader: TestUser;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.user('ada', 'admin');
  risk = await api.user('rita', 'risk');
  trader = await api.user('tom', 'trader', [0]);
  await openTradingDay(api, admin, risk);
});
afterAll(async () => api.stop());

const order = { account: 0, symbol: 'NAUT', side: 'buy', quantity: 10, price: '99.00' };

describe('the kill switch', () => {
  it('shows what it would do, stops with one person, and says what it did', async () => {
    await admin.post(trading('/orders'), order);
    await admin.post(trading('/orders'), order);
    const preview = await risk.get(trading('/kill-switch/preview?scope=account&id=0'));
    expect(preview.body).toMatchObject({ name: 'DESK-A', engaged: false, openOrders: 2 });
    const receipt = await risk.post(trading('/kill-switch/engage'), { scope: 'account', id: 0, reason: 'runaway' });
    expectStatus(receipt, 200);
    expect(receipt.body).toMatchObject({ name: 'DESK-A', engaged: true, cancelled: 2 });
    const refused = await admin.post(trading('/orders'), order);
    expect(refused.status).toBe(403);
    expect(refused.body.error.code).toBe('ENGINE_ACCOUNT_KILLED');
    const { body: list } = await risk.get(trading('/kill-switch'));
    expect(list.engaged).toMatchObject([{ scope: 'account', id: 0, name: 'DESK-A', by: 'rita', reason: 'runaway' }]);
    const { body: attention } = await risk.get(trading('/attention'));
    expect(attention.items).toMatchObject([
      { kind: 'kill-switch', title: 'Kill switch is on: DESK-A', detail: 'runaway' },
    ]);
  });

  it('is released only when a second person confirms, and only once', async () => {
    const asked = await risk.post(trading('/kill-switch/release'), { scope: 'account', id: 0, reason: 'fixed' });
    expectStatus(asked, 202);
    const { approvalId } = asked.body.approval;
    expect(asked.body.approval).toMatchObject({ state: 'pending', mayConfirm: false, requestedByName: 'rita' });
    expect((await admin.post(trading('/orders'), order)).status).toBe(403);

    const own = await risk.post(`/api/v1/approvals/${approvalId}/confirm`);
    expect(own.status).toBe(403);
    expect(own.body.error.code).toBe('API_SECOND_PERSON_NEEDED');
    const ownToken = await risk.post('/api/v1/tokens', { name: 'another token of the same person' });
    const sneaky = await api.app.inject({
      method: 'POST',
      url: `/api/v1/approvals/${approvalId}/confirm`,
      headers: { host: 'localhost', authorization: `Bearer ${ownToken.body.secret}` },
      payload: {},
    });
    expect(sneaky.json()).toMatchObject({ error: { code: 'API_SECOND_PERSON_NEEDED' } });
    expect((await trader.post(`/api/v1/approvals/${approvalId}/confirm`)).body.error.code).toBe('API_FORBIDDEN');

    const { body: pending } = await admin.get('/api/v1/approvals');
    expect(pending.approvals).toMatchObject([{ approvalId, mayConfirm: true }]);
    const [first, second] = await Promise.all([
      admin.post(`/api/v1/approvals/${approvalId}/confirm`, { note: 'seen' }),
      admin.post(`/api/v1/approvals/${approvalId}/confirm`, { note: 'seen' }),
    ]);
    expect([first.status, second.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
    const done = await admin.get(`/api/v1/approvals/${approvalId}`);
    expect(done.body).toMatchObject({ state: 'confirmed', decidedByName: 'ada', outcome: 'DESK-A may trade again' });
    expectStatus(await admin.post(trading('/orders'), order), 201);
  });

  it('is refused for a release when it is not on', async () => {
    const asked = await risk.post(trading('/kill-switch/release'), { scope: 'account', id: 0, reason: 'nothing' });
    expect(asked.body.error.code).toBe('API_CONFLICT');
  });

  it('lets a trader stop his own account and nobody else’s', async () => {
    const other = await trader.post(trading('/kill-switch/engage'), { scope: 'account', id: 1, reason: 'not mine' });
    expect(other.body.error.code).toBe('API_FORBIDDEN');
    const everything = await trader.post(trading('/kill-switch/engage'), {
      scope: 'instrument',
      id: 'NAUT',
      reason: 'not mine',
    });
    expect(everything.body.error.code).toBe('API_FORBIDDEN');
    const own = await trader.post(trading('/kill-switch/engage'), { scope: 'account', id: 0, reason: 'my mistake' });
    expect(own.body).toMatchObject({ engaged: true, cancelled: 1 });
    await release('account', 0);
  });

  it('works for participants and instruments', async () => {
    await risk.post(trading('/kill-switch/engage'), { scope: 'participant', id: 1, reason: 'firm in trouble' });
    expect((await admin.post(trading('/orders'), order)).body.error.code).toBe('ENGINE_PARTICIPANT_KILLED');
    await release('participant', 1);
    await risk.post(trading('/kill-switch/engage'), { scope: 'instrument', id: 'NAUT', reason: 'bad price' });
    expect((await admin.post(trading('/orders'), order)).body.error.code).toBe('ENGINE_INSTRUMENT_KILLED');
    await release('instrument', 'NAUT');
    expectStatus(await admin.post(trading('/orders'), order), 201);
  });
});

async function release(scope: string, id: number | string): Promise<void> {
  const asked = await risk.post(trading('/kill-switch/release'), { scope, id, reason: 'done' });
  expectStatus(asked, 202);
  expectStatus(await admin.post(`/api/v1/approvals/${asked.body.approval.approvalId}/confirm`), 200);
}

describe('a halt', () => {
  it('needs one person to begin and two to end', async () => {
    const halted = await risk.put(trading('/markets/NAUT'), { state: 'halt' });
    expect(halted.body.state).toBe('halt');
    expect((await admin.post(trading('/orders'), order)).body.error.code).toBe('ENGINE_MARKET_HALTED');
    const resume = await risk.put(trading('/markets/NAUT'), { state: 'pre-open' });
    expectStatus(resume, 202);
    expect((await admin.get(trading('/markets/NAUT'))).body.state).toBe('halt');
    const confirmed = await admin.post(`/api/v1/approvals/${resume.body.approval.approvalId}/confirm`);
    expect(confirmed.body).toMatchObject({ state: 'confirmed', outcome: 'NAUT is pre-open' });
    const open = await risk.put(trading('/markets/NAUT'), { state: 'continuous' });
    expect(open.body.state).toBe('continuous');
  });

  it('that cannot end so is reported as a failed approval', async () => {
    await risk.put(trading('/markets/NAUT'), { state: 'halt' });
    const resume = await risk.put(trading('/markets/NAUT'), { state: 'continuous' });
    const failed = await admin.post(`/api/v1/approvals/${resume.body.approval.approvalId}/confirm`);
    expect(failed.body.error.code).toBe('ENGINE_BAD_STATE');
    const { body } = await admin.get(`/api/v1/approvals/${resume.body.approval.approvalId}`);
    expect(body).toMatchObject({ state: 'failed', outcome: 'ENGINE_BAD_STATE: no such change of market state' });
    const again = await risk.put(trading('/markets/NAUT'), { state: 'opening-auction' });
    await admin.post(`/api/v1/approvals/${again.body.approval.approvalId}/confirm`);
    await risk.put(trading('/markets/NAUT'), { state: 'continuous' });
  });

  it('is open to those who may stop, but no other state is', async () => {
    const compliance = await api.user('cora', 'compliance');
    const refused = await compliance.put(trading('/markets/NAUT'), { state: 'closed' });
    expect(refused.body.error).toMatchObject({ code: 'API_FORBIDDEN', detail: { permission: 'markets.write' } });
    expect((await trader.put(trading('/markets/NAUT'), { state: 'halt' })).status).toBe(403);
  });
});

describe('risk limits', () => {
  it('fall at once and rise with two', async () => {
    const { body: before } = await risk.get(trading('/risk/limits/0'));
    const lower = { ...before.limits, maxOrderQuantity: 500 };
    const lowered = await risk.put(trading('/risk/limits/0'), lower);
    expectStatus(lowered, 200);
    expect(lowered.body.limits.maxOrderQuantity).toBe(500);
    const refused = await admin.post(trading('/orders'), { ...order, quantity: 501 });
    expect(refused.body.error.detail).toMatchObject({ limit: 500, value: 501 });

    for (const raised of [{ maxOrderQuantity: 501 }, { maxLong: null }, { buyingPowerEnforced: false }]) {
      const asked = await risk.put(trading('/risk/limits/0'), { ...lower, ...raised });
      expectStatus(asked, 202);
      expect(asked.body.approval.summary).toContain(Object.keys(raised)[0]);
      await risk.post(`/api/v1/approvals/${asked.body.approval.approvalId}/withdraw`);
    }
    const asked = await risk.put(trading('/risk/limits/0'), { ...lower, maxOrderQuantity: 2000 });
    expect((await risk.get(trading('/risk/limits/0'))).body.limits.maxOrderQuantity).toBe(500);
    await admin.post(`/api/v1/approvals/${asked.body.approval.approvalId}/confirm`);
    expect((await risk.get(trading('/risk/limits/0'))).body.limits.maxOrderQuantity).toBe(2000);
  });

  it('can be refused by the second person, and then stay', async () => {
    const { body: before } = await risk.get(trading('/risk/limits/1'));
    const asked = await risk.put(trading('/risk/limits/1'), { ...before.limits, maxLong: 1_000_000 });
    const refused = await admin.post(`/api/v1/approvals/${asked.body.approval.approvalId}/refuse`, {
      note: 'too much',
    });
    expect(refused.body).toMatchObject({ state: 'refused', outcome: 'too much', decidedByName: 'ada' });
    const late = await admin.post(`/api/v1/approvals/${asked.body.approval.approvalId}/confirm`);
    expect(late.status).toBe(409);
    expect((await risk.get(trading('/risk/limits/1'))).body).toEqual(before);
  });

  it('show how much of them is used', async () => {
    await admin.post(trading('/orders/mass-cancel'), { account: 0 });
    await admin.post(trading('/orders'), { ...order, quantity: 100 });
    const { body } = await risk.get(trading('/risk/usage/0'));
    const notional = body.usage.find((row: { name: string }) => row.name === 'maxOpenNotional');
    expect(notional).toMatchObject({ used: 9900 * 100 * 100, limit: 10_000_000_000 });
    expect(notional.share).toBeCloseTo(0.0099);
    const long = body.usage.find((row: { name: string }) => row.name === 'maxLong');
    expect(long).toMatchObject({ symbol: 'NAUT', used: 100 });
  });
});

describe('instruments', () => {
  it('get tighter checks at once and looser ones with two', async () => {
    const tighter = await admin.patch(trading('/instruments/NAUT'), { collarBasisPoints: 1000 });
    expectStatus(tighter, 200);
    expect(tighter.body.collarBasisPoints).toBe(1000);
    const looser = await admin.patch(trading('/instruments/NAUT'), { collarBasisPoints: null });
    expectStatus(looser, 202);
    const operator = await api.user('otto', 'operator');
    const confirmed = await operator.post(`/api/v1/approvals/${looser.body.approval.approvalId}/confirm`);
    expectStatus(confirmed, 200);
    expect((await admin.get(trading('/instruments/NAUT'))).body.collarBasisPoints).toBeNull();
  });

  it('are restricted by one and freed by two', async () => {
    const set = await risk.post(trading('/risk/restrictions'), { account: 0, symbol: 'NAUT' });
    expectStatus(set, 201);
    expect((await admin.post(trading('/orders'), order)).body.error.code).toBe('ENGINE_INSTRUMENT_RESTRICTED');
    await risk.post(trading('/risk/restrictions'), { account: null, symbol: 'NAUT' });
    const { body } = await risk.get(trading('/risk/restrictions'));
    expect(body.restrictions).toEqual([
      { account: null, symbol: 'NAUT' },
      { account: 0, symbol: 'NAUT' },
    ]);
    for (const restriction of body.restrictions) {
      const asked = await risk.post(trading('/risk/restrictions/lift'), restriction);
      await admin.post(`/api/v1/approvals/${asked.body.approval.approvalId}/confirm`);
    }
    expect((await risk.get(trading('/risk/restrictions'))).body.restrictions).toEqual([]);
    expectStatus(await admin.post(trading('/orders'), order), 201);
  });

  it('take locates for short sales', async () => {
    const made = await risk.post(trading('/risk/locates'), { account: 1, symbol: 'NAUT', locateId: 7, quantity: 50 });
    expectStatus(made, 201);
    const unknown = await risk.post(trading('/risk/locates'), {
      account: 99,
      symbol: 'NAUT',
      locateId: 7,
      quantity: 50,
    });
    expect(unknown.status).toBe(404);
  });
});

describe('the record of privileged acts', () => {
  it('holds who did what, also what was refused, newest first and page by page', async () => {
    const auditor = await api.user('abe', 'auditor');
    await risk.post(trading('/kill-switch/engage'), { scope: 'account', id: 1, reason: 'for the record' });
    await admin.post(trading('/accounts/0/funds'), { amountUnits: -9_000_000_000_000 });
    const { body } = await auditor.get('/api/v1/audit?limit=2');
    expect(body.entries).toMatchObject([
      { act: 'funds.move', userName: 'ada', outcome: 'refused', detail: { code: 'ENGINE_INSUFFICIENT_FUNDS' } },
      { act: 'kill-switch.engage', userName: 'rita', target: 'account 1', outcome: 'done' },
    ]);
    const { body: older } = await auditor.get(`/api/v1/audit?limit=1000&before=${body.next}`);
    const acts = new Set(older.entries.map((entry: { act: string }) => entry.act));
    for (const act of ['instrument.create', 'account.create', 'market.set', 'risk-limits.lower', 'risk-limits.raise']) {
      expect(acts).toContain(act);
    }
    expect(acts).toContain('risk-limits.raise.confirm');
  });

  it('is closed to those without the right', async () => {
    expect((await trader.get('/api/v1/audit')).status).toBe(403);
  });
});
