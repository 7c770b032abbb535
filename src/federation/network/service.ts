/**
 * What is known of the network between sites: the reports of their probers, put into a matrix with what light allows, quality, best
 * paths and advice on placement. Holds the last report of each site, and forgets what is too old.
 */
import type { Clock } from '#kit/clock.ts';
import { greatCircleKm, leastMicros } from '#kit/geography.ts';
import type { LinkFigures } from './measurement.ts';
import { bestPath } from './paths.ts';
import { placeReplicas, type PlacementRules, type PlacementSite } from './placement.ts';

/** A report older than this says nothing about now. */
const STALE_MICROS = 60_000_000;
/** What a relay is taken to add to a round trip: two passes through a process of its own. An allowance, not a measurement. */
const RELAY_MICROS = 500;
const PLACEMENTS_SHOWN = 5;

/** A link of a site that is on the map. */
export interface NetworkSite extends PlacementSite {
  readonly latitude: number;
  readonly longitude: number;
}

export type LinkQuality = 'good' | 'fair' | 'poor' | 'lost' | 'wrong' | 'not measured';

export interface MatrixLink {
  readonly from: string;
  readonly to: string;
  readonly distanceKm: number;
  /** What light needs for the way there and back. */
  readonly floorMicros: number;
  readonly figures: LinkFigures | null;
  readonly quality: LinkQuality;
  /** Why, in words. */
  readonly because: string;
}

export interface PathAdvice {
  readonly from: string;
  readonly to: string;
  readonly directMicros: number | null;
  /** The best way, with its relays; null where there is none. */
  readonly best: { readonly sites: readonly string[]; readonly roundTripMicros: number } | null;
  readonly savesMicros: number;
  /** Whether the figures are measured, or the physics floor where nobody has. */
  readonly basis: Basis;
}

/** What costs are taken from: only measurements, or floors where there is none. */
export type Basis = 'measured' | 'floor';

export interface PlacementAdvice {
  readonly primary: string;
  readonly basis: Basis;
  readonly choices: readonly {
    readonly standby: string;
    readonly witness: string;
    readonly streamLeader: string;
    readonly nearestFollower: string;
    readonly ackMicros: number;
  }[];
}

export class NetworkService {
  readonly sites: readonly NetworkSite[];
  private readonly clock: Pick<Clock, 'nowMicros'>;
  private readonly reports = new Map<
    string,
    { readonly links: ReadonlyMap<string, LinkFigures>; readonly atMicros: number }
  >();
  private readonly positions: ReadonlyMap<string, number>;

  constructor(sites: readonly NetworkSite[], clock: Pick<Clock, 'nowMicros'>) {
    this.sites = sites;
    this.clock = clock;
    this.positions = new Map(sites.map(({ name }, at) => [name, at]));
  }

  /** Position of a site by name; undefined where it is not on the map. */
  find(name: string): number | undefined {
    return this.positions.get(name);
  }

  /** Takes what a site has measured in place of what it said before. Links to unknown sites are left out. */
  report(from: string, links: readonly LinkFigures[]): void {
    const known = links.filter(({ to }) => this.positions.has(to) && to !== from);
    this.reports.set(from, {
      links: new Map(known.map((link) => [link.to, link])),
      atMicros: this.clock.nowMicros(),
    });
  }

  matrix(): MatrixLink[] {
    return this.sites.flatMap((from) => this.sites.filter((to) => to !== from).map((to) => this.link(from, to)));
  }

  /** Links with figures that are not older than a minute. */
  get measuredLinks(): number {
    return this.matrix().filter(({ figures }) => figures !== null).length;
  }

  paths(basis: Basis): PathAdvice[] {
    const cost = this.costs(basis);
    return this.sites.flatMap((from, a) =>
      this.sites.flatMap((to, b) => {
        if (a === b) return [];
        const direct = cost(a, b);
        const best = bestPath(this.sites.length, cost, RELAY_MICROS, a, b);
        return [
          {
            from: from.name,
            to: to.name,
            directMicros: direct ?? null,
            best:
              best === undefined
                ? null
                : { sites: best.sites.map((at) => this.nameOf(at)), roundTripMicros: best.roundTripMicros },
            savesMicros: direct === undefined || best === undefined ? 0 : direct - best.roundTripMicros,
            basis,
          },
        ];
      }),
    );
  }

  /** Where a primary's replicas belong. `primary` is a position. */
  placement(primary: number, rules: PlacementRules, basis: Basis): PlacementAdvice {
    const found = placeReplicas(this.sites, this.costs(basis), primary, rules, PLACEMENTS_SHOWN);
    return {
      primary: this.nameOf(primary),
      basis,
      choices: found.map(({ standby, witness, streamLeader, nearestFollower, ackMicros }) => ({
        standby: this.nameOf(standby),
        witness: this.nameOf(witness),
        streamLeader: this.nameOf(streamLeader),
        nearestFollower: this.nameOf(nearestFollower),
        ackMicros,
      })),
    };
  }

  private costs(basis: Basis): (from: number, to: number) => number | undefined {
    const links = new Map(this.matrix().map((link) => [`${link.from} ${link.to}`, link]));
    return (from, to) => {
      const link = links.get(`${this.nameOf(from)} ${this.nameOf(to)}`);
      if (link === undefined) return undefined;
      const measured = link.quality === 'wrong' || link.quality === 'lost' ? undefined : link.figures?.p50Micros;
      return measured ?? (basis === 'floor' && link.figures === null ? link.floorMicros : undefined);
    };
  }

  private link(from: NetworkSite, to: NetworkSite): MatrixLink {
    const floorMicros = 2 * leastMicros(from, to);
    const figures = this.figuresOf(from.name, to.name);
    return {
      from: from.name,
      to: to.name,
      distanceKm: greatCircleKm(from, to),
      floorMicros,
      figures: figures ?? null,
      ...judge(figures, floorMicros),
    };
  }

  private figuresOf(from: string, to: string): LinkFigures | undefined {
    const report = this.reports.get(from);
    if (report === undefined || this.clock.nowMicros() - report.atMicros > STALE_MICROS) return undefined;
    return report.links.get(to);
  }

  private nameOf(site: number): string {
    return this.sites[site]?.name ?? '';
  }
}

const LOSS_SHARE = { fair: 0.001, poor: 0.01, lost: 0.5 } as const;
/** Round trip over what light needs: a path that wanders more is worth a look. */
const STRETCH = { fair: 2, poor: 4 } as const;
/** Below this a path is local, and its length says nothing. */
const LOCAL_MICROS = 2000;

/** How good a link is, and why. */
export function judge(
  figures: LinkFigures | undefined,
  floorMicros: number,
): { quality: LinkQuality; because: string } {
  if (figures === undefined || figures.samples === 0)
    return { quality: 'not measured', because: 'no report of the last minute' };
  const { p50Micros, lossShare } = figures;
  const loss = `${(lossShare * 100).toFixed(1)} % of probes lost`;
  if (p50Micros === null || lossShare >= LOSS_SHARE.lost) return { quality: 'lost', because: loss };
  if (p50Micros < floorMicros) {
    return {
      quality: 'wrong',
      because: `faster than light in fibre (${(floorMicros / 1000).toFixed(1)} ms): coordinates or probe are wrong`,
    };
  }
  const stretch = p50Micros / Math.max(floorMicros, LOCAL_MICROS);
  const wandering = `${stretch.toFixed(1)} times what light needs`;
  if (lossShare >= LOSS_SHARE.poor) return { quality: 'poor', because: loss };
  if (stretch >= STRETCH.poor) return { quality: 'poor', because: wandering };
  if (lossShare >= LOSS_SHARE.fair) return { quality: 'fair', because: loss };
  if (stretch >= STRETCH.fair) return { quality: 'fair', because: wandering };
  return { quality: 'good', because: `${wandering}, ${loss}` };
}
