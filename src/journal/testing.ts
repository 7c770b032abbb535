/**
 * A disk in memory that fails as real ones do, for tests: it loses what was not synced when the power goes, sector by
 * sector; it runs full, refuses, takes only part of a write, and forgets pages whose sync failed. Never used in production.
 */
import type { Rng } from '#kit/rng.ts';
import type { Done, Files, OpenMode } from './files.ts';

const SECTOR_BYTES = 512;

interface Inode {
  live: Uint8Array;
  durable: Uint8Array;
  /** Sectors that differ from what is durable as far as the kernel knows. */
  readonly dirty: Set<number>;
  /** Sectors that take up room. */
  readonly allocated: Set<number>;
  /** Size and sectors since the last sync; a failed sync loses them too. */
  isSizeDirty: boolean;
}

type NameChange = (names: Map<string, Inode>) => void;

export class FaultyDisk {
  /** Sectors that fit; writing more fails with ENOSPC. */
  capacitySectors = Infinity;
  /** Writes to refuse with EIO. */
  failingWrites = 0;
  /** Syncs of files to fail with EIO. */
  failingSyncs = 0;
  /** The next write takes only this many bytes; and with `isKilledByShortWrite` the process dies in it. */
  shortWriteBytes: number | undefined;
  isKilledByShortWrite = false;
  /** Refuse the write after the short one. */
  isRefusingAfterShortWrite = false;
  /** Writes made to files so far. */
  writes = 0;

  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private pendingNames: NameChange[] = [];
  private run = 0;
  private usedSectors = 0;

  /**
   * The file system as a process sees it, until the next crash.
   * @param beforeCall called before each of the process's calls, so that others can act in between
   */
  mount(beforeCall: () => void = () => {}): Files {
    return new MountedFiles(this, this.run, beforeCall);
  }

  /** The process dies: what it wrote stays, and whatever it still had under way never ends. */
  crash(): void {
    this.run++;
  }

  /** The power goes: of what was not synced, any sectors and any first part of the changes of names may have stayed. */
  losePower(rng: Rng): void {
    this.run++;
    for (const change of this.pendingNames.splice(0, rng.int(this.pendingNames.length + 1))) change(this.durableNames);
    this.pendingNames = [];
    this.names = new Map(this.durableNames);
    const stays = rng.float();
    for (const inode of new Set(this.names.values())) settle(inode, () => rng.float() < stays);
  }

  isOver(run: number): boolean {
    return run !== this.run;
  }

  lookUp(path: string): Inode | undefined {
    return this.names.get(path);
  }

  list(folder: string): string[] {
    const prefix = `${folder}/`;
    return [...this.names.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  }

  rename(change: NameChange): void {
    change(this.names);
    this.pendingNames.push(change);
  }

  syncNames(): void {
    for (const change of this.pendingNames.splice(0)) change(this.durableNames);
  }

  /** Writes as much as there is room for, and returns how much. */
  write(inode: Inode, bytes: Uint8Array, position: number): number {
    this.writes++;
    if (this.failingWrites > 0) {
      this.failingWrites--;
      throw failure('EIO', 'write');
    }
    let length = bytes.length;
    if (this.shortWriteBytes !== undefined) {
      length = Math.min(length, this.shortWriteBytes);
      this.shortWriteBytes = undefined;
      if (this.isKilledByShortWrite) this.crash();
      if (this.isRefusingAfterShortWrite) this.failingWrites = 1;
    }
    const taken = this.allocate(inode, position, length);
    if (taken === 0 && length > 0) throw failure('ENOSPC', 'write');
    resize(inode, Math.max(inode.live.length, position + taken));
    inode.live.set(bytes.subarray(0, taken), position);
    for (let sector = sectorOf(position); sector <= sectorOf(position + taken - 1); sector++) inode.dirty.add(sector);
    return taken;
  }

  truncate(inode: Inode, size: number): void {
    resize(inode, size);
    for (const sector of inode.allocated) {
      if (sector <= sectorOf(size - 1)) continue;
      inode.allocated.delete(sector);
      this.usedSectors--;
    }
    for (const sector of inode.dirty) if (sector * SECTOR_BYTES >= size) inode.dirty.delete(sector);
    inode.isSizeDirty = true;
  }

  release(inode: Inode): void {
    this.usedSectors -= inode.allocated.size;
    inode.allocated.clear();
  }

  /** What a sync that begins now will make durable; or its failure, after which the kernel takes the pages for clean. */
  beginSync(inode: Inode): () => Error | null {
    const sectors = [...inode.dirty].map((sector) => ({
      sector,
      bytes: inode.live.slice(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES),
    }));
    const size = inode.live.length;
    inode.dirty.clear();
    inode.isSizeDirty = false;
    if (this.failingSyncs > 0) {
      this.failingSyncs--;
      return () => failure('EIO', 'fdatasync');
    }
    return () => {
      if (inode.durable.length !== size) inode.durable = resized(inode.durable, size);
      for (const { sector, bytes } of sectors) {
        inode.durable.set(bytes.subarray(0, Math.max(0, size - sector * SECTOR_BYTES)), sector * SECTOR_BYTES);
      }
      return null;
    };
  }

  private allocate(inode: Inode, position: number, length: number): number {
    let end = position;
    for (let sector = sectorOf(position); end < position + length; sector++) {
      if (!inode.allocated.has(sector)) {
        if (this.usedSectors >= this.capacitySectors) break;
        inode.allocated.add(sector);
        this.usedSectors++;
      }
      end = (sector + 1) * SECTOR_BYTES;
    }
    return Math.max(0, Math.min(length, end - position));
  }
}

class MountedFiles implements Files {
  private readonly disk: FaultyDisk;
  private readonly run: number;
  private readonly beforeCall: () => void;
  private readonly open_ = new Map<number, Inode>();
  private nextFd = 3;

  constructor(disk: FaultyDisk, run: number, beforeCall: () => void) {
    this.disk = disk;
    this.run = run;
    this.beforeCall = beforeCall;
  }

  open(path: string, mode: OpenMode): number {
    this.check();
    const existing = this.disk.lookUp(path);
    if (mode === 'create' && existing !== undefined) throw failure('EEXIST', path);
    if (mode !== 'create' && existing === undefined) throw failure('ENOENT', path);
    const inode = existing ?? newInode();
    if (existing === undefined) this.disk.rename((names) => names.set(path, inode));
    const fd = this.nextFd++;
    this.open_.set(fd, inode);
    return fd;
  }

  close(fd: number): void {
    this.inode(fd);
    this.open_.delete(fd);
  }

  size(fd: number): number {
    return this.inode(fd).live.length;
  }

  read(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const piece = this.inode(fd).live.subarray(position, position + length);
    bytes.set(piece, offset);
    return piece.length;
  }

  expectRead(fd: number): void {
    this.inode(fd);
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const written = this.disk.write(this.inode(fd), bytes.subarray(offset, offset + length), position);
    if (this.disk.isOver(this.run)) throw new ProcessDied();
    return written;
  }

  writeLater(
    fd: number,
    bytes: Uint8Array,
    position: number,
    done: (error: Error | null, written: number) => void,
  ): void {
    const inode = this.inode(fd);
    this.later(() => {
      try {
        done(null, this.disk.write(inode, bytes, position));
      } catch (error) {
        done(error as Error, 0);
      }
    });
  }

  truncate(fd: number, size: number): void {
    this.disk.truncate(this.inode(fd), size);
  }

  sync(fd: number): void {
    const error = this.disk.beginSync(this.inode(fd))();
    if (error !== null) throw error;
  }

  syncLater(fd: number, done: Done): void {
    const finish = this.disk.beginSync(this.inode(fd));
    this.later(() => done(finish()));
  }

  exists(path: string): boolean {
    this.check();
    return this.disk.lookUp(path) !== undefined;
  }

  list(folder: string): string[] {
    this.check();
    return this.disk.list(folder);
  }

  makeFolder(): void {
    this.check();
  }

  link(path: string, name: string): void {
    const inode = this.require(path);
    if (this.disk.lookUp(name) !== undefined) throw failure('EEXIST', name);
    this.disk.rename((names) => names.set(name, inode));
  }

  rename(path: string, name: string): void {
    const inode = this.require(path);
    this.disk.rename((names) => {
      names.delete(path);
      names.set(name, inode);
    });
  }

  remove(path: string): void {
    const inode = this.require(path);
    this.disk.rename((names) => names.delete(path));
    this.disk.release(inode);
  }

  syncFolder(): void {
    this.check();
    this.disk.syncNames();
  }

  syncFolderLater(_path: string, done: Done): void {
    this.check();
    this.later(() => {
      this.disk.syncNames();
      done(null);
    });
  }

  private later(task: () => void): void {
    setImmediate(() => {
      if (!this.disk.isOver(this.run)) task();
    });
  }

  private require(path: string): Inode {
    this.check();
    const inode = this.disk.lookUp(path);
    if (inode === undefined) throw failure('ENOENT', path);
    return inode;
  }

  private inode(fd: number): Inode {
    this.check();
    const inode = this.open_.get(fd);
    if (inode === undefined) throw failure('EBADF', String(fd));
    return inode;
  }

  private check(): void {
    this.beforeCall();
    if (this.disk.isOver(this.run)) throw new ProcessDied();
  }
}

/** Thrown into code that goes on after the crash of its process. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

function newInode(): Inode {
  return {
    live: new Uint8Array(0),
    durable: new Uint8Array(0),
    dirty: new Set(),
    allocated: new Set(),
    isSizeDirty: false,
  };
}

/** Leaves of an inode what is durable and those unsynced sectors that happen to stay. */
function settle(inode: Inode, stays: () => boolean): void {
  if (inode.isSizeDirty && stays()) inode.durable = resized(inode.durable, inode.live.length);
  for (const sector of inode.dirty) {
    if (!stays()) continue;
    const start = sector * SECTOR_BYTES;
    const piece = inode.live.subarray(start, start + SECTOR_BYTES);
    if (inode.durable.length < start + piece.length) inode.durable = resized(inode.durable, start + piece.length);
    inode.durable.set(piece, start);
  }
  inode.dirty.clear();
  inode.isSizeDirty = false;
  inode.live = inode.durable.slice();
}

function resize(inode: Inode, size: number): void {
  if (inode.live.length === size) return;
  inode.live = resized(inode.live, size);
  inode.isSizeDirty = true;
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}

function sectorOf(position: number): number {
  return Math.floor(position / SECTOR_BYTES);
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
