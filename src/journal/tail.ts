/**
 * Follows the journal as it grows, by looking again: often while entries come, seldom while none do.
 * Delivers each batch once, in order, and never one that a take-over could still cut off.
 */
import type { Batch } from '#kit/ports/journal.ts';
import { judgeEnd } from './damage.ts';
import { corruption } from './errors.ts';
import type { JournalFolder } from './folder.ts';
import { JournalReader, Pull } from './reader.ts';
import { locate } from './segments.ts';

/** Between two looks: while entries come, and at most when they do not. */
const LOOK_MS_MIN = 2;
const LOOK_MS_MAX = 40;
/** How much is read before the loop's other work gets its turn. */
const PULLS_PER_TURN_MAX = 4;
/** How long an unfinished record may stand before it is judged: a leader writes one in microseconds. */
const DAMAGE_LOOKS_MAX = 100;

export class JournalTail {
  private readonly folder: JournalFolder;
  private readonly bootId: string;
  private readonly from: number;
  private readonly visit: (batch: Batch) => void;
  private readonly onFault: (fault: Error) => void;
  private reader: JournalReader | undefined;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private lookMs = LOOK_MS_MIN;
  private damagedLooks = 0;
  private isStopped = false;

  constructor(
    folder: JournalFolder,
    bootId: string,
    from: number,
    visit: (batch: Batch) => void,
    onFault: (fault: Error) => void,
  ) {
    this.folder = folder;
    this.bootId = bootId;
    this.from = from;
    this.visit = visit;
    this.onFault = onFault;
    this.immediate = setImmediate(() => this.look());
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    this.reader?.close();
    this.reader = undefined;
  }

  private look(): void {
    try {
      this.follow();
    } catch (error) {
      this.stop();
      this.onFault(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private follow(): void {
    const reader = this.openReader();
    if (reader === undefined) return this.lookLater(false);
    const before = reader.place.nextSequence;
    for (let pulls = 0; pulls < PULLS_PER_TURN_MAX; pulls++) {
      const pulled = reader.pull(this.from, this.visit);
      if (this.isStopped) return;
      if (pulled === Pull.progressed) continue;
      this.damagedLooks = pulled === Pull.damaged ? this.damagedLooks + 1 : 0;
      if (this.damagedLooks === DAMAGE_LOOKS_MAX) this.judge(reader);
      return this.lookLater(reader.place.nextSequence > before);
    }
    this.lookMs = LOOK_MS_MIN;
    this.immediate = setImmediate(() => this.look());
  }

  private openReader(): JournalReader | undefined {
    if (this.reader !== undefined) return this.reader;
    const place = locate(this.folder, Math.max(this.from, 1));
    if (place !== undefined) this.reader = new JournalReader(this.folder, place);
    return this.reader;
  }

  private lookLater(isBusy: boolean): void {
    this.lookMs = isBusy ? LOOK_MS_MIN : Math.min(this.lookMs + 1, LOOK_MS_MAX);
    this.timer = setTimeout(() => this.look(), this.lookMs);
  }

  /** A leader that died in a write leaves an unfinished record for its successor to cut; anything else is damage. */
  private judge(reader: JournalReader): void {
    this.damagedLooks = 0;
    const { place } = reader;
    const { verdict, finding } = judgeEnd(this.folder, place, this.bootId);
    if (verdict !== 'corrupt' || this.folder.isClaimed(place.epoch + 1)) return;
    const path = this.folder.segmentPath(place.epoch, place.index);
    throw corruption(path, place.offset, place.nextSequence, finding);
  }
}
