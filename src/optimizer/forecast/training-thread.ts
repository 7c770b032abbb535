/** The thread that trains one horizon: takes a request, gives progress and then the model, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '#kit/invariant.ts';
import { LoadHistory } from '../features/load-history.ts';
import { trainHorizon } from './horizon-model.ts';
import type { TrainingMessage, TrainingRequest } from './training-messages.ts';

invariant(parentPort !== null, 'training.no-parent');
const port = parentPort;
const { series, spec, ahead, end, windows } = workerData as TrainingRequest;
const tell = (message: TrainingMessage): void => port.postMessage(message);
const model = trainHorizon({
  history: LoadHistory.of(series),
  spec,
  ahead,
  end,
  windows,
  progress: (share) => tell({ kind: 'progress', share }),
});
tell({ kind: 'done', model });
