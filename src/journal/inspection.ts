/**
 * Looks at a journal without taking part in it: what there is, and whether all of it is whole. Never writes; a journal
 * that is being led can be looked at.
 */
import { judgeEnd } from './damage.ts';
import { CorruptionError } from './errors.ts';
import type { JournalFolder } from './folder.ts';
import { JournalReader, Pull } from './reader.ts';
import { listSegments, placeAtStart, readSegmentStart } from './segments.ts';
import type { ListedSegment } from './segments.ts';
import { listSnapshots, readSnapshot } from './snapshots.ts';

export interface EpochSummary {
  epoch: number;
  /** Who took it, as its claim says. */
  claim: string;
  /** The epoch whose leader decided its end; undefined while that is open. */
  sealedBy: number | undefined;
  lastSequence: number | undefined;
  tornBytes: number;
}

export interface SegmentSummary {
  file: string;
  epoch: number;
  index: number;
  fileBytes: number;
  /** Undefined for one that nothing was written to yet. */
  firstSequence: number | undefined;
}

export interface JournalInspection {
  folder: string;
  epochs: EpochSummary[];
  segments: SegmentSummary[];
  snapshots: { file: string; sequence: number; fileBytes: number }[];
}

/** What the folder holds, from headers and seals alone. Throws JOURNAL_CORRUPT when one of those is damaged. */
export function inspectJournal(folder: JournalFolder): JournalInspection {
  const epochs = folder.epochs();
  return {
    folder: folder.path,
    epochs: epochs.map(({ epoch }) => {
      const seal = folder.readSeal(epoch);
      const claim = folder.claimText(epoch);
      const { sealedBy, lastSequence, tornBytes = 0 } = seal ?? {};
      return { epoch, claim, sealedBy, lastSequence, tornBytes };
    }),
    segments: listSegments(folder, epochs).map(({ epoch, index }) => {
      const file = folder.segmentPath(epoch, index);
      const firstSequence = readSegmentStart(folder, epoch, index)?.firstSequence;
      return { file, epoch, index, fileBytes: folder.sizeOf(file), firstSequence };
    }),
    snapshots: listSnapshots(folder).map(({ path, sequence }) => ({
      file: path,
      sequence,
      fileBytes: folder.sizeOf(path),
    })),
  };
}

export interface Damage {
  file: string;
  offsetBytes: number;
  /** Of the entry expected there; 0 when that cannot be known. */
  sequence: number;
  finding: string;
}

export interface Verification {
  firstSequence: number;
  lastSequence: number;
  entries: number;
  batches: number;
  bytes: number;
  snapshots: number;
  /** Unfinished bytes at the end, which the next leader cuts off. */
  tornBytes: number;
  damages: Damage[];
}

/** Reads every record and every snapshot there is. After damage it goes on with the next segment, to find all of it. */
export async function verifyJournal(folder: JournalFolder, bootId: string): Promise<Verification> {
  const found: Verification = {
    firstSequence: 0,
    lastSequence: 0,
    entries: 0,
    batches: 0,
    bytes: 0,
    snapshots: 0,
    tornBytes: 0,
    damages: [],
  };
  const segments = collectDamage(found, () => listSegments(folder, folder.epochs())) ?? [];
  for (let at = 0; at < segments.length;) at = verifyFrom(folder, segments, at, bootId, found);
  for (const file of listSnapshots(folder)) {
    found.snapshots++;
    if ((await readSnapshot(folder, file)) !== 'damaged') continue;
    const finding = 'the snapshot fails its checksum; recovery passes it over';
    found.damages.push({ file: file.path, offsetBytes: 0, sequence: file.sequence, finding });
  }
  return found;
}

/** Reads from a segment on until the end or the first damage; returns the segment to go on with. */
function verifyFrom(
  folder: JournalFolder,
  segments: readonly ListedSegment[],
  at: number,
  bootId: string,
  found: Verification,
): number {
  const { epoch, index, isVouchedFor } = segments[at];
  const start = collectDamage(found, () => {
    const first = readSegmentStart(folder, epoch, index);
    if (first !== undefined || !isVouchedFor) return first;
    throw new CorruptionError(folder.segmentPath(epoch, index), 0, 0, 'its first record is damaged');
  });
  if (start === undefined) return at + 1;
  const reader = new JournalReader(folder, placeAtStart(start));
  if (found.firstSequence === 0) found.firstSequence = start.firstSequence;
  try {
    collectDamage(found, () => readAll(folder, reader, bootId, found));
  } finally {
    reader.close();
  }
  found.lastSequence = Math.max(found.lastSequence, reader.place.nextSequence - 1);
  const { place } = reader;
  const next = segments.findIndex(
    (one) => one.epoch > place.epoch || (one.epoch === place.epoch && one.index > place.index),
  );
  return next < 0 ? segments.length : next;
}

function readAll(folder: JournalFolder, reader: JournalReader, bootId: string, found: Verification): void {
  for (;;) {
    const pulled = reader.pull(0, (batch) => {
      found.batches++;
      found.entries += batch.count;
      found.bytes += (batch.end - batch.start) * 4;
    });
    if (pulled === Pull.progressed) continue;
    if (pulled === Pull.undecided) return;
    const { place } = reader;
    const { verdict, tornBytes, finding } = judgeEnd(folder, place, bootId);
    if (verdict === 'whole') continue;
    found.tornBytes = tornBytes;
    if (verdict === 'torn') return;
    throw new CorruptionError(folder.segmentPath(place.epoch, place.index), place.offset, place.nextSequence, finding);
  }
}

/** Runs `look`, and notes damage instead of throwing it. */
function collectDamage<T>(found: Verification, look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    const { file, offsetBytes, sequence, finding } = error;
    found.damages.push({ file, offsetBytes, sequence, finding });
    return undefined;
  }
}
