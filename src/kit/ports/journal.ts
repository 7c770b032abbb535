/**
 * The journal's port: the ordered, durable log of a shard's commands, and the lock that decides who leads it.
 * Leadership is decided only by `lead`, and only the log itself refuses an old leader.
 */

/** What an acknowledgement promises; each level includes the ones before it that the driver offers. */
export const AckLevel = { journaled: 1, durable: 2, replicated: 3, replicatedDurable: 4 } as const;
export type AckLevel = (typeof AckLevel)[keyof typeof AckLevel];

/** Where a batch stood in time, nanoseconds of the monotonic clock since its first command was stamped. */
export interface BatchStamps {
  /** The engine had carried out the batch's last command. */
  matchedNanos: number;
  /** The write returned. */
  writtenNanos: number;
  /** The first acknowledgement was handed to a socket; 0 when none was due. */
  ackedNanos: number;
}

/** A run of commands as they lie in the journal. */
export interface Batch {
  epoch: number;
  firstSequence: number;
  count: number;
  /** The commands back to back, as words; valid until the next batch is read. */
  words: Int32Array;
  /** Words [start, end) hold the commands. */
  start: number;
  end: number;
  /** When it was sequenced, microseconds since the epoch. */
  timeMicros: number;
  /** Stamps of the batch before this one. */
  previous: BatchStamps;
}

/** Why a leader may not go on. `fenced`: a higher epoch exists. `storage`: the disk refused; nothing was appended. */
export interface JournalFault {
  kind: 'fenced' | 'storage';
  code: string;
  message: string;
}

/** The right to append under one epoch. All methods belong to one thread. */
export interface Leadership {
  readonly epoch: number;
  /** Sequence the next appended command gets. */
  readonly nextSequence: number;
  /**
   * Appends the commands in words [start, end) as one batch at `expectedSequence`. Does not keep the words.
   * Returns undefined, or why nothing was appended: after `fenced` the leadership is over; after `storage` the same
   * call may be made again once there is room.
   */
  append(
    expectedSequence: number,
    words: Int32Array,
    start: number,
    end: number,
    count: number,
    timeMicros: number,
    previous: BatchStamps,
  ): JournalFault | undefined;
  /** Highest sequence that holds at `level`; 0 before the first. A level the driver lacks stays 0. */
  reached(level: AckLevel): number;
  /** Asks that everything appended so far becomes durable; `onReached` hears of it. Cheap when nothing is new. */
  requestDurable(): void;
  /** Called when `reached` rose outside of append. One listener. */
  onReached(listener: (level: AckLevel, sequence: number) => void): void;
  /** Called when leadership is lost or storage fails outside of append. One listener. */
  onFault(listener: (fault: JournalFault) => void): void;
  /** Makes everything durable and ends the leadership in good order. */
  close(): Promise<void>;
}

/** A snapshot: bytes of a whole engine (and its owner's sections) after `sequence`. */
export interface Snapshot {
  sequence: number;
  bytes: Uint8Array;
}

/** What opening found, for people and for metrics. */
export interface OpenReport {
  firstSequence: number;
  lastSequence: number;
  lastEpoch: number;
  segments: number;
  /** Bytes cut from a torn tail; 0 normally. */
  tornBytes: number;
  snapshotSequence: number;
}

export interface Journal {
  readonly report: OpenReport;
  /** Takes the next epoch. Fails with a coded error when another candidate was faster. */
  lead(): Promise<Leadership>;
  /**
   * Calls `visit` with each batch from the one that holds sequence `from` to the present end, in order; a batch that begins before `from` is given whole.
   * Returns the last sequence visited. Corruption is an error that names file, offset and sequence.
   */
  read(from: number, visit: (batch: Batch) => void): number;
  /** Follows the journal from `from` on, also over epochs; `visit` as in read. `stop` ends it. */
  tail(from: number, visit: (batch: Batch) => void, onFault: (fault: Error) => void): { stop(): void };
  /** The newest snapshot that is whole, at or before `atMost`. */
  latestSnapshot(atMost?: number): Promise<Snapshot | undefined>;
  /** Stores a snapshot; durable when the promise resolves. Keeps the newest `keep` (default 3). */
  storeSnapshot(snapshot: Snapshot): Promise<void>;
  /** Removes segments whose every command is at or before `sequence` and covered by a stored snapshot. */
  truncateBefore(sequence: number): Promise<{ removedSegments: number }>;
  close(): Promise<void>;
}
