/** Latencies as the metrics measured them: all histograms, the one that counts most, and what it was in the last second. */
import { upperBound } from '#telemetry/buckets.ts';
import type { MetricSource } from '#telemetry/exposition.ts';
import { HistogramHandle, quantileOf } from '#telemetry/registry.ts';
import type { LatencyHistogram } from './schemas/operations.ts';

/** The edge node's histogram from the socket's read of a command to the hand-over of its report. */
const REPORT_LATENCY = 'nautilus_edge_report_latency_seconds';

interface Found {
  readonly handle: HistogramHandle;
  readonly process: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every histogram of a duration, of every process. */
function durations(sources: readonly MetricSource[]): Found[] {
  return sources.flatMap(({ process, registry }) =>
    registry.series.flatMap((series) => {
      const handle = registry.handle(series);
      const isDuration = handle instanceof HistogramHandle && series.spec.unit === 'seconds';
      return isDuration ? [{ handle, process, labels: series.labels }] : [];
    }),
  );
}

/** A recorded value in microseconds. */
function micros(recorded: number | undefined, handle: HistogramHandle): number | null {
  return recorded === undefined ? null : Number((recorded * handle.spec.scale * 1e6).toPrecision(6));
}

export function latencyHistograms(sources: readonly MetricSource[]): LatencyHistogram[] {
  return durations(sources).map(({ handle, process, labels }) => {
    const { spec } = handle;
    const counts = handle.counts();
    const suffix = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return {
      name: suffix.length === 0 ? spec.name : `${spec.name}{${suffix.join(',')}}`,
      help: spec.help,
      process,
      unit: 'seconds',
      count: handle.count,
      sumSeconds: handle.sum * spec.scale,
      ...quantiles(handle),
      buckets: [...counts.entries()]
        .filter(([, count]) => count > 0)
        .map(([bucket, count]) => ({
          upToMicros: micros(Math.min(upperBound(bucket, spec.lowest, counts.length), spec.highest), handle) ?? 0,
          count,
        })),
    };
  });
}

/** Quantiles in microseconds; null while nothing was measured. */
export function quantiles(handle: HistogramHandle) {
  return {
    p50Micros: micros(handle.quantile(0.5), handle),
    p90Micros: micros(handle.quantile(0.9), handle),
    p99Micros: micros(handle.quantile(0.99), handle),
    p999Micros: micros(handle.quantile(0.999), handle),
  };
}

/** The report latency's histogram, where the metrics have it. */
export function reportLatency(sources: readonly MetricSource[]): HistogramHandle | undefined {
  return durations(sources).find(({ handle }) => handle.spec.name === REPORT_LATENCY)?.handle;
}

/** Quantiles of what a histogram recorded since the last question. */
export class RecentLatency {
  private readonly handle: HistogramHandle | undefined;
  private before: Float64Array | undefined;

  constructor(sources: readonly MetricSource[]) {
    this.handle = reportLatency(sources);
  }

  /** Microseconds; null where nothing was recorded since. */
  read(): { p50Micros: number | null; p99Micros: number | null } {
    const { handle, before } = this;
    if (handle === undefined) return { p50Micros: null, p99Micros: null };
    const now = handle.counts();
    this.before = now;
    const since = before === undefined ? now : now.map((count, bucket) => Math.max(0, count - before[bucket]));
    return {
      p50Micros: micros(quantileOf(since, handle.spec, 0.5), handle),
      p99Micros: micros(quantileOf(since, handle.spec, 0.99), handle),
    };
  }
}
