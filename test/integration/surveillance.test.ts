/** Surveillance end to end: the demo's simulated abuser is found, looked at again, made a case of and decided, by two people. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { logIn, until, withToken, type PlatformUser } from '../platform-user.ts';
import { startTestPlatform, type TestPlatform } from '../platform.ts';

/** The opening auction, and then the first abuse. */
const FOUND_WITHIN_MS = 150_000;

let platform: TestPlatform | undefined;
let owner: PlatformUser;
let auditor: PlatformUser;
let alertId = '';

beforeAll(async () => {
  const running = await startTestPlatform();
  platform = running;
  owner = await logIn(running);
  await owner.ask('PUT', '/trading/replay/speed', { speed: 5 });
  const made = await owner.ask('POST', '/tokens', { name: 'auditor', role: 'auditor' });
  auditor = withToken(running.url, made.body.secret);
  const alert = await until(
    'the simulated abuser is found',
    async () => {
      const { body } = await owner.ask('GET', '/compliance/alerts?limit=200');
      const found = body.alerts.filter((one: { actor: string }) => one.actor === 'firm 7');
      return found.at(-1) as { alertId: string; simulated: boolean } | undefined;
    },
    FOUND_WITHIN_MS,
  );
  alertId = alert.alertId;
});
afterAll(async () => {
  await platform?.stop();
});

it('finds the simulated abuser, and says that it is simulated', async () => {
  const { body } = await owner.ask('GET', `/compliance/alerts/${alertId}`);
  expect(body).toMatchObject({ actor: 'firm 7', simulated: true, state: 'open' });
});

it('keeps the evidence as it was, and plays the market around it again from the journal', async () => {
  const evidence = await owner.ask('GET', `/compliance/alerts/${alertId}/evidence`);
  expect(evidence.status).toBe(200);
  expect(evidence.body.orders.length).toBeGreaterThan(0);
  const replay = await owner.ask('GET', `/compliance/alerts/${alertId}/replay`);
  expect(replay.status).toBe(200);
  const orderIds = new Set(evidence.body.orders.map(({ orderId }: { orderId: string }) => orderId));
  const acts = replay.body.frames.flatMap(({ acts }: { acts: { orderId: string; what: string }[] }) => acts);
  expect(acts.length).toBeGreaterThan(0);
  expect(acts.every(({ orderId }: { orderId: string }) => orderIds.has(orderId))).toBe(true);
  expect(
    replay.body.frames.some(
      ({ bids, asks }: { bids: unknown[]; asks: unknown[] }) => bids.length > 0 && asks.length > 0,
    ),
  ).toBe(true);
});

it('lets an auditor see everything and change nothing', async () => {
  expect((await auditor.ask('GET', `/compliance/alerts/${alertId}`)).status).toBe(200);
  expect((await auditor.ask('POST', `/compliance/alerts/${alertId}/dismiss`, {})).status).toBe(403);
  expect((await auditor.ask('POST', '/compliance/cases', { title: 'no', alertIds: [alertId] })).status).toBe(403);
});

it('makes a case of an alert once, and drafts a report with its deadline when it is decided', async () => {
  const opened = await owner.ask('POST', '/compliance/cases', { title: 'A first case', alertIds: [alertId] });
  expect(opened.status).toBe(201);
  const again = await owner.ask('POST', '/compliance/cases', { title: 'Twice', alertIds: [alertId] });
  expect({ status: again.status, code: again.body.error.code }).toEqual({ status: 409, code: 'SURVEILLANCE_STATE' });
  const path = `/compliance/cases/${opened.body.caseId}/decide`;
  const decided = await owner.ask('POST', path, { decision: 'report STOR', reason: 'Shown and taken back.' });
  expect(decided.status).toBe(200);
  expect(decided.body.case.draft).toMatchObject({
    kind: 'STOR',
    simulated: true,
    suspects: ['firm 7'],
    verified: false,
  });
  expect(decided.body.case.dueMicros).toBeGreaterThan(decided.body.case.decidedMicros);
  expect(decided.body.alerts[0]).toMatchObject({ state: 'closed', verdict: 'abuse' });
  expect((await owner.ask('POST', path, { decision: 'dismiss', reason: 'Or not.' })).status).toBe(409);
});

it('tries parameters in shadow, asks a second person before they count, and refuses what has no unit or bound', async () => {
  const tried = await owner.ask('PUT', '/compliance/scenarios/spoofing/shadow', { parameters: { sizeRatio: 8 } });
  expect(tried.body.scenarios[0].shadow.sizeRatio).toBe(8);
  const change = await owner.ask('PUT', '/compliance/scenarios/spoofing/parameters', { parameters: { sizeRatio: 8 } });
  expect(change.status).toBe(202);
  const { approvalId } = change.body.approval;
  const own = await owner.ask('POST', `/approvals/${approvalId}/confirm`, {});
  expect(own.body.error.code).toBe('API_SECOND_PERSON_NEEDED');
  const wrong = await owner.ask('PUT', '/compliance/scenarios/spoofing/parameters', { parameters: { sizeRatio: -1 } });
  expect({ status: wrong.status, code: wrong.body.error.code }).toEqual({
    status: 400,
    code: 'SURVEILLANCE_PARAMETERS',
  });
  expect((await owner.ask('PUT', '/compliance/scenarios/none/shadow', { parameters: {} })).status).toBe(404);
});

it('tests parameters on the journal, and finds again what was found', async () => {
  const begun = await owner.ask('POST', '/compliance/back-tests', {
    scenario: 'spoofing',
    parameters: {},
    commands: 20_000_000,
  });
  expect(begun.status).toBe(202);
  const done = await until(
    'the back-test is done',
    async () => {
      const { body } = await owner.ask('GET', `/compliance/back-tests/${begun.body.backTestId}`);
      return body.state === 'running'
        ? undefined
        : (body as { state: string; result: { found: number; foundLive: number; events: number } });
    },
    60_000,
  );
  expect(done.state).toBe('done');
  expect(done.result.events).toBeGreaterThan(1000);
  expect(done.result.found).toBeGreaterThanOrEqual(done.result.foundLive);
});
