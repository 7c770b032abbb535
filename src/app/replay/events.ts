/**
 * Gathers records into the venue's events: everything one request caused, for one instrument.
 * Sources that mark the end of an event are followed; in the others an event is one moment of one instrument.
 */
import { CodedError } from '#kit/errors.ts';
import { BATCH_RECORDS_MAX, createRecordBatch, RecordFlag, type RecordBatch } from '#wire/market-data/record.ts';
import { replayErrors } from './errors.ts';

const RECORDS_AT_START = 16;

export class EventGrouper {
  private readonly marksEvents: boolean;
  /** Open events by instrument; only one at a time where the source does not mark their ends. */
  private readonly open = new Map<number, RecordBatch>();
  /** The event handed out last, whose columns are used again. */
  private spare = createRecordBatch(RECORDS_AT_START);
  private pending: RecordBatch | undefined;

  constructor(marksEvents: boolean) {
    this.marksEvents = marksEvents;
  }

  /** Takes a record; gives the event that it ended, valid until the next call. Throws REPLAY_EVENT_TOO_LONG. */
  add(batch: RecordBatch, row: number): RecordBatch | undefined {
    return this.marksEvents ? this.addMarked(batch, row) : this.addByMoment(batch, row);
  }

  /** Gives the events that are still open at the end of the recording. */
  *flush(): Generator<RecordBatch> {
    if (this.pending !== undefined) yield this.pending;
    this.pending = undefined;
    for (const event of this.open.values()) if (event.count > 0) yield event;
    this.open.clear();
  }

  private addMarked(batch: RecordBatch, row: number): RecordBatch | undefined {
    const instrument = batch.instrument[row];
    let event = this.open.get(instrument);
    // Records of a snapshot end no event: each stands for itself.
    const ends = (batch.flags[row] & (RecordFlag.eventEnd | RecordFlag.snapshot)) !== 0;
    if (event === undefined) {
      if (ends) return this.alone(batch, row);
      event = createRecordBatch(RECORDS_AT_START);
      this.open.set(instrument, event);
    }
    if (event.count === 0 && ends) return this.alone(batch, row);
    event = append(event, batch, row);
    if (!ends) {
      this.open.set(instrument, event);
      return undefined;
    }
    this.open.set(instrument, this.spare);
    this.spare.count = 0;
    this.spare = event;
    return event;
  }

  private addByMoment(batch: RecordBatch, row: number): RecordBatch | undefined {
    const { pending } = this;
    if (pending !== undefined && sameMoment(pending, batch, row)) {
      this.pending = append(pending, batch, row);
      return undefined;
    }
    this.spare.count = 0;
    this.pending = append(this.spare, batch, row);
    this.spare = pending ?? createRecordBatch(RECORDS_AT_START);
    return pending;
  }

  private alone(batch: RecordBatch, row: number): RecordBatch {
    this.spare.count = 0;
    this.spare = append(this.spare, batch, row);
    return this.spare;
  }
}

function sameMoment(event: RecordBatch, batch: RecordBatch, row: number): boolean {
  return (
    event.instrument[0] === batch.instrument[row] &&
    event.timeMicros[0] === batch.timeMicros[row] &&
    event.timeNanosRest[0] === batch.timeNanosRest[row]
  );
}

/** Copies a row behind the event's rows; gives the event, or the larger one that replaces it. */
function append(event: RecordBatch, batch: RecordBatch, row: number): RecordBatch {
  const to = event.count === event.capacity ? enlarged(event) : event;
  copyRow(batch, row, to, to.count);
  to.count++;
  return to;
}

function enlarged(event: RecordBatch): RecordBatch {
  if (event.capacity >= BATCH_RECORDS_MAX) {
    throw new CodedError(replayErrors.REPLAY_EVENT_TOO_LONG, `over ${BATCH_RECORDS_MAX} records`);
  }
  const larger = createRecordBatch(event.capacity * 2);
  for (let row = 0; row < event.count; row++) copyRow(event, row, larger, row);
  larger.count = event.count;
  return larger;
}

function copyRow(from: RecordBatch, row: number, to: RecordBatch, at: number): void {
  to.kind[at] = from.kind[row];
  to.side[at] = from.side[row];
  to.flags[at] = from.flags[row];
  to.instrument[at] = from.instrument[row];
  to.orderLow[at] = from.orderLow[row];
  to.orderHigh[at] = from.orderHigh[row];
  to.otherLow[at] = from.otherLow[row];
  to.otherHigh[at] = from.otherHigh[row];
  to.price[at] = from.price[row];
  to.quantity[at] = from.quantity[row];
  to.timeMicros[at] = from.timeMicros[row];
  to.timeNanosRest[at] = from.timeNanosRest[row];
}
