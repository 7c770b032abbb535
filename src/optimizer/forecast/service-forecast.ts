/** One service's load and its forecasts at every horizon, with what watches them. Time and minutes are passed in. */
import { CodedError } from '#kit/errors.ts';
import { MINUTE_MICROS, type ClosedMinute, type ServiceName } from '../data/load-meter.ts';
import { DriftMonitor, type DriftDecision } from '../drift/drift-monitor.ts';
import { LoadHistory } from '../features/load-history.ts';
import { utcDate, weekdayOf } from '../features/market-calendar.ts';
import { FORECAST_ERRORS } from '../registry/errors.ts';
import { LiveHorizon } from './live-horizon.ts';
import { LIVE_HORIZONS, LIVE_SEASON_MINUTES } from './live-spec.ts';

const SIGNALS = ['request_rate', 'order_flow_rate', 'trading_volume', 'trades'] as const;
const CAPACITY_MINUTES = 4096;
/** Days of the same minute of the season that the level is compared with. */
const LEVEL_SEASONS = 24;
const COVERED_SHARE = 0.9;
const RECENT_MINUTES = 15;

export class ServiceForecast {
  readonly name: ServiceName;
  readonly history = new LoadHistory(LIVE_SEASON_MINUTES, 1, SIGNALS, CAPACITY_MINUTES);
  readonly drift = new DriftMonitor();
  private readonly horizons = new Map<string, LiveHorizon>();

  constructor(name: ServiceName) {
    this.name = name;
    for (const horizon of LIVE_HORIZONS) this.horizons.set(horizon.name, new LiveHorizon(this.history, horizon.ahead));
  }

  /** Throws FORECAST_SERVICE_UNKNOWN. */
  horizon(name: string): LiveHorizon {
    const horizon = this.horizons.get(name);
    if (horizon === undefined) throw new CodedError(FORECAST_ERRORS.FORECAST_SERVICE_UNKNOWN, `${this.name} ${name}`);
    return horizon;
  }

  /** A minute from before this start: remembered, not forecast. Minutes that are missing in between are filled. */
  restore(minute: Pick<ClosedMinute, 'timeMicros' | 'signals' | 'silent'>, value: number): void {
    this.fillGap(minute.timeMicros);
    this.append(minute.timeMicros, value, minute.signals, minute.silent);
  }

  /** Takes the next minute and forecasts anew; gives how many drift alarms it raised. */
  take(minute: ClosedMinute): number {
    this.fillGap(minute.timeMicros);
    this.append(minute.timeMicros, minute.loads[this.name], minute.signals, minute.silent);
    const at = this.history.length - 1;
    let alarms = 0;
    const observe = (signal: 'level' | 'residual' | 'coverage', value: number): void => {
      alarms += Number(this.drift.observe(signal, value, minute.timeMicros));
    };
    const usual = this.history.slotMean(at - 1, at, LEVEL_SEASONS, 1);
    if (!minute.silent) observe('level', Math.log((this.history.values[at] + 1) / (usual + 1)));
    for (const [name, horizon] of this.horizons) {
      const resolved = horizon.step();
      if (resolved === undefined || name !== '15m') continue;
      const { actual, forecast, floor, covered } = resolved;
      observe('residual', Math.log((actual + floor) / (forecast + floor)));
      observe('coverage', Number(covered) - COVERED_SHARE);
    }
    return alarms;
  }

  decide(nowMicros: number): DriftDecision {
    return this.drift.decide(nowMicros, this.horizon('15m').errorRatio);
  }

  /**
   * The forecast for each of the next minutes: the horizons' forecasts are ratios to the season's course, and in between
   * the ratio is interpolated. Begins with the ratio of the last quarter of an hour.
   */
  curve(minutes: number, step: number): { timeMicros: number; value: number; upper: number }[] {
    const at = this.history.length - 1;
    if (at < LIVE_SEASON_MINUTES) return [];
    const floor = 1;
    const courseAt = (ahead: number): number => this.history.slotMean(at, at + ahead, LEVEL_SEASONS, 2) + floor;
    const nowRatio = Math.log((this.history.mean(at - RECENT_MINUTES + 1, at) + floor) / courseAt(0));
    const knots = [{ ahead: 0, value: nowRatio, upper: nowRatio }];
    for (const { name, ahead } of LIVE_HORIZONS) {
      const forecast = this.horizon(name).forecast;
      if (forecast === undefined) return [];
      const course = courseAt(ahead);
      const upper = Math.log((forecast.quantiles[1] + floor) / course);
      knots.push({ ahead, value: Math.log((forecast.value + floor) / course), upper });
    }
    const points: { timeMicros: number; value: number; upper: number }[] = [];
    for (let ahead = step; ahead <= minutes; ahead += step) {
      const next = Math.max(
        1,
        knots.findIndex((knot) => knot.ahead >= ahead),
      );
      const before = knots[next - 1];
      const after = knots[next];
      const share = (ahead - before.ahead) / (after.ahead - before.ahead);
      const between = (one: number, other: number): number =>
        Math.max(0, courseAt(ahead) * Math.exp(one * (1 - share) + other * share) - floor);
      points.push({
        timeMicros: this.history.timesMicros[at] + (ahead + 1) * MINUTE_MICROS,
        value: between(before.value, after.value),
        upper: between(before.upper, after.upper),
      });
    }
    return points;
  }

  private fillGap(timeMicros: number): void {
    const { history } = this;
    if (history.length === 0) return;
    const next = history.timesMicros[history.length - 1] + MINUTE_MICROS;
    const missing = Math.min(GAP_MINUTES_MAX, Math.floor((timeMicros - next) / MINUTE_MICROS));
    for (let gap = missing; gap > 0; gap--) {
      this.append(timeMicros - gap * MINUTE_MICROS, Number.NaN, {}, true);
    }
  }

  private append(timeMicros: number, value: number, signals: Readonly<Record<string, number>>, filled: boolean): void {
    const date = utcDate(timeMicros);
    this.history.append({
      timeMicros,
      value: filled ? Number.NaN : value,
      slot: Math.floor(timeMicros / MINUTE_MICROS) % LIVE_SEASON_MINUTES,
      weekday: weekdayOf(date),
      date,
      filled,
      signals,
    });
  }
}

/** A longer absence is not filled in minute by minute: two seasons keep the phase. */
const GAP_MINUTES_MAX = 2 * LIVE_SEASON_MINUTES;
