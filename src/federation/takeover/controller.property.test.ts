import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '#kit/rng.ts';
import { ShardSimulation } from './simulation.ts';

const RUNS = 300;
const STABLE_MICROS = 20_000_000;
/** Enough for every restart, detection, cooldown and failback. */
const QUIET_MICROS = 70_000_000;

const trouble = fc.record({
  what: fc.constantFrom('crash', 'stop', 'resume', 'skew', 'switch', 'force', 'abort', 'nothing'),
  member: fc.nat({ max: 2 }),
  waitMicros: fc.integer({ min: 50_000, max: 6_000_000 }),
});

function cause(simulation: ShardSimulation, what: string, at: number): void {
  const member = simulation.members[at % simulation.members.length];
  if (member === undefined) return;
  if (what === 'crash' && member.state === 'up') simulation.crash(member);
  if (what === 'stop' && member.state === 'up') member.state = 'stopped';
  if (what === 'resume' && member.state === 'stopped') member.state = 'up';
  if (what === 'skew') member.clockOffsetMicros = member.clockOffsetMicros === 0 ? 61e6 : 0;
  const people = what === 'force' ? ['ann', 'bob'] : ['ann'];
  if (what === 'switch' || what === 'force') {
    for (const by of [people, ['eve']]) {
      const answer = simulation.controller.request({ to: member.name, by, reason: 'test' }, simulation.nowMicros);
      if (answer.ok) simulation.carryOut(answer.value.acts);
    }
  }
  const current = simulation.controller.current;
  if (what === 'abort' && current !== undefined) {
    const answer = simulation.controller.abort(current.failoverId, 'ann', simulation.nowMicros);
    if (answer.ok) simulation.carryOut(answer.value);
  }
}

describe('a shard under any trouble', () => {
  it('has one writer for each epoch, and somebody leads once the trouble is over', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(2, 3), fc.array(trouble, { maxLength: 25 }), (seed, size, troubles) => {
        const simulation = new ShardSimulation(new Rng(seed), ['a', 'b', 'c'].slice(0, size), {
          stableMicros: STABLE_MICROS,
        });
        for (const { what, member, waitMicros } of troubles) {
          cause(simulation, what, member);
          simulation.run(waitMicros);
          // Epochs never fall in the journal: nobody appended after a successor began.
          expect(simulation.journal.every((epoch, at) => at === 0 || epoch >= simulation.journal[at - 1])).toBe(true);
          expect(simulation.controller.epoch).toBeLessThanOrEqual(simulation.epochs.length);
        }
        for (const member of simulation.members) {
          if (member.state === 'stopped') member.state = 'up';
          member.clockOffsetMicros = 0;
        }
        simulation.run(QUIET_MICROS);
        expect(simulation.trueLeader?.name).toBe(simulation.controller.leader);
        expect(simulation.trueLeader).toBeDefined();
        expect(simulation.controller.current).toBeUndefined();
        const before = simulation.epochs.length;
        simulation.run(QUIET_MICROS);
        expect(simulation.epochs.length).toBe(before);
        const open = [...simulation.records.values()].filter(({ endedMicros }) => endedMicros === null);
        expect(open).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
