/**
 * A shard's snapshots in the object store of its servers, with as many copies as the stream has. The newest whole one is
 * given back; a damaged one is passed over, and said.
 */
import { Objm } from '@nats-io/obj';
import type { ObjectStore } from '@nats-io/obj';
import { StorageType } from '@nats-io/jetstream';
import type { Snapshot } from '#kit/ports/journal.ts';
import { describeCause } from '../errors.ts';
import type { StreamLink } from './link.ts';

const KEPT = 3;
const NAME = /^snapshot-(\d{16})$/;
const SEQUENCE_DIGITS = 16;
const TIMEOUT_MS = 60_000;
const ATTEMPTS_MAX = 5;
const RETRY_MS = 500;

export class StreamSnapshots {
  private readonly link: StreamLink;
  private readonly objects: Objm;
  private store: ObjectStore | undefined;

  constructor(link: StreamLink) {
    this.link = link;
    this.objects = new Objm(link.connection);
  }

  /** Sequence of the oldest that is kept; 0 without one. */
  async oldest(): Promise<number> {
    return (await retried(() => this.sequences())).at(-1) ?? 0;
  }

  /** The newest whole one at or before `atMost`. */
  async latest(atMost: number): Promise<Snapshot | undefined> {
    return retried(() => this.findLatest(atMost));
  }

  /** Stores a snapshot and removes all but the newest few. */
  async put(snapshot: Snapshot): Promise<void> {
    await retried(() => this.replace(snapshot));
  }

  private async findLatest(atMost: number): Promise<Snapshot | undefined> {
    const store = await this.find();
    if (store === undefined) return undefined;
    for (const sequence of await this.sequences()) {
      if (sequence > atMost) continue;
      try {
        const bytes = await store.getBlob(nameOf(sequence));
        if (bytes !== null) return { sequence, bytes: Uint8Array.from(bytes) };
      } catch (error) {
        this.link.options.log(
          `snapshot ${sequence} of ${this.link.options.shard} is passed over: ${describeCause(error)}`,
        );
      }
    }
    return undefined;
  }

  private async replace({ sequence, bytes }: Snapshot): Promise<void> {
    const { bucket, replicas } = this.link.options;
    // In production an administrator has made it: members may not.
    this.store ??= (await this.find()) ?? (await this.objects.create(bucket, { storage: StorageType.File, replicas }));
    const { store } = this;
    await store.putBlob({ name: nameOf(sequence) }, bytes, { timeout: TIMEOUT_MS });
    for (const old of (await this.sequences()).slice(KEPT)) await store.delete(nameOf(old));
  }

  /** Sequences of the snapshots there are, newest first. */
  private async sequences(): Promise<number[]> {
    const objects = (await (await this.find())?.list()) ?? [];
    const found = objects.filter(({ deleted }) => !deleted).map(({ name }) => Number(NAME.exec(name)?.[1] ?? 0));
    return found.filter((sequence) => sequence > 0).toSorted((a, b) => b - a);
  }

  /** The bucket, which is made with the first snapshot. */
  private async find(): Promise<ObjectStore | undefined> {
    if (this.store !== undefined) return this.store;
    const { bucket } = this.link.options;
    const isThere = await this.link.hasStream(`OBJ_${bucket}`);
    if (isThere) this.store = await this.objects.open(bucket);
    return this.store;
  }
}

function nameOf(sequence: number): string {
  return `snapshot-${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

/** Calls again where nobody answered: the bucket's servers may be electing a leader. */
async function retried<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MS);
    });
  }
}
