/** What can be refused about models and training, by code. Only declarations. */
import { defineErrors } from '#kit/errors.ts';

export const FORECAST_ERRORS = defineErrors({
  FORECAST_MODEL_UNKNOWN: {
    title: 'There is no such model',
    httpStatus: 404,
    help: 'GET /api/v1/ml/models lists every model with its id.',
  },
  FORECAST_MODEL_REFUSED: {
    title: 'The model did not beat the best naive forecast on its validation windows',
    httpStatus: 409,
    help: 'Such a model is never promoted. Train again with more history, or stay with the naive forecast.',
  },
  FORECAST_NO_EARLIER_MODEL: {
    title: 'There is no earlier model to go back to',
    httpStatus: 409,
    help: 'Only a model that was champion before can be gone back to.',
  },
  FORECAST_SERVICE_UNKNOWN: {
    title: 'There is no such service or horizon',
    httpStatus: 404,
    help: 'GET /api/v1/ml/predictions/current names the services, and 15m, 1h and 24h are the horizons.',
  },
  FORECAST_TOO_LITTLE_HISTORY: {
    title: 'There is too little history to train on',
    httpStatus: 409,
    help: 'GET /api/v1/ml/predictions/current says how many minutes are known and how many are needed.',
  },
  FORECAST_TRAINING_RUNS: {
    title: 'Training is running already',
    httpStatus: 409,
    help: 'GET /api/v1/ml/training shows its progress; ask again when it is done.',
  },
});
