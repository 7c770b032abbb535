import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { outageMicros } from './failover.ts';
import { ShardSimulation, codeOf } from './simulation.ts';

function shard(policy = {}): ShardSimulation {
  const simulation = new ShardSimulation(new Rng(7), ['a', 'b'], policy);
  simulation.run(1_000_000);
  return simulation;
}

function request(simulation: ShardSimulation, to: string, ...by: string[]): string {
  const answer = simulation.controller.request({ to, by, reason: 'test' }, simulation.nowMicros);
  if (!answer.ok) return codeOf(answer.error);
  simulation.carryOut(answer.value.acts);
  return answer.value.failover.failoverId;
}

describe('the takeover controller', () => {
  it('lets the standby take over when a quorum suspects the leader, and records every step', () => {
    const simulation = shard();
    simulation.crash(simulation.member('a'));
    simulation.run(3_000_000);
    expect(simulation.controller.leader).toBe('b');
    const [failover] = [...simulation.records.values()];
    expect(failover).toMatchObject({
      kind: 'takeover',
      state: 'done',
      by: ['automatic'],
      from: 'a',
      to: 'b',
      epochAfter: 2,
      commandsLost: 0,
    });
    expect(failover.steps.map(({ name }) => name)).toEqual([
      'suspect',
      'append-epoch',
      'verify-tail',
      'accept-clients',
    ]);
    expect(outageMicros(failover)).toBeGreaterThan(1_000_000);
    expect(simulation.steered.at(-1)).toEqual({ leader: 'b', epoch: 2 });
  });

  it('hands the leadership over at the sequence where the old leader ended', () => {
    const simulation = shard();
    const id = request(simulation, 'b', 'ann');
    simulation.run(4_000_000);
    const failover = simulation.records.get(id);
    expect(failover).toMatchObject({ kind: 'switchover', state: 'done', isForced: false, commandsLost: 0 });
    expect(failover?.steps[0]).toMatchObject({ name: 'drain' });
    expect(simulation.trueLeader?.name).toBe('b');
  });

  it('carries out one of two changes that are asked for at once', () => {
    const simulation = shard();
    const first = request(simulation, 'b', 'ann');
    expect(request(simulation, 'b', 'bob')).toBe('FAILOVER_BUSY');
    simulation.run(4_000_000);
    expect(simulation.records.size).toBe(1);
    expect(simulation.records.get(first)?.state).toBe('done');
  });

  it('takes an announced change back, and none that has begun', () => {
    const simulation = shard();
    const id = request(simulation, 'b', 'ann');
    expect(simulation.controller.abort(id, 'bob', simulation.nowMicros).ok).toBe(true);
    expect(simulation.controller.current).toBeUndefined();
    const next = request(simulation, 'b', 'ann');
    simulation.run(1_100_000);
    const late = simulation.controller.abort(next, 'bob', simulation.nowMicros);
    expect(late.ok ? '' : codeOf(late.error)).toMatch(/FAILOVER_(TOO_LATE|UNKNOWN)/);
  });

  it('refuses a change to a standby that is too far behind, unless two different people force it', () => {
    const simulation = shard({ lagCommandsMax: -1 });
    expect(request(simulation, 'b', 'ann')).toBe('FAILOVER_REFUSED');
    expect(request(simulation, 'b', 'ann', 'ann')).toBe('FAILOVER_REFUSED');
    const id = request(simulation, 'b', 'ann', 'bob');
    simulation.run(4_000_000);
    expect(simulation.records.get(id)).toMatchObject({ state: 'done', isForced: true });
  });

  it('never lets two people force a change to a member that is not healthy: it would be the last one', () => {
    const simulation = shard();
    simulation.member('b').state = 'stopped';
    simulation.run(3_000_000);
    expect(request(simulation, 'b', 'ann', 'bob')).toBe('FAILOVER_REFUSED');
    expect(simulation.trueLeader?.name).toBe('a');
  });

  it('names a clock that is a minute off, and refuses such a standby to one person', () => {
    const simulation = shard();
    simulation.member('b').clockOffsetMicros = 60e6;
    simulation.run(100_000);
    const broken = simulation.controller.checks('b', simulation.nowMicros).filter(({ holds }) => !holds);
    expect(broken.map(({ name, canBeForced }) => [name, canBeForced])).toEqual([['clock', true]]);
    expect(request(simulation, 'b', 'ann')).toBe('FAILOVER_REFUSED');
  });

  it('gives the leadership back to the preferred member once that has been well for long enough', () => {
    const simulation = shard({ stableMicros: 20_000_000 });
    simulation.crash(simulation.member('a'));
    simulation.run(15_000_000);
    expect(simulation.trueLeader?.name).toBe('b');
    simulation.run(20_000_000);
    expect(simulation.trueLeader?.name).toBe('a');
    expect([...simulation.records.values()].map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'takeover done',
      'failback done',
    ]);
  });

  it('promotes somebody when the one it drained for dies half way', () => {
    const simulation = shard();
    request(simulation, 'b', 'ann');
    while (simulation.controller.current?.state !== 'promoting') simulation.step();
    simulation.crash(simulation.member('b'));
    simulation.run(10_000_000);
    expect(simulation.trueLeader).toBeDefined();
    expect([...simulation.records.values()].map(({ state }) => state)).toContain('failed');
  });

  it('is not led back by an old leader that was stopped and goes on', () => {
    const simulation = shard();
    const old = simulation.member('a');
    old.state = 'stopped';
    simulation.run(5_000_000);
    expect(simulation.controller.leader).toBe('b');
    old.state = 'up';
    simulation.run(200_000);
    expect([simulation.controller.leader, simulation.controller.epoch]).toEqual(['b', 2]);
    expect(old.state).toBe('down');
    simulation.run(5_000_000);
    expect(old).toMatchObject({ state: 'up', role: 'standby' });
  });
});
