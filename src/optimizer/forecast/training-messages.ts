/** What the thread that trains is told, and what it says. Only types, since threads share nothing else. */
import type { LoadSeries } from '../data/load-series.ts';
import type { ForecastSpec, HorizonModelData } from './horizon-model.ts';

export interface TrainingRequest {
  readonly series: LoadSeries;
  readonly spec: ForecastSpec;
  readonly ahead: number;
  /** Targets before that bin may be learnt from. */
  readonly end: number;
  readonly windows: readonly number[];
}

/** What a thread says. */
export type TrainingMessage =
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'done'; readonly model: HorizonModelData };
