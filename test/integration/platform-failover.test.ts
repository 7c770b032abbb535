/** Failover of a whole platform, by hand over the API and the command line, and by itself when the leader is killed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, runProgram } from '../platform.ts';
import type { TestPlatform } from '../platform.ts';
import { logIn, openMarket, until } from '../platform-user.ts';
import type { PlatformUser } from '../platform-user.ts';

const SYMBOL = 'ORCA';
const SLOW_MS = 60_000;

let platform: TestPlatform;
let owner: PlatformUser;

beforeAll(async () => {
  platform = await startTestPlatform();
  owner = await logIn(platform);
  await openMarket(owner, SYMBOL);
});
afterAll(async () => platform.stop());

async function ready(): Promise<{ leader: string; candidate: string; epoch: number }> {
  return until(
    'a standby could take over',
    async () => {
      const { now } = (await owner.ask('GET', '/federation/readiness')).body;
      return now.isReady ? now : undefined;
    },
    SLOW_MS,
  );
}

async function ended(failoverId: string) {
  return until(
    'the change has ended',
    async () => {
      const { body } = await owner.ask('GET', `/federation/failovers/${failoverId}`);
      return body.endedMicros === null ? undefined : body;
    },
    SLOW_MS,
  );
}

async function nautilus(...words: string[]) {
  return runProgram('src/cli/main.ts', [...words, '--data', platform.dataFolder]);
}

describe('failover of a platform', () => {
  it('says who leads, who could, and what a change would do', async () => {
    const { leader, candidate } = await ready();
    const { body: leadership } = await owner.ask('GET', '/federation/leadership');
    expect(leadership).toMatchObject({ leader, epoch: 1, current: null });
    expect(leadership.members.map(({ role }: { role: string }) => role).toSorted()).toEqual(['leader', 'standby']);
    const { body: run } = await owner.ask('GET', `/federation/failovers/dry-run?to=${candidate}`);
    expect(run).toMatchObject({ kind: 'switchover', from: leader, to: candidate, needs: 'one' });
    expect(run.expectedLoss).toEqual({ journaled: 0, durable: 0 });
    const { body: nonsense } = await owner.ask('GET', '/federation/failovers/dry-run?to=nobody');
    expect(nonsense.needs).toBe('nobody');
    const told = await nautilus('failover', 'dry-run', candidate);
    expect(told).toMatchObject({ code: 0, out: expect.stringContaining('Nothing was changed.') });
  });

  it('takes an announced change back, and carries out one at a time', async () => {
    const { candidate, epoch } = await ready();
    const made = await owner.ask('POST', '/federation/failovers', { to: candidate, reason: 'to be taken back' });
    expect(made).toMatchObject({ status: 202, body: { failover: { state: 'announced' } } });
    const { failoverId } = made.body.failover;
    const second = await owner.ask('POST', '/federation/failovers', { to: candidate, reason: 'one too many' });
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'FAILOVER_BUSY' } } });
    const taken = await owner.ask('POST', `/federation/failovers/${failoverId}/abort`, {});
    expect(taken).toMatchObject({ status: 200, body: { failoverId } });
    expect(await ended(failoverId)).toMatchObject({ state: 'aborted' });
    expect((await ready()).epoch).toBe(epoch);
  });

  it('switches the leader while the demo runs, with every order kept', async () => {
    const { leader, candidate, epoch } = await ready();
    const told = await nautilus('failover', 'execute', candidate, '--reason', 'maintenance', '--json');
    expect(told.code).toBe(0);
    const { failover, auditId } = JSON.parse(told.out);
    const done = await ended(failover.failoverId);
    expect(done).toMatchObject({ kind: 'switchover', state: 'done', from: leader, to: candidate, commandsLost: 0 });
    const after = await ready();
    expect(after).toMatchObject({ leader: candidate, candidate: leader, epoch: epoch + 1 });
    const { body: audit } = await owner.ask('GET', '/audit?limit=50');
    expect(audit.entries).toContainEqual(
      expect.objectContaining({ auditId, act: 'failover.execute', outcome: 'done' }),
    );
    const trading = await owner.ask('GET', '/trading/status');
    expect(trading.body.node.state).toBe('ready');
  });

  it('fails over by itself when the leader is killed, and has the record of it', async () => {
    const { leader, candidate, epoch } = await ready();
    const { pid } = (await owner.ask('GET', '/trading/status')).body.node;
    process.kill(pid, 'SIGKILL');
    const after = await until(
      'the other one leads',
      async () => {
        const { body } = await owner.ask('GET', '/federation/leadership');
        return body.epoch > epoch ? body : undefined;
      },
      SLOW_MS,
    );
    expect(after.leader).toBe(candidate);
    const { body } = await owner.ask('GET', '/federation/failovers');
    const [record] = body.failovers;
    expect(record).toMatchObject({ kind: 'takeover', state: 'done', by: ['automatic'], from: leader, to: candidate });
    const { body: records } = await owner.ask('GET', '/federation/failover-records');
    expect(records.outageMicros.takeover.p50).toBe(record.outageMicros);
    // The killed one comes back as a standby.
    expect((await ready()).candidate).toBe(leader);
    expect(await nautilus('failover', 'list')).toMatchObject({ code: 0, out: expect.stringContaining('takeover') });
  });

  it('lets nobody force a change alone, and refuses what two may not pass either', async () => {
    const { leader } = await ready();
    const refused = await owner.ask('POST', '/federation/failovers', { to: leader, reason: 'it leads already' });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'FAILOVER_REFUSED' } } });
    const asked = await owner.ask('POST', '/federation/failovers/force', { to: leader, reason: 'it leads already' });
    expect(asked.status).toBe(202);
    const { approvalId } = asked.body.approval;
    const own = await owner.ask('POST', `/approvals/${approvalId}/confirm`, {});
    expect(own.body.error.code).toBe('API_SECOND_PERSON_NEEDED');
  });
});
