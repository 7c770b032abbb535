/**
 * The topology as data: the form of config/topology.yaml, and lookups in it. Says what a document may contain; whether
 * what it says makes sense is for the check. Never reads files.
 */
import { z } from 'zod';

const CLUSTERS_MAX = 100;
const MEMBERS_MAX = 1000;
const NODES_MAX = 10_000;

const name = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a name is a DNS label: a-z, 0-9 and -');
const jurisdiction = z.string().regex(/^[a-z]{2}$/, 'a jurisdiction is two letters, e.g. eu, us, jp');

const TIERS = ['primary-trading', 'regional-hub', 'disaster-recovery', 'analytics'] as const;

const siteShape = {
  name,
  /** Whoever can lose all of it at once: aws, gcp, azure, or the name of a data centre's owner. */
  provider: name,
  /** The provider's own name for the region. */
  region: name,
  place: z.string().min(1).max(100),
  /** Degrees. */
  coordinates: z.strictObject({ latitude: z.number(), longitude: z.number() }),
  failureDomain: name,
  /** CIDR notation, IPv4 or IPv6. */
  addressRange: z.string().max(50),
  jurisdiction,
};

const nodeCount = z.int().min(1).max(NODES_MAX);
const clusterSchema = z.strictObject({
  ...siteShape,
  tier: z.enum(TIERS),
  nodes: z.strictObject({ min: nodeCount, max: nodeCount }),
  preemptible: z.boolean().default(false),
  drFor: name.optional(),
});
const witnessSchema = z.strictObject(siteShape);

const shardSchema = z.strictObject({
  name,
  residency: name,
  primary: name,
  standby: name.optional(),
  witness: name.optional(),
});

const residencySchema = z.strictObject({
  name,
  leadIn: z.array(jurisdiction).min(1),
  storeIn: z.array(jurisdiction).min(1),
});

const memberSchema = z.strictObject({ name, cluster: name, publicKey: z.string().max(100) });

export const topologySchema = z.strictObject({
  home: name,
  failureDomains: z.array(name).min(1).max(CLUSTERS_MAX),
  clusters: z.array(clusterSchema).min(1).max(CLUSTERS_MAX),
  witnesses: z.array(witnessSchema).max(CLUSTERS_MAX).default([]),
  shards: z.array(shardSchema).min(1).max(CLUSTERS_MAX),
  residency: z.array(residencySchema).min(1).max(CLUSTERS_MAX),
  detection: z.strictObject({
    observers: z.array(name).min(1).max(CLUSTERS_MAX),
    regionsMin: z.int().min(1).max(CLUSTERS_MAX),
    providersMin: z.int().min(1).max(CLUSTERS_MAX),
  }),
  members: z.array(memberSchema).max(MEMBERS_MAX).default([]),
});

export type Topology = z.output<typeof topologySchema>;
export type Cluster = Topology['clusters'][number];
export type Witness = Topology['witnesses'][number];
export type Shard = Topology['shards'][number];
/** A place that can hold a copy of a journal: a cluster or a witness site. */
export type Site = Cluster | Witness;

export const REPLICA_ROLES = ['primary', 'standby', 'witness'] as const;
export type ReplicaRole = (typeof REPLICA_ROLES)[number];

/** One copy of a shard's journal. */
export interface Replica {
  readonly role: ReplicaRole;
  readonly site: Site;
}

/** Every cluster and witness site, in order of the document. */
export function sitesOf(topology: Topology): readonly Site[] {
  return [...topology.clusters, ...topology.witnesses];
}

export function isCluster(site: Site): site is Cluster {
  return 'tier' in site;
}

/** A shard's copies as far as the document names sites that exist. */
export function replicasOf(topology: Topology, shard: Shard): readonly Replica[] {
  const sites = new Map(sitesOf(topology).map((site) => [site.name, site]));
  return REPLICA_ROLES.flatMap((role) => {
    const site = sites.get(shard[role] ?? '');
    return site === undefined ? [] : [{ role, site }];
  });
}

/** The region with its provider: two providers may use one name for different places. */
export function regionOf(site: Pick<Site, 'provider' | 'region'>): string {
  return `${site.provider}/${site.region}`;
}
