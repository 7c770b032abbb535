/**
 * The journal's folder: which epochs were claimed, how far they reach, which segments hold them, and the files' names.
 * A claim and a seal are made at most once per epoch, for ever; nothing here removes or changes one.
 */
import { CodedError } from '#kit/errors.ts';
import { BLOCK_BYTES, decodeSeal, decodeSegmentHeader, encodeSeal } from './blocks.ts';
import type { BlockProblem, Seal } from './blocks.ts';
import { JOURNAL_ERRORS, corruption, describeCause, errnoOf, isDiskFull } from './errors.ts';
import { readFully, writeFully } from './files.ts';
import type { Files } from './files.ts';

const EPOCH_DIGITS = 10;
const INDEX_DIGITS = 6;
const NAME = /^(claim|seal|segment)-(\d{10})(?:-(\d{6}))?$/;
const DRAFT = /\.(\d+)\.draft$/;
const CLAIM_BYTES_MAX = 1024;

/** What the folder holds of one epoch. */
export interface EpochFiles {
  epoch: number;
  claimed: boolean;
  sealed: boolean;
  /** Indexes of its segment files, rising. Those past the seal are not part of the journal. */
  segments: number[];
}

/** Who took an epoch; written for people, except the boot id, which tells a crash from a power loss. */
export interface ClaimRecord {
  epoch: number;
  processId: number;
  host: string;
  /** Names the run of the machine since its start; empty when unknown. */
  bootId: string;
  timeMicros: number;
}

export class JournalFolder {
  readonly path: string;
  readonly files: Files;

  constructor(path: string, files: Files) {
    this.path = path;
    this.files = files;
  }

  pathOf(name: string): string {
    return `${this.path}/${name}`;
  }

  claimPath(epoch: number): string {
    return this.pathOf(`claim-${padded(epoch, EPOCH_DIGITS)}`);
  }

  sealPath(epoch: number): string {
    return this.pathOf(`seal-${padded(epoch, EPOCH_DIGITS)}`);
  }

  segmentPath(epoch: number, index: number): string {
    return this.pathOf(`segment-${padded(epoch, EPOCH_DIGITS)}-${padded(index, INDEX_DIGITS)}`);
  }

  /** Names of all files in the folder. Throws JOURNAL_FOLDER_UNUSABLE. */
  names(): string[] {
    try {
      return this.files.list(this.path);
    } catch (error) {
      throw this.unusable(error);
    }
  }

  /** Creates the folder unless it is there. Throws JOURNAL_FOLDER_UNUSABLE. */
  create(): void {
    try {
      this.files.makeFolder(this.path);
    } catch (error) {
      throw this.unusable(error);
    }
  }

  /** The epochs that left a file, rising. */
  epochs(): EpochFiles[] {
    const found = new Map<number, EpochFiles>();
    for (const name of this.names()) {
      const parts = NAME.exec(name);
      if (parts === null) continue;
      const epoch = Number(parts[2]);
      const entry = found.get(epoch) ?? { epoch, claimed: false, sealed: false, segments: [] };
      if (parts[1] === 'claim') entry.claimed = true;
      else if (parts[1] === 'seal') entry.sealed = true;
      else entry.segments.push(Number(parts[3]));
      found.set(epoch, entry);
    }
    for (const entry of found.values()) entry.segments.sort((a, b) => a - b);
    return [...found.values()].toSorted((a, b) => a.epoch - b.epoch);
  }

  /** Whether anybody took `epoch`. From then on, no record that is not there yet can join an earlier epoch. */
  isClaimed(epoch: number): boolean {
    return this.files.exists(this.claimPath(epoch));
  }

  /**
   * Takes an epoch: of any number of candidates exactly one succeeds. Durable when it returns.
   * Throws JOURNAL_EPOCH_TAKEN or JOURNAL_FOLDER_UNUSABLE.
   */
  claim(record: ClaimRecord): void {
    const path = this.claimPath(record.epoch);
    try {
      const fd = this.files.open(path, 'create');
      try {
        const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
        writeFully(this.files, fd, bytes, bytes.length, 0);
        this.files.sync(fd);
      } finally {
        this.files.close(fd);
      }
      this.files.syncFolder(this.path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw this.unusable(error);
      throw new CodedError(JOURNAL_ERRORS.JOURNAL_EPOCH_TAKEN, `epoch ${record.epoch} in ${this.path}`);
    }
  }

  /** What the claimant wrote about itself, one line of JSON; empty when it did not come to that. */
  claimText(epoch: number): string {
    return new TextDecoder().decode(this.readStart(this.claimPath(epoch), CLAIM_BYTES_MAX)).trim();
  }

  /** Size of a file in bytes; 0 when it is gone. */
  sizeOf(path: string): number {
    if (!this.files.exists(path)) return 0;
    const fd = this.files.open(path, 'read');
    try {
      return this.files.size(fd);
    } finally {
      this.files.close(fd);
    }
  }

  /** The boot id in an epoch's claim; empty when it is not known. */
  claimedBootId(epoch: number): string {
    try {
      const record: unknown = JSON.parse(this.claimText(epoch));
      const known = typeof record === 'object' && record !== null && 'bootId' in record;
      return known && typeof record.bootId === 'string' ? record.bootId : '';
    } catch {
      // A claimant that died before its text was written wrote nothing else either.
      return '';
    }
  }

  /** The epoch's end, or undefined while it is not decided. Throws when the seal is damaged. */
  readSeal(epoch: number): Seal | undefined {
    const path = this.sealPath(epoch);
    if (!this.files.exists(path)) return undefined;
    const seal = decodeSeal(this.readStart(path, BLOCK_BYTES));
    if (typeof seal === 'string') throw this.blockError(seal, path, 'the seal of an epoch is damaged');
    if (seal.epoch !== epoch) throw corruption(path, 0, 0, `it is the seal of epoch ${seal.epoch}`);
    return seal;
  }

  /**
   * Decides an epoch's end and returns the decision: this one, or the one somebody else made before.
   * Durable when it returns. The caller has made the epoch's data durable up to the seal.
   */
  seal(proposal: Seal): Seal {
    const path = this.sealPath(proposal.epoch);
    const draft = draftPath(path, proposal.sealedBy);
    if (this.files.exists(draft)) this.files.remove(draft);
    const fd = this.files.open(draft, 'create');
    try {
      writeFully(this.files, fd, encodeSeal(proposal), BLOCK_BYTES, 0);
      this.files.sync(fd);
    } finally {
      this.files.close(fd);
    }
    try {
      this.files.link(draft, path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw this.unusable(error);
    }
    this.files.syncFolder(this.path);
    this.files.remove(draft);
    return this.readSeal(proposal.epoch) ?? proposal;
  }

  /**
   * Opens a segment for reading and checks its header. Returns undefined when there is no such file, or when its header
   * was never finished: it is written before all else, and synced no later, so nothing in such a file was promised.
   */
  openSegment(epoch: number, index: number): number | undefined {
    const path = this.segmentPath(epoch, index);
    const fd = this.openUnchecked(epoch, index);
    if (fd === undefined) return undefined;
    try {
      const bytes = new Uint8Array(2 * BLOCK_BYTES);
      const header = decodeSegmentHeader(bytes.subarray(0, readFully(this.files, fd, bytes, bytes.length, 0)));
      if (typeof header !== 'string') {
        if (header.epoch === epoch && header.index === index) return fd;
        throw corruption(path, 0, 0, `it is segment ${header.index} of epoch ${header.epoch}`);
      }
      const isUnfinished = header === 'damaged' && bytes.subarray(BLOCK_BYTES).every((byte) => byte === 0);
      if (!isUnfinished) throw this.blockError(header, path, 'the header of the segment is damaged');
    } catch (error) {
      this.files.close(fd);
      throw error;
    }
    this.files.close(fd);
    return undefined;
  }

  /** Opens a segment as it is. Returns undefined when there is no such file. */
  openUnchecked(epoch: number, index: number): number | undefined {
    try {
      return this.files.open(this.segmentPath(epoch, index), 'read');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw new CodedError(JOURNAL_ERRORS.JOURNAL_READ_FAILED, describeCause(error), { cause: error });
    }
  }

  private readStart(path: string, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    try {
      const fd = this.files.open(path, 'read');
      try {
        return bytes.subarray(0, readFully(this.files, fd, bytes, length, 0));
      } finally {
        this.files.close(fd);
      }
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return bytes.subarray(0, 0);
      throw new CodedError(JOURNAL_ERRORS.JOURNAL_READ_FAILED, describeCause(error), { cause: error });
    }
  }

  private blockError(problem: BlockProblem, path: string, finding: string): CodedError {
    if (problem === 'newer') return new CodedError(JOURNAL_ERRORS.JOURNAL_FORMAT_NEWER, path);
    return corruption(path, 0, 0, finding);
  }

  private unusable(error: unknown): CodedError {
    const kind = isDiskFull(error) ? JOURNAL_ERRORS.JOURNAL_DISK_FULL : JOURNAL_ERRORS.JOURNAL_FOLDER_UNUSABLE;
    return new CodedError(kind, `${this.path} (${describeCause(error)})`, { cause: error });
  }
}

/** What a file is called until it is finished; a later leader removes those of earlier ones. */
export function draftPath(path: string, makerEpoch: number): string {
  return `${path}.${makerEpoch}.draft`;
}

/** The epoch under which a draft is made, or undefined when the name is not a draft's. */
export function draftMaker(name: string): number | undefined {
  const parts = DRAFT.exec(name);
  return parts === null ? undefined : Number(parts[1]);
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
