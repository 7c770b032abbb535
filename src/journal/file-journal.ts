/**
 * The journal in a folder of files: the embedded driver of the journal's port.
 * Puts the parts together; each rule lives in the part that keeps it. One folder is one shard's journal.
 */
import { readFileSync } from 'node:fs';
import { CodedError } from '#kit/errors.ts';
import type { Clock } from '#kit/clock.ts';
import { invariant } from '#kit/invariant.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import type { Batch, Journal, OpenReport, Snapshot } from '#kit/ports/journal.ts';
import { corruption, JOURNAL_ERRORS } from './errors.ts';
import { judgeEnd } from './damage.ts';
import { systemFiles } from './files.ts';
import type { Files } from './files.ts';
import { JournalFolder } from './folder.ts';
import { FileLeadership } from './leadership.ts';
import { JournalReader, Pull } from './reader.ts';
import { removeSegments } from './retention.ts';
import { firstRetained, listSegments, locate } from './segments.ts';
import { listSnapshots, readSnapshot, writeSnapshot } from './snapshots.ts';
import { succeed } from './succession.ts';
import { JournalTail } from './tail.ts';

export interface FileJournalOptions {
  /** The journal's folder; created when it is missing. */
  folder: string;
  clock: Clock;
  /** The file system. @default the machine's own */
  files?: Files;
  /** Largest segment, in bytes. An epoch begins with small ones. @default 64 MiB */
  segmentBytesMax?: number;
  /** How often entries become durable that nobody asked for, in milliseconds; 0 for never. @default 1000 */
  backgroundSyncMs?: number;
  /** Names the run of the machine, to tell a crash of the process from a power loss. @default the kernel's boot id */
  bootId?: string;
}

const SEGMENT_BYTES_MAX = 64 << 20;
const BACKGROUND_SYNC_MS = 1000;
/** How often a reader looks again at a record that is being written. */
const LOOKS_MAX = 8;

export class FileJournal implements Journal {
  report: OpenReport;

  private readonly folder: JournalFolder;
  private readonly clock: Clock;
  private readonly segmentBytesMax: number;
  private readonly backgroundSyncMs: number;
  private readonly bootId: string;
  private readonly tails = new Set<JournalTail>();
  private leadership: FileLeadership | undefined;

  constructor(options: FileJournalOptions) {
    this.folder = new JournalFolder(options.folder, options.files ?? systemFiles);
    this.clock = options.clock;
    this.segmentBytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    this.backgroundSyncMs = options.backgroundSyncMs ?? BACKGROUND_SYNC_MS;
    this.bootId = options.bootId ?? kernelBootId();
    this.folder.create();
    this.report = this.survey(this.findLast(), 0);
  }

  async lead(): Promise<FileLeadership> {
    return this.takeLead(1);
  }

  get path(): string {
    return this.folder.path;
  }

  /** As `lead`, at once. `firstSequence` is where a journal begins that is still empty. @default 1 */
  leadFrom(firstSequence: number): FileLeadership {
    return this.takeLead(firstSequence);
  }

  read(from: number, visit: (batch: Batch) => void): number {
    const first = Math.max(from, 1);
    const place = locate(this.folder, first);
    if (place === undefined) return this.checkAhead(first, 0);
    const reader = new JournalReader(this.folder, place);
    try {
      for (let looks = 0; looks < LOOKS_MAX;) {
        const pulled = reader.pull(first, visit);
        if (pulled === Pull.progressed) continue;
        if (pulled !== Pull.damaged || !this.isWhole(reader)) break;
        looks++;
      }
      return this.checkAhead(first, reader.place.nextSequence - 1);
    } finally {
      reader.close();
    }
  }

  tail(from: number, visit: (batch: Batch) => void, onFault: (fault: Error) => void): { stop(): void } {
    const tail = new JournalTail(this.folder, this.bootId, from, visit, onFault);
    this.tails.add(tail);
    return {
      stop: () => {
        tail.stop();
        this.tails.delete(tail);
      },
    };
  }

  async latestSnapshot(atMost = Infinity): Promise<Snapshot | undefined> {
    for (const file of listSnapshots(this.folder)) {
      if (file.sequence > atMost) continue;
      const snapshot = await readSnapshot(this.folder, file);
      if (snapshot !== 'damaged') return snapshot;
    }
    return undefined;
  }

  async storeSnapshot(snapshot: Snapshot, keep?: number): Promise<void> {
    const { leadership } = this;
    invariant(leadership !== undefined, 'journal.snapshot-without-lead', snapshot.sequence);
    invariant(snapshot.sequence <= leadership.reached(AckLevel.journaled), 'journal.snapshot-ahead', snapshot.sequence);
    await leadership.durable(snapshot.sequence);
    await writeSnapshot(this.folder, snapshot, leadership.epoch, keep);
    this.report = { ...this.report, snapshotSequence: snapshot.sequence };
  }

  async truncateBefore(sequence: number): Promise<{ removedSegments: number }> {
    return { removedSegments: await removeSegments(this.folder, sequence) };
  }

  async close(): Promise<void> {
    for (const tail of this.tails) tail.stop();
    this.tails.clear();
    await this.leadership?.close();
    this.leadership = undefined;
  }

  private takeLead(firstSequence: number): FileLeadership {
    const succession = succeed(this.folder, { bootId: this.bootId, timeMicros: this.clock.nowMicros() });
    if (succession.lastSequence === 0) succession.lastSequence = firstSequence - 1;
    this.leadership = new FileLeadership(this.folder, succession, {
      segmentBytesMax: this.segmentBytesMax,
      backgroundSyncMs: this.backgroundSyncMs,
      timeMicros: this.clock.nowMicros(),
    });
    this.report = this.survey(succession.lastSequence, succession.tornBytes);
    return this.leadership;
  }

  private survey(lastSequence: number, tornBytes: number): OpenReport {
    const epochs = this.folder.epochs();
    return {
      firstSequence: firstRetained(this.folder),
      lastSequence,
      lastEpoch: epochs.at(-1)?.epoch ?? 0,
      segments: listSegments(this.folder, epochs).length,
      tornBytes,
      snapshotSequence: listSnapshots(this.folder)[0]?.sequence ?? 0,
    };
  }

  private findLast(): number {
    const place = locate(this.folder, Infinity);
    if (place === undefined) return 0;
    const reader = new JournalReader(this.folder, place);
    try {
      while (reader.pull(Infinity, ignore) === Pull.progressed);
      return reader.place.nextSequence - 1;
    } finally {
      reader.close();
    }
  }

  /** Whether the record that was not whole a moment ago is whole now. Throws JOURNAL_CORRUPT when it never will be. */
  private isWhole(reader: JournalReader): boolean {
    const { place } = reader;
    const { verdict, finding } = judgeEnd(this.folder, place, this.bootId);
    if (verdict === 'corrupt' && !this.folder.isClaimed(place.epoch + 1)) {
      throw corruption(this.folder.segmentPath(place.epoch, place.index), place.offset, place.nextSequence, finding);
    }
    return verdict === 'whole';
  }

  private checkAhead(from: number, last: number): number {
    if (from <= last + 1) return last;
    throw new CodedError(JOURNAL_ERRORS.JOURNAL_SEQUENCE_AHEAD, `sequence ${from}, the last one there is ${last}`);
  }
}

/** Opens the journal in a folder, creating it when it is missing. Rejects with a coded error when it cannot be used. */
export async function openFileJournal(options: FileJournalOptions): Promise<FileJournal> {
  return new FileJournal(options);
}

/** Names the run of the machine since its start; empty where the kernel does not say. */
export function kernelBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not every kernel has one; an unknown id makes a hole at the end count as a power loss.
    return '';
  }
}

function ignore(): void {
  // Only how far the journal reaches is wanted.
}
