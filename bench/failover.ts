/**
 * Takeovers of a shard on this machine, under load: its leader is killed, or stopped beyond every timeout, or switched.
 * The nodes share one host and one journal folder, and there is no WAN: what is measured is detection, promotion and
 * reconnection, not the distance between sites. A ledger of acknowledgements is compared with the journal afterwards.
 */
import { TestShard, until } from '../test/shard.ts';
import type { LedgerClient } from '../test/shard.ts';
import { outageMicros } from '#federation/takeover/failover.ts';
import { say } from './report.ts';

const KILLS = Number(process.env['NAUTILUS_FAILOVER_ROUNDS'] ?? 20);
const STOPS = Math.ceil(KILLS / 5);
const SWITCHES = Math.ceil(KILLS / 5);
const GAP_MS_MAX = 30_000;
const ACKS_BETWEEN = 500;

type How = 'kill' | 'stop' | 'switchover';

interface Round {
  readonly how: How;
  readonly detectMs: number;
  readonly serverRtoMs: number;
  readonly clientRtoMs: number;
}

export async function run(): Promise<object> {
  say('one host, one journal folder, no WAN: figures of detection, promotion and reconnection only');
  const shard = await TestShard.start();
  try {
    const load = shard.load(20_261_122);
    await load.client.connect();
    const plan: How[] = [
      ...Array<How>(KILLS).fill('kill'),
      ...Array<How>(STOPS).fill('stop'),
      ...Array<How>(SWITCHES).fill('switchover'),
    ];
    const rounds: Round[] = [];
    for (const how of plan) {
      const round = await takeOver(shard, load, how);
      rounds.push(round);
      say(
        `${String(rounds.length).padStart(3)}/${plan.length} ${how.padEnd(10)} detect ${round.detectMs.toFixed(0)} ms, ` +
          `server ${round.serverRtoMs.toFixed(0)} ms, client ${round.clientRtoMs.toFixed(0)} ms`,
      );
    }
    await load.finish(() => shard.story());
    await shard.end();
    const { acked, lost, twice, dualCommits } = await shard.judge(load.acks);
    const unplanned = rounds.filter(({ how }) => how !== 'switchover');
    return {
      setting: 'one host, one journal folder, ack level journaled, no WAN',
      rounds: rounds.length,
      ackedTotal: acked,
      ...figures(unplanned),
      kill: figures(rounds.filter(({ how }) => how === 'kill')),
      stop: figures(rounds.filter(({ how }) => how === 'stop')),
      switchover: figures(rounds.filter(({ how }) => how === 'switchover')),
      rejected: load.rejects.length,
      ackedLost: lost,
      appliedTwice: twice,
      dualCommits,
    };
  } finally {
    await shard.stop();
  }
}

async function takeOver(shard: TestShard, load: LedgerClient, how: How): Promise<Round> {
  const story = (): string => shard.story();
  await shard.ready();
  const before = load.acks.length;
  await until('orders are answered', () => load.acks.length > before + ACKS_BETWEEN, GAP_MS_MAX, story);
  const { epoch, candidate } = shard.service.readiness();
  const pid = shard.nodes.pidOf(shard.leader);
  if (pid === null) throw new Error('nobody leads');
  const begun = performance.now();
  if (how === 'switchover') shard.service.request({ to: candidate ?? '', by: ['bench'], reason: 'bench' });
  else process.kill(pid, how === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  const clientRtoMs = (await load.firstAckAbove(epoch, GAP_MS_MAX, story)) - begun;
  if (how === 'stop') process.kill(pid, 'SIGCONT');
  await until('the change is recorded', () => shard.service.current === undefined, GAP_MS_MAX, story);
  const failover = (await shard.failovers()).at(-1);
  if (failover?.state !== 'done') throw new Error(`the change failed\n${story()}`);
  const suspect = failover.steps.find(({ name }) => name === 'suspect')?.tookMicros ?? 0;
  return { how, detectMs: suspect / 1000, serverRtoMs: (outageMicros(failover) ?? 0) / 1000, clientRtoMs };
}

function figures(rounds: readonly Round[]): object {
  const of = (key: 'detectMs' | 'serverRtoMs' | 'clientRtoMs'): object => {
    const values = rounds.map((round) => round[key]).toSorted((a, b) => a - b);
    const at = (share: number): number =>
      Math.round(values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0);
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  };
  return { detectMs: of('detectMs'), serverRtoMs: of('serverRtoMs'), clientRtoMs: of('clientRtoMs') };
}
