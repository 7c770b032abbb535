/**
 * What the messages of a stream mean, in the stream's order: which opening begins an epoch, which entries count.
 * Pure, and the same for every reader, so that all agree on one history; drops what an old leader wrote too late.
 */
import { RecordKind, RecordState, RecordWord, inspectRecord, readWide, recordChecksum } from '../format.ts';
import { decodeOpening, foreignGenesis } from './openings.ts';
import type { MemberKeys } from './openings.ts';

export const SubjectKind = { genesis: 'genesis', epoch: 'epoch', entry: 'entry' } as const;
export type SubjectKind = (typeof SubjectKind)[keyof typeof SubjectKind];

/** Where an epoch begins. */
export interface EpochStart {
  epoch: number;
  member: string;
  nonce: string;
  /** Sequence of the first command that can belong to it. */
  firstSequence: number;
}

/** Everything a reader knows after a message; a reader can go on from it. */
export interface OrderState {
  /** Of the last message seen. */
  streamSequence: number;
  epoch: number;
  nextSequence: number;
  /** Checksum of the last record that counts; undefined before the first one seen. */
  checksum: number | undefined;
  /** Stream sequence of the last message on the epoch's subject, whatever it was; 0 before. */
  lastOpeningAt: number;
  epochs: EpochStart[];
}

export interface OrderListener {
  /** A record that counts: words [at, …) of a message. Valid during the call. */
  onRecord(words: Int32Array, at: number): void;
  onOpening(start: EpochStart): void;
  /** A message that changes nothing, and why. */
  onDropped(streamSequence: number, why: string): void;
}

/** A message that belongs to the journal and cannot be used: the journal is damaged, foreign, or cut off before it. */
export type OrderProblem = { kind: 'damaged' | 'foreign' | 'gone'; finding: string };

export class StreamOrder {
  readonly state: OrderState;
  private readonly shard: string;
  private readonly members: MemberKeys;
  private readonly listener: OrderListener;

  constructor(shard: string, members: MemberKeys, listener: OrderListener, state: OrderState = emptyState()) {
    this.shard = shard;
    this.members = members;
    this.listener = listener;
    this.state = state;
  }

  /** Takes the next message of the stream. */
  take(kind: SubjectKind, streamSequence: number, payload: Uint8Array): OrderProblem | undefined {
    this.state.streamSequence = streamSequence;
    if (kind === SubjectKind.entry) return this.takeEntry(streamSequence, payload);
    if (kind === SubjectKind.epoch) this.takeOpening(streamSequence, payload);
    else {
      const foreign = foreignGenesis(payload, this.shard);
      if (foreign !== undefined) return { kind: 'foreign', finding: foreign };
    }
    return undefined;
  }

  private takeOpening(streamSequence: number, payload: Uint8Array): void {
    const { state, listener } = this;
    state.lastOpeningAt = streamSequence;
    const opening = decodeOpening(payload, this.shard, this.members);
    if (typeof opening === 'string') return listener.onDropped(streamSequence, `an opening: ${opening}`);
    const { epoch, member, nonce } = opening;
    // The first opening of an epoch in the stream's order is the one; exactly the next number can follow.
    if (epoch !== state.epoch + 1) return listener.onDropped(streamSequence, `an opening of epoch ${epoch}`);
    const start = { epoch, member, nonce, firstSequence: state.nextSequence };
    state.epoch = epoch;
    state.epochs.push(start);
    listener.onOpening(start);
  }

  private takeEntry(streamSequence: number, payload: Uint8Array): OrderProblem | undefined {
    const words = new Int32Array(payload.length >>> 2);
    new Uint8Array(words.buffer).set(payload.subarray(0, words.byteLength));
    for (let at = 0; at < words.length; at += words[at + RecordWord.byteLength] / 4) {
      if (inspectRecord(words, at, words.length) !== RecordState.whole) {
        return this.unusable(streamSequence, 'a record fails its checksum');
      }
      const epoch = words[at + RecordWord.epoch] >>> 0;
      if (epoch !== this.state.epoch) {
        this.listener.onDropped(streamSequence, `an entry of epoch ${epoch} in epoch ${this.state.epoch}`);
        return undefined;
      }
      if (words[at + RecordWord.kind] !== RecordKind.commands) continue;
      const problem = this.takeRecord(words, at);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private takeRecord(words: Int32Array, at: number): OrderProblem | undefined {
    const { state } = this;
    const first = readWide(words, at + RecordWord.firstSequence);
    const isFirstSeen = state.checksum === undefined;
    if (!isFirstSeen && first > state.nextSequence) {
      return { kind: 'gone', finding: `sequence ${first} follows ${state.nextSequence - 1}` };
    }
    const follows = words[at + RecordWord.previousChecksum] >>> 0 === state.checksum && first === state.nextSequence;
    if (!isFirstSeen && !follows) {
      return { kind: 'damaged', finding: `the entry at sequence ${first} does not follow the one before it` };
    }
    if (isFirstSeen) this.beginAt(first);
    state.checksum = recordChecksum(words, at);
    state.nextSequence = first + words[at + RecordWord.count];
    this.listener.onRecord(words, at);
    return undefined;
  }

  /** Retention has removed what came before: earlier epochs have nothing left. */
  private beginAt(first: number): void {
    for (const start of this.state.epochs) start.firstSequence = Math.max(start.firstSequence, first);
  }

  /** Bytes no leader of this version wrote: whoever leads lost its lead by them, and nobody has counted them. */
  private unusable(streamSequence: number, finding: string): undefined {
    this.listener.onDropped(streamSequence, finding);
    return undefined;
  }
}

export function emptyState(): OrderState {
  return { streamSequence: 0, epoch: 0, nextSequence: 1, checksum: undefined, lastOpeningAt: 0, epochs: [] };
}
