/** Every broken topology is found with the right code at the right place, and valid ones pass. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTopology } from './check.ts';
import { TOPOLOGY_ERRORS } from './errors.ts';
import { topologySchema, type Topology } from './model.ts';
import { BREAKAGES, validTopology } from './testing.ts';

const found = (topology: Topology): string[] =>
  checkTopology(topology).map(({ code, path }) => `${code} ${path.join('.')}`);

describe('the check of a topology', () => {
  it('passes every valid one', () => {
    fc.assert(
      fc.property(validTopology, (topology) => {
        expect(topologySchema.safeParse(topology).error).toBeUndefined();
        expect(found(topology)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each(BREAKAGES.map((breakage) => [breakage.what, breakage] as const))('finds it when %s', (_what, breakage) => {
    fc.assert(
      fc.property(validTopology, (valid) => {
        const topology = structuredClone(valid);
        breakage.break(topology);
        expect(found(topology)).toContainEqual(expect.stringMatching(new RegExp(`^${breakage.code} ${breakage.at}`)));
      }),
      { numRuns: 60 },
    );
  });

  it('finds each of several things that are wrong at once', () => {
    const independent = BREAKAGES.filter(({ code }) =>
      ['TOPOLOGY_RESIDENCY_STORE', 'TOPOLOGY_NODE_RANGE', 'TOPOLOGY_MEMBER_KEY', 'TOPOLOGY_DR_SAME_PLACE'].includes(
        code,
      ),
    );
    fc.assert(
      fc.property(validTopology, fc.subarray(independent, { minLength: 2 }), (valid, breakages) => {
        const topology = structuredClone(valid);
        for (const breakage of breakages) breakage.break(topology);
        const codes = new Set(checkTopology(topology).map(({ code }) => code));
        for (const { code } of breakages) expect(codes).toContain(code);
      }),
      { numRuns: 100 },
    );
  });

  it('has a breakage for every code but those of reading the file', () => {
    const broken = new Set<string>(BREAKAGES.map(({ code }) => code));
    const unbroken = Object.keys(TOPOLOGY_ERRORS).filter((code) => !broken.has(code));
    expect(unbroken).toEqual(['TOPOLOGY_SHAPE', 'TOPOLOGY_UNREADABLE']);
  });
});
