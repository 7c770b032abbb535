/** Surveillance on a small simulated market of an unseen seed: what is plain to see is found, and honest conduct is left alone. */
import { expect, it } from 'vitest';
import { TRAIN_EVASIONS } from '../abuse/evasion.ts';
import { figuresOf, score } from '../abuse/score.ts';
import { SIMULATED_SCENARIOS } from '../abuse/simulation.ts';
import { survey } from '../abuse/survey.ts';

const PLAN = { seed: 901, evasions: TRAIN_EVASIONS, instruments: 12, sessions: 1, abusesPerSession: 2 } as const;
const found = survey(PLAN);
const scores = score(SIMULATED_SCENARIOS, found.labels, found.alerts);

it('labels every kind of abuse there is, and keeps abuse rare', () => {
  expect(
    scores.filter(({ instances, scenario }) => instances === 0 && scenario !== 'large-trader').length,
  ).toBeLessThanOrEqual(3);
  expect(found.abusiveOrders / found.orders).toBeLessThan(0.005);
});

it('finds most of what was played, and raises few alerts on honest people', () => {
  const instances = scores.reduce((sum, one) => sum + one.instances, 0);
  const right = scores.reduce((sum, one) => sum + one.found, 0);
  expect(right / instances).toBeGreaterThan(0.75);
  const wrong = scores.reduce((sum, one) => sum + one.wrong, 0);
  expect((wrong / found.orders) * 1e6).toBeLessThan(60);
});

it('finds every case that is only looked up, and nothing beside', () => {
  for (const one of scores.filter(({ scenario }) =>
    ['restricted-list', 'late-report', 'large-trader'].includes(scenario),
  )) {
    expect({ ...one, found: one.instances, wrong: 0 }).toEqual(one);
    if (one.instances > 0) expect(figuresOf(one).recall).toBe(1);
  }
});

it('gives the same alerts for the same market', () => {
  const again = survey({ ...PLAN, instruments: 2, crowdPerSecond: 5, sessionMinutes: 6 });
  const once = survey({ ...PLAN, instruments: 2, crowdPerSecond: 5, sessionMinutes: 6 });
  expect(again.alerts).toEqual(once.alerts);
});
