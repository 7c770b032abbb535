/**
 * Byte offsets of the messages that are not commands, counted from the frame's first byte, and the size of each frame.
 * Bodies of commands are the command's words from word 6 on, as src/trading/commands.ts lays them out. Numbers are part
 * of the protocol: a field may be added where `reserved` stands, never moved.
 */
import { FRAME_HEADER_BYTES } from './frame.ts';

export const NONCE_BYTES = 32;

/** Node to client, at once when the connection is open. */
export const Challenge = {
  nonce: 8,
  versionMin: 40,
  versionMax: 42,
  epoch: 44,
  nodeTimeMicros: 48,
} as const;
export const CHALLENGE_BYTES = 56;

/** Client to node, the answer to the challenge. */
export const Login = {
  version: 8,
  heartbeatSeconds: 10,
  session: 12,
  lastSequenceSeen: 16,
  nextSequence: 20,
  flags: 24,
  reserved: 28,
  signature: 32,
} as const;
export const LOGIN_BYTES = 96;

export const LoginFlag = {
  /** Do not replay anything: go on with the next message. */
  skipReplay: 1,
} as const;

/** Node to client: the session is live. Replayed messages follow, then new ones. */
export const LoginAccepted = {
  version: 8,
  heartbeatSeconds: 10,
  session: 12,
  expectedSequence: 16,
  lastSequence: 20,
  replayFrom: 24,
  ordersPerSecond: 28,
  graceMs: 32,
  ackLevel: 36,
  role: 37,
  cancelOnDisconnect: 38,
  reserved: 39,
  epoch: 40,
  reserved2: 44,
  journalSequence: 48,
  nodeTimeMicros: 56,
} as const;
export const LOGIN_ACCEPTED_BYTES = 64;

/** Both ways, after a heartbeat interval without any other message. */
export const Heartbeat = { lastSequenceSeen: 8, reserved: 12, timeMicros: 16 } as const;
export const HEARTBEAT_BYTES = 24;

/** Both ways: the last message of a connection. From a client the code is `none`. */
export const Logout = { code: 8, expectedSequence: 12 } as const;
export const LOGOUT_BYTES = 16;

/** Client to node: numbers below `nextSequence` will not be sent, they were answered or given up. */
export const GapFill = { nextSequence: 8, reserved: 12 } as const;
export const GAP_FILL_BYTES = 16;

/** Client to node: by OrderID, or by ClOrdID where orderGeneration is 0. */
export const OrderStatusRequest = {
  requestId: 8,
  account: 12,
  orderSlot: 16,
  orderGeneration: 20,
  clOrdIdLow: 24,
  clOrdIdHigh: 28,
} as const;
export const ORDER_STATUS_REQUEST_BYTES = 32;

/** Client to node: live orders of an account, a page at a time. */
export const MassStatusRequest = {
  requestId: 8,
  account: 12,
  /** Instrument index, or -1 for every one. */
  instrument: 16,
  /** -1 for the first page, else `nextSlot` of the page before. */
  afterSlot: 20,
} as const;
export const MASS_STATUS_REQUEST_BYTES = 24;

/** Administrator to node: 0 stops it. */
export const MetricsSubscribe = { intervalMs: 8, reserved: 12 } as const;
export const METRICS_SUBSCRIBE_BYTES = 16;

/** Administrator to node: the three requests that need nothing but an id. */
export const PlainRequest = { requestId: 8, reserved: 12 } as const;
export const PLAIN_REQUEST_BYTES = 16;

/** Administrator to node: ends the connection of a session, if it has one. */
export const SessionDrop = { session: 8, reserved: 12 } as const;
export const SESSION_DROP_BYTES = 16;

/**
 * In front of the event's words in executionReport, accepted, refused and protection, and of the Execution words in
 * orderStatus. The words themselves are laid out in src/trading/events.ts.
 */
export const Stamps = {
  /** Position of the command in the journal. */
  journalSequence: 8,
  /** When the sequencer stamped the command, microseconds since the epoch. */
  timeMicros: 16,
  /** Nanoseconds from the socket's read to that stamp. */
  receiveDelayNanos: 24,
  /** Nanoseconds from that stamp until the report was handed to the socket; 0 in a replay. */
  releaseDelayNanos: 28,
} as const;
export const STAMPS_BYTES = 24;
/** Where the event's words begin in a report. */
export const EVENT_AT = FRAME_HEADER_BYTES + STAMPS_BYTES;

/** Node to client: a message was refused before the engine saw it. */
export const Reject = {
  code: 8,
  /** Frame type of the refused message. */
  refusedType: 12,
  /** Its sequence number, or its request id where it has none. */
  refusedSequence: 16,
  reserved: 20,
  limit: 24,
  value: 32,
  used: 40,
} as const;
export const REJECT_BYTES = 48;

/** Node to client, after the orderStatus messages of one page. */
export const MassStatusEnd = {
  requestId: 8,
  count: 12,
  /** Where the next page begins, or -1 when this was the last. */
  nextSlot: 16,
  reserved: 20,
} as const;
export const MASS_STATUS_END_BYTES = 24;

/** Node to administrator: part of the registry's slots, `count` doubles from `firstSlot` on. */
export const Metrics = { firstSlot: 8, count: 12, totalSlots: 16, reserved: 20, slots: 24 } as const;
export const METRICS_HEAD_BYTES = 24;
export const METRICS_SLOTS_MAX = 2000;

/** Node to administrator. */
export const NodeStatus = {
  requestId: 8,
  epoch: 12,
  lastSequence: 16,
  durableSequence: 24,
  snapshotSequence: 32,
  startedMicros: 40,
  nodeTimeMicros: 48,
  connections: 56,
  liveSessions: 60,
  /** 0 open, 1 the journal refuses, 2 stopping. */
  state: 64,
  /** 0 standard, 1 ultra. */
  nodeClass: 68,
  outboxBytes: 72,
  outboxCapacityBytes: 80,
} as const;
export const NODE_STATUS_BYTES = 88;

/** Node to administrator: `count` entries of SESSION_ENTRY_BYTES follow. */
export const SessionList = { requestId: 8, count: 12, remaining: 16, reserved: 20, entries: 24 } as const;
export const SESSION_LIST_HEAD_BYTES = 24;
export const SessionEntry = {
  session: 0,
  /** Last sequence number taken from the client. */
  inbound: 4,
  /** Last sequence number given to the client. */
  outbound: 8,
  /** Bytes that wait for the client. */
  pendingBytes: 12,
  connectedMicros: 16,
} as const;
export const SESSION_ENTRY_BYTES = 24;
export const SESSION_ENTRIES_MAX = 512;

/** FIX ExecType (150) I: an orderStatus message, which reports no change. */
export const ORDER_STATUS_EXEC_TYPE = 18;

/**
 * Node to client: what the node is to its shard. Answers memberRequest, which needs no login; sent unasked right before a
 * logout that names another node.
 */
export const MemberState = {
  /** As asked, 0 when it was not. */
  requestId: 8,
  /** A MemberRole. */
  role: 12,
  /** Highest epoch the node knows. */
  epoch: 16,
  /** Version of the engine's semantics in the journal. */
  semantics: 20,
  /** Last command carried out and in the journal. */
  lastSequence: 24,
  /** When its batch was sequenced, microseconds since the epoch. */
  lastBatchMicros: 32,
  nodeTimeMicros: 40,
  /** The last agreed place in the journal at which a part of the state was hashed; 0 for none yet. */
  pointSequence: 48,
  pointHashLow: 56,
  pointHashHigh: 60,
  /** Version of the program, ASCII, padded with zeros. */
  version: 64,
  /** Where the leader takes orders as `host:port`, ASCII, padded with zeros; empty where it is not known. */
  leaderAddress: 80,
} as const;
export const MEMBER_STATE_BYTES = 144;
export const VERSION_BYTES = 16;
export const LEADER_ADDRESS_BYTES = 64;

export const MemberRole = {
  standby: 0,
  leader: 1,
  /** It leads, and the journal refuses: nothing is acknowledged. */
  refusing: 2,
  /** It gave, or is giving, the leadership away, or is stopping. */
  leaving: 3,
} as const;
export type MemberRole = (typeof MemberRole)[keyof typeof MemberRole];
