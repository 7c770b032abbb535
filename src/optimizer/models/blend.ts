/**
 * A weighted mean of several forecasts, its weights found on forecasts of a time that no member was trained on.
 * Weights are not negative and sum to one, so that the blend never leaves the range of its members.
 */
import { invariant } from '#kit/invariant.ts';

/** `linear` averages loads, `log` averages their logs (a geometric mean). */
export type BlendSpace = 'linear' | 'log';

export interface Blend {
  readonly space: BlendSpace;
  readonly weights: readonly number[];
}

export interface BlendRows {
  readonly actual: Float64Array;
  /** One array of forecasts a member. */
  readonly members: readonly Float64Array[];
  /** Added before logs are taken, one a row. */
  readonly floors: Float64Array;
}

/** Weights move by shares of this size, at first by four of them. */
const STEP = 0.05;
const ROUNDS_MAX = 200;

/** Which errors count: each relative to that of the first member, so that units do not matter. */
export interface BlendTaste {
  readonly absolute: number;
  readonly squared: number;
  readonly logSquared: number;
  /** Price of uneven weights: what short validation windows prefer is partly chance. */
  readonly evenness: number;
}

/** Finds the weights with the lowest loss by moving shares between members, from every member and from the even blend. */
export function fitBlend(rows: BlendRows, taste: BlendTaste): Blend {
  const count = rows.members.length;
  invariant(count > 0 && rows.actual.length > 0, 'blend.rows');
  let best: Blend = { space: 'linear', weights: rows.members.map((_member, at) => Number(at === 0)) };
  let lowest = Number.POSITIVE_INFINITY;
  const judge = new BlendJudge(rows, taste);
  for (const space of ['linear', 'log'] as const) {
    const even = rows.members.map(() => 1 / count);
    const found = descend(even, (weights) => judge.loss({ space, weights }));
    if (found.loss >= lowest) continue;
    lowest = found.loss;
    best = { space, weights: found.weights };
  }
  return best;
}

function descend(start: number[], lossOf: (weights: number[]) => number): { weights: number[]; loss: number } {
  let weights = start;
  let loss = lossOf(weights);
  let step = STEP * 4;
  for (let round = 0; round < ROUNDS_MAX && step >= STEP / 2; round++) {
    const better = bestMove(weights, step, loss, lossOf);
    if (better === undefined) step /= 2;
    else ({ weights, loss } = better);
  }
  return { weights, loss };
}

function bestMove(
  weights: number[],
  step: number,
  loss: number,
  lossOf: (weights: number[]) => number,
): { weights: number[]; loss: number } | undefined {
  let best: { weights: number[]; loss: number } | undefined;
  for (let from = 0; from < weights.length; from++) {
    if (weights[from] <= 0) continue;
    for (let to = 0; to < weights.length; to++) {
      if (to === from) continue;
      const moved = [...weights];
      const share = Math.min(step, weights[from]);
      moved[from] -= share;
      moved[to] += share;
      const found = lossOf(moved);
      if (found < (best?.loss ?? loss) - 1e-9) best = { weights: moved, loss: found };
    }
  }
  return best;
}

class BlendJudge {
  private readonly rows: BlendRows;
  private readonly taste: BlendTaste;
  private readonly logs: readonly Float64Array[];
  private readonly unit: readonly [number, number, number];

  constructor(rows: BlendRows, taste: BlendTaste) {
    this.rows = rows;
    this.taste = taste;
    this.logs = rows.members.map((member) => member.map((value, at) => Math.log(Math.max(0, value) + rows.floors[at])));
    this.unit = [1, 1, 1];
    this.unit = this.errors({ space: 'linear', weights: rows.members.map((_member, at) => Number(at === 0)) });
  }

  loss(blend: Blend): number {
    const errors = this.errors(blend);
    const { absolute, squared, logSquared, evenness } = this.taste;
    const even = 1 / blend.weights.length;
    const uneven = blend.weights.reduce((sum, weight) => sum + (weight - even) ** 2, 0);
    return absolute * errors[0] + squared * errors[1] + logSquared * errors[2] + evenness * uneven;
  }

  private errors({ space, weights }: Blend): [number, number, number] {
    const { actual, members, floors } = this.rows;
    const used = weights.flatMap((weight, at) => (weight > 0 ? [at] : []));
    let absolute = 0;
    let squared = 0;
    let logs = 0;
    for (let row = 0; row < actual.length; row++) {
      let sum = 0;
      for (const member of used)
        sum += weights[member] * (space === 'log' ? this.logs[member][row] : members[member][row]);
      const forecast = space === 'log' ? Math.exp(sum) - floors[row] : sum;
      const error = actual[row] - forecast;
      absolute += Math.abs(error);
      squared += error * error;
      logs += (Math.log1p(actual[row]) - Math.log1p(Math.max(0, forecast))) ** 2;
    }
    const [one, two, three] = this.unit;
    return [absolute / (one || 1), squared / (two || 1), logs / (three || 1)];
  }
}

/** The blend of one row's member forecasts. */
export function blendOf({ space, weights }: Blend, forecasts: Float64Array, floor: number): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at++) {
    if (weights[at] === 0) continue;
    sum += weights[at] * (space === 'log' ? Math.log(Math.max(0, forecasts[at]) + floor) : forecasts[at]);
  }
  return Math.max(0, space === 'log' ? Math.exp(sum) - floor : sum);
}
