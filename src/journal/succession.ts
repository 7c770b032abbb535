/**
 * How a leadership changes hands: claim the next epoch, look at the tail of the one before, decide where it ends.
 * Safe without any lock: the claim decides who, the first seal decides where, and both are made at most once.
 */
import { hostname } from 'node:os';
import { CodedError } from '#kit/errors.ts';
import { BLOCK_BYTES } from './blocks.ts';
import type { Seal } from './blocks.ts';
import { JOURNAL_ERRORS, corruption } from './errors.ts';
import { judgeEnd } from './damage.ts';
import { rewrite } from './files.ts';
import { draftMaker } from './folder.ts';
import type { EpochFiles, JournalFolder } from './folder.ts';
import { JournalReader, Pull } from './reader.ts';
import type { Place } from './reader.ts';
import { placeAtStart, readSegmentStart } from './segments.ts';
import type { SegmentStart } from './segments.ts';

export interface Claimant {
  /** Names the run of the machine; empty when unknown. */
  bootId: string;
  timeMicros: number;
}

/** What a new leader starts from. */
export interface Succession {
  epoch: number;
  lastSequence: number;
  lastChecksum: number;
  /** Unfinished bytes cut from the epoch before. */
  tornBytes: number;
}

/**
 * Takes the next epoch and seals every one before it. Afterwards all that was ever acknowledged is durable.
 * Throws JOURNAL_EPOCH_TAKEN, JOURNAL_FENCED, JOURNAL_CORRUPT, or what the file system refuses.
 */
export function succeed(folder: JournalFolder, claimant: Claimant): Succession {
  const before = folder.epochs().at(-1)?.epoch ?? 0;
  const epoch = before + 1;
  const { bootId, timeMicros } = claimant;
  folder.claim({ epoch, processId: process.pid, host: hostname(), bootId, timeMicros });
  try {
    const last = sealEarlier(folder, epoch, bootId);
    removeLeftovers(folder, epoch);
    const { lastSequence = 0, lastChecksum = 0, tornBytes = 0 } = last ?? {};
    return { epoch, lastSequence, lastChecksum, tornBytes };
  } catch (error) {
    // A later candidate changes files under this one's hands, which is no fault of the disk.
    if (!folder.isClaimed(epoch + 1)) throw error;
    throw new CodedError(JOURNAL_ERRORS.JOURNAL_FENCED, `epoch ${epoch} in ${folder.path}`, { cause: error });
  }
}

/** Seals every epoch before `epoch` that is not sealed, and returns the last one's seal. */
function sealEarlier(folder: JournalFolder, epoch: number, bootId: string): Seal | undefined {
  // Listed only after the claim: from here on, nothing can join an earlier epoch.
  const earlier = folder.epochs().filter((entry) => entry.epoch < epoch);
  const firstOpen = earlier.findLastIndex(({ sealed }) => sealed) + 1;
  let last = firstOpen > 0 ? folder.readSeal(earlier[firstOpen - 1].epoch) : undefined;
  for (const entry of earlier.slice(firstOpen)) last = sealEpoch(folder, entry, epoch, last, bootId);
  return last;
}

/** Decides where an epoch ends, from what it has written; or learns that somebody else has decided it. */
function sealEpoch(
  folder: JournalFolder,
  entry: EpochFiles,
  sealedBy: number,
  previous: Seal | undefined,
  bootId: string,
): Seal {
  const { epoch } = entry;
  const lastSequence = previous?.lastSequence ?? 0;
  const lastChecksum = previous?.lastChecksum ?? 0;
  const start = scanStart(folder, entry);
  if (start === undefined) {
    const tornBytes = judgeStart(folder, entry, lastSequence, lastChecksum, bootId);
    const seal = folder.seal({ epoch, sealedBy, lastIndex: -1, byteLength: 0, lastSequence, lastChecksum, tornBytes });
    cutAtSeal(folder, seal, entry.segments);
    return seal;
  }
  const { end, unsynced, tornBytes } = findEnd(folder, start, bootId);
  makeDurable(folder, unsynced, end);
  const seal = folder.seal({
    epoch,
    sealedBy,
    lastIndex: end.index,
    byteLength: end.offset,
    lastSequence: end.nextSequence - 1,
    lastChecksum: end.previousChecksum ?? lastChecksum,
    tornBytes,
  });
  cutAtSeal(folder, seal, entry.segments);
  return seal;
}

/**
 * The segment from which on something may be missing. A segment whose writer began it knowing all commands before to be
 * durable is not it yet: the record that ends the segment before holds no command, and may be missing. The one before
 * that was synced to its very end, or the last of those commands could not have been durable.
 */
function scanStart(folder: JournalFolder, entry: EpochFiles): SegmentStart | undefined {
  let lowest: SegmentStart | undefined;
  let isKnown = false;
  for (const index of entry.segments.toReversed()) {
    const start = readSegmentStart(folder, entry.epoch, index);
    if (start === undefined) continue;
    if (isKnown) return start;
    isKnown = start.durableSequence >= start.firstSequence - 1;
    lowest = start;
  }
  // Without that knowledge the scan begins where the epoch does, or finds that its beginning was never finished.
  return isKnown || lowest?.index === entry.segments[0] ? lowest : undefined;
}

/** Judges an epoch of which no record can be read: it is empty, or its first record was never finished. */
function judgeStart(
  folder: JournalFolder,
  { epoch, segments }: EpochFiles,
  lastSequence: number,
  lastChecksum: number,
  bootId: string,
): number {
  const index = segments[0];
  if (index === undefined) return 0;
  const place = { epoch, index, offset: BLOCK_BYTES, nextSequence: lastSequence + 1, previousChecksum: lastChecksum };
  if (index > 0) throw corruption(folder.segmentPath(epoch, index), BLOCK_BYTES, 0, 'the segment before it is missing');
  return judge(folder, place, bootId) ?? 0;
}

/** Size of the unfinished bytes at `place`, or undefined when a whole record is there. Throws JOURNAL_CORRUPT. */
function judge(folder: JournalFolder, place: Place, bootId: string): number | undefined {
  const { verdict, tornBytes, finding } = judgeEnd(folder, place, bootId);
  if (verdict === 'whole') return undefined;
  if (verdict === 'torn') return tornBytes;
  throw corruption(folder.segmentPath(place.epoch, place.index), place.offset, place.nextSequence, finding);
}

interface FoundEnd {
  end: Place;
  /** From here on, nobody knows whether it is durable. */
  unsynced: Place;
  tornBytes: number;
}

/** Follows the epoch's whole records to the last one. */
function findEnd(folder: JournalFolder, start: SegmentStart, bootId: string): FoundEnd {
  const reader = new JournalReader(folder, placeAtStart(start), { ignoreClaims: true });
  const marks: Place[] = [];
  try {
    // Ends: every turn reads on, and nothing can be acknowledged in this epoch any more.
    for (;;) {
      marks.push({ ...reader.place });
      if (reader.pull(Infinity, ignore) === Pull.progressed) continue;
      const tornBytes = judge(folder, reader.place, bootId);
      if (tornBytes === undefined) continue;
      // Not after the last durable command: records without commands may follow it, and need not be durable.
      const unsynced = marks.findLast(({ nextSequence }) => nextSequence <= reader.durableSequence) ?? marks[0];
      return { end: { ...reader.place }, unsynced, tornBytes };
    }
  } finally {
    reader.close();
  }
}

function ignore(): void {
  // The scan wants only to know how far whole records reach.
}

/**
 * Writes again what may not be durable, and syncs it. Writing again matters: where a sync failed, the kernel may take
 * pages for clean that never reached the disk, and a second sync alone would then succeed without doing anything.
 */
function makeDurable(folder: JournalFolder, from: Place, end: Place): void {
  for (let index = from.index; index <= end.index; index++) {
    const path = folder.segmentPath(end.epoch, index);
    // The last record says that the journal goes on in a segment which was not begun any more.
    if (index === end.index && !folder.files.exists(path)) break;
    const fd = folder.files.open(path, 'write');
    try {
      const startBytes = index === from.index ? from.offset : 0;
      const endBytes = index === end.index ? end.offset : folder.files.size(fd);
      rewrite(folder.files, fd, startBytes, endBytes);
      folder.files.sync(fd);
    } finally {
      folder.files.close(fd);
    }
  }
  folder.files.syncFolder(folder.path);
}

/** Gives back the space past a seal; what lies there is not part of the journal. */
export function cutAtSeal(folder: JournalFolder, seal: Seal, indexes: readonly number[]): void {
  for (const index of indexes) {
    const path = folder.segmentPath(seal.epoch, index);
    if (index < seal.lastIndex || !folder.files.exists(path)) continue;
    if (index > seal.lastIndex) {
      folder.files.remove(path);
      continue;
    }
    const fd = folder.files.open(path, 'write');
    try {
      folder.files.truncate(fd, seal.byteLength);
    } finally {
      folder.files.close(fd);
    }
  }
}

/** Removes what earlier leaders left unfinished. */
function removeLeftovers(folder: JournalFolder, epoch: number): void {
  for (const name of folder.names()) {
    const maker = draftMaker(name);
    if (maker !== undefined && maker < epoch) folder.files.remove(folder.pathOf(name));
  }
}
