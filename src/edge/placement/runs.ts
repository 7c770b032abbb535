/**
 * Placement runs: each computed in a thread of its own, a few at a time, the last ones kept for those who ask later.
 * Keeps them in memory: a run is computed again from its request in seconds.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import type { IdSource } from '#kit/ids.ts';
import { PLACEMENT_ERRORS } from './errors.ts';
import type { PlacementAnswer, PlacementTask } from './placement-worker.ts';
import { compile } from './problem.ts';
import type { PlacementOutcome, PlacementRequest, SearchOptions } from './request.ts';

export interface PlacementRun {
  readonly id: string;
  readonly request: PlacementRequest;
  readonly options: SearchOptions;
  readonly startedMicros: number;
  endedMicros: number | null;
  outcome: PlacementOutcome | null;
  /** Code and detail of what went wrong. */
  failure: { readonly code: string; readonly detail: string | undefined } | null;
}

const RUNS_KEPT_MAX = 50;
const RUNNING_MAX = 2;
/** A thread that has not answered this long after its time is ended. */
const GRACE_MS = 20_000;

export interface PlacementListener {
  ended(run: PlacementRun): void;
}

export class PlacementRuns {
  private readonly clock: Clock;
  private readonly ids: IdSource;
  private readonly listener: PlacementListener | undefined;
  private readonly runs = new Map<string, PlacementRun>();
  private readonly workers = new Map<string, Worker>();

  constructor({ clock, ids, listener }: { clock: Clock; ids: IdSource; listener?: PlacementListener }) {
    this.clock = clock;
    this.ids = ids;
    this.listener = listener;
  }

  /** Newest first. */
  list(): PlacementRun[] {
    return [...this.runs.values()].toReversed();
  }

  find(id: string): PlacementRun | undefined {
    return this.runs.get(id);
  }

  get running(): number {
    return this.workers.size;
  }

  /** Begins a run. Throws PLACEMENT_BUSY, and what `compile` throws. */
  start(request: PlacementRequest, options: SearchOptions): { run: PlacementRun; ended: Promise<PlacementRun> } {
    if (this.workers.size >= RUNNING_MAX) {
      throw new CodedError(PLACEMENT_ERRORS.PLACEMENT_BUSY, `${this.workers.size} run already`);
    }
    compile(request);
    const startedMicros = this.clock.nowMicros();
    const run: PlacementRun = {
      id: this.ids('plc'),
      request,
      options,
      startedMicros,
      endedMicros: null,
      outcome: null,
      failure: null,
    };
    this.runs.set(run.id, run);
    this.forgetOldest();
    return { run, ended: this.compute(run) };
  }

  /** Ends what is being computed. */
  async stop(): Promise<void> {
    await Promise.all([...this.workers.values()].map(async (worker) => worker.terminate()));
  }

  private async compute(run: PlacementRun): Promise<PlacementRun> {
    const task: PlacementTask = { request: run.request, options: run.options };
    const worker = new Worker(new URL('./placement-worker.ts', import.meta.url), { workerData: task });
    this.workers.set(run.id, worker);
    const timer = setTimeout(() => void worker.terminate(), run.options.timeMs + GRACE_MS);
    const answer = await new Promise<PlacementAnswer>((resolve) => {
      const failed = (detail: string): void => resolve({ code: PLACEMENT_ERRORS.PLACEMENT_SOLVER_FAILED.code, detail });
      worker.once('message', (message: PlacementAnswer) => resolve(message));
      worker.once('error', (error) => failed(String(error)));
      worker.once('exit', (code) => failed(`the thread ended with ${code}`));
    });
    clearTimeout(timer);
    this.workers.delete(run.id);
    run.endedMicros = this.clock.nowMicros();
    if ('outcome' in answer) run.outcome = answer.outcome;
    else run.failure = answer;
    this.listener?.ended(run);
    return run;
  }

  private forgetOldest(): void {
    for (const [id, run] of this.runs) {
      if (this.runs.size <= RUNS_KEPT_MAX) return;
      if (run.endedMicros !== null) this.runs.delete(id);
    }
  }
}
