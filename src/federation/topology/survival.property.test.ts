/**
 * What a placement survives, held to brute force: every order is put on every set of copies that its acknowledgement
 * allows, every set of sites is taken away, and what is left is looked at.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPLICA_ROLES, isCluster, replicasOf, type Replica, type Topology } from './model.ts';
import { fateOf, lossEvents, shardSurvival, type Loss } from './survival.ts';
import { validTopology } from './testing.ts';

function subsets<T>(items: readonly T[]): T[][] {
  const picks = Array.from({ length: 2 ** items.length }, (_, bits) => bits);
  return picks.map((bits) => items.filter((_, at) => ((bits >> at) & 1) === 1));
}

/**
 * Where an order acknowledged as replicated may lie: on the primary's disk and on a majority of the copies. An order
 * acknowledged below that lies at least with the primary.
 */
function placements(replicas: readonly Replica[], level: 'journaled' | 'replicated'): Replica[][] {
  const majority = Math.floor(replicas.length / 2) + 1;
  return subsets(replicas).filter(
    (holders) =>
      holders.some(({ role }) => role === 'primary') && (level === 'journaled' || holders.length >= majority),
  );
}

/** The worst that any allowed placement makes of the loss, by looking at each. */
function bruteLoss(replicas: readonly Replica[], left: readonly Replica[], level: 'journaled' | 'replicated'): Loss {
  const kept = placements(replicas, level).map((holders) => holders.some((holder) => left.includes(holder)));
  if (kept.every(Boolean)) return 'none';
  if (!kept.some(Boolean)) return 'all';
  const majority = Math.floor(replicas.length / 2) + 1;
  return left.length >= majority ? 'lag' : 'possible';
}

function bruteTrades(replicas: readonly Replica[], left: readonly Replica[]): string {
  const voters = left.length * 2 > replicas.length;
  const traders = left.filter(({ role }) => role !== 'witness');
  if (!voters || traders.length === 0) return 'halted';
  if (left.length === replicas.length) return 'unaffected';
  return traders.some(({ role }) => role === 'primary') ? 'reduced' : 'takeover';
}

/** Any placement at all: copies may share sites, or be missing. */
const anyPlacement = fc
  .tuple(validTopology, fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), fc.boolean(), fc.boolean())
  .map(([valid, picks, hasStandby, hasWitness]): Topology => {
    const topology = structuredClone(valid);
    const names = [...topology.clusters, ...topology.witnesses].map(({ name }) => name);
    const pick = (at: number): string => names[(picks[at] ?? 0) % names.length] ?? '';
    topology.shards[0] = {
      name: 'shard-0',
      residency: 'rule-0',
      primary: pick(0),
      ...(hasStandby && { standby: pick(1) }),
      ...(hasWitness && { witness: pick(2) }),
    };
    return topology;
  });

describe('what a placement survives', () => {
  it('is what brute force finds, for every set of copies that can go', () => {
    fc.assert(
      fc.property(anyPlacement, (topology) => {
        const replicas = replicasOf(topology, topology.shards[0]);
        for (const lost of subsets(replicas)) {
          const left = replicas.filter((replica) => !lost.includes(replica));
          const fate = fateOf(replicas, (replica) => lost.includes(replica));
          expect(fate).toMatchObject({ outcome: bruteTrades(replicas, left), copiesLeft: left.length });
          expect(fate.lost.replicated).toBe(bruteLoss(replicas, left, 'replicated'));
          const journaled = bruteLoss(replicas, left, 'journaled');
          expect(fate.lost.journaled).toBe(journaled);
          if (fate.outcome === 'halted') expect(fate.leader).toBeNull();
          else expect(left.map(({ site }) => site.name)).toContain(fate.leader);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is named level by level: no single region, place or provider is forgotten', () => {
    fc.assert(
      fc.property(anyPlacement, (topology) => {
        const replicas = replicasOf(topology, topology.shards[0]);
        const survival = shardSurvival(topology, topology.shards[0]);
        const keys = {
          failureDomain: (replica: Replica) => replica.site.failureDomain,
          region: (replica: Replica) => `${replica.site.provider} ${replica.site.region}`,
          provider: (replica: Replica) => replica.site.provider,
        };
        for (const [level, keyOf] of Object.entries(keys)) {
          const survivesAll = [...new Set(replicas.map(keyOf))].every((key) => {
            const left = replicas.filter((replica) => keyOf(replica) !== key);
            return bruteTrades(replicas, left) !== 'halted' && bruteLoss(replicas, left, 'replicated') === 'none';
          });
          expect(survival.levels.find((known) => known.level === level)?.survives).toBe(survivesAll);
        }
        const hosts = survival.levels.find(({ level }) => level === 'host');
        const processes = survival.levels.find(({ level }) => level === 'process');
        if (hosts?.survives === true) expect(processes?.survives).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is everything, for a topology that keeps the rules', () => {
    fc.assert(
      fc.property(validTopology, (topology) => {
        for (const shard of topology.shards) {
          for (const level of shardSurvival(topology, shard).levels) expect(level.survives).toBe(true);
        }
      }),
    );
  });

  it('lists with each loss exactly the shards that have a copy there', () => {
    fc.assert(
      fc.property(validTopology, (topology) => {
        for (const event of lossEvents(topology)) {
          const felt = topology.shards.filter((shard) =>
            REPLICA_ROLES.some((role) => event.sites.includes(shard[role] ?? '')),
          );
          expect(event.shards.map(({ shard }) => shard)).toEqual(felt.map(({ name }) => name));
        }
      }),
    );
  });

  it('puts two copies on one host where a cluster has no second one', () => {
    fc.assert(
      fc.property(validTopology, fc.boolean(), (valid, single) => {
        const topology = structuredClone(valid);
        topology.shards[0].standby = topology.shards[0].primary;
        topology.clusters[0].nodes.min = single ? 1 : 2;
        const primary = replicasOf(topology, topology.shards[0])[0]?.site;
        expect(primary !== undefined && isCluster(primary)).toBe(true);
        const host = shardSurvival(topology, topology.shards[0]).levels.find(({ level }) => level === 'host');
        expect(host?.survives).toBe(!single);
      }),
    );
  });
});
