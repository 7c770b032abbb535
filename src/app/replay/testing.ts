/** Builds batches of records by hand. Only tests may import this. */
import {
  createRecordBatch,
  PRICE_NONE,
  RecordFlag,
  RecordKind,
  RecordSide,
  type RecordBatch,
} from '#wire/market-data/record.ts';

/** A record with what a test cares about; the rest is as plain as can be. */
export interface TestRecord {
  readonly kind: keyof typeof RecordKind;
  readonly side?: keyof typeof RecordSide;
  readonly order?: number;
  readonly other?: number;
  readonly price?: number;
  readonly quantity?: number;
  readonly flags?: readonly (keyof typeof RecordFlag)[];
  readonly instrument?: number;
  readonly timeMicros?: number;
}

/** A batch of these records, in order. */
export function batchOf(records: readonly TestRecord[]): RecordBatch {
  const batch = createRecordBatch(Math.max(1, records.length));
  for (const [row, record] of records.entries()) {
    batch.kind[row] = RecordKind[record.kind];
    batch.side[row] = RecordSide[record.side ?? 'none'];
    batch.flags[row] = (record.flags ?? []).reduce((bits, flag) => bits | RecordFlag[flag], 0);
    batch.instrument[row] = record.instrument ?? 1;
    batch.orderLow[row] = record.order ?? 0;
    batch.otherLow[row] = record.other ?? 0;
    batch.price[row] = record.price ?? PRICE_NONE;
    batch.quantity[row] = record.quantity ?? 0;
    batch.timeMicros[row] = record.timeMicros ?? 0;
  }
  batch.count = records.length;
  return batch;
}
