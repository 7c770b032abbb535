/**
 * Topologies for tests: valid ones of any size, and mutations that each break one rule. Drawn by fast-check, so that a
 * failure shrinks. Never used by the program.
 */
import fc from 'fast-check';
import type { TopologyCode } from './errors.ts';
import type { Topology } from './model.ts';

const PROVIDERS = ['aws', 'gcp', 'azure', 'own'] as const;
const JURISDICTIONS = ['us', 'eu', 'jp', 'sg'] as const;
const TIERS = ['regional-hub', 'analytics'] as const;

const spotArbitrary = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

/** One shard's three sites, and a hub beside them that holds nothing. */
const groupArbitrary = fc.record({
  providers: fc.shuffledSubarray([...PROVIDERS], { minLength: 3, maxLength: 3 }),
  jurisdiction: fc.constantFrom(...JURISDICTIONS),
  spots: fc.array(spotArbitrary, { minLength: 4, maxLength: 4 }),
  nodes: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 4, maxLength: 4 }),
  hubProvider: fc.constantFrom(...PROVIDERS),
  hubTier: fc.constantFrom(...TIERS),
});
type Group = typeof groupArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

/** Topologies that keep every rule. */
export const validTopology: fc.Arbitrary<Topology> = fc
  .array(groupArbitrary, { minLength: 1, maxLength: 6 })
  .map(build);

function build(groups: readonly Group[]): Topology {
  const topology: Topology = {
    home: 'primary-0',
    failureDomains: groups.flatMap((_, at) => ['a', 'b', 'c', 'd'].map((part) => `domain-${at}-${part}`)),
    clusters: groups.flatMap((group, at) => {
      const [primary, standby] = group.providers;
      return [
        { ...cluster(group, at, 0, 'primary', primary), tier: 'primary-trading' as const },
        { ...cluster(group, at, 1, 'recovery', standby), tier: 'disaster-recovery' as const, drFor: `primary-${at}` },
        { ...cluster(group, at, 3, 'hub', group.hubProvider), tier: group.hubTier },
      ];
    }),
    witnesses: groups.map((group, at) => site(group, at, 2, 'witness', group.providers[2])),
    shards: groups.map((_, at) => ({
      name: `shard-${at}`,
      residency: `rule-${at}`,
      primary: `primary-${at}`,
      standby: `recovery-${at}`,
      witness: `witness-${at}`,
    })),
    residency: groups.map((group, at) => ({
      name: `rule-${at}`,
      leadIn: [group.jurisdiction],
      storeIn: [group.jurisdiction],
    })),
    detection: {
      // Sites of a shard are on three providers: whichever goes, two of three are left.
      observers: groups.flatMap((_, at) => [`primary-${at}`, `recovery-${at}`, `witness-${at}`]),
      regionsMin: 2,
      providersMin: 2,
    },
    members: [{ name: 'node-1', cluster: 'primary-0', publicKey: Buffer.alloc(32, 1).toString('base64') }],
  };
  return topology;
}

const PARTS = ['a', 'b', 'c', 'd'] as const;

function site(group: Group, at: number, part: number, kind: string, provider: string) {
  return {
    name: `${kind}-${at}`,
    provider,
    region: `region-${at}-${part}`,
    place: `place ${at} ${part}`,
    coordinates: { ...group.spots[part] },
    failureDomain: `domain-${at}-${PARTS[part]}`,
    addressRange: part === 2 ? `fd00:${at + 1}::/64` : `10.${at * 4 + part}.0.0/16`,
    jurisdiction: group.jurisdiction,
  };
}

function cluster(group: Group, at: number, part: number, kind: string, provider: string) {
  const min = group.nodes[part];
  return { ...site(group, at, part, kind, provider), nodes: { min, max: min + 3 }, preemptible: false };
}

/** One rule broken: what is done to a copy of a valid topology, and the code and the place that must be found. */
export interface Breakage {
  readonly what: string;
  readonly code: TopologyCode;
  /** The beginning of the place, e.g. `clusters.0.name`. */
  readonly at: string;
  readonly break: (topology: Topology) => void;
}

function breakage(code: TopologyCode, at: string, what: string, change: Breakage['break']): Breakage {
  return { what, code, at, break: change };
}

export const BREAKAGES: readonly Breakage[] = [
  breakage('TOPOLOGY_DR_SAME_PROVIDER', 'clusters.1.drFor', 'the recovery moves to its provider', (topology) => {
    topology.clusters[1].provider = topology.clusters[0].provider;
  }),
  breakage('TOPOLOGY_DR_SAME_PLACE', 'clusters.1.drFor', 'the recovery moves to its place', (topology) => {
    topology.clusters[1].failureDomain = topology.clusters[0].failureDomain;
  }),
  breakage('TOPOLOGY_DR_TIER', 'clusters.1', 'the recovery forgets for whom', (topology) => {
    delete topology.clusters[1].drFor;
  }),
  breakage('TOPOLOGY_DR_MISSING', 'clusters.0', 'the recovery becomes a hub', (topology) => {
    topology.clusters[1].tier = 'regional-hub';
    delete topology.clusters[1].drFor;
  }),
  breakage('TOPOLOGY_DR_TIER', 'clusters.2.drFor', 'a hub claims to be a recovery', (topology) => {
    topology.clusters[2].drFor = topology.clusters[0].name;
  }),
  breakage('TOPOLOGY_UNKNOWN_REFERENCE', 'clusters.1.drFor', 'the recovery names nobody', (topology) => {
    topology.clusters[1].drFor = 'nowhere';
  }),
  breakage('TOPOLOGY_ADDRESS_OVERLAP', 'clusters.1.addressRange', 'a range grows over another', (topology) => {
    topology.clusters[1].addressRange = '10.0.0.0/8';
  }),
  breakage('TOPOLOGY_ADDRESS_OVERLAP', 'witnesses.0.addressRange', 'a range lies inside another', (topology) => {
    topology.witnesses[0].addressRange = topology.clusters[0].addressRange.replace('/16', '/30');
  }),
  breakage('TOPOLOGY_ADDRESS_RANGE', 'clusters.0.addressRange', 'a range has bits after its prefix', (topology) => {
    topology.clusters[0].addressRange = '10.200.0.1/16';
  }),
  breakage('TOPOLOGY_ADDRESS_ROOM', 'clusters.0.addressRange', 'a range has no room', (topology) => {
    topology.clusters[0].addressRange = '10.200.0.0/32';
    topology.clusters[0].nodes = { min: 2, max: 2 };
  }),
  breakage('TOPOLOGY_REPLICAS_SHARE_PROVIDER', 'shards.0.witness', 'the witness moves to a provider', (topology) => {
    topology.witnesses[0].provider = topology.clusters[0].provider;
  }),
  breakage('TOPOLOGY_REPLICAS_SHARE_REGION', 'shards.0.witness', 'the witness moves to a place', (topology) => {
    topology.witnesses[0].failureDomain = topology.clusters[1].failureDomain;
  }),
  breakage('TOPOLOGY_REPLICAS_SHARE_REGION', 'shards.0.standby', 'the standby moves into the cluster', (topology) => {
    topology.shards[0].standby = topology.shards[0].primary;
  }),
  breakage('TOPOLOGY_REPLICAS_MISSING', 'shards.0', 'a shard has no witness', (topology) => {
    delete topology.shards[0].witness;
  }),
  breakage('TOPOLOGY_REPLICA_TIER', 'shards.0.primary', 'a witness leads', (topology) => {
    const [shard] = topology.shards;
    const { witness, primary } = shard;
    shard.primary = String(witness);
    shard.witness = primary;
  }),
  breakage('TOPOLOGY_REPLICA_TIER', 'shards.0.standby', 'the standby is preemptible', (topology) => {
    topology.clusters[1].preemptible = true;
  }),
  breakage('TOPOLOGY_RESIDENCY_LEAD', 'shards.0.standby', 'the standby moves abroad', (topology) => {
    topology.clusters[1].jurisdiction = 'xx';
  }),
  breakage('TOPOLOGY_RESIDENCY_STORE', 'shards.0.witness', 'the witness moves abroad', (topology) => {
    topology.witnesses[0].jurisdiction = 'xx';
  }),
  breakage('TOPOLOGY_UNKNOWN_REFERENCE', 'shards.0.residency', 'a shard names no rule', (topology) => {
    topology.shards[0].residency = 'nowhere';
  }),
  breakage('TOPOLOGY_UNKNOWN_REFERENCE', 'shards.0.primary', 'a shard names no site', (topology) => {
    topology.shards[0].primary = 'nowhere';
  }),
  breakage('TOPOLOGY_UNKNOWN_REFERENCE', 'clusters.0.failureDomain', 'a site names no failure domain', (topology) => {
    topology.clusters[0].failureDomain = 'nowhere';
  }),
  breakage('TOPOLOGY_UNKNOWN_REFERENCE', 'detection.observers.0', 'an observer is nowhere', (topology) => {
    topology.detection.observers[0] = 'nowhere';
  }),
  breakage('TOPOLOGY_UNKNOWN_REFERENCE', 'members.0.cluster', 'a member is nowhere', (topology) => {
    topology.members[0].cluster = 'nowhere';
  }),
  breakage('TOPOLOGY_UNKNOWN_REFERENCE', 'home', 'home is nowhere', (topology) => {
    topology.home = 'nowhere';
  }),
  breakage('TOPOLOGY_DUPLICATE_NAME', 'witnesses.0.name', 'a witness takes the name of a cluster', (topology) => {
    topology.witnesses[0].name = topology.clusters[0].name;
  }),
  breakage('TOPOLOGY_DUPLICATE_NAME', 'shards.1.name', 'two shards have one name', (topology) => {
    topology.shards.splice(1, 0, { ...topology.shards[0] });
  }),
  breakage('TOPOLOGY_COORDINATES', 'clusters.0.coordinates', 'a cluster leaves the earth', (topology) => {
    topology.clusters[0].coordinates.latitude = 90.5;
  }),
  breakage('TOPOLOGY_COORDINATES', 'clusters.1.coordinates', 'two places share a region', (topology) => {
    const { provider, region } = topology.clusters[0];
    Object.assign(topology.clusters[1], { provider, region, coordinates: { latitude: 0, longitude: 0 } });
    topology.clusters[0].coordinates = { latitude: 0, longitude: 90 };
  }),
  breakage('TOPOLOGY_NODE_RANGE', 'clusters.0.nodes', 'the range of nodes is empty', (topology) => {
    topology.clusters[0].nodes = { min: 3, max: 2 };
  }),
  breakage('TOPOLOGY_OBSERVERS_FEW', 'detection.observers', 'one observer watches alone', (topology) => {
    topology.detection.observers = [topology.clusters[0].name];
  }),
  breakage('TOPOLOGY_MEMBER_KEY', 'members.0.publicKey', 'a key is too short', (topology) => {
    topology.members[0].publicKey = Buffer.alloc(31, 1).toString('base64');
  }),
  breakage('TOPOLOGY_MEMBER_KEY', 'members.1.publicKey', 'two members share a key', (topology) => {
    topology.members.push({ ...topology.members[0], name: 'node-2' });
  }),
];
