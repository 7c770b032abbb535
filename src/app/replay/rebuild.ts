/**
 * Rebuilds every book of a recording, record by record, and keeps the tallies that the report shows.
 * One pass; `advance` is called for each batch. It never reads a file itself.
 */
import { CodedError } from '#kit/errors.ts';
import { RecordFlag, RecordKind, type RecordBatch } from '#wire/market-data/record.ts';
import { Book, type BookTally } from './book.ts';
import { Crossings } from './crossings.ts';
import { replayErrors } from './errors.ts';
import { OrderTable } from './order-table.ts';
import { Series } from './series.ts';

/** Instruments of one recording: every stock locate of ITCH. */
const INSTRUMENTS_MAX = 65_536;
/** Instruments that get a series for plots, in the order in which they appear. */
const SERIES_MAX = 512;

/** One instrument while it is rebuilt. */
export interface RebuiltInstrument {
  readonly book: Book;
  readonly crossings: Crossings;
  readonly series: Series | undefined;
  records: number;
  /** Rows were applied since the last look at an event's end. */
  open: boolean;
  timeMicros: number;
  timeNanosRest: number;
}

export interface RebuildOptions {
  /** RecordDecoder.marksEvents of the source. */
  readonly marksEvents: boolean;
  /** The instruments wanted; the others are passed over. */
  readonly wanted: (instrument: number) => boolean;
}

/** What a rebuild found, over all instruments. */
export interface RebuildTotals extends BookTally {
  records: number;
  crossedAtBoundary: number;
  crossedInAuction: number;
  boundaries: number;
  /** Records that the source itself marked as possibly wrong. */
  suspect: number;
}

export class Rebuild {
  readonly orders = new OrderTable();
  readonly instruments = new Map<number, RebuiltInstrument | undefined>();
  firstMicros = 0;
  lastMicros = 0;
  private readonly options: RebuildOptions;
  private records = 0;
  private boundaries = 0;
  private suspect = 0;

  constructor(options: RebuildOptions) {
    this.options = options;
  }

  /** Applies all records of a batch. Throws REPLAY_TOO_MANY_INSTRUMENTS and REPLAY_TOO_MANY_ORDERS. */
  advance(batch: RecordBatch): void {
    for (let row = 0; row < batch.count; row++) {
      if (batch.kind[row] === RecordKind.session) {
        this.passOver();
        continue;
      }
      const instrument = this.instrumentOf(batch.instrument[row]);
      if (instrument !== undefined) this.apply(instrument, batch, row);
    }
  }

  /** Counts a record that belongs to no instrument, such as the source's own day. */
  passOver(): void {
    this.records++;
  }

  /** The rebuilt instrument of a number; undefined when it is not wanted. */
  instrumentOf(number: number): RebuiltInstrument | undefined {
    const known = this.instruments.get(number);
    if (known !== undefined || this.instruments.has(number)) return known;
    if (this.instruments.size >= INSTRUMENTS_MAX) {
      throw new CodedError(replayErrors.REPLAY_TOO_MANY_INSTRUMENTS, `over ${INSTRUMENTS_MAX}`);
    }
    const created = this.options.wanted(number) ? this.create(number) : undefined;
    this.instruments.set(number, created);
    return created;
  }

  /** Closes the last events; call once, after the last batch. */
  finish(): void {
    for (const instrument of this.instruments.values()) {
      if (instrument === undefined) continue;
      this.close(instrument);
      instrument.crossings.finish();
      instrument.series?.finish(instrument.book, this.lastMicros);
    }
  }

  totals(): RebuildTotals {
    const totals: RebuildTotals = {
      records: this.records,
      boundaries: this.boundaries,
      suspect: this.suspect,
      crossedAtBoundary: 0,
      crossedInAuction: 0,
      orphans: 0,
      duplicates: 0,
      contradictions: 0,
      undisplayedFills: 0,
      tradedVolume: 0,
      hiddenVolume: 0,
      auctionVolume: 0,
    };
    for (const instrument of this.instruments.values()) {
      if (instrument === undefined) continue;
      totals.crossedAtBoundary += instrument.crossings.faulty;
      totals.crossedInAuction += instrument.crossings.inAuction;
      for (const name of Object.keys(instrument.book.tally) as (keyof BookTally)[]) {
        totals[name] += instrument.book.tally[name];
      }
    }
    return totals;
  }

  private create(number: number): RebuiltInstrument {
    return {
      book: new Book(number, this.orders),
      crossings: new Crossings(),
      series: this.instruments.size < SERIES_MAX ? new Series() : undefined,
      records: 0,
      open: false,
      timeMicros: 0,
      timeNanosRest: 0,
    };
  }

  private apply(instrument: RebuiltInstrument, batch: RecordBatch, row: number): void {
    const timeMicros = batch.timeMicros[row];
    const timeNanosRest = batch.timeNanosRest[row];
    const flags = batch.flags[row];
    const { marksEvents } = this.options;
    if (!marksEvents && (timeMicros !== instrument.timeMicros || timeNanosRest !== instrument.timeNanosRest)) {
      this.close(instrument);
    }
    // A snapshot carries the times at which its orders were entered, days before the recording.
    if (!(flags & RecordFlag.snapshot)) {
      instrument.series?.observe(instrument.book, timeMicros);
      if (this.firstMicros === 0) this.firstMicros = timeMicros;
      if (timeMicros > this.lastMicros) this.lastMicros = timeMicros;
      instrument.open = true;
    }
    instrument.timeMicros = timeMicros;
    instrument.timeNanosRest = timeNanosRest;
    instrument.records++;
    this.records++;
    if (flags & RecordFlag.suspect) this.suspect++;
    if (batch.kind[row] !== RecordKind.add) instrument.crossings.observe(batch, row);
    instrument.book.apply(batch, row);
    if (marksEvents && flags & RecordFlag.eventEnd) this.close(instrument);
  }

  /** The end of an event: the only moment at which a venue promises a sound book. */
  private close(instrument: RebuiltInstrument): void {
    if (!instrument.open) return;
    instrument.open = false;
    this.boundaries++;
    instrument.crossings.boundary(instrument.book);
  }
}
