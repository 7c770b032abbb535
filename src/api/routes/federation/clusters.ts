/** Clusters, shards and the topology: what there is, how it is, and what it survives. Changes nothing. */
import { z } from 'zod';
import type { ClusterView, DocumentFinding, FederationPicture } from '#federation/picture.ts';
import { TOPOLOGY_ERRORS } from '#federation/topology/errors.ts';
import { REPLICA_ROLES, replicasOf, type Topology, type Witness } from '#federation/topology/model.ts';
import { fateOf, lossEvents, shardSurvival } from '#federation/topology/survival.ts';
import type { ApiContext, ApiServer } from '../../context.ts';
import { notFound } from '../../errors.ts';
import * as shapes from '../../schemas/federation.ts';
import type { Cluster, ShardPlacement } from '../../schemas/federation.ts';
import { PROBLEMS } from '../problems.ts';

const TAGS = ['federation'];
const READ = { permission: 'federation.read' } as const;

export function clusterRoutes(app: ApiServer, context: ApiContext, picture: FederationPicture): void {
  const { clock } = context.deps;
  const { topology } = picture.parts;
  const clusterNamed = (name: string): ClusterView => {
    const view = picture.cluster(name);
    if (view === undefined) throw notFound(`cluster ${name}`);
    return view;
  };

  app.get(
    '/clusters',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Every cluster and witness site with its state',
        response: { 200: shapes.clusterListSchema, ...PROBLEMS },
      },
    },
    async () => ({
      mode: picture.parts.mode,
      clusters: picture.clusters().map((view) => presentCluster(picture, view)),
      witnesses: topology.witnesses.map((witness) => presentWitness(topology, witness)),
      timeMicros: clock.nowMicros(),
    }),
  );

  const params = z.object({ cluster: z.string().max(64) });
  app.get(
    '/clusters/:cluster',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One cluster, its members, and what goes with it',
        params,
        response: { 200: shapes.clusterDetailSchema, ...PROBLEMS },
      },
    },
    async ({ params: { cluster } }) => {
      const view = clusterNamed(cluster);
      return {
        cluster: presentCluster(picture, view),
        members: view.members.map(({ member, presence, last }) => ({
          member,
          presence,
          capabilities: last?.body.capabilities ?? [],
        })),
        whenLost: topology.shards.flatMap((shard) => {
          const fate = fateOf(replicasOf(topology, shard), ({ site }) => site.name === cluster);
          return fate.outcome === 'unaffected' ? [] : [{ shard: shard.name, fate }];
        }),
      };
    },
  );

  app.get(
    '/clusters/:cluster/state',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Health of one cluster and of each member that is watched',
        params,
        response: { 200: shapes.clusterStateSchema, ...PROBLEMS },
      },
    },
    async ({ params: { cluster } }) => {
      const { state, members, suspected } = clusterNamed(cluster);
      const { detector } = picture.parts.detection;
      const watched = new Set(picture.targets());
      const now = clock.nowMicros();
      return {
        cluster,
        state,
        members: members
          .filter(({ member }) => watched.has(member))
          .map(({ member }) => ({
            member,
            state: detector.state(member, now),
            suspected: suspected.includes(member),
          })),
        timeMicros: now,
      };
    },
  );

  app.get(
    '/shards',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Every shard: where its copies lie, who holds them, what it survives',
        response: { 200: shapes.shardListSchema, ...PROBLEMS },
      },
    },
    async () => ({ shards: presentShards(picture), timeMicros: clock.nowMicros() }),
  );

  app.get(
    '/shards/:shard',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One shard',
        params: z.object({ shard: z.string().max(64) }),
        response: { 200: shapes.shardSchema, ...PROBLEMS },
      },
    },
    async ({ params: { shard } }) => {
      const found = presentShards(picture).find((known) => known.shard === shard);
      if (found === undefined) throw notFound(`shard ${shard}`);
      return found;
    },
  );
}

/** The topology as a document, its check and its plan. */
export function topologyRoutes(app: ApiServer, picture: FederationPicture): void {
  const { topology, findings } = picture.parts;

  app.get(
    '/topology',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'The topology as it was read at the start',
        response: { 200: shapes.topologyDocumentSchema, ...PROBLEMS },
      },
    },
    async () => ({ topology }),
  );

  app.get(
    '/topology/plan',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What each shard survives, and what goes with each site, place, region and provider',
        response: { 200: shapes.topologyPlanSchema, ...PROBLEMS },
      },
    },
    async () => ({
      shards: topology.shards.map((shard) => ({
        shard: shard.name,
        survival: [...shardSurvival(topology, shard).levels],
      })),
      events: lossEvents(topology).map((event) => ({ ...event, sites: [...event.sites], shards: [...event.shards] })),
    }),
  );

  app.get(
    '/topology/check',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Every rule that the topology breaks',
        response: { 200: shapes.topologyCheckSchema, ...PROBLEMS },
      },
    },
    async () => presentFindings(findings),
  );

  app.post(
    '/topology/check',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Check another topology document; nothing is kept',
        body: shapes.checkTopologySchema,
        response: { 200: shapes.topologyCheckSchema, ...PROBLEMS },
      },
    },
    async ({ body }) => presentFindings(picture.parts.check(body.text)),
  );
}

function presentFindings(findings: readonly DocumentFinding[]) {
  const kinds = new Map(Object.values(TOPOLOGY_ERRORS).map((kind) => [kind.code as string, kind]));
  return {
    sound: findings.length === 0,
    findings: findings.map(({ code, line, place, message }) => {
      const kind = kinds.get(code);
      return { code, line, place, message, title: kind?.title ?? code, help: kind?.help ?? '' };
    }),
  };
}

function presentCluster(picture: FederationPicture, view: ClusterView): Cluster {
  const { topology, home } = picture.parts;
  const { cluster, state, nodesPresent, suspected } = view;
  const { drFor, nodes, coordinates, ...rest } = cluster;
  return {
    ...rest,
    coordinates: { ...coordinates },
    drFor: drFor ?? null,
    nodes: { ...nodes, present: nodesPresent },
    home: cluster.name === home,
    state,
    suspected: [...suspected],
    shards: topology.shards.flatMap((shard) =>
      REPLICA_ROLES.filter((role) => shard[role] === cluster.name).map((role) => ({ shard: shard.name, role })),
    ),
  };
}

function presentWitness(topology: Topology, witness: Witness) {
  const shards = topology.shards.filter((shard) => shard.witness === witness.name).map(({ name }) => name);
  return { ...witness, shards };
}

function presentShards(picture: FederationPicture): ShardPlacement[] {
  const { topology } = picture.parts;
  return picture.shards().map(({ shard, members }) => ({
    shard: shard.name,
    residency: shard.residency,
    primary: shard.primary,
    standby: shard.standby ?? null,
    witness: shard.witness ?? null,
    survival: [...shardSurvival(topology, shard).levels],
    members: members.map(({ member, position }) => ({
      member: member.member,
      cluster: member.cluster,
      role: position.role,
      epoch: position.epoch,
      sequence: position.sequence,
      saidMicros: member.last?.storedMicros ?? 0,
      presence: member.presence,
    })),
  }));
}
