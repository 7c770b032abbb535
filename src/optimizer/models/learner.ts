/** One kind of model behind one shape: fit, predict, store. The only place that knows all kinds. */
import { fitBoosting, type BoostingOptions, type Progress, type Samples } from './gradient-boosting.ts';
import { fitRidge, Ridge, type RidgeData } from './ridge.ts';
import { TreeEnsemble, type TreeEnsembleData } from './tree-ensemble.ts';

export type LearnerSpec =
  | ({ readonly kind: 'boosting' } & BoostingOptions)
  | { readonly kind: 'ridge'; readonly penalty: number };

export type ModelData = ({ readonly kind: 'trees' } & TreeEnsembleData) | RidgeData;

export interface Model {
  /** Predicts the row that begins at `at`. */
  predict(row: Float64Array, at?: number): number;
  /** Writes what each feature adds to the prediction; base plus these is the prediction. Returns the base. */
  explain(row: Float64Array, at: number, contributions: Float64Array): number;
}

/** Fits a model of that kind; the same samples and spec give the same model. */
export function fitLearner(spec: LearnerSpec, samples: Samples, progress?: Progress): ModelData {
  switch (spec.kind) {
    case 'boosting':
      return { kind: 'trees', ...fitBoosting(samples, spec, progress === undefined ? {} : { progress }).toData() };
    case 'ridge':
      return fitRidge(samples, spec.penalty).toData();
  }
}

/** A stored model, ready to predict. */
export function openModel(data: ModelData): Model {
  switch (data.kind) {
    case 'trees':
      return TreeEnsemble.fromData(data);
    case 'ridge':
      return new Ridge(data);
  }
}
