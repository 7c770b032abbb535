/**
 * The few calls of the file system that the audit log is made of, so that tests can make them fail. Knows how files become
 * durable, and what a failed call means; knows nothing of what is in them.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { AUDIT_ERRORS } from './errors.ts';

export interface Disk {
  /** Opens for reading and writing; the file is there. */
  open(path: string): number;
  close(fd: number): void;
  /** Writes all of it, or throws. */
  write(fd: number, bytes: Uint8Array, at: number): void;
  /** Makes what was written durable; the file's length did not change. */
  sync(fd: number): Promise<void>;
  /** Writes a whole file under its name at once; durable only after `settle`. */
  put(path: string, bytes: Uint8Array): void;
  /** Makes files and the folders they are in durable. */
  settle(paths: readonly string[]): Promise<void>;
  /** Makes a file of that many zeros, durable when it resolves. */
  fill(path: string, byteLength: number): Promise<void>;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

async function syncIfThere(path: string): Promise<void> {
  let file: fs.promises.FileHandle;
  try {
    file = await fs.promises.open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const FILL_BYTES = 1 << 20;

export const systemDisk: Disk = {
  open: (path) => fs.openSync(path, 'r+'),
  close: (fd) => fs.closeSync(fd),
  write(fd, bytes, at) {
    let done = 0;
    while (done < bytes.length) done += fs.writeSync(fd, bytes, done, bytes.length - done, at + done);
  },
  sync: async (fd) =>
    new Promise((resolve, reject) => {
      fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
    }),
  put(path, bytes) {
    const draft = `${path}.draft`;
    try {
      fs.writeFileSync(draft, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      fs.mkdirSync(dirname(path), { recursive: true });
      fs.writeFileSync(draft, bytes);
    }
    fs.renameSync(draft, path);
  },
  async settle(paths) {
    for (const path of new Set([...paths, ...paths.map((one) => dirname(one))])) {
      await syncIfThere(path);
    }
  },
  async fill(path, byteLength) {
    const file = await fs.promises.open(path, 'w');
    try {
      const zeros = Buffer.alloc(Math.min(FILL_BYTES, byteLength));
      for (let at = 0; at < byteLength; at += zeros.length) {
        await file.write(zeros, 0, Math.min(zeros.length, byteLength - at), at);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path, { recursive: true, force: true }),
};

/** What a failed call means to who waits for the log. */
export function diskFailure(error: unknown, path: string): CodedError {
  if (error instanceof CodedError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const kind = code === 'ENOSPC' || code === 'EDQUOT' ? AUDIT_ERRORS.AUDIT_DISK_FULL : AUDIT_ERRORS.AUDIT_WRITE_FAILED;
  return new CodedError(kind, `${path} (${error instanceof Error ? error.message : String(error)})`, { cause: error });
}
