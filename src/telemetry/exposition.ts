/**
 * Metrics as text in the format that Prometheus reads (version 0.0.4), from one or several processes' registries.
 * Reads only: never resets or changes a value.
 */
import { upperBound, STEP_BITS } from './buckets.ts';
import type { HistogramSpec, MetricSpec } from './catalogue.ts';
import { HistogramHandle } from './registry.ts';
import type { Registry, Series } from './registry.ts';

/** One process's metrics; every series gets the label `process`. */
export interface MetricSource {
  readonly process: string;
  readonly registry: Registry;
}

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Every second bucket bound per power of two: enough to read a quantile, few enough to scrape. */
const EXPOSED_STEPS_PER_OCTAVE = 4;
const EXPOSED_STRIDE = (1 << STEP_BITS) / EXPOSED_STEPS_PER_OCTAVE;

/** All metrics of all sources; a metric that several processes have is described once. */
export function exposition(sources: readonly MetricSource[]): string {
  const entries = sources.flatMap(({ process, registry }) =>
    registry.series.map((series) => ({ process, registry, series })),
  );
  const byName = Map.groupBy(entries, (entry) => entry.series.spec.name);
  const lines: string[] = [];
  for (const [name, members] of byName) {
    const { spec } = members[0].series;
    lines.push(`# HELP ${name} ${escapeHelp(spec.help)}`, `# TYPE ${name} ${spec.type}`);
    for (const { process, registry, series } of members) appendSeries(lines, process, registry, series);
  }
  lines.push('');
  return lines.join('\n');
}

function appendSeries(lines: string[], process: string, registry: Registry, series: Series): void {
  const { spec } = series;
  const labels = [...Object.entries(series.labels), ['process', process]]
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
    .join(',');
  const handle = registry.handle(series);
  if (handle instanceof HistogramHandle) appendHistogram(lines, handle, labels);
  else lines.push(`${spec.name}{${labels}} ${formatNumber(handle.value)}`);
}

function appendHistogram(lines: string[], handle: HistogramHandle, labels: string): void {
  const { spec } = handle;
  const counts = handle.counts();
  let cumulative = 0;
  counts.forEach((count, bucket) => {
    cumulative += count;
    if (bucket % EXPOSED_STRIDE !== 0 && bucket !== counts.length - 1) return;
    lines.push(`${spec.name}_bucket{${labels},le="${bound(bucket, counts.length, spec)}"} ${formatNumber(cumulative)}`);
  });
  lines.push(`${spec.name}_sum{${labels}} ${formatNumber(inUnit(handle.sum, spec))}`);
  lines.push(`${spec.name}_count{${labels}} ${formatNumber(cumulative)}`);
}

function bound(bucket: number, buckets: number, spec: HistogramSpec): string {
  const upper = upperBound(bucket, spec.lowest, buckets);
  return Number.isFinite(upper) ? formatNumber(inUnit(upper, spec)) : '+Inf';
}

/** Recorded value in the metric's unit, without the noise of binary fractions. */
function inUnit(recorded: number, spec: HistogramSpec): number {
  return Number((recorded * spec.scale).toPrecision(12));
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', String.raw`\"`);
}

/** Name of a metric as queries see it: a histogram is read through its `_bucket` series. */
export function queryName(spec: MetricSpec): string {
  return spec.type === 'histogram' ? `${spec.name}_bucket` : spec.name;
}
