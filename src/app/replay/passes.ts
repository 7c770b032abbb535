/**
 * The passes over a recording: one that rebuilds its books, one that plans its flow, one that gives the flow in steps.
 * Each opens the file anew and streams it; memory stays that of the books and the plan.
 */
import { CodedError } from '#kit/errors.ts';
import { RecordKind, type RecordBatch } from '#wire/market-data/record.ts';
import { replayErrors } from './errors.ts';
import { EventGrouper } from './events.ts';
import { Flow } from './flow.ts';
import type { FlowStep } from './flow-rows.ts';
import { InstrumentPlan } from './plan.ts';
import { Rebuild } from './rebuild.ts';
import { openRecording, type Recording } from './recording.ts';

export interface PassOptions {
  readonly path: string;
  /** Only this instrument; all of them when undefined. */
  readonly symbol?: string | undefined;
  /** Told after each chunk of the file how far the pass is. */
  readonly onProgress?: ((progress: PassProgress) => void) | undefined;
}

export interface PassProgress {
  readonly bytesRead: number;
  readonly fileBytes: number;
  readonly records: number;
}

/** What a finished pass leaves behind. */
export interface PassResult {
  readonly recording: Recording;
  readonly rebuild: Rebuild;
}

/** What the first pass of a replay into an engine found out. */
export interface RecordingPlan extends PassResult {
  /** By the recording's instrument number. */
  readonly instruments: ReadonlyMap<number, InstrumentPlan>;
}

/** Rebuilds all books. Throws CodedError for a file that cannot be read, decoded or held. */
export async function rebuildBooks(options: PassOptions): Promise<PassResult> {
  return pass(options, (batch, rebuild) => rebuild.advance(batch));
}

/** Rebuilds all books and learns what sending the flow to an engine needs. Throws as `rebuildBooks` does. */
export async function planRecording(options: PassOptions): Promise<RecordingPlan> {
  const instruments = new Map<number, InstrumentPlan>();
  const grouped = new Grouped();
  const result = await pass(
    options,
    (batch, rebuild, recording) => {
      for (const event of grouped.events(batch, rebuild, recording.marksEvents)) planEvent(event, rebuild, instruments);
    },
    (rebuild) => {
      for (const event of grouped.rest()) planEvent(event, rebuild, instruments);
    },
  );
  return { ...result, instruments };
}

/**
 * Gives the flow of a planned recording, some steps at a time, in order: pull the next as fast as they can be used.
 * The books are rebuilt alongside in `rebuild`. Throws as `rebuildBooks` does.
 */
export async function* recordedFlow(
  options: PassOptions,
  plan: RecordingPlan,
  rebuild: Rebuild = emptyRebuild(plan.recording, options),
): AsyncGenerator<readonly FlowStep[], void, undefined> {
  const recording = await openRecording(options.path);
  const flows = new Map<number, Flow>();
  const grouped = new Grouped();
  const stepOf = (event: RecordBatch): FlowStep | undefined => {
    const number = event.instrument[0];
    const book = rebuild.instrumentOf(number)?.book;
    const instrumentPlan = plan.instruments.get(number);
    if (book === undefined || instrumentPlan === undefined) return undefined;
    let flow = flows.get(number);
    if (flow === undefined) {
      flow = new Flow(instrumentPlan, recording.marksEvents, recording.timeBaseMicros);
      flows.set(number, flow);
    }
    const step = flow.expand(event, book);
    rebuild.advance(event);
    return step;
  };
  try {
    for await (const batch of recording.batches()) {
      const steps: FlowStep[] = [];
      for (const event of grouped.events(batch, rebuild, recording.marksEvents)) {
        const step = stepOf(event);
        if (step !== undefined) steps.push(step);
      }
      options.onProgress?.({ ...recording.progress(), records: recording.totals.records });
      yield steps;
    }
    const last = [...grouped.rest()].map(stepOf).filter((step) => step !== undefined);
    if (last.length > 0) yield last;
    rebuild.finish();
  } finally {
    await recording.close();
  }
}

/** A rebuild that has seen nothing, for the instruments that the options ask for. */
export function emptyRebuild(recording: Recording, { symbol }: PassOptions): Rebuild {
  const wanted = (instrument: number): boolean => symbol === undefined || recording.symbolOf(instrument) === symbol;
  return new Rebuild({ marksEvents: recording.marksEvents, wanted });
}

async function pass(
  options: PassOptions,
  take: (batch: RecordBatch, rebuild: Rebuild, recording: Recording) => void,
  finish?: (rebuild: Rebuild) => void,
): Promise<PassResult> {
  const recording = await openRecording(options.path);
  const rebuild = emptyRebuild(recording, options);
  try {
    for await (const batch of recording.batches()) {
      take(batch, rebuild, recording);
      options.onProgress?.({ ...recording.progress(), records: recording.totals.records });
    }
    finish?.(rebuild);
    rebuild.finish();
  } finally {
    await recording.close();
  }
  if (recording.totals.records === 0) throw new CodedError(replayErrors.REPLAY_EMPTY, recording.fileName);
  const { symbol } = options;
  const found = [...rebuild.instruments.values()].some((instrument) => instrument !== undefined);
  if (symbol !== undefined && !found) throw new CodedError(replayErrors.REPLAY_SYMBOL_ABSENT, symbol);
  return { recording, rebuild };
}

function planEvent(event: RecordBatch, rebuild: Rebuild, instruments: Map<number, InstrumentPlan>): void {
  const number = event.instrument[0];
  const book = rebuild.instrumentOf(number)?.book;
  if (book === undefined) return;
  let plan = instruments.get(number);
  if (plan === undefined) {
    plan = new InstrumentPlan(number);
    instruments.set(number, plan);
  }
  plan.before(event, book);
  rebuild.advance(event);
  plan.after(event, book);
}

/** Groups the wanted records of a pass into events. */
class Grouped {
  private grouper: EventGrouper | undefined;

  *events(batch: RecordBatch, rebuild: Rebuild, marksEvents: boolean): Generator<RecordBatch> {
    this.grouper ??= new EventGrouper(marksEvents);
    for (let row = 0; row < batch.count; row++) {
      if (batch.kind[row] === RecordKind.session) {
        rebuild.passOver();
        continue;
      }
      if (rebuild.instrumentOf(batch.instrument[row]) === undefined) continue;
      const event = this.grouper.add(batch, row);
      if (event !== undefined) yield event;
    }
  }

  *rest(): Generator<RecordBatch> {
    if (this.grouper !== undefined) yield* this.grouper.flush();
  }
}
