/** Exports against the shape that ExternalDNS publishes for its DNSEndpoint resource (CRD v1alpha1, as of 2026). */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dnsEndpoint, DNS_PROVIDERS } from './external-dns.ts';
import { SetConditions, shippedPolicy } from './harness.ts';
import { compilePolicy } from './policy.ts';

const DNS_NAME =
  /^(\*\.)?([a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?\.?$/;
const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'DNAME', 'MX', 'NAPTR', 'NS', 'PTR', 'SRV', 'TLSA', 'TXT'] as const;

const crd = z.strictObject({
  apiVersion: z.literal('externaldns.k8s.io/v1alpha1'),
  kind: z.literal('DNSEndpoint'),
  metadata: z.strictObject({
    name: z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/),
    labels: z.record(z.string(), z.string().max(63)),
  }),
  spec: z.strictObject({
    endpoints: z
      .array(
        z.strictObject({
          dnsName: z.string().min(1).max(254).regex(DNS_NAME),
          labels: z.record(z.string(), z.string()).optional(),
          providerSpecific: z
            .array(z.strictObject({ name: z.string().min(1).max(253), value: z.string().max(4096) }))
            .max(100)
            .optional(),
          recordTTL: z.int().min(0).max(2_147_483_647).optional(),
          recordType: z.enum(RECORD_TYPES),
          setIdentifier: z.string().max(255).optional(),
          targets: z.array(z.string().min(1).max(4096)).max(1000).optional(),
        }),
      )
      .max(1000),
  }),
});

function exported(provider: (typeof DNS_PROVIDERS)[number], prepare?: (conditions: SetConditions) => void) {
  const policy = compilePolicy(shippedPolicy);
  const conditions = new SetConditions(policy);
  prepare?.(conditions);
  return dnsEndpoint(policy, conditions, 'api.nautilus.trading', provider);
}

describe('an export', () => {
  it.each(DNS_PROVIDERS)('for %s has the published shape, survives JSON, and tells its records apart', (provider) => {
    const resource = exported(provider);
    expect(crd.parse(JSON.parse(JSON.stringify(resource)))).toEqual(resource);
    const keys = resource.spec.endpoints.map(({ recordType, setIdentifier }) => `${recordType} ${setIdentifier ?? ''}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThanOrEqual(2);
  });

  it('for Route 53 sends each continent to the target of its route, and everybody else somewhere', () => {
    const { endpoints } = exported('aws').spec;
    const where = new Map(
      endpoints
        .filter(({ recordType }) => recordType === 'A')
        .map((e) => [e.providerSpecific?.[0]?.value, e.targets[0]]),
    );
    expect(where.get('NA')).toBe('192.0.2.10');
    expect(where.get('EU')).toBe('192.0.2.20');
    expect(where.get('AS')).toBe('192.0.2.30');
    expect(where.has('*')).toBe(true);
  });

  it('names what is fit now', () => {
    const { endpoints } = exported('aws', (conditions) =>
      conditions.set.set('nautilus-primary-eu-west', { state: 'unhealthy' }),
    ).spec;
    const europe = endpoints.find(
      ({ setIdentifier, recordType }) => setIdentifier === 'europe-EU' && recordType === 'A',
    );
    expect(europe).toMatchObject({ targets: ['192.0.2.50'], recordTTL: 30 });
  });

  it('has no record where every target is drained, so that nothing is pointed at nothing', () => {
    const { endpoints } = exported('google', (conditions) => {
      for (const { id } of shippedPolicy.targets) conditions.set.set(id, { drained: true });
    }).spec;
    expect(endpoints).toEqual([]);
  });
});
