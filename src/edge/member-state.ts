/**
 * What a node says about itself to whoever asks: role, epoch, position, and the hash of its state at the last agreed
 * place. Encoded and decoded here only; it holds nothing that a stranger on the network may not know.
 */
import { LEADER_ADDRESS_BYTES, MEMBER_STATE_BYTES, MemberState, VERSION_BYTES } from '#wire/order-entry/messages.ts';
import type { MemberRole } from '#wire/order-entry/messages.ts';
import { FrameType, readWideAt, writeFrameHeader, writeWideAt } from '#wire/order-entry/frame.ts';
import type { StatePoint } from './state-points.ts';

/** A node as its shard sees it. */
export interface MemberReport {
  readonly role: MemberRole;
  /** Highest epoch it knows. */
  readonly epoch: number;
  readonly semantics: number;
  /** Last command carried out and in the journal. */
  readonly lastSequence: number;
  /** When its batch was sequenced, microseconds since the epoch; 0 before the first. */
  readonly lastBatchMicros: number;
  readonly nodeTimeMicros: number;
  readonly point: StatePoint | undefined;
  readonly version: string;
  /** `host:port` of the leader, empty where it is not known. */
  readonly leaderAddress: string;
}

/** A memberState frame; texts that are too long are cut. */
export function encodeMember(report: MemberReport, requestId: number): Uint8Array {
  const frame = new Uint8Array(MEMBER_STATE_BYTES);
  const view = new DataView(frame.buffer);
  writeFrameHeader(view, 0, MEMBER_STATE_BYTES, FrameType.memberState, 0, 0);
  view.setUint32(MemberState.requestId, requestId, true);
  view.setUint32(MemberState.role, report.role, true);
  view.setUint32(MemberState.epoch, report.epoch, true);
  view.setUint32(MemberState.semantics, report.semantics, true);
  writeWideAt(view, MemberState.lastSequence, report.lastSequence);
  writeWideAt(view, MemberState.lastBatchMicros, report.lastBatchMicros);
  writeWideAt(view, MemberState.nodeTimeMicros, report.nodeTimeMicros);
  if (report.point !== undefined) {
    writeWideAt(view, MemberState.pointSequence, report.point.sequence);
    view.setInt32(MemberState.pointHashLow, report.point.low, true);
    view.setInt32(MemberState.pointHashHigh, report.point.high, true);
  }
  writeText(frame, MemberState.version, VERSION_BYTES, report.version);
  writeText(frame, MemberState.leaderAddress, LEADER_ADDRESS_BYTES, report.leaderAddress);
  return frame;
}

/** Reads the memberState frame at `at`, which must be whole. */
export function decodeMember(view: DataView, at: number): MemberReport {
  const sequence = readWideAt(view, at + MemberState.pointSequence);
  const low = view.getInt32(at + MemberState.pointHashLow, true);
  const high = view.getInt32(at + MemberState.pointHashHigh, true);
  return {
    role: view.getUint32(at + MemberState.role, true) as MemberRole,
    epoch: view.getUint32(at + MemberState.epoch, true),
    semantics: view.getUint32(at + MemberState.semantics, true),
    lastSequence: readWideAt(view, at + MemberState.lastSequence),
    lastBatchMicros: readWideAt(view, at + MemberState.lastBatchMicros),
    nodeTimeMicros: readWideAt(view, at + MemberState.nodeTimeMicros),
    point: sequence === 0 ? undefined : { sequence, low, high },
    version: readText(view, at + MemberState.version, VERSION_BYTES),
    leaderAddress: readText(view, at + MemberState.leaderAddress, LEADER_ADDRESS_BYTES),
  };
}

function writeText(frame: Uint8Array, at: number, bytesMax: number, text: string): void {
  for (let index = 0; index < Math.min(text.length, bytesMax); index++)
    frame[at + index] = text.charCodeAt(index) & 0x7f;
}

function readText(view: DataView, at: number, bytesMax: number): string {
  let text = '';
  for (let index = 0; index < bytesMax; index++) {
    const code = view.getUint8(at + index);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}
