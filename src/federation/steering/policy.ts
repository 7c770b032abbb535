/**
 * The rules of steering: what config/steering.yaml may say, checked, and the form the decision works with. Names in routes are
 * resolved once; every mistake is one sentence that names the place. Holds no state and knows no client.
 */
import { z } from 'zod';
import type { SteeringTarget } from '#kit/ports/steering.ts';
import { FIBRE_MICROS_PER_KM, greatCircleKm } from '#kit/geography.ts';
import { COUNTRIES } from './location.ts';
import { CLIENT_REGIONS, type ClientRegion } from './places.ts';

/** How one target is chosen among several that are equally allowed. */
export const STRATEGIES = ['latency', 'geographic', 'health', 'weighted', 'least-connections'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** No answer may be kept longer: a client must not miss a takeover for more than a minute. */
const TTL_SECONDS_MAX = 60;
const TARGETS_MAX = 64;
const ROUTES_MAX = 16;
const TIERS_MAX = 8;
const MILLISECOND_MICROS = 1000;

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name is lower-case letters, digits and dashes');

const targetSchema = z.strictObject({
  id: name,
  provider: z.string().min(1),
  region: z.string().min(1),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  ipv4: z.array(z.ipv4()).max(8).default([]),
  ipv6: z.array(z.ipv6()).max(8).default([]),
  weight: z.int().min(1).max(1000).default(1),
  capacitySessions: z.int().min(1).max(10_000_000),
});

const routeSchema = z.strictObject({
  name,
  clients: z.enum(CLIENT_REGIONS),
  ceilingMs: z.number().positive().max(10_000),
  strategy: z.enum(STRATEGIES),
  /** Tried in order: the own primary, then the hub, then disaster recovery. */
  tiers: z.array(z.array(name).min(1)).min(1).max(TIERS_MAX),
});

/** The steering part of config/steering.yaml. */
export const steeringPolicySchema = z.strictObject({
  ttlSeconds: z.int().min(1).max(TTL_SECONDS_MAX).default(TTL_SECONDS_MAX),
  /** Share of its capacity from which a target sends a growing part of its new clients on. */
  spillAt: z.number().min(0.1).max(1).default(0.85),
  /** How long a client stays where it was sent, if that place stays fit. */
  stickySeconds: z.int().min(0).max(86_400).default(600),
  /** How much longer a real path is than the great circle; used only where nobody has measured. */
  pathStretch: z.number().min(1).max(5).default(1.3),
  /** Round trip of the client's own access line, where nobody has measured. */
  accessMs: z.number().min(0).max(200).default(4),
  targets: z.array(targetSchema).min(1).max(TARGETS_MAX),
  routes: z.array(routeSchema).min(1).max(ROUTES_MAX),
  fallback: z.strictObject({ ceilingMs: z.number().positive().max(10_000), strategy: z.enum(STRATEGIES) }),
});
export type SteeringPolicySpec = z.output<typeof steeringPolicySchema>;

/** Targets that are equally allowed, by position. */
export interface Stage {
  /** `tier 1` …, or `fallback`. */
  readonly label: string;
  readonly strategy: Strategy;
  readonly ceilingMicros: number;
  readonly members: readonly number[];
}

export interface Route {
  readonly name: string;
  readonly clients: ClientRegion | 'anywhere';
  readonly ceilingMicros: number;
  readonly strategy: Strategy;
  /** In the order they are tried; the last one is the fallback over all targets. */
  readonly stages: readonly Stage[];
}

export interface SteeringPolicy {
  readonly ttlSeconds: number;
  readonly spillAt: number;
  readonly stickyMicros: number;
  readonly targets: readonly SteeringTarget[];
  readonly routes: readonly Route[];
  readonly fallback: Route;
  routeOf(region: ClientRegion | undefined): Route;
  /** Kilometres between a country's principal place and a target. */
  distanceKm(country: number, target: number): number;
  /** What the round trip between a country and a target must be about, where nobody has measured it. */
  estimatedMicros(country: number, target: number): number;
}

/** A mistake in the file, and where. */
export interface PolicyMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Names that do not fit each other: repeated ids, routes over unknown targets, two routes for one region. */
export function policyMistakes({ targets, routes }: SteeringPolicySpec): readonly PolicyMistake[] {
  const mistakes: PolicyMistake[] = [];
  const ids = new Set<string>();
  for (const [at, { id, ipv4, ipv6 }] of targets.entries()) {
    if (ids.has(id)) mistakes.push({ path: ['targets', at, 'id'], message: `${id} is there twice` });
    if (ipv4.length + ipv6.length === 0) mistakes.push({ path: ['targets', at], message: `${id} has no address` });
    ids.add(id);
  }
  const regions = new Set<string>();
  for (const [at, { clients, tiers }] of routes.entries()) {
    if (regions.has(clients))
      mistakes.push({ path: ['routes', at, 'clients'], message: `${clients} has a route already` });
    regions.add(clients);
    const unknown = tiers.flat().filter((id) => !ids.has(id));
    for (const id of unknown) mistakes.push({ path: ['routes', at, 'tiers'], message: `${id} is no target` });
    if (new Set(tiers.flat()).size !== tiers.flat().length) {
      mistakes.push({ path: ['routes', at, 'tiers'], message: 'a target is in it twice' });
    }
  }
  return mistakes;
}

/** Compiles a specification without mistakes. */
export function compilePolicy(spec: SteeringPolicySpec): SteeringPolicy {
  const { targets } = spec;
  const position = new Map(targets.map(({ id }, at) => [id, at]));
  const all = targets.map((_, at) => at);
  const last: Stage = {
    label: 'fallback',
    strategy: spec.fallback.strategy,
    ceilingMicros: spec.fallback.ceilingMs * MILLISECOND_MICROS,
    members: all,
  };
  const routes = spec.routes.map(({ name, clients, ceilingMs, strategy, tiers }): Route => {
    const ceilingMicros = ceilingMs * MILLISECOND_MICROS;
    const stages = tiers.map((tier, at) => ({
      label: `tier ${at + 1}`,
      strategy,
      ceilingMicros,
      members: tier.map((id) => position.get(id) ?? 0),
    }));
    return { name, clients, ceilingMicros, strategy, stages: [...stages, last] };
  });
  const { label: _label, members: _members, ...terms } = last;
  const fallback: Route = { name: 'global', clients: 'anywhere', ...terms, stages: [last] };
  const kilometres = new Float64Array(COUNTRIES.length * targets.length);
  for (const country of COUNTRIES) {
    for (const at of all)
      kilometres[country.index * targets.length + at] = greatCircleKm(country, targets[at] ?? country);
  }
  const farther = 2 * FIBRE_MICROS_PER_KM * spec.pathStretch;
  const accessMicros = spec.accessMs * MILLISECOND_MICROS;
  const distance = (country: number, target: number): number => kilometres[country * targets.length + target];
  return {
    ttlSeconds: spec.ttlSeconds,
    spillAt: spec.spillAt,
    stickyMicros: spec.stickySeconds * 1_000_000,
    targets,
    routes,
    fallback,
    routeOf: (region) => routes.find((route) => route.clients === region) ?? fallback,
    distanceKm: distance,
    estimatedMicros: (country, target) => accessMicros + farther * distance(country, target),
  };
}
