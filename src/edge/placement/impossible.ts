/**
 * Says why nothing can be placed and what would make it possible: demands that no site may serve, providers without which
 * some demand has nothing, too little capacity, too few nodes, and the least budget that would do.
 */
import { expectedMicros } from '#edge/sites/geography.ts';
import { greatCircleKm } from '#kit/geography.ts';
import type { Problem } from './problem.ts';
import type { Impossible } from './request.ts';
import type { PlacementSolver } from './solver.ts';
import { shortfalls } from './survival.ts';

const NAMED_MAX = 5;
const GAP = 1e-4;

/** @param solver of the problem that was found to be impossible */
export function explainImpossible(problem: Problem, solver: PlacementSolver, timeMs: number): Impossible {
  const lonely = problem.groups.flatMap(({ sites, members }) => (sites.length === 0 ? members : []));
  if (lonely.length > 0) return unreachable(problem, lonely);
  if (problem.request.redundancy) {
    const fragile = problem.groups.filter(
      ({ backups }) => new Set(backups.map((site) => problem.providerOf[site])).size < 2,
    );
    if (fragile.length > 0)
      return oneProvider(
        problem,
        fragile.flatMap(({ members }) => members),
      );
  }
  const most = problem.sites.map(({ nodesMax }) => nodesMax);
  const [lost] = problem.request.redundancy ? shortfalls(problem, most) : [];
  if (lost !== undefined) return tooSmall(problem, lost);
  return limitsTooTight(problem, solver, timeMs);
}

function unreachable({ request, sites }: Problem, lonely: readonly number[]): Impossible {
  const remedies = lonely.slice(0, NAMED_MAX).map((at) => {
    const demand = request.demands[at];
    const allowed = sites.filter(({ jurisdiction }) => demand.jurisdictions?.includes(jurisdiction) ?? true);
    const [nearest] = allowed.toSorted((a, b) => greatCircleKm(demand, a) - greatCircleKm(demand, b));
    if (nearest === undefined) return `${demand.id}: add a site in ${demand.jurisdictions?.join(' or ')}`;
    const micros = Math.ceil(expectedMicros(demand, nearest, request.routeFactor));
    return `${demand.id}: a ceiling of ${micros} µs in place of ${demand.latencyMicrosMax} µs would reach ${nearest.id}, the nearest permitted site`;
  });
  const why = `${lonely.length} of ${request.demands.length} demands have no permitted site within their latency ceiling`;
  return { why, remedies: withRest(remedies, lonely.length), leastBudget: null };
}

function oneProvider({ request, sites }: Problem, fragile: readonly number[]): Impossible {
  const remedies = fragile.slice(0, NAMED_MAX).map((at) => {
    const demand = request.demands[at];
    const providers = new Set(
      sites
        .filter((site) => expectedMicros(demand, site, request.routeFactor) <= demand.backupLatencyMicrosMax)
        .map(({ provider }) => provider),
    );
    const [next] = sites
      .filter(
        ({ provider, jurisdiction }) =>
          !providers.has(provider) && (demand.jurisdictions?.includes(jurisdiction) ?? true),
      )
      .toSorted((a, b) => greatCircleKm(demand, a) - greatCircleKm(demand, b));
    if (next === undefined) return `${demand.id}: add a site of a second provider`;
    const micros = Math.ceil(expectedMicros(demand, next, request.routeFactor));
    return `${demand.id}: a backup ceiling of ${micros} µs in place of ${demand.backupLatencyMicrosMax} µs would reach ${next.id} of ${next.provider}`;
  });
  const why = `${fragile.length} demands have sites of fewer than two providers within their backup latency`;
  const rest = withRest(remedies, fragile.length);
  return { why, remedies: [...rest, 'or give up surviving the loss of a provider'], leastBudget: null };
}

function tooSmall(
  { request, groups, providers, sites }: Problem,
  { provider, load, sites: able, groups: stuck }: ReturnType<typeof shortfalls>[number],
): Impossible {
  const room = able.reduce((sum, site) => sum + sites[site].nodesMax * sites[site].nodeOrdersPerSecond, 0);
  const members = stuck.flatMap((at) => groups[at].members);
  const named = members.slice(0, NAMED_MAX).map((at) => request.demands[at].id);
  const missing = Math.ceil(load - room);
  return {
    why: `without ${providers[provider]}, ${named.join(', ')}${members.length > named.length ? ' and others' : ''} need ${Math.ceil(load)} orders/s where at most ${Math.floor(room)} fit`,
    remedies: [
      `room for ${missing} orders/s more at ${able.map((site) => sites[site].id).join(', ') || 'a further site of another provider'}`,
      'or a wider backup latency for these demands',
      'or give up surviving the loss of a provider',
    ],
    leastBudget: null,
  };
}

function limitsTooTight({ request }: Problem, solver: PlacementSolver, timeMs: number): Impossible {
  const { budget, nodesMax, sitesMax } = request.limits;
  const cheap = solver.reweighted({ latency: 0, cost: 1 });
  const limits = { gap: GAP, timeMs: timeMs / 2 };
  const free = cheap.solve(limits, { budget: null });
  if (free.kind === 'found' && budget !== undefined) {
    const least = Math.ceil(free.found.solution.costPerMonth);
    return {
      why: `the budget of ${budget} a month does not pay for what every demand needs`,
      remedies: [`a budget of ${least} a month: ${sitesText(free.found.solution.sites)}`],
      leastBudget: least,
    };
  }
  const loose = cheap.solve(limits, { budget: null, withoutNodeLimits: true });
  if (loose.kind !== 'found') {
    const spread = request.strategy === 'geographic-spread' ? ['a smaller least distance between sites'] : [];
    return {
      why: 'capacity and distances leave no combination of sites that serves every demand',
      remedies: [...spread, 'more nodes a site, more sites, or less demand'],
      leastBudget: null,
    };
  }
  const few = cheap.solve(limits, { budget: null, withoutNodeLimits: true, minimiseNodes: true });
  const nodes = few.kind === 'found' ? few.found.solution.sites.reduce((sum, site) => sum + site.nodes, 0) : undefined;
  const sites = few.kind === 'found' ? few.found.solution.sites.length : undefined;
  const remedies = [
    ...(nodesMax !== undefined && nodes !== undefined && nodes > nodesMax
      ? [`${nodes} nodes in place of ${nodesMax}`]
      : []),
    ...(sitesMax !== undefined && sites !== undefined ? [`${sites} sites in place of ${sitesMax}`] : []),
    `a budget of ${Math.ceil(loose.found.solution.costPerMonth)} a month at least`,
  ];
  return {
    why: 'the highest number of nodes or sites is too low',
    remedies,
    leastBudget: Math.ceil(loose.found.solution.costPerMonth),
  };
}

function sitesText(sites: readonly { readonly site: string; readonly nodes: number }[]): string {
  return sites.map(({ site, nodes }) => `${site} × ${nodes}`).join(', ');
}

function withRest(remedies: readonly string[], total: number): string[] {
  return total > remedies.length ? [...remedies, `and ${total - remedies.length} more`] : [...remedies];
}
