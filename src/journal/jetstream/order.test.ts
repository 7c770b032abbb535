import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RecordKind } from '../format.ts';
import { NO_STAMPS } from '../testing-entries.ts';
import { fillingRecord, joinRecords, layRecord, viewRecord } from './entries.ts';
import { encodeGenesis, encodeOpening } from './openings.ts';
import { StreamOrder, SubjectKind } from './order.ts';

const keys = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');

/** A reader of a stream that the test writes message by message. */
class Reader {
  readonly taken: number[][] = [];
  readonly dropped: string[] = [];
  private next = 1;
  readonly order = new StreamOrder('us', new Map([['a', keys.publicKey]]), {
    onRecord: (words, at) => {
      const { firstSequence, count } = viewRecord(words, at);
      this.taken.push([firstSequence, count]);
    },
    onOpening: () => {},
    onDropped: (_at, why) => this.dropped.push(why),
  });

  take(kind: SubjectKind, payload: Uint8Array): string | undefined {
    return this.order.take(kind, this.next++, payload)?.kind;
  }

  open(epoch: number, key = keys.privateKey): void {
    this.take(SubjectKind.epoch, encodeOpening({ shard: 'us', epoch, member: 'a', nonce: 'n', timeMicros: 1 }, key));
  }
}

/** A leader that lays records one behind the other. */
class Writer {
  private readonly stamp = { kind: RecordKind.commands, count: 2, timeMicros: 5, durableSequence: 0 };
  private previousChecksum: number;
  private readonly epoch: number;
  private sequence: number;

  constructor(epoch: number, sequence: number, previousChecksum = 0) {
    this.epoch = epoch;
    this.sequence = sequence;
    this.previousChecksum = previousChecksum;
  }

  record(): Int32Array {
    const { epoch, sequence: firstSequence, previousChecksum } = this;
    const stamp = { ...this.stamp, epoch, firstSequence, previousChecksum };
    const record = layRecord(Int32Array.of(1, 2, 3, 4), 0, 4, stamp, NO_STAMPS);
    this.sequence += 2;
    this.previousChecksum = stamp.previousChecksum;
    return record;
  }

  message(records = 1): Uint8Array {
    return joinRecords(Array.from({ length: records }, () => this.record()));
  }
}

describe("a stream's order", () => {
  it('takes the entries of the epoch that was opened, several in a message', () => {
    const reader = new Reader();
    reader.take(SubjectKind.genesis, encodeGenesis('us'));
    reader.open(1);
    reader.take(SubjectKind.entry, fillingRecord(1, 5));
    const writer = new Writer(1, 1);
    expect(reader.take(SubjectKind.entry, writer.message(3))).toBeUndefined();
    expect(reader.taken).toEqual([
      [1, 2],
      [3, 2],
      [5, 2],
    ]);
    expect(reader.dropped).toEqual([]);
  });

  it('drops what an old leader wrote after its successor opened', () => {
    const reader = new Reader();
    reader.open(1);
    const old = new Writer(1, 1);
    reader.take(SubjectKind.entry, old.message());
    reader.open(2);
    reader.take(SubjectKind.entry, old.message());
    const successor = new Writer(2, 3, reader.order.state.checksum);
    reader.take(SubjectKind.entry, successor.message());
    expect(reader.taken).toEqual([
      [1, 2],
      [3, 2],
    ]);
    expect(reader.dropped).toEqual(['an entry of epoch 1 in epoch 2']);
    expect(reader.order.state.epochs.map(({ epoch, firstSequence }) => [epoch, firstSequence])).toEqual([
      [1, 1],
      [2, 3],
    ]);
  });

  it('lets a forged, repeated, skipped or late opening change nothing', () => {
    const reader = new Reader();
    reader.open(1);
    reader.open(2, stranger.privateKey);
    reader.open(1);
    reader.open(3);
    expect(reader.order.state.epoch).toBe(1);
    expect(reader.dropped).toHaveLength(3);
    reader.open(2);
    expect(reader.order.state.epoch).toBe(2);
  });

  it('begins with what retention left, and stops at an entry that is missing or changed', () => {
    const reader = new Reader();
    reader.open(1);
    const writer = new Writer(1, 101);
    expect(reader.take(SubjectKind.entry, writer.message())).toBeUndefined();
    const skipped = writer.message();
    expect(skipped.length).toBeGreaterThan(0);
    expect(reader.take(SubjectKind.entry, writer.message())).toBe('gone');
    expect(reader.take(SubjectKind.entry, new Writer(1, 103, 77).message())).toBe('damaged');
    expect(reader.taken).toEqual([[101, 2]]);
  });

  it('drops bytes that are no record, and refuses the stream of another shard', () => {
    const reader = new Reader();
    reader.open(1);
    reader.take(SubjectKind.entry, new Uint8Array(64));
    reader.take(SubjectKind.entry, new Uint8Array(3));
    expect(reader.dropped).toEqual(['a record fails its checksum']);
    expect(reader.take(SubjectKind.genesis, encodeGenesis('eu'))).toBe('foreign');
  });
});
