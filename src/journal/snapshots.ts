/**
 * Snapshot files beside the segments: a checked header, then the bytes of an engine. A snapshot appears under its name
 * only when it is whole and durable. A damaged one is passed over for an older one, and said; never used.
 */
import { crc32c } from '#kit/crc32c.ts';
import { CodedError } from '#kit/errors.ts';
import type { Snapshot } from '#kit/ports/journal.ts';
import { BLOCK_BYTES, decodeSnapshotHeader, encodeSnapshotHeader } from './blocks.ts';
import { JOURNAL_ERRORS, storageFault } from './errors.ts';
import { readFully } from './files.ts';
import type { JournalFolder } from './folder.ts';
import { draftPath } from './folder.ts';

const NAME = /^snapshot-(\d{16})$/;
const SEQUENCE_DIGITS = 16;
const SNAPSHOTS_KEPT = 3;
/** Checksum and write go piece by piece, so that the loop of a leader is never held for long. */
const PIECE_BYTES = 128 * 1024;

export interface SnapshotFile {
  sequence: number;
  path: string;
}

/** The snapshot files there are, newest first, whole or not. */
export function listSnapshots(folder: JournalFolder): SnapshotFile[] {
  const found: SnapshotFile[] = [];
  for (const name of folder.names()) {
    const parts = NAME.exec(name);
    if (parts !== null) found.push({ sequence: Number(parts[1]), path: folder.pathOf(name) });
  }
  return found.toSorted((a, b) => b.sequence - a.sequence);
}

/** Reads a snapshot, or says that it is damaged. Throws JOURNAL_SNAPSHOT_NEWER. */
export async function readSnapshot(folder: JournalFolder, file: SnapshotFile): Promise<Snapshot | 'damaged'> {
  const fd = folder.files.open(file.path, 'read');
  try {
    const block = new Uint8Array(BLOCK_BYTES);
    const header = decodeSnapshotHeader(block.subarray(0, readFully(folder.files, fd, block, BLOCK_BYTES, 0)));
    if (header === 'newer') throw new CodedError(JOURNAL_ERRORS.JOURNAL_SNAPSHOT_NEWER, file.path);
    if (header === 'damaged' || header.sequence !== file.sequence) return 'damaged';
    if (folder.files.size(fd) !== BLOCK_BYTES + header.byteLength) return 'damaged';
    const bytes = new Uint8Array(header.byteLength);
    let checksum = 0;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const end = Math.min(bytes.length, at + PIECE_BYTES);
      if (readFully(folder.files, fd, bytes.subarray(at, end), end - at, BLOCK_BYTES + at) < end - at) return 'damaged';
      checksum = crc32c(bytes, at, end, checksum);
      await nextTurn();
    }
    return checksum === header.contentChecksum ? { sequence: header.sequence, bytes } : 'damaged';
  } finally {
    folder.files.close(fd);
  }
}

/** Stores a snapshot and removes all but the newest `keep`. Durable when the promise resolves. */
export async function writeSnapshot(
  folder: JournalFolder,
  snapshot: Snapshot,
  makerEpoch: number,
  keep: number = SNAPSHOTS_KEPT,
): Promise<void> {
  const path = folder.pathOf(`snapshot-${String(snapshot.sequence).padStart(SEQUENCE_DIGITS, '0')}`);
  const draft = draftPath(path, makerEpoch);
  try {
    if (folder.files.exists(draft)) folder.files.remove(draft);
    const fd = folder.files.open(draft, 'create');
    try {
      await writeContent(folder, fd, snapshot);
      await later((done) => folder.files.syncLater(fd, done));
    } finally {
      folder.files.close(fd);
    }
    folder.files.rename(draft, path);
    await later((done) => folder.files.syncFolderLater(folder.path, done));
  } catch (error) {
    if (folder.files.exists(draft)) folder.files.remove(draft);
    const { code } = storageFault(error, path);
    const kind = code === 'JOURNAL_DISK_FULL' ? JOURNAL_ERRORS.JOURNAL_DISK_FULL : JOURNAL_ERRORS.JOURNAL_WRITE_FAILED;
    throw new CodedError(kind, path, { cause: error });
  }
  for (const old of listSnapshots(folder).slice(keep)) folder.files.remove(old.path);
}

async function writeContent(folder: JournalFolder, fd: number, { sequence, bytes }: Snapshot): Promise<void> {
  let checksum = 0;
  for (let at = 0; at < bytes.length;) {
    const written = await writePiece(folder, fd, bytes.subarray(at, at + PIECE_BYTES), BLOCK_BYTES + at);
    checksum = crc32c(bytes, at, at + written, checksum);
    at += written;
  }
  const header = encodeSnapshotHeader({ sequence, byteLength: bytes.length, contentChecksum: checksum });
  for (let at = 0; at < header.length;) at += await writePiece(folder, fd, header.subarray(at), at);
}

/** Returns how many bytes were taken; at least one. */
function writePiece(folder: JournalFolder, fd: number, piece: Uint8Array, position: number): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    folder.files.writeLater(fd, piece, position, (error, written) => {
      if (error === null && written > 0) resolve(written);
      else reject(error ?? new Error('nothing was written'));
    });
  });
}

async function later(call: (done: (error: Error | null) => void) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    call((error) => (error === null ? resolve() : reject(error)));
  });
}

async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
