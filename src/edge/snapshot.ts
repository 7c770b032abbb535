/**
 * What the node adds to the engine's snapshot, and how both lie in one: the counters of every session and the reports
 * kept for sending again. The copy is taken in steps between turns, so that no turn waits for it.
 * Reads only snapshots of its own format version; a newer one is refused.
 */
import { CodedError } from '#kit/errors.ts';
import { FrameHeader, readWideAt } from '#wire/order-entry/frame.ts';
import { Stamps } from '#wire/order-entry/messages.ts';
import { EDGE_ERRORS } from './errors.ts';
import type { Outbox } from './outbox.ts';

const MAGIC = 0x4e534e50;
const FORMAT_VERSION = 1;
/** Magic, version, three section lengths, one reserved word. */
const HEAD_BYTES = 24;
const COUNTER_BYTES = 12;
const FRAME_HEAD_BYTES = 8;
/** Copied in one step: about 30 µs of work. */
const STEP_BYTES = 262_144;
const SESSIONS = 65_536;

/** A snapshot being put together; `step` until it returns true, then take `bytes`. */
export class SnapshotBuilder {
  bytes: Uint8Array<ArrayBuffer>;
  private readonly engine: Uint8Array;
  private readonly outbox: Outbox;
  private readonly view: DataView;
  private engineCopied = 0;
  private frame: number;
  private readonly endFrame: number;
  private readonly framesAt: number;
  private at: number;

  /** Notes the counters at once; `engine` must be a snapshot of the same moment. */
  constructor(engine: Uint8Array, outbox: Outbox, inbound: Uint32Array) {
    this.engine = engine;
    this.outbox = outbox;
    const counters = collectCounters(outbox, inbound);
    const { first, end } = outbox.keptFrames();
    this.frame = first;
    this.endFrame = end;
    const frameBytes = outbox.usedBytes() + (end - first) * FRAME_HEAD_BYTES;
    this.bytes = new Uint8Array(HEAD_BYTES + engine.length + counters.length + frameBytes);
    this.view = new DataView(this.bytes.buffer);
    this.bytes.set(counters, HEAD_BYTES + engine.length);
    this.framesAt = HEAD_BYTES + engine.length + counters.length;
    this.at = this.framesAt;
    this.view.setUint32(0, MAGIC, true);
    this.view.setUint32(4, FORMAT_VERSION, true);
    this.view.setUint32(8, engine.length, true);
    this.view.setUint32(12, counters.length, true);
  }

  /** Copies some more. Returns true when all is there. */
  step(): boolean {
    if (this.engineCopied < this.engine.length) {
      const to = Math.min(this.engine.length, this.engineCopied + STEP_BYTES);
      this.bytes.set(this.engine.subarray(this.engineCopied, to), HEAD_BYTES + this.engineCopied);
      this.engineCopied = to;
      return false;
    }
    const stopAt = this.at + STEP_BYTES;
    // Frames that made room for newer ones meanwhile are left out: they would be the first to go anyway.
    this.frame = Math.max(this.frame, this.outbox.keptFrames().first);
    while (this.frame < this.endFrame && this.at < stopAt) this.copyFrame(this.frame++);
    if (this.frame < this.endFrame) return false;
    this.view.setUint32(16, this.at - this.framesAt, true);
    this.bytes = this.bytes.subarray(0, this.at);
    return true;
  }

  private copyFrame(frame: number): void {
    const { outbox } = this;
    if (outbox.sequenceOf(frame) === 0) return;
    const start = outbox.byteOf(frame);
    const byteLength = outbox.byteLengthOf(frame);
    this.view.setUint32(this.at, outbox.sessionOf(frame), true);
    this.view.setUint32(this.at + 4, byteLength, true);
    this.bytes.set(outbox.bytes.subarray(start, start + byteLength), this.at + FRAME_HEAD_BYTES);
    this.at += FRAME_HEAD_BYTES + byteLength;
  }
}

function collectCounters(outbox: Outbox, inbound: Uint32Array): Uint8Array {
  const sessions: number[] = [];
  for (let session = 1; session < SESSIONS; session++) {
    if (inbound[session] !== 0 || outbox.lastSequenceOf(session) !== 0) sessions.push(session);
  }
  const bytes = new Uint8Array(sessions.length * COUNTER_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, session] of sessions.entries()) {
    const at = index * COUNTER_BYTES;
    view.setUint32(at, session, true);
    view.setUint32(at + 4, inbound[session], true);
    view.setUint32(at + 8, outbox.lastSequenceOf(session), true);
  }
  return bytes;
}

/** The engine's part of a snapshot. Throws EDGE_SNAPSHOT_UNREADABLE or EDGE_SNAPSHOT_NEWER. */
export function engineSection(bytes: Uint8Array): Uint8Array {
  const view = readHead(bytes);
  return bytes.subarray(HEAD_BYTES, HEAD_BYTES + view.getUint32(8, true));
}

/** Puts the sessions' counters and kept reports of a snapshot back. Throws as engineSection does. */
export function restoreSessions(bytes: Uint8Array, outbox: Outbox, inbound: Uint32Array): void {
  const view = readHead(bytes);
  const countersAt = HEAD_BYTES + view.getUint32(8, true);
  const framesAt = countersAt + view.getUint32(12, true);
  for (let at = countersAt; at < framesAt; at += COUNTER_BYTES) {
    const session = view.getUint32(at, true);
    inbound[session] = view.getUint32(at + 4, true);
    outbox.restoreSequence(session, view.getUint32(at + 8, true));
  }
  const end = framesAt + view.getUint32(16, true);
  for (let at = framesAt; at < end;) {
    const session = view.getUint32(at, true);
    const byteLength = view.getUint32(at + 4, true);
    const frameAt = at + FRAME_HEAD_BYTES;
    const sequence = view.getUint32(frameAt + FrameHeader.sequence, true);
    const journalSequence = readWideAt(view, frameAt + Stamps.journalSequence);
    outbox.restoreFrame(session, bytes.subarray(frameAt, frameAt + byteLength), sequence, journalSequence);
    at = frameAt + byteLength;
  }
}

function readHead(bytes: Uint8Array): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEAD_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new CodedError(EDGE_ERRORS.EDGE_SNAPSHOT_UNREADABLE, 'it does not begin as a snapshot of a node does');
  }
  const version = view.getUint32(4, true);
  if (version > FORMAT_VERSION) {
    throw new CodedError(
      EDGE_ERRORS.EDGE_SNAPSHOT_NEWER,
      `format ${version}, this program reads up to ${FORMAT_VERSION}`,
    );
  }
  const total = HEAD_BYTES + view.getUint32(8, true) + view.getUint32(12, true) + view.getUint32(16, true);
  if (total !== bytes.length) {
    throw new CodedError(EDGE_ERRORS.EDGE_SNAPSHOT_UNREADABLE, `${bytes.length} bytes where its head says ${total}`);
  }
  return view;
}
