/**
 * The few calls the journal makes to a file system, so that a test can put a failing disk or a power loss in their place.
 * Never decides anything: errors pass through as the file system gave them.
 */
import fs from 'node:fs';

/** Called once with what failed, or null. */
export type Done = (error: Error | null) => void;

export interface Files {
  /** Opens a file: `read`, `write` (must exist) or `create` (must not exist; read and write). */
  open(path: string, mode: OpenMode): number;
  close(fd: number): void;
  /** Size in bytes. */
  size(fd: number): number;
  /** Reads up to `length` bytes; the answer may be shorter, and is 0 at the end. */
  read(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** Says that these bytes are read soon, so that they can be fetched from the disk meanwhile. Only a hint. */
  expectRead(fd: number, length: number, position: number): void;
  /** Writes up to `length` bytes and says how many it took. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** The same, away from the calling thread; `bytes` must stay as they are until `done`. */
  writeLater(
    fd: number,
    bytes: Uint8Array,
    position: number,
    done: (error: Error | null, written: number) => void,
  ): void;
  truncate(fd: number, size: number): void;
  /** Makes the file's data durable (fdatasync) before it returns. */
  sync(fd: number): void;
  /** The same, away from the calling thread. */
  syncLater(fd: number, done: Done): void;
  /** Throws when it cannot be told: an unreadable folder is not an empty one. */
  exists(path: string): boolean;
  list(folder: string): string[];
  makeFolder(path: string): void;
  /** Gives the file at `path` a second name; fails with EEXIST when that name is taken. */
  link(path: string, name: string): void;
  rename(path: string, name: string): void;
  /** Removes a name. */
  remove(path: string): void;
  /** Makes the folder's names durable before it returns. */
  syncFolder(path: string): void;
  /** The same, away from the calling thread. */
  syncFolderLater(path: string, done: Done): void;
}

export type OpenMode = 'read' | 'write' | 'create';
const FLAGS: Readonly<Record<OpenMode, string>> = { read: 'r', write: 'r+', create: 'wx+' };

const unread = new Uint8Array(2 << 20);
const UNDEFINED_IF_MISSING = { throwIfNoEntry: false } as const;

/** The machine's own file system. */
export const systemFiles: Files = {
  open: (path, mode) => fs.openSync(path, FLAGS[mode]),
  close: fs.closeSync,
  size: (fd) => fs.fstatSync(fd).size,
  read: fs.readSync,
  // Another thread reads them into a buffer nobody looks at; what counts is that the kernel holds them afterwards.
  expectRead: (fd, length, position) => fs.read(fd, unread, 0, Math.min(length, unread.length), position, () => {}),
  write: fs.writeSync,
  writeLater: (fd, bytes, position, done) => fs.write(fd, bytes, 0, bytes.length, position, done),
  truncate: fs.ftruncateSync,
  sync: fs.fdatasyncSync,
  syncLater: fs.fdatasync,
  exists: (path) => fs.statSync(path, UNDEFINED_IF_MISSING) !== undefined,
  list: (folder) => fs.readdirSync(folder),
  makeFolder: (path) => fs.mkdirSync(path, { recursive: true }),
  link: fs.linkSync,
  rename: fs.renameSync,
  remove: fs.unlinkSync,
  syncFolder(path) {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  syncFolderLater(path, done) {
    fs.open(path, 'r', (openError, fd) => {
      if (openError !== null) return done(openError);
      fs.fsync(fd, (syncError) => fs.close(fd, (closeError) => done(syncError ?? closeError ?? null)));
    });
  },
};

/** How often a write that took less than it was given is continued. */
const SHORT_WRITES_MAX = 16;

/** Writes all of bytes [0, length) at `position`, or throws what the file system said. */
export function writeFully(files: Files, fd: number, bytes: Uint8Array, length: number, position: number): void {
  let done = files.write(fd, bytes, 0, length, position);
  for (let attempt = 0; done < length; attempt++) {
    if (attempt === SHORT_WRITES_MAX) throw new Error(`only ${done} of ${length} bytes were written`);
    done += files.write(fd, bytes, done, length - done, position + done);
  }
}

/** Reads until `length` bytes are there or the file ends; returns how many it got. */
export function readFully(files: Files, fd: number, bytes: Uint8Array, length: number, position: number): number {
  let got = 0;
  while (got < length) {
    const more = files.read(fd, bytes, got, length - got, position + got);
    if (more === 0) break;
    got += more;
  }
  return got;
}

const REWRITE_BYTES = 1 << 20;

/** Writes bytes [start, end) of a file again as they are, so that the next sync sends them to the disk once more. */
export function rewrite(files: Files, fd: number, start: number, end: number): void {
  const bytes = new Uint8Array(Math.min(REWRITE_BYTES, end - start));
  for (let at = start; at < end; at += bytes.length) {
    const got = readFully(files, fd, bytes, Math.min(bytes.length, end - at), at);
    writeFully(files, fd, bytes, got, at);
    if (got === 0) return;
  }
}
