/**
 * The last five minutes in two charts that share their time: what came in, and how fast it was answered. Loaded apart,
 * because the chart library is only needed here.
 */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { StatsSample } from '../../../src/api/schemas/trades.ts';
import { durationText, rate } from '../format/numbers.ts';
import { clockTime } from '../format/time.ts';

interface Line {
  readonly label: string;
  readonly color: string;
  readonly dash?: number[];
  readonly of: (sample: StatsSample) => number | null;
}

interface FlowChartProps {
  readonly samples: readonly StatsSample[];
  readonly label: string;
  readonly lines: readonly Line[];
  /** Logarithmic where the lines lie orders of magnitude apart. */
  readonly log?: boolean;
  readonly unit: 'rate' | 'duration';
}

const AXIS = '#8790a0';
const GRID = '#1c2026';
const FONT = '11px ui-monospace, Menlo, "DejaVu Sans Mono", monospace';
const AXIS_PIXELS = 58;
const MICROS_PER_SECOND = 1_000_000;

function options(props: FlowChartProps, width: number, height: number): uPlot.Options {
  const text = (value: number | null) => (props.unit === 'rate' ? rate(value) : durationText(value));
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 8, 0, 0],
    scales: {
      x: { time: false },
      y: props.log === true ? { distr: 3 } : { range: (_plot, _low, high) => [0, high * 1.1 + 1] },
    },
    series: [
      {},
      ...props.lines.map((line): uPlot.Series => ({
        stroke: line.color,
        width: 1.25,
        points: { show: false },
        ...(line.dash === undefined ? {} : { dash: line.dash }),
      })),
    ],
    axes: [
      {
        stroke: AXIS,
        font: FONT,
        size: 22,
        space: 90,
        grid: { stroke: GRID, width: 1 },
        ticks: { show: false },
        values: (_plot, splits) => splits.map((second) => clockTime(second * MICROS_PER_SECOND)),
      },
      {
        stroke: AXIS,
        font: FONT,
        size: AXIS_PIXELS,
        space: 22,
        grid: { stroke: GRID, width: 1 },
        ticks: { show: false },
        values: (_plot, splits) => splits.map((value) => (value === null ? '' : text(value))),
      },
    ],
  };
}

export function FlowChart(props: FlowChartProps) {
  const { samples, lines, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);

  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(
      options(latest.current, element.clientWidth, element.clientHeight),
      [[], ...latest.current.lines.map(() => [])],
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    const times = samples.map((sample) => sample.timeMicros / MICROS_PER_SECOND);
    plot.current?.setData([times, ...lines.map((line) => samples.map((sample) => line.of(sample)))]);
  }, [samples, lines]);

  const now = samples.at(-1);
  return (
    <figure className="flow">
      <figcaption className="flow-caption">
        <span>{label}</span>
        {lines.map((line) => (
          <span key={line.label} className="flow-key">
            <svg width="16" height="6" aria-hidden="true">
              <path d="M0 3h16" stroke={line.color} strokeWidth="1.6" strokeDasharray={line.dash?.join(' ')} />
            </svg>
            {line.label}{' '}
            <span className="num">
              {now === undefined ? '–' : props.unit === 'rate' ? rate(line.of(now)) : durationText(line.of(now))}
            </span>
          </span>
        ))}
      </figcaption>
      <div className="flow-plot" ref={box} aria-hidden="true" />
    </figure>
  );
}
