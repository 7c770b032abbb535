/** A standby beside a real leader: what it tells, whom it refuses, and what ends it. */
import { randomFillSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { OrderEntryClient } from '#edge/client.ts';
import { ExitCode, exitCodeOf } from '#edge/exit-codes.ts';
import { MemberProbe } from '#edge/member-probe.ts';
import type { MemberReport } from '#edge/member-state.ts';
import { startStandby } from '#edge/standby.ts';
import type { Standby } from '#edge/standby.ts';
import { MemberRole } from '#wire/order-entry/messages.ts';
import { clock, connectClient, newOrder, openMarket, startTestNode, temporaryFolder, until } from './edge-harness.ts';
import type { TestNode } from './edge-harness.ts';

const CAPACITY = { orders: 4096, dayOrders: 65_536, accounts: 256, positions: 1024, instruments: 16, trades: 4096 };
const OUTBOX = { ringBytes: 1 << 22, framesMax: 1 << 15 };
const SECONDS = 1000;

let cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.toReversed()) await clean();
  cleanUp = [];
});

async function startLeader(): Promise<TestNode> {
  const leader = await startTestNode({ 2: {} }, { version: '1.0.0' });
  cleanUp.push(async () => leader.stop());
  return leader;
}

async function follow(
  leader: TestNode,
  journalFolder = join(leader.folder, 'journal'),
  version = '1.0.0',
): Promise<{ standby: Standby; fatal: Error[] }> {
  const fatal: Error[] = [];
  const standby = await startStandby(
    {
      listen: { host: '127.0.0.1', port: 0 },
      journalFolder,
      warmUp: false,
      capacity: CAPACITY,
      outbox: OUTBOX,
      version,
    },
    [{ host: '127.0.0.1', port: leader.node.port }],
    {
      clock,
      directory: { find: async (id) => leader.records.get(id), list: async () => [] },
      fillRandom: (bytes) => void randomFillSync(bytes),
      onFatal: (error) => fatal.push(error),
      log: () => undefined,
    },
  );
  cleanUp.push(async () => standby.stop());
  return { standby, fatal };
}

function privateKeyOf(leader: TestNode, session: number) {
  const key = leader.keys.get(session);
  if (key === undefined) throw new Error(`no key of session ${session}`);
  return key;
}

describe('a standby', () => {
  it('has the state of its leader, finds it equal place by place, and says how far it is', async () => {
    const leader = await startLeader();
    const { standby, fatal } = await follow(leader);
    const administrator = await openMarket(leader);
    const trader = await leader.connect(2);
    for (let id = 1; id <= 200; id++)
      trader.send(newOrder({ clOrdId: id, account: 0, side: 0, price: 900 + (id % 50) }));
    await trader.until(() => trader.reports.length === 200);
    await until(() => standby.pointsCompared >= 2, 10 * SECONDS);
    await until(() => standby.report().lastSequence >= 200, 10 * SECONDS);
    const reports: MemberReport[] = [];
    const probe = new MemberProbe({
      endpoint: { host: '127.0.0.1', port: standby.port },
      clock,
      intervalMs: 20,
      onReport: (report) => reports.push(report),
    });
    cleanUp.push(() => probe.stop());
    await until(() => reports.length > 2, 10 * SECONDS);
    expect(reports.at(-1)).toMatchObject({
      role: MemberRole.standby,
      epoch: 1,
      version: '1.0.0',
      leaderAddress: `127.0.0.1:${leader.node.port}`,
    });
    expect(fatal).toEqual([]);
    await administrator.client.close();
  });

  it('refuses logins and names the leader, to which the client then goes', async () => {
    const leader = await startLeader();
    const { standby } = await follow(leader);
    await until(() => standby.report().leaderAddress !== '', 10 * SECONDS);
    const refused = new OrderEntryClient({
      endpoints: [{ host: '127.0.0.1', port: standby.port }],
      session: 2,
      privateKey: privateKeyOf(leader, 2),
      clock,
      reconnect: false,
    });
    await expect(refused.connect()).rejects.toThrow(/1020/);
    const endpoints = [standby.port, standby.port, leader.node.port].map((port) => ({ host: '127.0.0.1', port }));
    const client = await connectClient(standby.port, 2, privateKeyOf(leader, 2), { endpoints });
    cleanUp.push(async () => client.client.close());
    // Once, by the address it was given: not a second time at the standby.
    expect(client.downs).toEqual([1020]);
  });

  it('ends loudly, with a code of its own, when its state differs from the leader by a single number', async () => {
    const leader = await startLeader();
    const { standby, fatal } = await follow(leader);
    await openMarket(leader);
    await until(() => standby.pointsCompared >= 1, 10 * SECONDS);
    const { view } = standby.engine;
    if (view === undefined) throw new Error('no state');
    view.numbers[view.numbers.length - 1] += 1;
    await until(() => fatal.length > 0, 10 * SECONDS);
    expect(fatal[0]).toMatchObject({ code: 'EDGE_STATE_DIFFERS' });
    expect(exitCodeOf(fatal[0])).toBe(ExitCode.diverged);
  });

  it('ends when it follows another journal than its leader writes', async () => {
    const leader = await startLeader();
    const other = await startLeader();
    const { fatal } = await follow(leader, join(other.folder, 'journal'));
    await until(() => fatal.length > 0, 20 * SECONDS);
    expect(fatal[0]).toMatchObject({ code: 'EDGE_STATE_DIFFERS' });
  });

  it('is refused beside a leader of another version', async () => {
    const leader = await startLeader();
    const { fatal } = await follow(leader, undefined, '2.0.0');
    await until(() => fatal.length > 0, 10 * SECONDS);
    expect(fatal[0]).toMatchObject({ code: 'EDGE_VERSION_DIFFERS' });
    expect(exitCodeOf(fatal[0])).toBe(ExitCode.version);
  });

  it('goes on following when another candidate was faster', async () => {
    const leader = await startLeader();
    const first = await follow(leader);
    const second = await follow(leader);
    const outcomes = await Promise.allSettled([first.standby.promote(), second.standby.promote()]);
    const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    for (const { node } of won) cleanUp.push(async () => node.stop());
    expect(won.length).toBeGreaterThan(0);
    const epochs = won.map(({ node }) => node.epoch);
    expect(new Set(epochs).size).toBe(won.length);
    await until(() => leader.fatal.length > 0, 10 * SECONDS);
    expect(leader.fatal[0]).toMatchObject({ code: 'EDGE_FENCED' });
  });

  it('follows an empty journal, and begins it when it is promoted', async () => {
    const leader = await startLeader();
    const empty = temporaryFolder();
    cleanUp.push(() => rmSync(empty, { recursive: true, force: true }));
    const { standby } = await follow(leader, empty);
    const { node, caughtUp } = await standby.promote();
    cleanUp.push(async () => node.stop());
    expect([node.epoch, caughtUp]).toEqual([1, 0]);
    expect(node.engine.view).toBeDefined();
  });
});
