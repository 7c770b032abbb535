/**
 * A small line without axes: the shape of the last minutes of one figure. The figure itself stands beside it in words.
 */
import './sparkline.css';

const WIDTH = 170;
const HEIGHT = 26;

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

export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={sparkPath(values)} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
