/**
 * Writes that were acknowledged before the source of record has them: a file of checked lines, synced before each
 * acknowledgement (many at once share one sync), delivered in order of each key, tried again with growing pauses, and set
 * aside for a person after too many failures. An acknowledged write is never lost, and may reach the source twice.
 */
import { closeSync, existsSync, fdatasync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { CodedError } from '#kit/errors.ts';
import { crc32c } from '#kit/crc32c.ts';
import { CACHE_ERRORS } from './errors.ts';

const sync = promisify(fdatasync);

export interface QueuedWrite {
  readonly id: number;
  readonly key: string;
  /** Null removes. */
  readonly value: unknown;
}

export interface WriteQueueOptions {
  readonly file: string;
  /** Brings a write to the source; a rejection is a failure that is tried again. Must be safe to repeat. */
  readonly deliver: (write: QueuedWrite) => Promise<void>;
  /** Waits that long; virtual in tests. */
  readonly pause: (ms: number) => Promise<void>;
  /** @default 100_000 */
  readonly entriesMax?: number;
  /** @default 8 */
  readonly attemptsMax?: number;
}

const PAUSE_FIRST_MS = 50;
const PAUSE_MAX_MS = 10_000;
const COMPACT_AT = 10_000;

type Line =
  | { readonly kind: 'write'; readonly write: QueuedWrite }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'aside'; readonly id: number; readonly why: string };

export class WriteQueue<Value> {
  private readonly options: Required<WriteQueueOptions>;
  private fd: number;
  private lines = 0;
  private nextId = 1;
  private readonly waiting = new Map<string, QueuedWrite[]>();
  private readonly setAside = new Map<number, { write: QueuedWrite; why: string }>();
  private readonly delivering = new Set<string>();
  private count = 0;
  private syncing: Promise<void> | undefined;
  private nextSync: Promise<void> | undefined;
  private stopped = false;

  /** Opens the file and begins to deliver what it holds. Throws CACHE_QUEUE_UNREADABLE for damage before its end. */
  constructor(options: WriteQueueOptions) {
    this.options = { entriesMax: 100_000, attemptsMax: 8, ...options };
    const keys = new Map<number, string>();
    for (const line of readLines(options.file)) this.replay(line, keys);
    this.fd = openSync(options.file, 'a', 0o600);
    this.compact();
    for (const key of this.waiting.keys()) void this.drain(key);
  }

  /** Resolves once the write is on the disk. Rejects with CACHE_QUEUE_FULL, and with the disk's error where it has one. */
  async add(key: string, value: Value | undefined): Promise<void> {
    if (this.count >= this.options.entriesMax) {
      throw new CodedError(CACHE_ERRORS.CACHE_QUEUE_FULL, `${this.count} writes wait`);
    }
    const write: QueuedWrite = { id: this.nextId++, key, value: value ?? null };
    this.append({ kind: 'write', write });
    const queue = this.waiting.get(key);
    if (queue === undefined) this.waiting.set(key, [write]);
    else queue.push(write);
    this.count += 1;
    await this.synced();
    void this.drain(key);
  }

  /** The last write of a key that has not reached the source. */
  pending(key: string): { readonly value: Value | undefined } | undefined {
    const last = this.waiting.get(key)?.at(-1);
    return last === undefined ? undefined : { value: (last.value ?? undefined) as Value | undefined };
  }

  get length(): number {
    return this.count;
  }

  /** Writes that failed too often, for a person to look at. */
  get poisoned(): readonly { readonly write: QueuedWrite; readonly why: string }[] {
    return [...this.setAside.values()];
  }

  /** Ends delivery; what waits stays in the file. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    closeSync(this.fd);
  }

  /** One sync for all who came before it began. */
  private async synced(): Promise<void> {
    if (this.syncing === undefined) {
      this.syncing = sync(this.fd).finally(() => (this.syncing = undefined));
      return this.syncing;
    }
    this.nextSync ??= this.syncing
      .catch(() => undefined)
      .then(async () => {
        this.nextSync = undefined;
        return this.synced();
      });
    return this.nextSync;
  }

  private async drain(key: string): Promise<void> {
    if (this.delivering.has(key)) return;
    this.delivering.add(key);
    for (let attempt = 1; !this.stopped;) {
      const write = this.waiting.get(key)?.[0];
      if (write === undefined) break;
      try {
        await this.options.deliver(write);
        if (!this.isStopped()) this.finish({ kind: 'done', id: write.id }, key);
        attempt = 1;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (this.isStopped()) break;
        if (attempt >= this.options.attemptsMax) {
          this.setAside.set(write.id, { write, why });
          this.finish({ kind: 'aside', id: write.id, why }, key);
          attempt = 1;
          continue;
        }
        await this.options.pause(Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (attempt - 1)));
        attempt += 1;
      }
    }
    this.delivering.delete(key);
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private finish(line: Line, key: string): void {
    const queue = this.waiting.get(key);
    queue?.shift();
    if (queue?.length === 0) this.waiting.delete(key);
    this.count -= 1;
    this.append(line);
    // Never under a sync that others wait for: it belongs to the old file.
    const isMostlyDone = this.lines >= COMPACT_AT && this.lines > 4 * (this.count + this.setAside.size);
    if (isMostlyDone && this.syncing === undefined) this.compact();
  }

  private append(line: Line): void {
    const bytes = encode(line);
    for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
    this.lines += 1;
  }

  /** @param keys of the writes that were read so far, by id */
  private replay(line: Line, keys: Map<number, string>): void {
    if (line.kind === 'write') {
      const { id, key } = line.write;
      this.nextId = Math.max(this.nextId, id + 1);
      keys.set(id, key);
      this.count += 1;
      const queue = this.waiting.get(key);
      if (queue === undefined) this.waiting.set(key, [line.write]);
      else queue.push(line.write);
      return;
    }
    const key = keys.get(line.id) ?? '';
    const queue = this.waiting.get(key) ?? [];
    const at = queue.findIndex(({ id }) => id === line.id);
    if (at === -1) return;
    const [write] = queue.splice(at, 1);
    if (queue.length === 0) this.waiting.delete(key);
    if (line.kind === 'aside') this.setAside.set(line.id, { write, why: line.why });
    this.count -= 1;
  }

  /** Writes what still counts into a new file and puts it in the place of the old one. */
  private compact(): void {
    const { file } = this.options;
    const open = [...this.waiting.values()].flat().toSorted((a, b) => a.id - b.id);
    const fresh = openSync(`${file}.new`, 'w', 0o600);
    this.lines = 0;
    const old = this.fd;
    this.fd = fresh;
    for (const { write, why } of this.setAside.values()) {
      this.append({ kind: 'write', write });
      this.append({ kind: 'aside', id: write.id, why });
    }
    for (const write of open) this.append({ kind: 'write', write });
    fsyncSync(fresh);
    renameSync(`${file}.new`, file);
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
    closeSync(old);
  }
}

function encode(line: Line): Buffer {
  const text = JSON.stringify(line);
  const bytes = Buffer.from(text);
  return Buffer.from(`${crc32c(bytes, 0, bytes.length).toString(16).padStart(8, '0')} ${text}\n`);
}

/** Whole lines of a queue's file. A torn last line was never acknowledged and is left out. */
function readLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  const rows = readFileSync(file, 'utf8').split('\n');
  const lines: Line[] = [];
  for (const [at, row] of rows.entries()) {
    if (row === '') continue;
    const text = row.slice(9);
    const bytes = Buffer.from(text);
    if (row.slice(0, 8) === crc32c(bytes, 0, bytes.length).toString(16).padStart(8, '0')) {
      lines.push(JSON.parse(text) as Line);
    } else if (at < rows.length - 1) {
      throw new CodedError(CACHE_ERRORS.CACHE_QUEUE_UNREADABLE, `${file}: line ${at + 1}`);
    }
  }
  return lines;
}
