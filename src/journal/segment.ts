/**
 * One segment being written: creating it, full of zeros where there is time for that, and making the next one ready
 * ahead of need. Zeros matter: a sync of space that was written before changes no metadata, and is several times faster.
 */
import { BLOCK_BYTES, encodeSegmentHeader } from './blocks.ts';
import type { Files } from './files.ts';
import { writeFully } from './files.ts';
import type { JournalFolder } from './folder.ts';
import { draftPath } from './folder.ts';

export interface Segment {
  readonly fd: number;
  readonly path: string;
  readonly index: number;
  /** Size it was given; nothing is written past it. */
  readonly byteLength: number;
  /** Where the next record goes. */
  offset: number;
  /** The folder's entry for it is durable. */
  isEntryDurable: boolean;
}

/** The first segment of an epoch is small, so that a take-over is quick; each next one is twice as large. */
const FIRST_SEGMENT_BYTES = 4 << 20;
const FILL_BYTES = 1 << 20;
const RETRY_MS = 250;

/** Size of an epoch's segment, at most `largest` bytes. */
export function segmentBytes(index: number, largest: number): number {
  return Math.min(FIRST_SEGMENT_BYTES * 2 ** Math.min(index, 20), largest);
}

/**
 * Creates a segment at once. Throws what the file system refuses; nothing is left behind then.
 * @param filled write zeros over all of it; without, space is found only as it is written
 */
export function createSegment(
  folder: JournalFolder,
  epoch: number,
  index: number,
  byteLength: number,
  filled: boolean,
): Segment {
  const path = folder.segmentPath(epoch, index);
  const fd = folder.files.open(path, 'create');
  try {
    writeFully(folder.files, fd, encodeSegmentHeader({ epoch, index, byteLength }), BLOCK_BYTES, 0);
    if (filled) fillWithZeros(folder.files, fd, byteLength);
    else folder.files.truncate(fd, byteLength);
  } catch (error) {
    folder.files.close(fd);
    folder.files.remove(path);
    throw error;
  }
  return { fd, path, index, byteLength, offset: BLOCK_BYTES, isEntryDurable: false };
}

function fillWithZeros(files: Files, fd: number, byteLength: number): void {
  const zeros = new Uint8Array(Math.min(FILL_BYTES, byteLength));
  for (let at = BLOCK_BYTES; at < byteLength; at += zeros.length) {
    writeFully(files, fd, zeros, Math.min(zeros.length, byteLength - at), at);
  }
}

/**
 * Makes the next segment ready away from the calling thread: filled, durable, under its name. A failure leaves no
 * file behind and is not an error yet: the segment is created when it is needed, and that may fail.
 */
export class SegmentPreparer {
  private readonly folder: JournalFolder;
  private readonly epoch: number;
  private readonly zeros = new Uint8Array(FILL_BYTES);
  private ready: Segment | undefined;
  private fillingIndex = -1;
  private isResting = false;

  constructor(folder: JournalFolder, epoch: number) {
    this.folder = folder;
    this.epoch = epoch;
  }

  /** Begins unless this segment is ready or being filled, or the disk refused it a moment ago. */
  start(index: number, byteLength: number): void {
    if (this.isResting) return;
    if (this.fillingIndex === index || this.ready?.index === index) return;
    this.fillingIndex = index;
    void this.prepare(index, byteLength);
  }

  /** The segment when it is ready and large enough, which is the caller's from then on. Stops a filling that is too late. */
  take(index: number, neededBytes: number): Segment | undefined {
    const { ready } = this;
    this.fillingIndex = -1;
    if (ready?.index !== index || ready.byteLength < neededBytes) {
      this.abandon();
      return undefined;
    }
    this.ready = undefined;
    return ready;
  }

  /** Stops, and removes a segment nobody took. */
  abandon(): void {
    this.fillingIndex = -1;
    if (this.ready === undefined) return;
    this.folder.files.close(this.ready.fd);
    if (this.folder.files.exists(this.ready.path)) this.folder.files.remove(this.ready.path);
    this.ready = undefined;
  }

  private async prepare(index: number, byteLength: number): Promise<void> {
    const { files } = this.folder;
    const path = this.folder.segmentPath(this.epoch, index);
    const draft = draftPath(path, this.epoch);
    let fd: number | undefined;
    try {
      fd = files.open(draft, 'create');
      writeFully(files, fd, encodeSegmentHeader({ epoch: this.epoch, index, byteLength }), BLOCK_BYTES, 0);
      await this.fill(fd, index, byteLength);
      if (this.fillingIndex === index) {
        // Unlike a renaming, this can never put it in the place of a segment that is in use.
        files.link(draft, path);
        files.remove(draft);
        const segment: Segment = { fd, path, index, byteLength, offset: BLOCK_BYTES, isEntryDurable: false };
        this.ready = segment;
        this.fillingIndex = -1;
        files.syncFolderLater(this.folder.path, (error) => {
          segment.isEntryDurable = error === null;
        });
        return;
      }
    } catch {
      // Said by the append that needs the segment and cannot create it either.
      this.isResting = true;
      setTimeout(() => (this.isResting = false), RETRY_MS).unref();
    }
    if (this.fillingIndex === index) this.fillingIndex = -1;
    if (fd === undefined) return;
    files.close(fd);
    if (files.exists(draft)) files.remove(draft);
  }

  /** Writes zeros piece by piece, each synced before the next, so that no sync of the journal waits for much of it. */
  private async fill(fd: number, index: number, byteLength: number): Promise<void> {
    const { files } = this.folder;
    for (let at = BLOCK_BYTES; at < byteLength && this.fillingIndex === index;) {
      const piece = this.zeros.subarray(0, Math.min(FILL_BYTES, byteLength - at));
      const position = at;
      at += await new Promise<number>((resolve, reject) => {
        files.writeLater(fd, piece, position, (error, written) =>
          error === null && written > 0 ? resolve(written) : reject(error ?? new Error('nothing was written')),
        );
      });
      await new Promise<void>((resolve, reject) => {
        files.syncLater(fd, (error) => (error === null ? resolve() : reject(error)));
      });
    }
  }
}
