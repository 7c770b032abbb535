/**
 * `nautilus edge sites|place|self-test|caches`. The first three need no running platform: they read sites.yaml, compute and
 * measure here.
 */
import { randomFillSync } from 'node:crypto';
import { resolve } from 'node:path';
import type { EdgeCacheList } from '#api/schemas/edge-network.ts';
import { loadSites } from '#app/planes/edge-network.ts';
import { PlacementRuns } from '#edge/placement/runs.ts';
import type { PlacementReport, Strategy } from '#edge/placement/request.ts';
import { requestOf } from '#edge/sites/service.ts';
import { SelfTests } from '#edge/sites/self-tests.ts';
import { createSystemClock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { createIdSource } from '#kit/ids.ts';
import { CLI_ERRORS } from './errors.ts';
import { table, type Result } from './output.ts';
import { withApi, type PlatformAddress } from './platform-api.ts';

export interface PlaceOptions {
  readonly strategy: Strategy;
  readonly budget?: number;
  readonly nodes?: number;
  readonly sites?: number;
  readonly spreadKm?: number;
  readonly redundancy: boolean;
}

const SEARCH = { gap: 0, timeMs: 60_000, alternatives: 3, paretoPoints: 6, explainSites: true };
const PERCENT = 100;

const ids = (clock: ReturnType<typeof createSystemClock>) =>
  createIdSource(clock, (bytes) => void randomFillSync(bytes));

/** Throws APP_CONFIG_INVALID with every mistake of the file. */
export function siteTable(config: string): Result {
  const { sites, currency } = loadSites(resolve(config));
  const rows = sites.map((site) => [
    site.id,
    site.provider,
    site.jurisdiction,
    `${site.latitude.toFixed(2)} ${site.longitude.toFixed(2)}`,
    site.market ?? '—',
    site.siteCost,
    site.nodeCost,
    site.nodesMax,
  ]);
  return {
    json: { currency, sites },
    lines: table(['site', 'provider', 'law', 'place', 'market', `${currency}/month`, '+ a node', 'nodes'], rows),
  };
}

/** Throws APP_CONFIG_INVALID, PLACEMENT_REQUEST_BAD, CLI_REFUSED where the solver ends without an answer. */
export async function place(config: string, options: PlaceOptions): Promise<Result> {
  const clock = createSystemClock();
  const file = loadSites(resolve(config));
  const { strategy, redundancy, budget, nodes, sites, spreadKm } = options;
  const limits = { budget, nodesMax: nodes, sitesMax: sites, spreadKm };
  const request = requestOf(file, { strategy, redundancy, limits, latencyShare: 0.5, measured: [] }, clock.nowMicros());
  const { outcome, failure } = await new PlacementRuns({ clock, ids: ids(clock) }).start(request, SEARCH).ended;
  if (failure !== null) throw new CodedError(CLI_ERRORS.CLI_REFUSED, `${failure.code}: ${failure.detail ?? ''}`);
  if (outcome?.kind === 'placed') return { json: outcome.report, lines: reportLines(outcome.report, file.currency) };
  if (outcome?.kind === 'impossible') {
    const { why, remedies } = outcome.impossible;
    return { json: outcome, lines: [`Impossible: ${why}.`, 'Possible with:', ...remedies.map((each) => `  ${each}`)] };
  }
  throw new CodedError(CLI_ERRORS.CLI_REFUSED, outcome?.detail ?? 'no outcome');
}

function reportLines(report: PlacementReport, currency: string): string[] {
  const { solution, proof, greedyExcessPercent, binding, reasons, alternatives, pareto } = report;
  const proven = proof.gap === 0 ? 'proven optimal' : `within ${(proof.gap * PERCENT).toFixed(2)} % of the bound`;
  return [
    `${solution.sites.length} sites, ${money(solution.costPerMonth)} ${currency} a month, mean latency ${solution.latencyMicros.toFixed(1)} µs one way`,
    `${proven} in ${Math.round(proof.solveMs)} ms; the rule of thumb is ${greedyExcessPercent === null ? 'not feasible' : `${greedyExcessPercent.toFixed(2)} % worse`}`,
    '',
    ...table(
      ['site', 'nodes', 'use', `${currency}/month`],
      solution.sites.map(({ site, nodes, use, costPerMonth }) => [
        site,
        nodes,
        `${Math.round(use * PERCENT)} %`,
        money(costPerMonth),
      ]),
    ),
    ...section(
      'Binds',
      binding.map(({ constraint, detail }) => `${constraint}: ${detail}`),
    ),
    ...section(
      'Why',
      reasons.map(({ site, used, reason }) => `${used ? 'in ' : 'out'} ${site}: ${reason}`),
    ),
    ...section(
      'Otherwise',
      alternatives.map(
        (each) =>
          `${each.latencyMicros.toFixed(1)} µs at ${money(each.costPerMonth)}: ${each.sites.map(({ site }) => site).join(', ')}`,
      ),
    ),
    ...section(
      'Latency against cost',
      pareto.map(
        (point) => `${money(point.costPerMonth)}: ${point.latencyMicros.toFixed(1)} µs, ${point.sites.length} sites`,
      ),
    ),
  ];
}

function money(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

/** @param folder where the journal would lie */
export async function selfTest(config: string, folder: string): Promise<Result> {
  const clock = createSystemClock();
  const { nodeClasses } = loadSites(resolve(config));
  const tests = new SelfTests({ clock, ids: ids(clock), classes: nodeClasses, folder: resolve(folder) });
  const test = await tests.run();
  const rows = test.verdicts.flatMap(({ nodeClass, checks }) =>
    checks.map(({ check, state, measured, limit, unit, detail }) => [
      nodeClass,
      check,
      state,
      measured === null ? '—' : Math.round(measured * 10) / 10,
      limit,
      unit,
      detail,
    ]),
  );
  return {
    json: test,
    lines: [
      ...table(['class', 'check', 'state', 'measured', 'limit', '', ''], rows),
      '',
      test.best === null ? 'No class is proven on this machine.' : `This machine is proven as ${test.best}.`,
    ],
  };
}

/** Throws as `withApi` does. */
export async function cacheTable(address: PlatformAddress): Promise<Result> {
  return withApi(address, async (ask) => {
    const list = await ask<EdgeCacheList>('/edge/caches');
    const rows = list.caches.map(({ name, data, strategy, consistency, totals }) => {
      const asked = totals.hits + totals.misses;
      const ratio = asked === 0 ? '—' : `${((totals.hits / asked) * PERCENT).toFixed(1)} %`;
      return [name, data, strategy, consistency, totals.items, ratio, totals.sourceFailures];
    });
    return {
      json: list,
      lines: table(['cache', 'data', 'strategy', 'consistency', 'items', 'hits', 'source failures'], rows),
    };
  });
}
