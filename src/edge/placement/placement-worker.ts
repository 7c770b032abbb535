/** The thread in which one placement is computed, so that the process stays responsive. Ends when it has answered. */
import { parentPort, workerData } from 'node:worker_threads';
import { CodedError } from '#kit/errors.ts';
import { planPlacement } from './plan.ts';
import type { PlacementOutcome, PlacementRequest, SearchOptions } from './request.ts';

export interface PlacementTask {
  readonly request: PlacementRequest;
  readonly options: SearchOptions;
}

/** An error crosses threads as its code and words. */
export type PlacementAnswer =
  | { readonly outcome: PlacementOutcome }
  | { readonly code: string; readonly detail: string | undefined };

async function answer({ request, options }: PlacementTask): Promise<PlacementAnswer> {
  try {
    return { outcome: await planPlacement(request, options, () => performance.now()) };
  } catch (error) {
    if (error instanceof CodedError) return { code: error.code, detail: error.detail };
    return { code: 'PLACEMENT_SOLVER_FAILED', detail: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.postMessage(await answer(workerData as PlacementTask), []);
