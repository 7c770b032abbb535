/**
 * Watches whether the world is still the one a model learnt: level of the load against its season, errors of the forecast,
 * and how often the upper quantile is passed. Says what to do and never does it. Each watch is a two-sided cumulative sum
 * (Page, 1954) of hourly means in units of their own past spread, so that slow noise adds up to nothing.
 */
import { invariant } from '#kit/invariant.ts';

export type DriftSignal = 'level' | 'residual' | 'coverage';
export type DriftAction = 'none' | 'recalibrate' | 'retrain' | 'fallBack';

export interface DriftReport {
  readonly signal: DriftSignal;
  /** The larger of both sums, in spreads. */
  readonly score: number;
  readonly threshold: number;
  readonly alarm: boolean;
  /** Alarms since the start. */
  readonly alarms: number;
  readonly sinceMicros: number | null;
}

export interface DriftDecision {
  readonly action: DriftAction;
  readonly reason: string;
}

/** A deviation below that many spreads an hour is taken for noise. */
const SLACK = 0.75;
/** An alarm at that sum: about one in forty years of independent normal hours, three to four hours after 2.7 spreads. */
const THRESHOLD = 8;
/** One hour may count for at most that much, so that a single wild hour is no alarm. */
const STEP_MAX = 4;
/** Hours of which the spread is learnt before anything is judged. */
const HOURS_MIN = 24;
const HOURS_KEPT = 168;
const HOUR_MICROS = 3_600_000_000;
/** Between two retrainings that drift asked for: no storm. */
const RETRAIN_PAUSE_MICROS = 6 * HOUR_MICROS;
/** A forecast that is worse than the naive one by more than that is not used. */
const FALL_BACK_RATIO = 1.1;

/** One watch: hourly means of a statistic that is about 0 while nothing changes. */
export class DriftWatch {
  readonly signal: DriftSignal;
  private readonly spreadMin: number;
  private readonly past: number[] = [];
  private hour: number | undefined;
  private sum = 0;
  private count = 0;
  private up = 0;
  private down = 0;
  private alarms = 0;
  private sinceMicros: number | null = null;

  /** @param spreadMin smallest spread of hourly means that is believed */
  constructor(signal: DriftSignal, spreadMin: number) {
    invariant(spreadMin > 0, 'drift.spread', spreadMin);
    this.signal = signal;
    this.spreadMin = spreadMin;
  }

  /** Takes a value; says whether this one raised an alarm. Values that are not numbers are passed over. */
  observe(value: number, timeMicros: number): boolean {
    if (!Number.isFinite(value)) return false;
    const hour = Math.floor(timeMicros / HOUR_MICROS);
    const raised = this.hour !== undefined && hour !== this.hour && this.closeHour(timeMicros);
    this.hour = hour;
    this.sum += value;
    this.count++;
    return raised;
  }

  report(): DriftReport {
    const score = Math.max(this.up, this.down);
    const { signal, alarms, sinceMicros } = this;
    return { signal, score, threshold: THRESHOLD, alarm: sinceMicros !== null, alarms, sinceMicros };
  }

  /** A model was trained on the world as it is: what was an alarm is the new usual. */
  reset(): void {
    this.up = 0;
    this.down = 0;
    this.sinceMicros = null;
    this.past.length = 0;
  }

  private closeHour(nowMicros: number): boolean {
    const mean = this.sum / this.count;
    this.sum = 0;
    this.count = 0;
    const raised = this.past.length >= HOURS_MIN && this.judge(mean, nowMicros);
    this.past.push(mean);
    if (this.past.length > HOURS_KEPT) this.past.shift();
    return raised;
  }

  private judge(mean: number, nowMicros: number): boolean {
    const usual = medianOf(this.past);
    const spread = Math.max(this.spreadMin, 1.4826 * medianOf(this.past.map((one) => Math.abs(one - usual))));
    const deviation = Math.min(STEP_MAX, Math.max(-STEP_MAX, (mean - usual) / spread));
    this.up = Math.max(0, this.up + deviation - SLACK);
    this.down = Math.max(0, this.down - deviation - SLACK);
    if (Math.max(this.up, this.down) < THRESHOLD || this.sinceMicros !== null) return false;
    this.sinceMicros = nowMicros;
    this.alarms++;
    return true;
  }
}

/** The three watches of one forecast, and what they call for together. */
export class DriftMonitor {
  private readonly watches = {
    level: new DriftWatch('level', 0.05),
    residual: new DriftWatch('residual', 0.05),
    coverage: new DriftWatch('coverage', 0.08),
  };
  private retrainedMicros: number | undefined;

  observe(signal: DriftSignal, value: number, timeMicros: number): boolean {
    return this.watches[signal].observe(value, timeMicros);
  }

  reports(): DriftReport[] {
    return Object.values(this.watches).map((watch) => watch.report());
  }

  /** @param errorRatio recent error of the forecast over that of the naive one; NaN while not known */
  decide(nowMicros: number, errorRatio: number): DriftDecision {
    const alarmed = this.reports().flatMap(({ signal, alarm }) => (alarm ? [signal] : []));
    if (alarmed.includes('level') || alarmed.includes('residual')) {
      const paused = this.retrainedMicros !== undefined && nowMicros - this.retrainedMicros < RETRAIN_PAUSE_MICROS;
      if (!paused) return { action: 'retrain', reason: `${alarmed.join(' and ')} drifted` };
    }
    if (errorRatio > FALL_BACK_RATIO)
      return { action: 'fallBack', reason: 'the naive forecast has been better of late' };
    if (alarmed.includes('coverage'))
      return { action: 'recalibrate', reason: 'the upper quantile is passed too often or too seldom' };
    return { action: 'none', reason: alarmed.length > 0 ? 'retrained a short time ago' : 'nothing has drifted' };
  }

  /** A retraining has begun: the watches start anew. */
  noteRetrained(nowMicros: number): void {
    this.retrainedMicros = nowMicros;
    for (const watch of Object.values(this.watches)) watch.reset();
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
