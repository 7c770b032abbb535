/**
 * The checks of shards: three copies on three providers in three regions, led where they may be led, stored where they
 * may be stored. Pure, and part of the check of the topology.
 */
import type { TopologyCode } from './errors.ts';
import { REPLICA_ROLES, isCluster, regionOf, replicasOf, sitesOf } from './model.ts';
import type { Replica, Shard, Site, Topology } from './model.ts';
import { violation, type TopologyPath, type Violation } from './violation.ts';

/** Tiers that may lead a shard. */
const LEADING_TIERS: ReadonlySet<string> = new Set(['primary-trading', 'regional-hub', 'disaster-recovery']);

export function checkShards(topology: Topology): Violation[] {
  return topology.shards.flatMap((shard, at) => {
    const path = ['shards', at];
    const unknown = unknownSites(topology, shard, path);
    const missing = REPLICA_ROLES.filter((role) => shard[role] === undefined);
    const few = `${shard.name} has no ${missing.join(' and no ')}`;
    const replicas = replicasOf(topology, shard);
    return [
      ...unknown,
      ...(missing.length === 0 ? [] : [violation('TOPOLOGY_REPLICAS_MISSING', path, few)]),
      ...shared(replicas, path),
      ...replicas.flatMap((replica) => misplaced(replica, path)),
      ...checkResidency(topology, shard, replicas, path),
    ];
  });
}

function unknownSites(topology: Topology, shard: Shard, path: TopologyPath): Violation[] {
  const names = new Set(sitesOf(topology).map(({ name }) => name));
  return REPLICA_ROLES.flatMap((role) => {
    const name = shard[role];
    if (name === undefined || names.has(name)) return [];
    return [violation('TOPOLOGY_UNKNOWN_REFERENCE', [...path, role], `there is no site "${name}"`)];
  });
}

/** One finding for each copy that shares what an earlier one has. */
function shared(replicas: readonly Replica[], path: TopologyPath): Violation[] {
  const clash = (code: TopologyCode, what: (site: Site) => string): Violation[] =>
    replicas.flatMap(({ role, site }, at) => {
      const other = replicas.slice(0, at).find((earlier) => what(earlier.site) === what(site));
      if (other === undefined) return [];
      return [violation(code, [...path, role], `${role} and ${other.role} are both in ${what(site)}`)];
    });
  const regions = clash('TOPOLOGY_REPLICAS_SHARE_REGION', regionOf);
  const domains = clash('TOPOLOGY_REPLICAS_SHARE_REGION', ({ failureDomain }) => failureDomain);
  return [
    ...clash('TOPOLOGY_REPLICAS_SHARE_PROVIDER', ({ provider }) => provider),
    ...regions,
    // Who shares the region shares its failure domain as well: said once.
    ...domains.filter(({ path: at }) => !regions.some((known) => known.path.at(-1) === at.at(-1))),
  ];
}

function misplaced({ role, site }: Replica, path: TopologyPath): Violation[] {
  const at = [...path, role];
  if (!isCluster(site)) {
    if (role === 'witness') return [];
    return [violation('TOPOLOGY_REPLICA_TIER', at, `${site.name} is a witness site: it cannot lead`)];
  }
  if (site.preemptible) {
    return [violation('TOPOLOGY_REPLICA_TIER', at, `${site.name} is preemptible: its provider may take it away`)];
  }
  if (role === 'witness' || LEADING_TIERS.has(site.tier)) return [];
  return [violation('TOPOLOGY_REPLICA_TIER', at, `${site.name} is an ${site.tier} cluster: it does not trade`)];
}

function checkResidency(
  topology: Topology,
  shard: Shard,
  replicas: readonly Replica[],
  path: TopologyPath,
): Violation[] {
  const rule = topology.residency.find(({ name }) => name === shard.residency);
  if (rule === undefined) {
    const message = `there is no residency rule "${shard.residency}"`;
    return [violation('TOPOLOGY_UNKNOWN_REFERENCE', [...path, 'residency'], message)];
  }
  return replicas.flatMap(({ role, site }) => {
    const at = [...path, role];
    const where = `${site.name} lies in ${site.jurisdiction}`;
    const found: Violation[] = [];
    if (role !== 'witness' && !rule.leadIn.includes(site.jurisdiction)) {
      const message = `${where}; ${shard.name} may be led in ${rule.leadIn.join(', ')} only`;
      found.push(violation('TOPOLOGY_RESIDENCY_LEAD', at, message));
    }
    if (!rule.storeIn.includes(site.jurisdiction)) {
      const message = `${where}; ${shard.name} may be stored in ${rule.storeIn.join(', ')} only`;
      found.push(violation('TOPOLOGY_RESIDENCY_STORE', at, message));
    }
    return found;
  });
}
