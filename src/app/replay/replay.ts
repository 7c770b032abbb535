/**
 * A whole replay of a recording: rebuild its books, or drive an engine with its flow, and say what came of it.
 * Reads the file and the clock it is given, nothing else; printing is the command's.
 */
import type { Clock } from '#kit/clock.ts';
import type { BookTally } from './book.ts';
import { Drive, type DriveTotals } from './drive.ts';
import { engineSetup } from './engine-setup.ts';
import { EngineVenue } from './engine-venue.ts';
import {
  emptyRebuild,
  planRecording,
  rebuildBooks,
  recordedFlow,
  type PassProgress,
  type PassResult,
} from './passes.ts';
import type { RebuildTotals } from './rebuild.ts';
import type { Sample } from './series.ts';

export type ReplayMode = 'book' | 'drive';

export interface ReplayOptions {
  readonly path: string;
  readonly mode: ReplayMode;
  readonly symbol?: string | undefined;
  readonly clock: Clock;
  /** `part` of `parts`: drive mode reads the recording twice. */
  readonly onProgress?: ((progress: PassProgress, part: number, parts: number) => void) | undefined;
}

/** One rebuilt instrument at the end of the recording. Prices are display numbers of `priceExponent`. */
export interface InstrumentSummary {
  readonly instrument: number;
  readonly symbol: string | undefined;
  readonly records: number;
  readonly tally: Readonly<BookTally>;
  readonly levels: readonly [buy: number, sell: number];
  readonly samples: readonly Sample[];
  readonly stepMicros: number;
}

export interface DriveOutcome {
  readonly totals: DriveTotals;
  readonly refusals: ReadonlyMap<string, number>;
  readonly icebergs: number;
  readonly auctions: number;
  readonly stateHash: string;
  /** Time of the second pass, in which the engine worked. */
  readonly elapsedNanos: number;
}

export interface ReplayOutcome {
  readonly mode: ReplayMode;
  readonly fileName: string;
  readonly format: string;
  readonly compression: string;
  readonly fileBytes: number;
  readonly plainBytes: number;
  readonly priceExponent: number;
  /** Records of other kinds than order-by-order, stepped over. */
  readonly skipped: number;
  readonly unknown: number;
  readonly totals: RebuildTotals;
  readonly restingOrders: number;
  readonly firstMicros: number;
  readonly lastMicros: number;
  readonly instruments: number;
  /** The instrument with the most records among those with a series. */
  readonly busiest: InstrumentSummary | undefined;
  /** Time of the first pass. */
  readonly elapsedNanos: number;
  readonly drive: DriveOutcome | undefined;
}

/** Replays a recording. Throws CodedError for a file that cannot be read, decoded or held. */
export async function replay(options: ReplayOptions): Promise<ReplayOutcome> {
  const { mode, clock, onProgress } = options;
  const parts = mode === 'book' ? 1 : 2;
  const started = clock.monotonicNanos();
  const passOptions = { ...options, onProgress: (progress: PassProgress) => onProgress?.(progress, 1, parts) };
  if (mode === 'book') {
    const result = await rebuildBooks(passOptions);
    return outcomeOf(mode, result, clock.monotonicNanos() - started, undefined);
  }
  const plan = await planRecording(passOptions);
  const planned = clock.monotonicNanos();
  const { recording, instruments } = plan;
  const symbolOf = (instrument: number): string | undefined => recording.symbolOf(instrument);
  const venue = new EngineVenue(engineSetup(instruments.values(), recording.priceExponent, symbolOf, 0));
  const drive = new Drive(venue, instruments);
  const second = { ...options, onProgress: (progress: PassProgress) => onProgress?.(progress, 2, parts) };
  const rebuild = emptyRebuild(recording, second);
  for await (const steps of recordedFlow(second, plan, rebuild)) for (const step of steps) drive.advance(step);
  return outcomeOf(mode, { recording, rebuild }, planned - started, {
    totals: drive.totals,
    refusals: venue.refusals,
    icebergs: sum(instruments.values(), ({ icebergs }) => icebergs.size),
    auctions: sum(instruments.values(), ({ auctions }) => auctions.length),
    stateHash: venue.engine.stateHash(),
    elapsedNanos: clock.monotonicNanos() - planned,
  });
}

function outcomeOf(
  mode: ReplayMode,
  { recording, rebuild }: PassResult,
  elapsedNanos: number,
  drive: DriveOutcome | undefined,
): ReplayOutcome {
  const { timeBaseMicros, totals } = recording;
  const instruments = [...rebuild.instruments.values()].filter((instrument) => instrument !== undefined);
  return {
    mode,
    fileName: recording.fileName,
    format: recording.format,
    compression: recording.compression,
    fileBytes: recording.progress().fileBytes,
    plainBytes: totals.bytes,
    priceExponent: recording.priceExponent,
    skipped: totals.skipped,
    unknown: totals.unknown,
    totals: rebuild.totals(),
    restingOrders: rebuild.orders.count,
    firstMicros: timeBaseMicros + rebuild.firstMicros,
    lastMicros: timeBaseMicros + rebuild.lastMicros,
    instruments: instruments.length,
    busiest: busiestOf({ recording, rebuild }),
    elapsedNanos,
    drive,
  };
}

function busiestOf({ recording, rebuild }: PassResult): InstrumentSummary | undefined {
  let busiest: InstrumentSummary | undefined;
  for (const [number, instrument] of rebuild.instruments) {
    if (instrument?.series === undefined || instrument.records <= (busiest?.records ?? 0)) continue;
    const { book, series, records } = instrument;
    busiest = {
      instrument: number,
      symbol: recording.symbolOf(number),
      records,
      tally: book.tally,
      levels: [book.depth(0), book.depth(1)],
      samples: series.samples,
      stepMicros: series.stepMicros,
    };
  }
  return busiest;
}

function sum<Item>(items: Iterable<Item>, of: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
