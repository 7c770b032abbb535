/**
 * What the node has to say to its sessions: encoded once into one bounded ring, kept for sending again, in order per
 * session. Counted frames are a function of the journal alone, so that a recovered node goes on with the same numbers.
 * Never waits and never grows: the oldest frames make room, and a session that had not read them yet is overrun.
 */
import { invariant } from '#kit/invariant.ts';
import { FrameFlag } from '#wire/order-entry/frame.ts';
import { STAMPS_BYTES } from '#wire/order-entry/messages.ts';

export interface OutboxOptions {
  /** Bytes of frames kept, a power of two. @default 32 MiB */
  readonly ringBytes?: number;
  /** Frames kept, a power of two. @default 262144 */
  readonly framesMax?: number;
  /** Bytes that may wait for one connected session before it counts as too slow. @default 8 MiB */
  readonly pendingBytesMax?: number;
}

const FRAME_HEADER_WORDS = 2;
const REPORT_HEAD_WORDS = FRAME_HEADER_WORDS + STAMPS_BYTES / 4;
const SESSIONS = 65_536;

export class Outbox {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: Int32Array;
  readonly ringBytes: number;
  private readonly ringMask: number;
  private readonly framesMax: number;
  private readonly frameMask: number;
  readonly pendingBytesMax: number;
  /** Frames are numbered from 1 over the life of the process; by number modulo framesMax. */
  private readonly starts: Float64Array;
  private readonly lengths: Int32Array;
  private readonly sessions: Uint16Array;
  private readonly nextOfSession: Float64Array;
  private readonly journalSequences: Float64Array;
  private readonly stampNanos: Float64Array;
  private readonly sequences: Uint32Array;
  /** Oldest frame kept, and the number the next one gets; equal when nothing is kept. */
  private oldestFrame = 1;
  private nextFrame = 1;
  /** Bytes ever laid into the ring; the place in it is this modulo its size. */
  private headBytes = 0;
  /** By session: last counted sequence, oldest and newest frame kept, next frame to send (0: none). */
  private readonly lastSequences = new Uint32Array(SESSIONS);
  private readonly oldestOf = new Float64Array(SESSIONS);
  private readonly newestOf = new Float64Array(SESSIONS);
  private readonly cursors = new Float64Array(SESSIONS);
  private readonly pending = new Float64Array(SESSIONS);
  private readonly connected = new Uint8Array(SESSIONS);
  /** Sessions that got something to send since they were last taken. */
  readonly ready = new Uint16Array(SESSIONS);
  readyCount = 0;
  private readonly isReady = new Uint8Array(SESSIONS);
  /** Connected sessions that read too slowly: the owner ends their connections and empties the list. */
  readonly overrun: number[] = [];

  constructor(options: OutboxOptions = {}) {
    this.ringBytes = options.ringBytes ?? 32 << 20;
    this.framesMax = options.framesMax ?? 262_144;
    this.pendingBytesMax = options.pendingBytesMax ?? 8 << 20;
    invariant(isPowerOfTwo(this.ringBytes) && isPowerOfTwo(this.framesMax), 'outbox.power-of-two', this.ringBytes);
    this.ringMask = this.ringBytes - 1;
    this.frameMask = this.framesMax - 1;
    this.bytes = new Uint8Array(this.ringBytes);
    this.view = new DataView(this.bytes.buffer);
    this.words = new Int32Array(this.bytes.buffer);
    this.starts = new Float64Array(this.framesMax);
    this.lengths = new Int32Array(this.framesMax);
    this.sessions = new Uint16Array(this.framesMax);
    this.nextOfSession = new Float64Array(this.framesMax);
    this.journalSequences = new Float64Array(this.framesMax);
    this.stampNanos = new Float64Array(this.framesMax);
    this.sequences = new Uint32Array(this.framesMax);
  }

  /**
   * Adds an event as the session's next counted report: `lengthWords` words of `source` from `at`.
   * Returns the number of its frame.
   */
  addReport(
    session: number,
    type: number,
    source: Int32Array,
    at: number,
    lengthWords: number,
    journalSequence: number,
    timeLow: number,
    timeHigh: number,
    receiveDelayNanos: number,
    stampNanos: number,
  ): number {
    const byteLength = (REPORT_HEAD_WORDS + lengthWords) << 2;
    const sequence = this.lastSequences[session] + 1;
    this.lastSequences[session] = sequence;
    const frame = this.add(session, byteLength, sequence, journalSequence, stampNanos);
    const words = this.words;
    const to = this.byteOf(frame) >> 2;
    words[to] = byteLength | (type << 16);
    words[to + 1] = sequence;
    words[to + 2] = journalSequence | 0;
    words[to + 3] = (journalSequence / 4_294_967_296) | 0;
    words[to + 4] = timeLow;
    words[to + 5] = timeHigh;
    words[to + 6] = receiveDelayNanos;
    words[to + 7] = 0;
    for (let word = 0; word < lengthWords; word++) words[to + REPORT_HEAD_WORDS + word] = source[at + word];
    return frame;
  }

  /**
   * Makes room for an uncounted frame to a connected session, behind what waits for it and after the command at
   * `journalSequence` (0: at once). Returns the byte in the ring where the caller writes it.
   */
  reserve(session: number, byteLength: number, journalSequence: number): number {
    return this.byteOf(this.add(session, byteLength, 0, journalSequence, 0));
  }

  /** Says that a frame is the last report about its command. */
  markFinal(frame: number): void {
    this.words[this.byteOf(frame) >> 2] |= FrameFlag.final << 24;
  }

  /** Lays an encoded, counted frame from a snapshot into the ring again; sequences must rise by one. */
  restoreFrame(session: number, frame: Uint8Array, sequence: number, journalSequence: number): void {
    const at = this.byteOf(this.add(session, frame.length, sequence, journalSequence, 0));
    this.bytes.set(frame, at);
  }

  /** Sets the last counted sequence of a session, when a snapshot is restored. */
  restoreSequence(session: number, sequence: number): void {
    this.lastSequences[session] = sequence;
  }

  private add(
    session: number,
    byteLength: number,
    sequence: number,
    journalSequence: number,
    stampNanos: number,
  ): number {
    const toEnd = this.ringBytes - (this.headBytes & this.ringMask);
    const start = toEnd < byteLength ? this.headBytes + toEnd : this.headBytes;
    this.headBytes = start + byteLength;
    this.makeRoom();
    const frame = this.nextFrame++;
    const slot = frame & this.frameMask;
    this.starts[slot] = start;
    this.lengths[slot] = byteLength;
    this.sessions[slot] = session;
    this.nextOfSession[slot] = 0;
    this.journalSequences[slot] = journalSequence;
    this.stampNanos[slot] = stampNanos;
    this.sequences[slot] = sequence;
    const newest = this.newestOf[session];
    if (newest === 0) this.oldestOf[session] = frame;
    else this.nextOfSession[newest & this.frameMask] = frame;
    this.newestOf[session] = frame;
    if (this.connected[session] === 1) this.noteReady(session, frame, byteLength);
    return frame;
  }

  private noteReady(session: number, frame: number, byteLength: number): void {
    if (this.cursors[session] === 0) this.cursors[session] = frame;
    const pending = this.pending[session] + byteLength;
    this.pending[session] = pending;
    if (pending > this.pendingBytesMax) this.overrunSession(session);
    else this.markReady(session);
  }

  private makeRoom(): void {
    const lowest = this.headBytes - this.ringBytes;
    while (this.oldestFrame < this.nextFrame) {
      const full = this.nextFrame - this.oldestFrame >= this.framesMax;
      if (!full && this.starts[this.oldestFrame & this.frameMask] >= lowest) return;
      this.forgetOldest();
    }
  }

  private forgetOldest(): void {
    const frame = this.oldestFrame++;
    const slot = frame & this.frameMask;
    const session = this.sessions[slot];
    const next = this.nextOfSession[slot];
    this.oldestOf[session] = next;
    if (next === 0) this.newestOf[session] = 0;
    if (this.cursors[session] === frame) this.overrunSession(session);
  }

  private overrunSession(session: number): void {
    this.detach(session);
    this.overrun.push(session);
  }

  /** A session is connected: sends everything after `sequence` and from now on. Returns the first sequence it will get. */
  attach(session: number, sequence: number): number {
    const last = this.lastSequences[session];
    let frame = this.oldestOf[session];
    while (frame !== 0) {
      const kept = this.sequences[frame & this.frameMask];
      if (kept !== 0 && kept > sequence) break;
      frame = this.nextOfSession[frame & this.frameMask];
    }
    this.connected[session] = 1;
    this.cursors[session] = frame;
    this.pending[session] = 0;
    if (frame === 0) return last + 1;
    this.markReady(session);
    return this.sequences[frame & this.frameMask];
  }

  /** The session's connection is gone; its frames are kept. */
  detach(session: number): void {
    this.connected[session] = 0;
    this.cursors[session] = 0;
    this.pending[session] = 0;
  }

  /** Puts a session on the list of those with something to send. */
  markReady(session: number): void {
    if (this.isReady[session] === 1) return;
    this.isReady[session] = 1;
    this.ready[this.readyCount++] = session;
  }

  /** Takes a session off the list; `index` is its place there, which the last one fills. */
  unmarkReady(index: number): void {
    this.isReady[this.ready[index]] = 0;
    this.ready[index] = this.ready[--this.readyCount];
  }

  /** Next frame to send to a session, or 0. */
  cursorOf(session: number): number {
    return this.cursors[session];
  }

  /** The session has been sent everything before `frame` (0: everything there is), which were `byteLength` bytes. */
  sentUpTo(session: number, frame: number, byteLength: number): void {
    this.cursors[session] = frame;
    const pending = this.pending[session] - byteLength;
    this.pending[session] = frame === 0 || pending < 0 ? 0 : pending;
  }

  nextOf(frame: number): number {
    return this.nextOfSession[frame & this.frameMask];
  }
  /** Byte of a frame in the ring. */
  byteOf(frame: number): number {
    return this.starts[frame & this.frameMask] & this.ringMask;
  }
  byteLengthOf(frame: number): number {
    return this.lengths[frame & this.frameMask];
  }
  journalSequenceOf(frame: number): number {
    return this.journalSequences[frame & this.frameMask];
  }
  /** When the frame's command was stamped, monotonic nanoseconds; 0 for frames that answer none. */
  stampNanosOf(frame: number): number {
    return this.stampNanos[frame & this.frameMask];
  }
  /** The frame's release was stamped and counted: not again when it is replayed. */
  clearStamp(frame: number): void {
    this.stampNanos[frame & this.frameMask] = 0;
  }
  /** Counted sequence of a frame, 0 for an uncounted one. */
  sequenceOf(frame: number): number {
    return this.sequences[frame & this.frameMask];
  }
  sessionOf(frame: number): number {
    return this.sessions[frame & this.frameMask];
  }
  lastSequenceOf(session: number): number {
    return this.lastSequences[session];
  }
  /** By session: its last counted sequence. Never to be written. */
  get sequencesSent(): Uint32Array {
    return this.lastSequences;
  }
  pendingBytesOf(session: number): number {
    return this.pending[session];
  }
  /** Frames kept: numbers [first, end). */
  keptFrames(): { first: number; end: number } {
    return { first: this.oldestFrame, end: this.nextFrame };
  }
  /** Bytes of the ring in use. */
  usedBytes(): number {
    if (this.oldestFrame === this.nextFrame) return 0;
    return this.headBytes - this.starts[this.oldestFrame & this.frameMask];
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
