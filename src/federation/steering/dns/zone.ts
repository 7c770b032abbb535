/**
 * The zone that the name server answers for: what config/steering.yaml may say about it, and the records in wire form, ready to be
 * copied. Names are looked up in lower case. Holds nothing that changes while it runs.
 */
import { z } from 'zod';
import { addressBytes } from '../address.ts';
import type { PolicyMistake } from '../policy.ts';
import { RecordType } from './codes.ts';
import { encodeName, nameKey } from './names.ts';

const RECORDS_MAX = 256;
const TEXT_BYTES_MAX = 255;
const TTL_SECONDS_MAX = 86_400;
/** Of the SOA and the NS records: they change with a deployment, not with the weather. */
const APEX_TTL_SECONDS = 3600;
/** For secondary servers, of which there are none: this server is fed from its configuration (RFC 1912, 2.2). */
const SOA_TIMERS_SECONDS = [7200, 900, 1_209_600] as const;

const domain = z
  .string()
  .min(1)
  .max(253)
  .refine((text) => encodeName(text) !== undefined, 'not a domain name');

/** The name server's part of config/steering.yaml. */
export const nameServerSchema = z.strictObject({
  listen: z.array(z.string().regex(/^(\[[0-9a-fA-F:]+\]|[0-9.]+):\d{1,5}$/, 'write address:port')).max(8),
  zone: domain,
  steered: z.array(domain).min(1).max(16),
  contact: domain,
  nameServers: z.array(domain).min(1).max(8),
  negativeSeconds: z.int().min(1).max(3600).default(60),
  records: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        type: z.enum(['A', 'AAAA', 'TXT']),
        ttl: z.int().min(0).max(TTL_SECONDS_MAX).default(3600),
        values: z.array(z.string()).min(1).max(16),
      }),
    )
    .max(RECORDS_MAX)
    .default([]),
  answersPerSecond: z.int().min(1).max(1_000_000).default(50),
  unlimited: z
    .array(z.union([z.cidrv4(), z.cidrv6()]))
    .max(32)
    .default([]),
});
export type NameServerSpec = z.output<typeof nameServerSchema>;

/** Records of one type under one name. */
export interface RecordSet {
  readonly type: number;
  readonly ttlSeconds: number;
  readonly data: readonly Uint8Array[];
}

export interface ZoneName {
  readonly wire: Uint8Array;
  /** Answered by the steering policy for A and AAAA. */
  readonly steered: boolean;
  readonly sets: readonly RecordSet[];
}

export interface Zone {
  readonly apex: Uint8Array;
  readonly apexKey: string;
  readonly names: ReadonlyMap<string, ZoneName>;
  readonly soa: RecordSet;
  readonly negativeSeconds: number;
  /** Addresses of name servers inside the zone, sent along with NS records. */
  readonly glue: readonly ZoneName[];
}

/** Mistakes that the shape alone does not show. */
export function zoneMistakes(spec: NameServerSpec): readonly PolicyMistake[] {
  const mistakes: PolicyMistake[] = [];
  for (const [at, { name, type, values }] of spec.records.entries()) {
    if (encodeName(fullName(name, spec.zone)) === undefined) {
      mistakes.push({ path: ['records', at, 'name'], message: `${name} is not a domain name` });
    }
    for (const value of values) {
      if (recordData(type, value) === undefined) {
        mistakes.push({ path: ['records', at, 'values'], message: `${value} is no value of ${type}` });
      }
    }
    if (type !== 'TXT' && spec.steered.includes(name)) {
      mistakes.push({ path: ['records', at], message: `${name} is steered: its addresses are those of the targets` });
    }
  }
  return mistakes;
}

/**
 * Compiles a specification without mistakes.
 * @param serial of the SOA record, to be higher after each change of the configuration
 */
export function compileZone(spec: NameServerSpec, serial: number): Zone {
  const names = new Map<string, { wire: Uint8Array; steered: boolean; sets: RecordSet[] }>();
  const entry = (text: string) => {
    const wire = mustEncode(text);
    const key = nameKey(wire);
    const known = names.get(key) ?? { wire, steered: false, sets: [] };
    names.set(key, known);
    return known;
  };
  const soa: RecordSet = { type: RecordType.SOA, ttlSeconds: spec.negativeSeconds, data: [soaData(spec, serial)] };
  const apex = entry(spec.zone);
  apex.sets.push({ ...soa, ttlSeconds: APEX_TTL_SECONDS });
  apex.sets.push({ type: RecordType.NS, ttlSeconds: APEX_TTL_SECONDS, data: spec.nameServers.map(mustEncode) });
  for (const name of spec.steered) entry(fullName(name, spec.zone)).steered = true;
  for (const { name, type, ttl, values } of spec.records) {
    const data = values.flatMap((value) => recordData(type, value) ?? []);
    entry(fullName(name, spec.zone)).sets.push({ type: RecordType[type], ttlSeconds: ttl, data });
  }
  addEmptyParents(names, apex.wire, entry);
  const glue = spec.nameServers.flatMap((server) => names.get(nameKey(mustEncode(server))) ?? []);
  return { apex: apex.wire, apexKey: nameKey(apex.wire), names, soa, negativeSeconds: spec.negativeSeconds, glue };
}

/** A name between the apex and a record exists too, without records: it is not "no such name" (RFC 8020). */
function addEmptyParents(names: Map<string, unknown>, apex: Uint8Array, entry: (text: string) => unknown): void {
  for (const key of names.keys()) {
    const labels = labelsOf(key);
    for (let at = 1; labels.length - at > labelsOf(nameKey(apex)).length; at++) entry(labels.slice(at).join('.'));
  }
}

function labelsOf(key: string): string[] {
  const labels: string[] = [];
  for (let at = 0; key.charCodeAt(at) !== 0;) {
    const size = key.charCodeAt(at);
    labels.push(key.slice(at + 1, at + 1 + size));
    at += size + 1;
  }
  return labels;
}

function fullName(name: string, zone: string): string {
  return name === '@' ? zone : name.endsWith('.') ? name : `${name}.${zone}`;
}

function mustEncode(text: string): Uint8Array {
  const wire = encodeName(text);
  if (wire === undefined) throw new RangeError(`${text} is not a domain name`);
  return wire;
}

function recordData(type: 'A' | 'AAAA' | 'TXT', value: string): Uint8Array | undefined {
  if (type === 'A') return addressBytes(value, 4);
  if (type === 'AAAA') return addressBytes(value, 6);
  const text = Buffer.from(value, 'utf8');
  if (text.length > TEXT_BYTES_MAX) return undefined;
  return Uint8Array.from([text.length, ...text]);
}

function soaData(spec: NameServerSpec, serial: number): Uint8Array {
  const [server = spec.zone] = spec.nameServers;
  const numbers = Buffer.alloc(20);
  for (const [at, value] of [serial, ...SOA_TIMERS_SECONDS, spec.negativeSeconds].entries()) {
    numbers.writeUInt32BE(value >>> 0, at * 4);
  }
  return Uint8Array.from([...mustEncode(server), ...mustEncode(spec.contact), ...numbers]);
}
