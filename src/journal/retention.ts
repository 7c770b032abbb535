/**
 * Removes segments that no recovery needs any more: every command in them is covered by all snapshots that are kept.
 * Claims and seals stay for ever: a leader that slept through many epochs must still find that it was succeeded.
 */
import type { JournalFolder } from './folder.ts';
import { listSegments, readSegmentStart } from './segments.ts';
import type { SegmentStart } from './segments.ts';
import { listSnapshots, readSnapshot } from './snapshots.ts';

/**
 * Removes, oldest first, the segments whose every command is at or before `sequence` and before the oldest whole
 * snapshot's. The segment that holds the last record always stays.
 */
export async function removeSegments(folder: JournalFolder, sequence: number): Promise<number> {
  return removeSegmentsUpTo(folder, Math.min(sequence, await oldestSnapshot(folder)));
}

/** Removes, oldest first, the segments whose every command is at or before `covered`, which the caller can vouch for. */
export function removeSegmentsUpTo(folder: JournalFolder, covered: number): number {
  const starts = listSegments(folder, folder.epochs()).map(({ epoch, index }) =>
    readSegmentStart(folder, epoch, index),
  );
  let keptFrom = 0;
  for (const [at, start] of starts.entries()) {
    const next = starts[at + 1];
    if (start === undefined || next === undefined || next.firstSequence - 1 > covered) break;
    keptFrom = at + 1;
  }
  const first = starts[keptFrom];
  if (keptFrom === 0 || first === undefined) return 0;
  // What is left must say by itself where the journal begins, also after a power loss.
  makeDurable(folder, first);
  for (const start of starts.slice(0, keptFrom)) {
    if (start !== undefined) folder.files.remove(folder.segmentPath(start.epoch, start.index));
  }
  folder.files.syncFolder(folder.path);
  return keptFrom;
}

function makeDurable(folder: JournalFolder, { epoch, index }: SegmentStart): void {
  const fd = folder.files.open(folder.segmentPath(epoch, index), 'write');
  try {
    folder.files.sync(fd);
  } finally {
    folder.files.close(fd);
  }
  folder.files.syncFolder(folder.path);
}

/** Sequence of the oldest snapshot that is whole; 0 without one. */
async function oldestSnapshot(folder: JournalFolder): Promise<number> {
  for (const file of listSnapshots(folder).toReversed()) {
    if ((await readSnapshot(folder, file)) !== 'damaged') return file.sequence;
  }
  return 0;
}
