/**
 * The registry on a JetStream key-value bucket: the distributed driver. Revisions are the bucket's own sequence numbers.
 *
 * A write names the revision it expects of its key and, beside it, the last sequence of the whole bucket. The first alone
 * does not do: in a cluster of nats-server 2.9.10, six of twelve writers at once under one revision were all told that they
 * had won, since the leader compares with what is applied and not with what is under way. The second it does compare so.
 * The price is that a write to another key makes this one try again.
 */
import { Kvm, type KV, type KvEntry } from '@nats-io/kv';
import { JetStreamApiError, jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { invariant } from '#kit/invariant.ts';
import { err, ok, type Result } from '#kit/result.ts';
import { REGISTRY_KEY, REGISTRY_VALUE_MAX, type RegistryEntry, type RegistryStore, type Watch } from './port.ts';

export interface KvRegistryOptions {
  readonly bucket: string;
  /** Servers that keep a copy. @default 3 */
  readonly replicas?: number;
}

/** The server's code for an expected last sequence that is not the last one. */
const WRONG_LAST_SEQUENCE = 10_071;
/** Tries of a write that only met writes to other keys. Beyond, whether it can be written is not known. */
const WRITE_TRIES_MAX = 64;
const REPLICAS = 3;
const MICROS_PER_MS = 1000;

/** Opens the bucket, made where there is none. The connection stays its caller's. Rejects where it cannot be reached. */
export async function openKvRegistry(connection: NatsConnection, options: KvRegistryOptions): Promise<RegistryStore> {
  const { bucket, replicas = REPLICAS } = options;
  const kv = await new Kvm(connection).create(bucket, { history: 1, replicas, maxValueSize: REGISTRY_VALUE_MAX * 4 });
  const manager = await jetstreamManager(connection);
  const publisher = jetstream(connection);
  const stream = `KV_${bucket}`;
  const subjectOf = (key: string): string => `$KV.${bucket}.${key}`;
  const watches = new Set<Watch>();
  return {
    async read(key) {
      return entryOf(await kv.get(key));
    },
    async list(prefix) {
      const keys: string[] = [];
      for await (const key of await kv.keys(`${prefix}>`)) keys.push(key);
      const entries = await Promise.all(keys.map(async (key) => entryOf(await kv.get(key))));
      return entries.filter((entry) => entry !== undefined);
    },
    async write(key, value, expectedRevision): Promise<Result<number, 'conflict'>> {
      invariant(REGISTRY_KEY.test(key), 'registry.key', key);
      invariant(value.length <= REGISTRY_VALUE_MAX, 'registry.value', value.length);
      for (let attempt = 1; attempt <= WRITE_TRIES_MAX; attempt++) {
        const { state } = await manager.streams.info(stream);
        try {
          const expect = { lastSequence: state.last_seq, lastSubjectSequence: expectedRevision };
          return ok((await publisher.publish(subjectOf(key), value, { expect })).seq);
        } catch (error) {
          if (!(error instanceof JetStreamApiError) || error.code !== WRONG_LAST_SEQUENCE) throw error;
        }
        if ((await revisionOf(manager, stream, subjectOf(key))) !== expectedRevision) return err('conflict');
      }
      throw new Error(`${key}: ${WRITE_TRIES_MAX} tries met writes to other keys`);
    },
    async watch(prefix, onEntry) {
      const watch = await follow(kv, prefix, onEntry);
      watches.add(watch);
      return watch;
    },
    async close() {
      for (const watch of watches) await watch.stop();
    },
  };
}

async function follow(kv: KV, prefix: string, onEntry: (entry: RegistryEntry) => void): Promise<Watch> {
  const updates = await kv.watch({ key: `${prefix}>`, ignoreDeletes: true });
  let isStopped = false;
  let initial: (() => void) | undefined;
  const heardAll = new Promise<void>((resolve) => {
    initial = resolve;
  });
  // An empty bucket never says that its present entries were heard.
  if (await isEmpty(kv, prefix)) initial?.();
  const reading = (async () => {
    for await (const update of updates) {
      const entry = entryOf(update);
      if (entry !== undefined && !isStopped) onEntry(entry);
      if (update.delta === 0) initial?.();
    }
  })();
  await heardAll;
  return {
    async stop() {
      isStopped = true;
      updates.stop();
      await reading;
    },
  };
}

async function isEmpty(kv: KV, prefix: string): Promise<boolean> {
  for await (const key of await kv.keys(`${prefix}>`)) if (key !== '') return false;
  return true;
}

/** As the stream's leader has it, which a follower's answer may be behind. */
async function revisionOf(manager: JetStreamManager, stream: string, subject: string): Promise<number> {
  const message = await manager.streams.getMessage(stream, { last_by_subj: subject });
  return message?.seq ?? 0;
}

function entryOf(entry: KvEntry | null): RegistryEntry | undefined {
  if (entry === null || entry.operation !== 'PUT') return undefined;
  const { key, revision, created } = entry;
  return { key, value: entry.string(), revision, storedMicros: created.getTime() * MICROS_PER_MS };
}
