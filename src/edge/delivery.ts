/**
 * Hands to each connected session what the outbox holds for it, as soon as the promise of its ack level holds and not
 * before. Writes straight from the outbox's ring where a session's frames lie side by side, else from one scratch
 * buffer. Never writes to a connection that has not taken what it got before.
 */
import type { AckLevel } from '#kit/ports/journal.ts';
import type { Clock } from '#kit/clock.ts';
import { FrameFlag, FrameHeader } from '#wire/order-entry/frame.ts';
import { Stamps } from '#wire/order-entry/messages.ts';
import type { Outbox } from './outbox.ts';

/** Where a session's bytes go. */
export interface Outlet {
  /** False while earlier bytes wait in the socket's queue. */
  readonly writable: boolean;
  /** Takes bytes [start, end) at once: what the socket does not take is copied, and `writable` turns false. */
  write(bytes: Uint8Array, start: number, end: number): void;
}

/** How far the journal has come; part of Leadership. */
export interface ReachedLevels {
  reached(level: AckLevel): number;
}

/** Takes nanoseconds from the socket's read of a command to the hand-over of a report about it. */
export type LatencyRecorder = (latencyNanos: number) => void;

/** Most bytes given to one connection in one write; also the most it may have copied and queued. */
const WRITE_BYTES_MAX = 65_536;
const SESSIONS = 65_536;
const RECEIVE_DELAY_WORD = Stamps.receiveDelayNanos >> 2;
const RELEASE_DELAY_WORD = Stamps.releaseDelayNanos >> 2;

export class Delivery {
  private readonly outbox: Outbox;
  private readonly clock: Clock;
  private readonly recordLatency: LatencyRecorder;
  private readonly levels: ReachedLevels;
  private readonly outlets: (Outlet | undefined)[] = [];
  private readonly levelOf = new Uint8Array(SESSIONS);
  /** Last sequence that was there when the session logged in: up to it frames are marked as replayed. */
  private readonly replayUntil = new Uint32Array(SESSIONS);
  private readonly lastSpokenAt = new Float64Array(SESSIONS);
  /** Sessions whose next frame waits for its level. */
  private readonly waiting = new Uint16Array(SESSIONS);
  private readonly isWaiting = new Uint8Array(SESSIONS);
  private waitingCount = 0;
  private readonly scratch = new Uint8Array(WRITE_BYTES_MAX + 16_384);
  private readonly scratchView = new DataView(this.scratch.buffer);
  /** When the present flush handed over its first report, monotonic nanoseconds; 0 when it had none. */
  firstReleaseNanos = 0;

  constructor(outbox: Outbox, levels: ReachedLevels, clock: Clock, recordLatency: LatencyRecorder) {
    this.outbox = outbox;
    this.levels = levels;
    this.clock = clock;
    this.recordLatency = recordLatency;
  }

  /** A session logged in: sends what it missed after `lastSequenceSeen`. Returns the sequence its next report has. */
  attach(session: number, outlet: Outlet, level: AckLevel, lastSequenceSeen: number): number {
    this.outlets[session] = outlet;
    this.levelOf[session] = level;
    this.replayUntil[session] = this.outbox.lastSequenceOf(session);
    return this.outbox.attach(session, lastSequenceSeen);
  }

  detach(session: number): void {
    this.outlets[session] = undefined;
    this.outbox.detach(session);
  }

  /** When the session was last sent anything, monotonic nanoseconds. */
  spokenAt(session: number): number {
    return this.lastSpokenAt[session];
  }

  noteSpoken(session: number, nowNanos: number): void {
    this.lastSpokenAt[session] = nowNanos;
  }

  /** True while a session waits for durability: the journal should be asked for it. */
  get someoneWaits(): boolean {
    return this.waitingCount > 0;
  }

  /** The journal came further at some level, or a connection can be written to again: look at those who waited. */
  wakeWaiting(): void {
    for (let index = 0; index < this.waitingCount; index++) {
      const session = this.waiting[index];
      this.isWaiting[session] = 0;
      this.outbox.markReady(session);
    }
    this.waitingCount = 0;
  }

  /** Sends everything that may be sent now. */
  flush(): void {
    const outbox = this.outbox;
    this.firstReleaseNanos = 0;
    if (outbox.readyCount === 0) return;
    const nowNanos = this.clock.monotonicNanos();
    for (let index = outbox.readyCount - 1; index >= 0; index--) {
      const session = outbox.ready[index];
      outbox.unmarkReady(index);
      const outlet = this.outlets[session];
      if (outlet !== undefined) this.pump(session, outlet, nowNanos);
    }
  }

  private pump(session: number, outlet: Outlet, nowNanos: number): void {
    const outbox = this.outbox;
    const releasable = this.levels.reached(this.levelOf[session] as AckLevel);
    for (;;) {
      const frame = outbox.cursorOf(session);
      if (frame === 0 || !outlet.writable) return;
      if (outbox.journalSequenceOf(frame) > releasable) {
        this.wait(session);
        return;
      }
      this.lastSpokenAt[session] = nowNanos;
      if (outbox.sequenceOf(frame) > this.replayUntil[session])
        this.sendRun(session, frame, outlet, releasable, nowNanos);
      else this.sendGathered(session, frame, outlet, releasable, nowNanos);
    }
  }

  private wait(session: number): void {
    if (this.isWaiting[session] === 1) return;
    this.isWaiting[session] = 1;
    this.waiting[this.waitingCount++] = session;
  }

  /** Sends the frames from `first` on that lie side by side; several short runs are gathered instead. */
  private sendRun(session: number, first: number, outlet: Outlet, releasable: number, nowNanos: number): void {
    const outbox = this.outbox;
    const start = outbox.byteOf(first);
    let end = start;
    let frame = first;
    while (
      frame !== 0 &&
      outbox.byteOf(frame) === end &&
      end - start < WRITE_BYTES_MAX &&
      outbox.journalSequenceOf(frame) <= releasable
    ) {
      this.stampRelease(frame, end, nowNanos);
      end += outbox.byteLengthOf(frame);
      frame = outbox.nextOf(frame);
    }
    if (frame !== 0 && end - start < WRITE_BYTES_MAX >> 2 && outbox.journalSequenceOf(frame) <= releasable) {
      this.sendGathered(session, first, outlet, releasable, nowNanos);
      return;
    }
    outbox.sentUpTo(session, frame, end - start);
    outlet.write(outbox.bytes, start, end);
  }

  /** Copies the session's next frames together and sends them; marks those of a replay. */
  private sendGathered(session: number, first: number, outlet: Outlet, releasable: number, nowNanos: number): void {
    const outbox = this.outbox;
    const replayUntil = this.replayUntil[session];
    let frame = first;
    let length = 0;
    while (frame !== 0 && length < WRITE_BYTES_MAX && outbox.journalSequenceOf(frame) <= releasable) {
      const at = outbox.byteOf(frame);
      const byteLength = outbox.byteLengthOf(frame);
      const sequence = outbox.sequenceOf(frame);
      const replayed = sequence !== 0 && sequence <= replayUntil;
      if (!replayed) this.stampRelease(frame, at, nowNanos);
      this.scratch.set(outbox.bytes.subarray(at, at + byteLength), length);
      if (replayed) {
        this.scratch[length + FrameHeader.flags] |= FrameFlag.replayed;
        this.scratchView.setUint32(length + Stamps.releaseDelayNanos, 0, true);
      }
      length += byteLength;
      frame = outbox.nextOf(frame);
    }
    outbox.sentUpTo(session, frame, length);
    outlet.write(this.scratch, 0, length);
  }

  private stampRelease(frame: number, at: number, nowNanos: number): void {
    const stampNanos = this.outbox.stampNanosOf(frame);
    if (stampNanos === 0) return;
    const words = this.outbox.words;
    const delayNanos = nowNanos - stampNanos;
    words[(at >> 2) + RELEASE_DELAY_WORD] = delayNanos < 0xffff_ffff ? delayNanos : 0xffff_ffff;
    this.recordLatency(words[(at >> 2) + RECEIVE_DELAY_WORD] + delayNanos);
    this.outbox.clearStamp(frame);
    if (this.firstReleaseNanos === 0) this.firstReleaseNanos = nowNanos;
  }
}
