/** Trains horizons on worker threads, several at a time, so that whoever asked keeps answering. */
import { Worker } from 'node:worker_threads';
import { invariant } from '#kit/invariant.ts';
import type { HorizonModelData } from './horizon-model.ts';
import type { TrainingMessage, TrainingRequest } from './training-messages.ts';

const THREADS_MAX = 8;

/** Trains all requests, at most `threads` at a time; models in the order of the requests. Rejects with the first failure. */
export async function trainInWorkers(
  requests: readonly TrainingRequest[],
  threads: number,
  control: { readonly progress?: (share: number) => void; readonly signal?: AbortSignal } = {},
): Promise<HorizonModelData[]> {
  invariant(threads >= 1 && threads <= THREADS_MAX, 'training.threads', threads);
  const models = new Array<HorizonModelData>(requests.length);
  const shares = new Float64Array(requests.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < requests.length) {
      const at = next++;
      const note = (share: number): void => {
        shares[at] = share;
        control.progress?.(shares.reduce((sum, one) => sum + one, 0) / shares.length);
      };
      models[at] = await trainOne(requests[at], note, control.signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, requests.length) }, work));
  return models;
}

async function trainOne(
  request: TrainingRequest,
  progress: (share: number) => void,
  signal?: AbortSignal,
): Promise<HorizonModelData> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./training-thread.ts', import.meta.url), { workerData: request });
  try {
    return await new Promise((resolve, reject) => {
      worker.on('message', (message: TrainingMessage) => {
        if (message.kind === 'done') resolve(message.model);
        else progress(message.share);
      });
      worker.on('error', reject);
      signal?.addEventListener('abort', () => reject(new Error('the training was ended')), { once: true });
      worker.on('exit', (code) => reject(new Error(`the training thread ended with ${code}`)));
    });
  } finally {
    await worker.terminate();
  }
}
