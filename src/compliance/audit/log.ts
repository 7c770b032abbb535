/**
 * The audit log in a folder: entries become durable, then part of the tree, then part of a signed checkpoint. An entry is
 * acknowledged only after fdatasync, and never leaves again. Opening checks that what was signed is still there.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { invariant } from '#kit/invariant.ts';
import { parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint, TreeHead } from './checkpoint.ts';
import { diskFailure, systemDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { AUDIT_ERRORS, auditCorruption } from './errors.ts';
import { sameHash } from './merkle.ts';
import { consistencyProof, inclusionProof, treeRoot } from './proofs.ts';
import { Segments, readSegments } from './segments.ts';
import { ENTRY_BYTES_MAX, TILE_WIDTH, TileFolder, readIfThere } from './tiles.ts';
import { AuditTree, WAITING_BYTES_MAX } from './tree.ts';
import { FRAME_BYTES_MAX, FRAME_OVERHEAD_BYTES, entryFrameBytes } from './wal.ts';

/** Entries and bytes that may wait for the disk; beyond, appends are refused. */
const QUEUE_ENTRIES_MAX = 262_144;
const QUEUE_BYTES_MAX = 64 << 20;
export const CHECKPOINT_FILE = 'checkpoint';

export interface AuditLogOptions {
  /** Made where it is missing. Holds no keys. */
  readonly folder: string;
  /** The log's name in its checkpoints, for ever. */
  readonly origin: string;
  /** @default the machine's own */
  readonly disk?: Disk;
}

interface Waiting {
  readonly entries: readonly Uint8Array[];
  readonly bytes: number;
  readonly resolve: (firstIndex: number) => void;
  readonly reject: (error: Error) => void;
}

export class AuditLog {
  readonly folder: string;
  readonly origin: string;
  /** Bytes of an unfinished write that opening cut off; 0 normally. */
  readonly tornBytes: number;
  private readonly disk: Disk;
  private readonly tree: AuditTree;
  private readonly segments: Segments;
  private published: Checkpoint | undefined;
  private queue: Waiting[] = [];
  private queuedEntries = 0;
  private queuedBytes = 0;
  private draining: Promise<void> | undefined;
  private settling: Promise<void> | undefined;
  private closed = false;

  private constructor(options: AuditLogOptions, disk: Disk, tree: AuditTree, segments: Segments, tornBytes: number) {
    this.folder = options.folder;
    this.origin = options.origin;
    this.disk = disk;
    this.tree = tree;
    this.segments = segments;
    this.tornBytes = tornBytes;
  }

  /**
   * Opens or makes a log. Throws AUDIT_CORRUPT with the file, AUDIT_TRUNCATED where entries are missing that a checkpoint
   * vouches for, AUDIT_FORKED where they are others; nothing is changed then.
   */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const { folder, origin, disk = systemDisk } = options;
    mkdirSync(folder, { recursive: true });
    const found = readSegments(folder);
    const bundleStart = Math.floor(found.firstIndex / TILE_WIDTH) * TILE_WIDTH;
    const tree = new AuditTree(folder, disk, bundleStart);
    if (found.firstIndex > bundleStart) {
      // The segment begins within a bundle, which is full and durable, or the segment before would be there.
      const before = new TileFolder(folder, bundleStart + TILE_WIDTH).entries(bundleStart / TILE_WIDTH);
      if (before.length !== TILE_WIDTH)
        throw auditCorruption('tile/entries', `bundle ${bundleStart / TILE_WIDTH} is not full`);
      for (const entry of before.slice(0, found.firstIndex - bundleStart)) tree.add(entry);
    }
    for (const entry of found.entries) tree.add(entry);
    tree.opened();
    const published = checkPublished(folder, origin, tree);
    const segments = new Segments(folder, disk);
    await segments.resume(found);
    const log = new AuditLog(options, disk, tree, segments, found.tornBytes);
    log.published = published;
    return log;
  }

  /** Entries that are durable. */
  get size(): number {
    return this.tree.size;
  }
  /** Entries that wait for the disk. */
  get waiting(): number {
    return this.queuedEntries;
  }
  /** The newest checkpoint that was published. */
  get checkpoint(): Checkpoint | undefined {
    return this.published;
  }

  /**
   * Adds entries, which must not change afterwards. Resolves with the index of the first when all are durable. Rejects with
   * AUDIT_DISK_FULL, AUDIT_WRITE_FAILED, AUDIT_BUSY, AUDIT_ENTRY_INVALID or AUDIT_CLOSED: then none of them is in the log.
   */
  async append(entries: readonly Uint8Array[]): Promise<number> {
    let bytes = 0;
    for (const entry of entries) {
      if (entry.length > ENTRY_BYTES_MAX || entry.length === 0) {
        throw new CodedError(AUDIT_ERRORS.AUDIT_ENTRY_INVALID, `it has ${entry.length} bytes`);
      }
      bytes += entryFrameBytes(entry);
    }
    if (bytes > FRAME_BYTES_MAX - FRAME_OVERHEAD_BYTES)
      throw new CodedError(AUDIT_ERRORS.AUDIT_BUSY, 'too many at once');
    if (this.closed) throw new CodedError(AUDIT_ERRORS.AUDIT_CLOSED);
    const isFull =
      this.queuedEntries + entries.length > QUEUE_ENTRIES_MAX || this.queuedBytes + bytes > QUEUE_BYTES_MAX;
    if (isFull) throw new CodedError(AUDIT_ERRORS.AUDIT_BUSY, `${this.queuedEntries} entries wait`);
    return new Promise((resolve, reject) => {
      this.queue.push({ entries, bytes, resolve, reject });
      this.queuedEntries += entries.length;
      this.queuedBytes += bytes;
      this.draining ??= this.drain();
    });
  }

  /** The tree as it is now: every durable entry. */
  head(): TreeHead {
    return { origin: this.origin, size: this.size, root: treeRoot(this.tree, this.size) };
  }

  /** The tree as it was at a size it had. */
  headAt(size: number): TreeHead {
    invariant(size <= this.size, 'audit.head-ahead', size);
    return { origin: this.origin, size, root: treeRoot(this.tree, size) };
  }

  entry(index: number): Uint8Array {
    invariant(index >= 0 && index < this.size, 'audit.entry-index', index);
    return this.tree.entry(index);
  }

  inclusionProof(index: number, size: number): Buffer[] {
    return inclusionProof(this.tree, index, size);
  }

  consistencyProof(oldSize: number, newSize: number): Buffer[] {
    return consistencyProof(this.tree, oldSize, newSize);
  }

  /** Writes the tiles of the present size. Call it before a checkpoint of that size is signed. Throws a coded error. */
  writeTiles(): void {
    try {
      this.tree.writePartials();
    } catch (error) {
      throw diskFailure(error, this.folder);
    }
  }

  /** Makes a signed checkpoint of this log the newest one, durably. Throws a coded error. */
  async publish(text: string): Promise<void> {
    const checkpoint = parseCheckpoint(text);
    const isOurs = checkpoint.origin === this.origin && checkpoint.size <= this.size;
    invariant(isOurs && sameHash(checkpoint.root, this.headAt(checkpoint.size).root), 'audit.publish-another-tree');
    const path = join(this.folder, CHECKPOINT_FILE);
    try {
      this.disk.put(path, Buffer.from(text, 'utf8'));
      await this.disk.settle([path]);
    } catch (error) {
      throw diskFailure(error, path);
    }
    this.published = checkpoint;
  }

  /** Whether such a note is there. */
  has(name: string): boolean {
    return readIfThere(join(this.folder, name)) !== undefined;
  }

  /** Stores a signed note beside the log, e.g. the root of a day. Throws a coded error. */
  async keep(name: string, text: string): Promise<void> {
    const path = join(this.folder, name);
    try {
      this.disk.put(path, Buffer.from(text, 'utf8'));
      await this.disk.settle([path]);
    } catch (error) {
      throw diskFailure(error, path);
    }
  }

  /** Refuses further entries, and resolves when those accepted are durable or refused. */
  async close(): Promise<void> {
    this.closed = true;
    await this.draining;
    await this.settling;
    await this.segments.close();
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const taken = this.takeFrame();
      const entries = taken.length === 1 ? taken[0].entries : taken.flatMap((one) => one.entries);
      const firstIndex = this.tree.size;
      try {
        if (this.tree.waitingBytes > WAITING_BYTES_MAX) this.tree.flush();
        await this.segments.append(firstIndex, entries);
      } catch (error) {
        this.forget(taken);
        const failure = diskFailure(error, this.folder);
        for (const one of taken) one.reject(failure);
        continue;
      }
      for (const entry of entries) this.tree.add(entry);
      this.forget(taken);
      let index = firstIndex;
      for (const one of taken) {
        one.resolve(index);
        index += one.entries.length;
      }
      if (this.segments.hasOlder) this.settling ??= this.settle();
    }
    this.draining = undefined;
  }

  /** As much of the queue as fits a frame. */
  private takeFrame(): Waiting[] {
    let bytes = FRAME_OVERHEAD_BYTES;
    let count = 0;
    while (count < this.queue.length && bytes + this.queue[count].bytes <= FRAME_BYTES_MAX) {
      bytes += this.queue[count].bytes;
      count++;
    }
    return this.queue.splice(0, count);
  }

  private forget(taken: readonly Waiting[]): void {
    for (const { entries, bytes } of taken) {
      this.queuedEntries -= entries.length;
      this.queuedBytes -= bytes;
    }
  }

  /** Tiles become durable, then the segments they make superfluous go. */
  private async settle(): Promise<void> {
    try {
      this.segments.release(await this.tree.settle());
    } catch {
      // The segments stay; the next append that finds them tries again.
    }
    this.settling = undefined;
  }
}

/** The checkpoint in the folder, if there is one: what it vouches for must be in the tree. */
function checkPublished(folder: string, origin: string, tree: AuditTree): Checkpoint | undefined {
  const bytes = readIfThere(join(folder, CHECKPOINT_FILE));
  if (bytes === undefined) return undefined;
  const checkpoint = parseCheckpoint(bytes.toString('utf8'));
  if (checkpoint.origin !== origin) {
    throw new CodedError(AUDIT_ERRORS.AUDIT_FORKED, `its checkpoint is of ${checkpoint.origin}, not of ${origin}`);
  }
  if (checkpoint.size > tree.size) {
    throw new CodedError(
      AUDIT_ERRORS.AUDIT_TRUNCATED,
      `${tree.size} entries are there, ${checkpoint.size} were signed`,
    );
  }
  if (!sameHash(treeRoot(tree, checkpoint.size), checkpoint.root)) {
    throw new CodedError(AUDIT_ERRORS.AUDIT_FORKED, `at size ${checkpoint.size}`);
  }
  return checkpoint;
}
