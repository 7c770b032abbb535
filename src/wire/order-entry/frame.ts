/**
 * The frame of the binary order-entry protocol: eight bytes in front of every message, little-endian.
 * Knows lengths, types and flags, and nothing of what a body means. Types are part of the protocol: add, never reuse.
 */
import { CommandKind } from '#trading/commands.ts';

/** Versions this program speaks. The client picks one of the range the node offers, and signs its choice. */
export const PROTOCOL_VERSION_MIN = 1;
export const PROTOCOL_VERSION_MAX = 1;

export const FrameHeader = {
  /** Of the whole frame, header included: a multiple of 8. */
  byteLength: 0,
  type: 2,
  flags: 3,
  /** The sender's sequence number of this message; 0 on messages that are not counted. */
  sequence: 4,
} as const;
export const FRAME_HEADER_BYTES = 8;

/** Longest frame a client may send: a mass quote of 64 entries has 1,560 bytes. */
export const CLIENT_FRAME_BYTES_MAX = 2048;
/** Longest frame a node sends. */
export const NODE_FRAME_BYTES_MAX = 16_384;
/** Highest sequence number; a session that came so far must be replaced. */
export const SEQUENCE_MAX = 0xffff_fff0;

export const FrameFlag = {
  /** The last report to the sender about the command it answers. */
  final: 1,
  /** Sent before: part of the replay after a login (FIX PossDupFlag). */
  replayed: 2,
} as const;

/**
 * Frame types. 1 to 63 are the kinds of commands (src/trading/commands.ts) and go to the node only; 64 to 127 go to
 * the node or both ways; 128 and above come from the node only.
 */
export const FrameType = {
  newOrder: CommandKind.newOrder,
  amendOrder: CommandKind.amendOrder,
  cancelOrder: CommandKind.cancelOrder,
  massCancel: CommandKind.massCancel,
  massQuote: CommandKind.massQuote,
  login: 64,
  heartbeat: 65,
  logout: 66,
  gapFill: 67,
  orderStatusRequest: 68,
  massStatusRequest: 69,
  metricsSubscribe: 70,
  nodeStatusRequest: 71,
  sessionListRequest: 72,
  sessionDrop: 73,
  snapshotRequest: 74,
  memberRequest: 75,
  challenge: 128,
  loginAccepted: 129,
  executionReport: 130,
  accepted: 131,
  refused: 132,
  protection: 133,
  reject: 134,
  orderStatus: 135,
  massStatusEnd: 136,
  metrics: 137,
  nodeStatus: 138,
  sessionList: 139,
  memberState: 140,
} as const;

/** Highest frame type that is a command. */
export const COMMAND_TYPE_MAX = 63;

/** Writes a frame's header at byte `at`. `byteLength` is that of the whole frame, a multiple of 8. */
export function writeFrameHeader(
  view: DataView,
  at: number,
  byteLength: number,
  type: number,
  flags: number,
  sequence: number,
): void {
  view.setUint16(at, byteLength, true);
  view.setUint8(at + FrameHeader.type, type);
  view.setUint8(at + FrameHeader.flags, flags);
  view.setUint32(at + FrameHeader.sequence, sequence, true);
}

/** Reads an integer below 2^53 in size, stored as a low word and a signed high word. */
export function readWideAt(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 4_294_967_296 + view.getUint32(at, true);
}

/** Writes an integer below 2^53 in size as a low word and a signed high word. */
export function writeWideAt(view: DataView, at: number, value: number): void {
  view.setInt32(at, value | 0, true);
  view.setInt32(at + 4, Math.floor(value / 4_294_967_296), true);
}
