/**
 * The journal's part of the error catalogue, and how a failed call of the file system becomes one of its codes.
 * Never swallows a failure: whatever is unknown keeps its original error as the cause.
 */
import { CodedError, defineErrors } from '#kit/errors.ts';
import type { JournalFault } from '#kit/ports/journal.ts';

export const JOURNAL_ERRORS = defineErrors({
  JOURNAL_CORRUPT: {
    title: 'The journal holds a damaged entry',
    httpStatus: 500,
    help: 'Nothing was skipped and nothing was changed. List the damage with `nautilus journal verify`, then restore the named file from a replica or a backup; the entries before the named sequence can be saved with `nautilus journal export`.',
  },
  JOURNAL_FORMAT_NEWER: {
    title: 'The journal was written by a newer version',
    httpStatus: 500,
    help: 'Run the version that wrote it, or a later one. An older version cannot read it and leaves it untouched.',
  },
  JOURNAL_SNAPSHOT_NEWER: {
    title: 'The snapshot was written by a newer version',
    httpStatus: 500,
    help: 'Run the version that wrote it, or a later one. Removing the snapshot file makes recovery start from an older one or from the first entry.',
  },
  JOURNAL_EPOCH_TAKEN: {
    title: 'Another candidate took the leadership first',
    httpStatus: 409,
    help: 'Follow the new leader. Two nodes run on one data folder when this repeats: stop one of them.',
  },
  JOURNAL_FENCED: {
    title: 'A higher epoch exists: this leadership is over',
    httpStatus: 409,
    help: 'The process ends and comes back as a follower of the new leader. Nothing it acknowledged is lost.',
  },
  JOURNAL_DISK_FULL: {
    title: 'The disk has no room for the journal',
    httpStatus: 507,
    help: 'Free space on the disk of the data folder, or remove old segments with a snapshot. Trading resumes by itself; nothing acknowledged is lost.',
  },
  JOURNAL_WRITE_FAILED: {
    title: 'The disk refused to write the journal',
    httpStatus: 503,
    help: 'Look at the disk and the kernel log. Trading resumes by itself when the disk answers again; nothing acknowledged is lost.',
  },
  JOURNAL_SYNC_FAILED: {
    title: 'The disk could not make the journal durable',
    httpStatus: 503,
    help: 'What was not yet durable is written again and synced again until the disk takes it; no order is accepted meanwhile. Look at the disk and the kernel log.',
  },
  JOURNAL_SYNC_BEHIND: {
    title: 'The disk is too far behind in making the journal durable',
    httpStatus: 503,
    help: 'Trading resumes by itself when the disk has caught up. A faster disk, or fewer orders per second, keeps it from happening.',
  },
  JOURNAL_READ_FAILED: {
    title: 'The journal cannot be read',
    httpStatus: 503,
    help: 'Look at the disk, at the permissions of the data folder, and at the kernel log.',
  },
  JOURNAL_FOLDER_UNUSABLE: {
    title: 'The journal folder cannot be used',
    httpStatus: 500,
    help: 'The folder must exist or be creatable, be writable for this user, and lie on a local file system with hard links.',
  },
  JOURNAL_SEQUENCE_GONE: {
    title: 'The entries asked for were removed by retention',
    httpStatus: 410,
    help: 'Start from a snapshot at or after the first entry that is still there.',
  },
  JOURNAL_SEQUENCE_AHEAD: {
    title: 'The journal ends before the entries asked for',
    httpStatus: 409,
    help: 'What was read from is newer than the journal: a snapshot or projection of another journal, or a journal that lost its end with the power. Rebuild it from this journal.',
  },
});

/** The errno name of a failed call (`ENOSPC`, `EEXIST` …), or an empty string. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether a call failed for want of room. */
export function isDiskFull(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOSPC' || errno === 'EDQUOT';
}

/** What an append answers when the disk refused with `error`. */
export function storageFault(error: unknown, file: string): JournalFault {
  const kind = isDiskFull(error) ? JOURNAL_ERRORS.JOURNAL_DISK_FULL : JOURNAL_ERRORS.JOURNAL_WRITE_FAILED;
  return { kind: 'storage', code: kind.code, message: `${kind.title}: ${file} (${describeCause(error)})` };
}

/** One line about what went wrong underneath. */
export function describeCause(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Stops a reader at damaged bytes: names the file, the offset, the sequence and what is wrong. */
export class CorruptionError extends CodedError {
  readonly file: string;
  readonly offsetBytes: number;
  /** Of the command expected there; 0 when that cannot be known. */
  readonly sequence: number;
  readonly finding: string;

  constructor(file: string, offsetBytes: number, sequence: number, finding: string) {
    const place = sequence === 0 ? '' : `, where sequence ${sequence} is expected`;
    super(JOURNAL_ERRORS.JOURNAL_CORRUPT, `${file} at byte ${offsetBytes}${place}: ${finding}`);
    this.file = file;
    this.offsetBytes = offsetBytes;
    this.sequence = sequence;
    this.finding = finding;
  }
}

export function corruption(file: string, offsetBytes: number, sequence: number, finding: string): CorruptionError {
  return new CorruptionError(file, offsetBytes, sequence, finding);
}
