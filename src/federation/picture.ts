/**
 * The federation as one process sees it: the topology and what it promises, who is there, and how each cluster is. Puts
 * together what the parts know; holds nothing of its own and changes nothing.
 */
import type { Clock } from '#kit/clock.ts';
import type { DetectionService } from './detection/service.ts';
import type { Suspicion } from './detection/detector.ts';
import type { HealthState } from './detection/health-state.ts';
import type { TargetVote, Vote } from './detection/vote.ts';
import type { MemberView, Members } from './registry/members.ts';
import type { Heartbeat } from './registry/heartbeat.ts';
import type { Cluster, Shard, Site, Topology } from './topology/model.ts';
import { sitesOf } from './topology/model.ts';

/** What a check of a topology document found, with the line of each finding. */
export interface DocumentFinding {
  readonly code: string;
  readonly line: number;
  readonly place: string;
  readonly message: string;
}

export interface PictureParts {
  readonly topology: Topology;
  readonly findings: readonly DocumentFinding[];
  /** Checks another document. */
  readonly check: (text: string) => readonly DocumentFinding[];
  readonly members: Members;
  readonly detection: DetectionService;
  /** The site this process belongs to. */
  readonly home: string;
  /** `embedded`: everything on this machine. `distributed`: the clusters speak through a shared registry. */
  readonly mode: 'embedded' | 'distributed';
  readonly clock: Clock;
}

export interface ClusterView {
  readonly cluster: Cluster;
  readonly state: HealthState;
  readonly members: readonly MemberView[];
  /** Members that take orders or stand by, and are present. */
  readonly nodesPresent: number;
  /** Members that a quorum suspects. */
  readonly suspected: readonly string[];
}

/** How one observer sees one target. */
export interface LinkView extends TargetVote {
  readonly observer: string;
  readonly heardMicros: number;
  readonly fresh: boolean;
}

export interface ObserverView {
  readonly site: Site;
  readonly vote: Vote | undefined;
  readonly heardMicros: number | undefined;
  readonly fresh: boolean;
}

/** A member's place in a shard. */
export interface ShardMember {
  readonly member: MemberView;
  readonly position: Heartbeat['positions'][number];
}

export class FederationPicture {
  readonly parts: PictureParts;

  constructor(parts: PictureParts) {
    this.parts = parts;
  }

  clusters(): readonly ClusterView[] {
    return this.parts.topology.clusters.map((cluster) => this.viewOf(cluster));
  }

  cluster(name: string): ClusterView | undefined {
    const cluster = this.parts.topology.clusters.find((known) => known.name === name);
    return cluster && this.viewOf(cluster);
  }

  /** Every shard of the topology, with the members that say they hold it. */
  shards(): readonly { readonly shard: Shard; readonly members: readonly ShardMember[] }[] {
    const members = this.parts.members.list();
    return this.parts.topology.shards.map((shard) => ({ shard, members: placesIn(shard.name, members) }));
  }

  /** The sites whose votes count, with the last vote of each. */
  observers(): readonly ObserverView[] {
    const { detection, topology, clock } = this.parts;
    const { detector } = detection;
    const now = clock.nowMicros();
    return detector.quorum.seats.flatMap(({ observer }) => {
      const site = sitesOf(topology).find(({ name }) => name === observer);
      if (site === undefined) return [];
      const heard = detector.votes().find(({ vote }) => vote.observer === observer);
      const fresh = heard !== undefined && detector.isFresh(heard, now);
      return [{ site, vote: heard?.vote, heardMicros: heard?.heardMicros, fresh }];
    });
  }

  links(): readonly LinkView[] {
    return this.observers().flatMap(({ vote, heardMicros = 0, fresh }) =>
      (vote?.targets ?? []).map((target) => ({ ...target, observer: vote?.observer ?? '', heardMicros, fresh })),
    );
  }

  suspicions(): readonly Suspicion[] {
    return this.targets().map((target) => this.parts.detection.suspicion(target));
  }

  /** Every target that some observer watches, in order of name. */
  targets(): readonly string[] {
    const { detection } = this.parts;
    const voted = detection.detector.votes().flatMap(({ vote }) => vote.targets.map(({ target }) => target));
    return [...new Set([...detection.watched, ...voted])].toSorted();
  }

  private viewOf(cluster: Cluster): ClusterView {
    const { members: all, detection, clock } = this.parts;
    const members = all.list().filter((member) => member.cluster === cluster.name);
    const targets = this.targets();
    const watched = members.map(({ member }) => member).filter((member) => targets.includes(member));
    return {
      cluster,
      members,
      state: detection.detector.jointState(watched, clock.nowMicros()),
      nodesPresent: members.filter(isNodePresent).length,
      suspected: watched.filter((member) => detection.suspicion(member).suspected),
    };
  }
}

function isNodePresent({ presence, last }: MemberView): boolean {
  const capabilities = last?.body.capabilities ?? [];
  return presence === 'present' && (capabilities.includes('trading') || capabilities.includes('standby'));
}

function placesIn(shard: string, members: readonly MemberView[]): ShardMember[] {
  return members.flatMap((member) =>
    (member.last?.body.positions ?? [])
      .filter((position) => position.shard === shard)
      .map((position) => ({ member, position })),
  );
}
