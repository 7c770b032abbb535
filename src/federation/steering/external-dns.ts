/**
 * The policy as ExternalDNS resources (`DNSEndpoint`), for who lets a cloud's DNS answer instead of the own name server. Route 53 can
 * keep the regions (geolocation records); ExternalDNS offers no routing for Cloud DNS and Azure DNS, so these get the present answer
 * of the global route as plain records. Names the targets that are fit now: export again when that changes.
 */
import { decide } from './decision.ts';
import type { SteeringConditions, SteeringTarget } from '#kit/ports/steering.ts';
import type { Route, SteeringPolicy } from './policy.ts';
import type { ClientRegion } from './places.ts';
import { COUNTRIES } from './location.ts';

export const DNS_PROVIDERS = ['aws', 'google', 'azure'] as const;
export type DnsProvider = (typeof DNS_PROVIDERS)[number];

/** Continents of Route 53 that belong to a region of clients. */
const CONTINENTS: Readonly<Record<ClientRegion, readonly string[]>> = {
  americas: ['NA', 'SA'],
  europe: ['EU'],
  asia: ['AS', 'OC'],
  other: ['AF'],
};
/** A country in the middle of each region's business: what its route decides stands for the region. */
const STANDS_FOR: Readonly<Record<ClientRegion, string>> = { americas: 'US', europe: 'DE', asia: 'JP', other: 'ZA' };

interface Endpoint {
  readonly dnsName: string;
  readonly recordType: 'A' | 'AAAA';
  readonly recordTTL: number;
  readonly targets: readonly string[];
  readonly setIdentifier?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly providerSpecific?: readonly { readonly name: string; readonly value: string }[];
}

export interface DnsEndpoint {
  readonly apiVersion: 'externaldns.k8s.io/v1alpha1';
  readonly kind: 'DNSEndpoint';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly endpoints: readonly Endpoint[] };
}

/** One resource with every record of `dnsName`, as things are now. */
export function dnsEndpoint(
  policy: SteeringPolicy,
  conditions: SteeringConditions,
  dnsName: string,
  provider: DnsProvider,
): DnsEndpoint {
  const endpoints = provider === 'aws' ? byContinent(policy, conditions, dnsName) : plain(policy, conditions, dnsName);
  return {
    apiVersion: 'externaldns.k8s.io/v1alpha1',
    kind: 'DNSEndpoint',
    metadata: {
      name: `${dnsName.replaceAll('.', '-')}-${provider}`,
      labels: { 'app.kubernetes.io/part-of': 'nautilus' },
    },
    spec: { endpoints },
  };
}

function byContinent(policy: SteeringPolicy, conditions: SteeringConditions, dnsName: string): Endpoint[] {
  const located = (Object.keys(CONTINENTS) as ClientRegion[]).flatMap((region) => {
    const answer = answerFor(policy, conditions, STANDS_FOR[region]);
    return CONTINENTS[region].flatMap((continent) =>
      records(dnsName, answer, `${region}-${continent}`, { name: 'aws/geolocation-continent-code', value: continent }),
    );
  });
  const anywhere = answerFor(policy, conditions, undefined);
  return [...located, ...records(dnsName, anywhere, 'default', { name: 'aws/geolocation-country-code', value: '*' })];
}

function plain(policy: SteeringPolicy, conditions: SteeringConditions, dnsName: string): Endpoint[] {
  return records(dnsName, answerFor(policy, conditions, undefined));
}

interface Answer {
  readonly target: SteeringTarget | undefined;
  readonly route: Route;
  readonly ttlSeconds: number;
}

function answerFor(policy: SteeringPolicy, conditions: SteeringConditions, code: string | undefined): Answer {
  const country = COUNTRIES.find((known) => known.code === code);
  const { target, route, ttlSeconds } = decide(policy, conditions, { country, group: 0, previous: undefined, turn: 0 });
  return { target: policy.targets[target], route, ttlSeconds };
}

function records(
  dnsName: string,
  { target, route, ttlSeconds }: Answer,
  setIdentifier?: string,
  property?: { readonly name: string; readonly value: string },
): Endpoint[] {
  if (target === undefined) return [];
  const families = [
    ['A', target.ipv4],
    ['AAAA', target.ipv6],
  ] as const;
  return families.flatMap(([recordType, targets]): Endpoint[] => {
    if (targets.length === 0) return [];
    const labels = { 'nautilus.trading/route': route.name, 'nautilus.trading/cluster': target.id };
    const endpoint = { dnsName, recordType, recordTTL: ttlSeconds, targets, labels };
    if (setIdentifier === undefined || property === undefined) return [endpoint];
    return [{ ...endpoint, setIdentifier, providerSpecific: [property] }];
  });
}
