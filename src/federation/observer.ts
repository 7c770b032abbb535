/**
 * An observer as a process of its own: probes the members of its federation from where it stands and publishes its votes.
 * Reads one JSON file of options. Starts nothing, stops nobody, and leads nothing.
 */
import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { createSystemClock, type SystemClock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore } from '#store/open.ts';
import { DETECTOR_DEFAULTS } from './detection/detector.ts';
import { DetectionService } from './detection/service.ts';
import type { ProbeTarget } from './detection/tcp-probe.ts';
import { REGISTRY_ERRORS } from './registry/errors.ts';
import { openKvRegistry } from './registry/kv-registry.ts';
import { readMemberKey } from './registry/member-key.ts';
import { Members } from './registry/members.ts';
import type { RegistryStore } from './registry/port.ts';
import { Publisher } from './registry/publisher.ts';
import { publicKeyOf, type RosterEntry } from './registry/signed.ts';
import { openStoreRegistry } from './registry/store-registry.ts';
import { regionOf, sitesOf, topologySchema, type Topology } from './topology/model.ts';

const optionsSchema = z.strictObject({
  /** Its name under `members` in the topology; its site is that entry's cluster. */
  member: z.string().min(1),
  keyFile: z.string().min(1),
  topologyFile: z.string().min(1),
  registry: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('sqlite'), file: z.string().min(1) }),
    z.strictObject({ kind: z.literal('postgres'), url: z.string().min(1) }),
    z.strictObject({
      kind: z.literal('nats'),
      servers: z.array(z.string().min(1)).min(1),
      bucket: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    }),
  ]),
  /** PEM texts to reach nodes with; without them probes go in clear text, which nodes take on loopback only. */
  tls: z.strictObject({ ca: z.string(), certificate: z.string().optional(), key: z.string().optional() }).optional(),
});
type Options = z.output<typeof optionsSchema>;

const EXIT_USAGE = 64;
const EXIT_BUG = 70;

async function observe(options: Options): Promise<() => Promise<void>> {
  const topology = topologySchema.parse(parse(readFileSync(options.topologyFile, 'utf8')));
  const own = topology.members.find(({ name }) => name === options.member);
  if (own === undefined) throw new CodedError(REGISTRY_ERRORS.FEDERATION_MEMBER_UNKNOWN, options.member);
  const clock = createSystemClock();
  const roster = rosterOf(topology);
  const { registry, close } = await openRegistry(options, clock);
  const members = new Members(registry, clock, () => roster);
  await members.start();
  const privateKey = readMemberKey(options.keyFile);
  const detection = new DetectionService({
    registry,
    publisher: new Publisher({ registry, kind: 'vote', member: own.name, privateKey, roster, clock }),
    observer: own.cluster,
    roster: () => roster,
    policy: { ...DETECTOR_DEFAULTS, ...topology.detection, seats: seatsOf(topology) },
    clock,
    targets: () => targetsOf(members, options),
    onFault: tell,
    onChange: ({ target, suspected, tally }) => tell({ target, suspected, reason: tally.reason }),
  });
  await detection.start();
  return async () => {
    await detection.stop();
    await members.stop();
    await registry.close();
    await close();
  };
}

interface OpenRegistry {
  readonly registry: RegistryStore;
  /** Closes what the registry lies on. */
  readonly close: () => Promise<void>;
}

async function openRegistry({ registry: place }: Options, clock: SystemClock): Promise<OpenRegistry> {
  if (place.kind === 'nats') {
    const connection = await connect({ servers: place.servers });
    return {
      registry: await openKvRegistry(connection, { bucket: place.bucket }),
      close: async () => connection.close(),
    };
  }
  const store = await openStore(place, { clock, ids: createIdSource(clock, fillRandom), fillRandom });
  return { registry: openStoreRegistry(store, { onFault: tell }), close: async () => store.close() };
}

function fillRandom(bytes: Uint8Array): void {
  randomFillSync(bytes);
}

/** Every member that says where it takes orders. */
function targetsOf(members: Members, { tls }: Options): ProbeTarget[] {
  return members.list().flatMap(({ member, last }) => {
    const address = last?.body.address ?? null;
    if (address === null) return [];
    const at = address.lastIndexOf(':');
    const target = { name: member, host: address.slice(0, at), port: Number(address.slice(at + 1)) };
    return [{ ...target, ...(tls !== undefined && { tls }) }];
  });
}

function seatsOf(topology: Topology) {
  return sitesOf(topology)
    .filter(({ name }) => topology.detection.observers.includes(name))
    .map((site) => ({ observer: site.name, provider: site.provider, region: regionOf(site) }));
}

function rosterOf({ members }: Topology): ReadonlyMap<string, RosterEntry> {
  return new Map(
    members.flatMap(({ name, cluster, publicKey }): [string, RosterEntry][] => {
      const key = publicKeyOf(publicKey);
      return key === undefined ? [] : [[name, { cluster, publicKey: key }]];
    }),
  );
}

/** One line of JSON on standard error. */
function tell(what: unknown): void {
  const text = what instanceof Error ? { fault: what.message } : what;
  process.stderr.write(`${JSON.stringify(text)}\n`);
}

function readOptions(file: string | undefined): Options {
  if (file === undefined) throw new CodedError(REGISTRY_ERRORS.FEDERATION_OPTIONS_WRONG, 'name the options file');
  const read = optionsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new CodedError(
    REGISTRY_ERRORS.FEDERATION_OPTIONS_WRONG,
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

try {
  const stop = await observe(readOptions(process.argv[2]));
  process.stdout.write(`${JSON.stringify({ type: 'observing' })}\n`);
  const end = (): void => {
    stop().then(
      () => process.exit(0),
      () => process.exit(EXIT_BUG),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // Timers of the parts do not keep the process alive by themselves.
  setInterval(() => undefined, 60_000);
} catch (error) {
  tell(error);
  process.exitCode = error instanceof CodedError ? EXIT_USAGE : EXIT_BUG;
}
