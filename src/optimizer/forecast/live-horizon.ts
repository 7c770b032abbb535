/**
 * One service's forecasts at one horizon while it runs: issues them, keeps what was said until its outcome is known, and
 * learns from that how far to trust the model and how to calibrate its quantiles. Says honestly when it has no model.
 */
import type { LoadHistory } from '../features/load-history.ts';
import { FeatureRow } from '../features/feature-row.ts';
import { writeFeatures, type Reference } from '../features/forecast-features.ts';
import { ConformalOffset } from '../models/conformal.ts';
import { NAIVE_KINDS, naiveForecast } from '../models/naive.ts';
import { RunningMix } from '../models/running-mix.ts';
import type { HorizonModel } from './horizon-model.ts';
import { LIVE_SEASON_MINUTES, LIVE_SPEC } from './live-spec.ts';

/** `model`: learnt; `naive`: the best simple forecast of late; `coldStart`: less than one season is known. */
export type ForecastBasis = 'model' | 'naive' | 'coldStart';

export interface LiveForecast {
  readonly issuedMicros: number;
  readonly targetMicros: number;
  readonly basis: ForecastBasis;
  readonly value: number;
  /** Of LIVE_SPEC.quantiles, rising. */
  readonly quantiles: readonly number[];
  readonly modelId: string | null;
  /** Share of trust that the naive forecast has at present. */
  readonly naiveWeight: number;
}

export interface Contribution {
  readonly feature: string;
  readonly value: number | null;
  /** What the feature adds to the log of the forecast. */
  readonly effect: number;
}

interface Pending {
  readonly targetBin: number;
  readonly experts: Float64Array;
  readonly quantiles: readonly number[];
  readonly floor: number;
  readonly value: number;
}

/** What an outcome taught. */
export interface Resolved {
  readonly actual: number;
  readonly forecast: number;
  readonly naive: number;
  /** Actual at or under the 0.9 quantile. */
  readonly covered: boolean;
  readonly floor: number;
}

const MINUTE_MICROS = 60_000_000;
/** Distribution of load that a forecast without a model is given: of that many last minutes. */
const EMPIRICAL_MINUTES = 240;
/** More outcomes pending than that cannot be: one is issued a minute, and each is resolved after its horizon. */
const PENDING_MAX = 4096;

export class LiveHorizon {
  readonly ahead: number;
  private readonly history: LoadHistory;
  private readonly row = new FeatureRow();
  private model: { id: string; model: HorizonModel } | undefined;
  private mix = new RunningMix(1, LIVE_SEASON_MINUTES);
  private offsets: ConformalOffset[] = [];
  private pending: Pending[] = [];
  private latest: LiveForecast | undefined;
  private absoluteErrors = { model: 0, naive: 0, outcomes: 0 };

  constructor(history: LoadHistory, ahead: number) {
    this.history = history;
    this.ahead = ahead;
    this.useModel(undefined);
  }

  get forecast(): LiveForecast | undefined {
    return this.latest;
  }

  /** Recent error of the forecast over that of the naive one; NaN before any outcome. */
  get errorRatio(): number {
    const { model, naive, outcomes } = this.absoluteErrors;
    return outcomes === 0 ? Number.NaN : model / naive;
  }

  /** Puts a model to use from the next forecast on, or takes it away. */
  useModel(used: { id: string; model: HorizonModel } | undefined): void {
    this.model = used;
    const experts = used === undefined ? NAIVE_KINDS.length : used.model.data.members.length + 2;
    this.mix = new RunningMix(experts, LIVE_SEASON_MINUTES);
    this.offsets = LIVE_SPEC.quantiles.map((share, at) => {
      const calibration = used?.model.data.quantiles[at]?.calibration ?? { start: 0, gain: 0.4 };
      return new ConformalOffset({ share, delayBins: this.ahead, ...calibration });
    });
    this.pending = [];
    this.absoluteErrors = { model: 0, naive: 0, outcomes: 0 };
  }

  /** The newest bin is in the history: resolves what was said of it, and forecasts anew. */
  step(): Resolved | undefined {
    const at = this.history.length - 1;
    const resolved = this.resolve(at);
    this.latest = this.issue(at);
    return resolved;
  }

  /** What moved the model's forecast most, largest first; empty without a model. */
  explain(most: number): Contribution[] {
    const at = this.history.length - 1;
    if (this.model === undefined || this.features(at) === undefined) return [];
    const effects = this.model.model.explain(this.row.values);
    return this.row.names
      .map((feature, on) => ({ feature, value: finite(this.row.values[on]), effect: effects[on] }))
      .toSorted((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
      .slice(0, most);
  }

  /** The present features by name; undefined in the first season. */
  present(): { names: readonly string[]; values: readonly (number | null)[] } | undefined {
    const at = this.history.length - 1;
    if (at < 0 || this.features(at) === undefined) return undefined;
    return { names: this.row.names, values: this.row.names.map((_name, on) => finite(this.row.values[on])) };
  }

  private resolve(at: number): Resolved | undefined {
    const said = this.pending[0];
    if (said === undefined || said.targetBin > at) return undefined;
    this.pending.shift();
    const actual = this.history.values[at];
    // A minute that was filled in teaches nothing.
    if (this.history.filled[at] === 1) return undefined;
    this.mix.observe(actual, said.experts);
    said.quantiles.forEach((quantile, on) => this.offsets[on].observe(actual > quantile));
    const naive = this.model === undefined ? said.value : said.experts[1];
    const keep = 1 - 1 / LIVE_SEASON_MINUTES;
    const errors = this.absoluteErrors;
    this.absoluteErrors = {
      model: errors.model * keep + Math.abs(actual - said.value),
      naive: errors.naive * keep + Math.abs(actual - naive),
      outcomes: errors.outcomes + 1,
    };
    const upper = said.quantiles[LIVE_SPEC.quantiles.indexOf(0.9)];
    return { actual, forecast: said.value, naive, covered: actual <= upper, floor: said.floor };
  }

  private issue(at: number): LiveForecast {
    const reference = this.features(at);
    const made =
      this.model !== undefined && reference !== undefined
        ? this.fromModel(this.model.model, at, reference)
        : this.fromPast(at, reference !== undefined);
    const floor = reference?.floor ?? 1;
    const shifted = made.quantiles.map((quantile, on) =>
      Math.max(0, (quantile + floor) * Math.exp(this.offsets[on].offset) - floor),
    );
    const quantiles = shifted.toSorted((a, b) => a - b);
    const pending = { targetBin: at + this.ahead, experts: made.experts, quantiles, floor, value: made.value };
    if (this.pending.length < PENDING_MAX) this.pending.push(pending);
    const issuedMicros = this.history.timesMicros[at] + MINUTE_MICROS;
    return {
      issuedMicros,
      targetMicros: issuedMicros + this.ahead * MINUTE_MICROS,
      basis: made.basis,
      value: made.value,
      quantiles,
      modelId: made.basis === 'model' ? (this.model?.id ?? null) : null,
      naiveWeight: made.naiveWeight,
    };
  }

  private fromModel(model: HorizonModel, at: number, reference: Reference): Made {
    const naive = naiveForecast(model.data.naive, this.history, at, this.ahead, 7);
    const forecast = model.forecast(this.row.values, 0, reference, naive);
    const experts = forecast.experts.slice();
    return {
      basis: 'model',
      value: this.mix.mix(experts),
      experts,
      quantiles: forecast.quantiles,
      naiveWeight: this.mix.weights()[1],
    };
  }

  /** Without a model: the naive forecasts, weighted by how good they were, and the spread of the last hours. */
  private fromPast(at: number, seasonKnown: boolean): Made {
    const { history } = this;
    const experts = Float64Array.from(NAIVE_KINDS, (kind) => naiveForecast(kind, history, at, this.ahead, 7));
    const last = history.values.slice(Math.max(0, at - EMPIRICAL_MINUTES + 1), at + 1).toSorted();
    const quantiles = LIVE_SPEC.quantiles.map(
      (share) => last[Math.min(last.length - 1, Math.ceil(share * last.length) - 1)],
    );
    const value = seasonKnown ? this.mix.mix(experts) : history.mean(Math.max(0, at - EMPIRICAL_MINUTES + 1), at);
    return { basis: seasonKnown ? 'naive' : 'coldStart', value, experts, quantiles, naiveWeight: 1 };
  }

  private features(at: number): Reference | undefined {
    const { shape } = LIVE_SPEC;
    return writeFeatures({ history: this.history, at, ahead: this.ahead, ...shape }, this.row);
  }
}

interface Made {
  readonly basis: ForecastBasis;
  readonly value: number;
  readonly experts: Float64Array;
  readonly quantiles: readonly number[];
  readonly naiveWeight: number;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
