/** One seed's simulated market under surveillance, in a thread of its own: gives the scores back. */
import { parentPort, workerData } from 'node:worker_threads';
import { TEST_EVASIONS } from '../test/abuse/evasion.ts';
import { score } from '../test/abuse/score.ts';
import { SIMULATED_SCENARIOS } from '../test/abuse/simulation.ts';
import { survey } from '../test/abuse/survey.ts';

export interface SurveyJob {
  readonly seed: number;
  readonly sessions: number;
  readonly abusesPerSession: number;
}

const job = workerData as SurveyJob;
const found = survey({
  seed: job.seed,
  evasions: TEST_EVASIONS,
  sessions: job.sessions,
  abusesPerSession: job.abusesPerSession,
});
const result = {
  scores: score(SIMULATED_SCENARIOS, found.labels, found.alerts),
  orders: found.orders,
  abusiveOrders: found.abusiveOrders,
  events: found.events,
};
// A thread's port has no origin to name.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(result);
