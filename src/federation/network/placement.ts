/**
 * Where a shard's three replicas belong: of every choice that keeps three providers, three regions and three failure domains, the one
 * whose replicated acknowledgement takes least. Exact: every choice is looked at. Pure.
 */
import type { LinkCost } from './paths.ts';

export interface PlacementSite {
  readonly name: string;
  readonly provider: string;
  readonly region: string;
  /** What fails together although providers differ. */
  readonly failureDomain: string;
  /** Whether a primary's standby may run here; a witness site holds a replica only. */
  readonly trades: boolean;
  readonly jurisdiction: string;
}

export interface PlacementRules {
  /** Whether the stream's leader is kept out of the primary's failure domain. */
  readonly leader: 'away' | 'near';
  /** Jurisdictions that may hold a copy; any where absent. */
  readonly storeIn?: readonly string[];
}

export interface Placement {
  /** Site of the primary, which holds the first replica. */
  readonly primary: number;
  readonly standby: number;
  readonly witness: number;
  /** Which of the three leads the stream. */
  readonly streamLeader: number;
  /** The follower whose copy completes the acknowledgement. */
  readonly nearestFollower: number;
  /** Round trip primary–leader plus the leader's round trip to its nearest follower. */
  readonly ackMicros: number;
}

/** The best placements for a primary, best first, at most `most`; none where the rules leave no choice. */
export function placeReplicas(
  sites: readonly PlacementSite[],
  cost: LinkCost,
  primary: number,
  rules: PlacementRules,
  most: number,
): readonly Placement[] {
  const found: Placement[] = [];
  for (let standby = 0; standby < sites.length; standby++) {
    if (!sites[standby].trades) continue;
    for (let witness = 0; witness < sites.length; witness++) {
      if (sites[witness].trades && witness < standby) continue;
      if (!isApart(sites, [primary, standby, witness], rules)) continue;
      const placed = bestLeader(cost, [primary, standby, witness], rules);
      if (placed !== undefined) found.push(placed);
    }
  }
  return found.toSorted((one, other) => one.ackMicros - other.ackMicros).slice(0, most);
}

function isApart(sites: readonly PlacementSite[], chosen: readonly number[], { storeIn }: PlacementRules): boolean {
  const given = chosen.map((site) => sites[site]);
  const differ = (of: (site: PlacementSite) => string): boolean => new Set(given.map(of)).size === chosen.length;
  return (
    differ(({ name }) => name) &&
    differ(({ provider }) => provider) &&
    differ(({ provider, region }) => `${provider} ${region}`) &&
    differ(({ failureDomain }) => failureDomain) &&
    (storeIn === undefined || given.every(({ jurisdiction }) => storeIn.includes(jurisdiction)))
  );
}

function bestLeader(
  cost: LinkCost,
  replicas: readonly [number, number, number],
  rules: PlacementRules,
): Placement | undefined {
  const [primary, standby, witness] = replicas;
  let best: Placement | undefined;
  for (const leader of replicas) {
    if (rules.leader === 'away' && leader === primary) continue;
    const toLeader = leader === primary ? 0 : cost(primary, leader);
    if (toLeader === undefined) continue;
    for (const follower of replicas) {
      const onward = follower === leader ? undefined : cost(leader, follower);
      if (onward === undefined) continue;
      const ackMicros = toLeader + onward;
      if (best !== undefined && ackMicros >= best.ackMicros) continue;
      best = { primary, standby, witness, streamLeader: leader, nearestFollower: follower, ackMicros };
    }
  }
  return best;
}
