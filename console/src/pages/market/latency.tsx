/**
 * How long answers took, as a histogram. Bars of equal width stand for buckets that grow: the axis is logarithmic.
 */
import { useState } from 'react';
import type { LatencyHistogram } from '../../../../src/api/schemas/operations.ts';
import { useLatency } from '../../data/queries.ts';
import { durationText, integer } from '../../format/numbers.ts';
import { Notice } from '../../ui/panel.tsx';
import './latency.css';

const BARS_MAX = 48;

export interface Bar {
  readonly fromMicros: number;
  readonly upToMicros: number;
  readonly count: number;
}

/** The buckets that hold something and those between, joined until at most `most` bars are left. */
export function bars(buckets: LatencyHistogram['buckets'], most = BARS_MAX): readonly Bar[] {
  const first = buckets.findIndex((bucket) => bucket.count > 0);
  if (first === -1) return [];
  const last = buckets.findLastIndex((bucket) => bucket.count > 0);
  const used = buckets.slice(first, last + 1);
  const joined = Math.ceil(used.length / most);
  const result: Bar[] = [];
  for (let index = 0; index < used.length; index += joined) {
    const group = used.slice(index, index + joined);
    result.push({
      fromMicros: result.at(-1)?.upToMicros ?? buckets[first - 1]?.upToMicros ?? 0,
      upToMicros: group.at(-1)?.upToMicros ?? 0,
      count: group.reduce((sum, bucket) => sum + bucket.count, 0),
    });
  }
  return result;
}

function name(histogram: LatencyHistogram): string {
  return `${histogram.process} ${histogram.name}`;
}

export function Latency() {
  const latency = useLatency();
  const [chosen, setChosen] = useState('');
  if (latency.isError) return <Notice title="Latencies cannot be read just now." />;
  if (latency.data === undefined) return <Notice title="Reading latencies…" />;
  const { histograms, source } = latency.data;
  const shown =
    histograms.find((histogram) => name(histogram) === chosen) ??
    histograms.find((histogram) => histogram.process === 'node' && histogram.count > 0) ??
    histograms[0];
  if (shown === undefined) return <Notice title="Nothing is measured." />;
  return (
    <div className="latency">
      <select
        className="input latency-choice"
        aria-label="Which latency"
        value={name(shown)}
        onChange={(event) => setChosen(event.target.value)}
      >
        {histograms.map((histogram) => (
          <option key={name(histogram)} value={name(histogram)}>
            {shortName(histogram)}
          </option>
        ))}
      </select>
      <Histogram histogram={shown} />
      <p className="latency-source muted" title={source}>
        {shown.help}
      </p>
    </div>
  );
}

function shortName(histogram: LatencyHistogram): string {
  return `${histogram.name
    .replace(/^nautilus_/, '')
    .replace(/_seconds$/, '')
    .replaceAll('_', ' ')} (${histogram.process})`;
}

function Histogram({ histogram }: { histogram: LatencyHistogram }) {
  const shown = bars(histogram.buckets);
  const most = shown.reduce((greatest, bar) => Math.max(greatest, bar.count), 1);
  if (shown.length === 0) return <Notice title="Nothing measured yet." />;
  const figures = `p50 ${durationText(histogram.p50Micros)}, p99 ${durationText(histogram.p99Micros)}, p99.9 ${durationText(histogram.p999Micros)}`;
  const middle = shown[Math.floor(shown.length / 2)];
  return (
    <>
      <dl className="latency-figures num">
        <Figure name="p50" micros={histogram.p50Micros} />
        <Figure name="p90" micros={histogram.p90Micros} />
        <Figure name="p99" micros={histogram.p99Micros} />
        <Figure name="p99.9" micros={histogram.p999Micros} />
      </dl>
      <div className="latency-bars" role="img" aria-label={`${histogram.help}: ${figures}`}>
        {shown.map((bar) => (
          <div
            key={bar.upToMicros}
            className="latency-bar"
            style={{ height: `${bar.count === 0 ? 0 : Math.max(2, (bar.count / most) * 100)}%` }}
            title={`up to ${durationText(bar.upToMicros)}: ${integer(bar.count)}`}
          />
        ))}
      </div>
      <div className="latency-axis num muted" aria-hidden="true">
        <span>{durationText(shown[0]?.fromMicros)}</span>
        <span>{durationText(middle?.upToMicros)}</span>
        <span>{durationText(shown.at(-1)?.upToMicros)}</span>
      </div>
    </>
  );
}

function Figure({ name, micros }: { name: string; micros: number | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{durationText(micros)}</dd>
    </div>
  );
}
