/**
 * What was measured between sites: a window of round trips per directed link, as figures. Nothing is filled in where nobody has
 * measured, and nothing is corrected: a figure below what light needs is shown, and flagged as wrong.
 */

/** Round trips that a link’s figures are made of, newest last: enough for a tail, few enough to see a change soon. */
const WINDOW_MAX = 200;
/** Fewer answers than this say nothing about the tail. */
const P99_SAMPLES_MIN = 100;

/** One directed link as its prober sees it. Times in microseconds. */
export interface LinkFigures {
  readonly to: string;
  readonly p50Micros: number | null;
  /** Null below a hundred answers: a tail cannot be told from fewer. */
  readonly p99Micros: number | null;
  /** Mean difference of one round trip to the next (RFC 3550's measure, unsmoothed). */
  readonly jitterMicros: number | null;
  /** Probes without answer over probes sent. */
  readonly lossShare: number;
  readonly samples: number;
  /** When the last probe ended. */
  readonly measuredMicros: number;
}

/** Collects the probes of one link. */
export class LinkWindow {
  private readonly trips: number[] = [];
  private measuredMicros = 0;

  /** @param roundTripMicros undefined where no answer came in time */
  add(roundTripMicros: number | undefined, nowMicros: number): void {
    this.trips.push(roundTripMicros ?? Number.NaN);
    if (this.trips.length > WINDOW_MAX) this.trips.shift();
    this.measuredMicros = nowMicros;
  }

  figures(to: string): LinkFigures {
    const answered = this.trips.filter((trip) => !Number.isNaN(trip));
    const sorted = answered.toSorted((a, b) => a - b);
    const samples = this.trips.length;
    return {
      to,
      p50Micros: quantile(sorted, 0.5),
      p99Micros: answered.length < P99_SAMPLES_MIN ? null : quantile(sorted, 0.99),
      jitterMicros: jitterOf(this.trips),
      lossShare: samples === 0 ? 0 : (samples - answered.length) / samples,
      samples,
      measuredMicros: this.measuredMicros,
    };
  }
}

/** The smallest value that the share `q` of values does not exceed. */
function quantile(sorted: readonly number[], q: number): number | null {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}

function jitterOf(trips: readonly number[]): number | null {
  let sum = 0;
  let pairs = 0;
  for (let at = 1; at < trips.length; at++) {
    const difference = Math.abs((trips[at] ?? 0) - (trips[at - 1] ?? 0));
    if (Number.isNaN(difference)) continue;
    sum += difference;
    pairs++;
  }
  return pairs === 0 ? null : sum / pairs;
}
