/**
 * A small line without axes: the shape of the last minutes of one figure. The figure itself stands beside it in words.
 */
import './sparkline.css';

const WIDTH = 170;
const HEIGHT = 26;
const POINTS_MAX = 50;

/** The path through `values`, oldest first, scaled to the box; gaps (null) break the line. */
export function sparkPath(values: readonly (number | null)[], width = WIDTH, height = HEIGHT): string {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (high === -Infinity || values.length < 2) return '';
  const range = high - low;
  let path = '';
  let penDown = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      penDown = false;
      continue;
    }
    const x = (index / (values.length - 1)) * width;
    // A flat line runs through the middle: it is steady, not zero.
    const y = range === 0 ? height / 2 : height - 1 - ((value - low) / range) * (height - 2);
    path += `${penDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    penDown = true;
  }
  return path;
}

/** Means of groups of neighbours, so that at most `most` points are left: a shape, not a seismogram. */
export function calmed(values: readonly (number | null)[], most = POINTS_MAX): readonly (number | null)[] {
  const size = Math.ceil(values.length / most);
  if (size <= 1) return values;
  const means: (number | null)[] = [];
  // Groups are counted from the newest value on, so that the line does not tremble as values arrive.
  for (let end = values.length; end > 0; end -= size) {
    const known = values.slice(Math.max(0, end - size), end).filter((value) => value !== null);
    means.push(known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length);
  }
  return means.toReversed();
}

export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={sparkPath(calmed(values))} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
