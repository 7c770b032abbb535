/**
 * Keeps a quantile forecast honest while it runs (after Gibbs and Candès, 2021): each outcome moves an offset, up after a
 * miss and a little down otherwise. An outcome is known only after the forecast's horizon, and until then the same miss
 * repeats: steps are divided by that delay and the offset is bounded, since a plain online step winds up at 24 hours.
 */
import { invariant } from '#kit/invariant.ts';

export interface ConformalOptions {
  /** 0 to 1: the share of outcomes that should be at or under the quantile. */
  readonly share: number;
  /** Offset at the start, in logs: of split conformal prediction on the validation windows. */
  readonly start: number;
  /** Bins between a forecast and its outcome. */
  readonly delayBins: number;
  /** How far outcomes of one delay, all missed, may move the offset, in logs. @default 0.4 */
  readonly gain?: number;
  /** Delays below count as that many bins, so that near horizons do not follow noise. @default 60 */
  readonly delayBinsMin?: number;
  /** How far the offset may go from its start, in logs. @default 1 */
  readonly reach?: number;
}

export class ConformalOffset {
  private readonly options: Required<ConformalOptions>;
  private current: number;

  constructor(options: ConformalOptions) {
    this.options = { gain: 0.4, delayBinsMin: 60, reach: 1, ...options };
    invariant(options.share > 0 && options.share < 1 && options.delayBins >= 1, 'conformal.options');
    this.current = options.start;
  }

  /** What to add to the log of the quantile forecast now. */
  get offset(): number {
    return this.current;
  }

  /** An outcome has become known: whether it was above the quantile that was issued for it. */
  observe(missed: boolean): void {
    const { share, start, gain, delayBins, delayBinsMin, reach } = this.options;
    const step = gain / Math.max(delayBins, delayBinsMin);
    const moved = this.current + step * ((missed ? 1 : 0) - (1 - share)) * (1 / share);
    this.current = Math.min(start + reach, Math.max(start - reach, moved));
  }
}

/** How a quantile is calibrated from its first issue on. */
export interface Calibration {
  /** In logs. */
  readonly start: number;
  /** As in ConformalOptions. */
  readonly gain: number;
}

/** One validation window: outcomes and the quantile issued for them, in order. */
export interface CalibrationWindow {
  readonly actual: Float64Array;
  readonly quantile: Float64Array;
  readonly floors: Float64Array;
}

const GAINS = [0.2, 0.4, 0.8] as const;
/** With a single window nothing can be compared. */
const CAUTIOUS_GAIN = 0.2;
/** Coverage that far off is free; each further hundredth counts as that share of pinball loss. */
const COVERAGE_SLACK = 0.015;
const COVERAGE_PRICE = 2;

/**
 * Chooses how to calibrate: each way is run over the windows as it would have run live, starting from the windows before,
 * and the one with the lowest pinball loss wins, with a price on coverage that is off.
 */
export function chooseCalibration(
  windows: readonly CalibrationWindow[],
  share: number,
  delayBins: number,
): Calibration {
  const start = splitOffset(windows, share);
  if (windows.length < 2) return { start, gain: CAUTIOUS_GAIN };
  let best = { start: 0, gain: CAUTIOUS_GAIN };
  let lowest = Number.POSITIVE_INFINITY;
  for (const split of [false, true]) {
    for (const gain of GAINS) {
      const loss = replayLoss(windows, share, delayBins, split, gain);
      if (loss >= lowest) continue;
      lowest = loss;
      best = { start: split ? start : 0, gain };
    }
  }
  return best;
}

function replayLoss(
  windows: readonly CalibrationWindow[],
  share: number,
  delayBins: number,
  split: boolean,
  gain: number,
): number {
  let loss = 0;
  let unit = 0;
  let under = 0;
  let rows = 0;
  for (let at = 1; at < windows.length; at++) {
    const { actual, quantile, floors } = windows[at];
    const start = split ? splitOffset(windows.slice(0, at), share) : 0;
    const issued = calibrate(windows[at], { start, gain }, share, delayBins);
    for (let row = 0; row < actual.length; row++) {
      loss += pinball(actual[row] - issued[row], share);
      unit += pinball(actual[row] - quantile[row], share);
      if (actual[row] <= issued[row]) under++;
    }
    rows += floors.length;
  }
  const off = Math.max(0, Math.abs(under / rows - share) - COVERAGE_SLACK);
  return loss / (unit || 1) + COVERAGE_PRICE * off;
}

/** The quantiles of a window as they would have been issued, one bin after the other. */
export function calibrate(
  { actual, quantile, floors }: CalibrationWindow,
  { start, gain }: Calibration,
  share: number,
  delayBins: number,
): Float64Array {
  const running = new ConformalOffset({ share, start, delayBins, gain });
  const issued = new Float64Array(actual.length);
  for (let row = 0; row < actual.length; row++) {
    const known = row - delayBins;
    if (known >= 0) running.observe(actual[known] > issued[known]);
    issued[row] = Math.max(0, (quantile[row] + floors[row]) * Math.exp(running.offset) - floors[row]);
  }
  return issued;
}

function pinball(residual: number, share: number): number {
  return residual > 0 ? residual * share : residual * (share - 1);
}

/** The offset that would have covered `share` of the windows' outcomes (split conformal prediction). */
function splitOffset(windows: readonly CalibrationWindow[], share: number): number {
  const ratios = windows.flatMap(({ actual, quantile, floors }) =>
    Array.from(actual, (load, row) => Math.log((load + floors[row]) / (quantile[row] + floors[row]))),
  );
  const sorted = Float64Array.from(ratios).toSorted();
  const rank = Math.ceil((sorted.length + 1) * share) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? 0;
}
