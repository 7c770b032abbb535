/**
 * What a placement survives: for each shard and each thing that can go (a process, a host, a place, a region, a provider),
 * what becomes of trading and of acknowledged orders. Pure arithmetic on the topology; says nothing of how long it takes.
 *
 * A journal with n copies needs a majority of them to go on. Whatever was acknowledged as replicated lies on a majority.
 */
import { isCluster, regionOf, replicasOf, sitesOf } from './model.ts';
import type { Replica, Shard, Site, Topology } from './model.ts';

export const LOSS_LEVELS = ['process', 'host', 'failureDomain', 'region', 'provider'] as const;
export type LossLevel = (typeof LOSS_LEVELS)[number];

/**
 * unaffected: no copy was there. reduced: trades on, with less in reserve. takeover: the standby leads.
 * halted: nothing is accepted until a lost copy is back.
 */
export type Outcome = 'unaffected' | 'reduced' | 'takeover' | 'halted';

/**
 * Of acknowledged orders, if what is lost never comes back. none; lag: what was not replicated yet, as the replication
 * lag said; possible: a copy is left, but not a majority, so that it may lack some; all: no copy is left.
 */
export type Loss = 'none' | 'lag' | 'possible' | 'all';

export interface Fate {
  readonly outcome: Outcome;
  /** The site that leads afterwards; null while halted. */
  readonly leader: string | null;
  readonly copiesLeft: number;
  readonly copies: number;
  /** By ack level; `journaled` and `durable` promise nothing about other sites and fare alike here. */
  readonly lost: { readonly journaled: Loss; readonly replicated: Loss };
}

/** What becomes of a shard's `replicas` when those of `isLost` go. */
export function fateOf(replicas: readonly Replica[], isLost: (replica: Replica) => boolean): Fate {
  const left = replicas.filter((replica) => !isLost(replica));
  const copies = replicas.length;
  const majority = Math.floor(copies / 2) + 1;
  const hasMajority = left.length >= majority;
  const leader = hasMajority ? left.find(({ role }) => role !== 'witness') : undefined;
  const primaryStands = left.some(({ role }) => role === 'primary');
  return {
    outcome: outcomeOf(left.length === copies, leader),
    leader: leader?.site.name ?? null,
    copiesLeft: left.length,
    copies,
    lost: {
      journaled: primaryStands ? 'none' : lossWithout(left.length, hasMajority ? 'lag' : 'possible'),
      // A majority holds it: fewer lost copies than that leave one that has it.
      replicated: primaryStands || copies - left.length < majority ? 'none' : lossWithout(left.length, 'possible'),
    },
  };
}

function outcomeOf(isWhole: boolean, leader: Replica | undefined): Outcome {
  if (leader === undefined) return 'halted';
  if (isWhole) return 'unaffected';
  return leader.role === 'primary' ? 'reduced' : 'takeover';
}

function lossWithout(copiesLeft: number, atWorst: Loss): Loss {
  return copiesLeft === 0 ? 'all' : atWorst;
}

/** The worst that the loss of any one thing of a level can do to a shard. */
export interface LevelSurvival {
  readonly level: LossLevel;
  /** Trading goes on and nothing acknowledged as replicated is lost, whichever one goes. */
  readonly survives: boolean;
  /** Which one is the worst, and what becomes of the shard then. */
  readonly worst: string;
  readonly fate: Fate;
}

export interface ShardSurvival {
  readonly shard: string;
  readonly levels: readonly LevelSurvival[];
}

export function shardSurvival(topology: Topology, shard: Shard): ShardSurvival {
  const replicas = replicasOf(topology, shard);
  const levels = LOSS_LEVELS.map((level) => {
    const fates = [...groupsOf(replicas, level)].map(([name, lost]) => ({
      name,
      fate: fateOf(replicas, (replica) => lost.includes(replica)),
    }));
    const worst = fates.reduce<(typeof fates)[number] | undefined>(
      (known, next) => (known === undefined || severity(next.fate) > severity(known.fate) ? next : known),
      undefined,
    );
    const fate = worst?.fate ?? fateOf(replicas, () => false);
    const survives = fate.outcome !== 'halted' && fate.lost.replicated === 'none';
    return { level, survives, worst: worst?.name ?? '', fate };
  });
  return { shard: shard.name, levels };
}

/** Which copies go together at a level, by the name of what is lost. */
function groupsOf(replicas: readonly Replica[], level: LossLevel): ReadonlyMap<string, readonly Replica[]> {
  return Map.groupBy(replicas, (replica) => {
    const { role, site } = replica;
    switch (level) {
      case 'process':
        return `the ${role} in ${site.name}`;
      case 'host':
        // Copies in one cluster lie on hosts of their own, as far as there are hosts.
        return isCluster(site) && site.nodes.min > 1 ? `the host of the ${role} in ${site.name}` : site.name;
      case 'failureDomain':
        return site.failureDomain;
      case 'region':
        return regionOf(site);
      case 'provider':
        return site.provider;
    }
  });
}

const OUTCOME_SEVERITY: Readonly<Record<Outcome, number>> = { unaffected: 0, reduced: 1, takeover: 2, halted: 3 };
const LOSS_SEVERITY: Readonly<Record<Loss, number>> = { none: 0, lag: 1, possible: 2, all: 3 };
const SEVERITY_STEP = 10;

function severity({ outcome, lost }: Fate): number {
  const losses = LOSS_SEVERITY[lost.replicated] * SEVERITY_STEP + LOSS_SEVERITY[lost.journaled];
  return OUTCOME_SEVERITY[outcome] * SEVERITY_STEP * SEVERITY_STEP + losses;
}

export type LossScope = 'site' | 'failureDomain' | 'region' | 'provider';

/** What goes when one thing goes: the sites, and every shard that feels it. */
export interface LossEvent {
  readonly scope: LossScope;
  readonly name: string;
  readonly sites: readonly string[];
  readonly shards: readonly { readonly shard: string; readonly fate: Fate }[];
}

/** One event for each site, failure domain, region and provider of the topology. */
export function lossEvents(topology: Topology): readonly LossEvent[] {
  const sites = sitesOf(topology);
  const events = (scope: LossScope, nameOf: (site: Site) => string): LossEvent[] =>
    [...Map.groupBy(sites, nameOf)].map(([name, lost]) => ({
      scope,
      name,
      sites: lost.map((site) => site.name),
      shards: topology.shards.flatMap((shard) => {
        const fate = fateOf(replicasOf(topology, shard), ({ site }) => lost.includes(site));
        return fate.outcome === 'unaffected' ? [] : [{ shard: shard.name, fate }];
      }),
    }));
  return [
    ...events('site', ({ name }) => name),
    ...events('failureDomain', ({ failureDomain }) => failureDomain),
    ...events('region', regionOf),
    ...events('provider', ({ provider }) => provider),
  ];
}
