/**
 * The leader of a real shard is killed, stopped beyond every timeout, and switched, under load. What clients were told is
 * compared with the journal afterwards: nothing lost, nothing twice, nothing from two epochs.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestShard, until } from '../shard.ts';
import type { LedgerClient } from '../shard.ts';

/** More by `NAUTILUS_FAILOVER_ROUNDS`; each takes a few seconds. */
const ROUNDS = Number(process.env['NAUTILUS_FAILOVER_ROUNDS'] ?? 4);
const GAP_MS_MAX = 20_000;
const TEST_TIMEOUT_MS = 120_000 + ROUNDS * 20_000;

let shard: TestShard;
let load: LedgerClient;
const story = (): string => shard.story();

beforeAll(async () => {
  shard = await TestShard.start();
  load = shard.load(20_261_122);
  await load.client.connect();
}, TEST_TIMEOUT_MS);

afterAll(async () => shard.stop(), TEST_TIMEOUT_MS);

function leaderPid(): number {
  const pid = shard.nodes.pidOf(shard.leader);
  if (pid === null) throw new Error(`nobody leads\n${story()}`);
  return pid;
}

async function acksAdvance(): Promise<void> {
  const before = load.acks.length;
  await until('orders are answered', () => load.acks.length > before + 50, GAP_MS_MAX, story);
}

describe('a shard of two nodes', () => {
  it(
    `goes on at the standby when the leader is killed, ${ROUNDS} times in a row`,
    async () => {
      const gaps: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await shard.ready();
        await acksAdvance();
        const { epoch, leader } = shard.service.readiness();
        const killedAt = performance.now();
        process.kill(leaderPid(), 'SIGKILL');
        gaps.push((await load.firstAckAbove(epoch, GAP_MS_MAX, story)) - killedAt);
        expect(shard.leader).not.toBe(leader);
      }
      gaps.sort((a, b) => a - b);
      process.stdout.write(
        `client-seen gap of ${ROUNDS} kills: p50 ${gaps[ROUNDS >> 1]?.toFixed(0)} ms, max ${gaps.at(-1)?.toFixed(0)} ms\n`,
      );
      const done = (await shard.failovers()).filter(({ state, kind }) => state === 'done' && kind === 'takeover');
      expect(done.length).toBe(ROUNDS);
      expect(done.every(({ steps }) => steps.length === 4)).toBe(true);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'is not answered by an old leader that was stopped beyond every timeout and goes on',
    async () => {
      await shard.ready();
      await acksAdvance();
      const { epoch, leader } = shard.service.readiness();
      const pid = leaderPid();
      process.kill(pid, 'SIGSTOP');
      await load.firstAckAbove(epoch, GAP_MS_MAX, story);
      process.kill(pid, 'SIGCONT');
      await until('the old leader has ended', () => shard.nodes.pidOf(leader ?? '') !== pid, GAP_MS_MAX, story);
      expect(shard.ended.at(-1)).toEqual({ member: leader, detail: 'exit code 75', isFinal: false });
      expect(shard.lines.some((line) => line.includes('nothing that was acknowledged is missing'))).toBe(true);
      await shard.ready();
      // Logins never went back to an earlier epoch.
      expect(load.epochs).toEqual(load.epochs.toSorted((a, b) => a - b));
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'changes its leader at an agreed sequence without a rejected order',
    async () => {
      await shard.ready();
      await acksAdvance();
      const { epoch, candidate } = shard.service.readiness();
      const before = load.rejects.length;
      const wish = shard.service.request({ to: candidate ?? '', by: ['ann'], reason: 'test' });
      expect(wish.ok).toBe(true);
      await load.firstAckAbove(epoch, GAP_MS_MAX, story);
      await acksAdvance();
      expect(load.rejects.slice(before)).toEqual([]);
      const last = (await shard.failovers()).at(-1);
      expect(last).toMatchObject({ kind: 'switchover', state: 'done', commandsLost: 0, epochAfter: epoch + 1 });
      expect(last?.steps.map(({ name }) => name)).toEqual(['drain', 'append-epoch', 'verify-tail', 'accept-clients']);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'loses nothing, executes nothing twice, and commits nothing under two epochs',
    async () => {
      await pause(200);
      await load.finish(story);
      await shard.end();
      const judgement = await shard.judge(load.acks);
      expect(judgement).toMatchObject({ lost: 0, twice: 0, dualCommits: 0, epochs: ROUNDS + 3 });
      expect(judgement.acked).toBeGreaterThan((ROUNDS + 2) * 50);
      expect(new Set(load.acks.map(({ clOrdId }) => clOrdId)).size).toBe(load.acks.length);
    },
    TEST_TIMEOUT_MS,
  );
});
