/**
 * Draws series of numbers as text: lines in braille dots, bars in blocks. Pure; knows nothing of markets or terminals.
 */

const BRAILLE_BLANK = 0x2800;
/** Bits of the eight dots of a braille cell, by column (0, 1) and row from the top (0 to 3). */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

export interface PlotSize {
  /** Characters, each two dots wide. */
  readonly columns: number;
  /** Lines, each four dots high. */
  readonly rows: number;
}

/**
 * Plots values over an even axis as a line, from bottom (smallest) to top (largest); undefined leaves a gap.
 * Gives one string a row.
 */
export function plotLine(values: readonly (number | undefined)[], size: PlotSize): string[] {
  const width = size.columns * 2;
  const height = size.rows * 4;
  const points = resample(values, width, mean);
  const known = points.filter((value) => value !== undefined);
  const cells = Array.from({ length: size.rows }, () => new Uint8Array(size.columns));
  if (known.length > 0) {
    const low = Math.min(...known);
    const span = Math.max(...known) - low;
    const rowOf = (value: number): number =>
      height - 1 - Math.round(span === 0 ? (height - 1) / 2 : ((value - low) / span) * (height - 1));
    let before: number | undefined;
    for (const [column, value] of points.entries()) {
      const row = value === undefined ? undefined : rowOf(value);
      if (row !== undefined) drawColumn(cells, column, before ?? row, row);
      before = row;
    }
  }
  return cells.map((row) => String.fromCodePoint(...Array.from(row, (bits) => BRAILLE_BLANK + bits)));
}

/** Plots values of zero or more as one line of bars, the largest full height. */
export function plotBars(values: readonly number[], columns: number): string {
  const points = resample(values, columns, largest);
  const top = Math.max(0, ...points.map((value) => value ?? 0));
  return points.map((value) => BARS[top === 0 ? 0 : Math.ceil(((value ?? 0) / top) * (BARS.length - 1))]).join('');
}

/** Fills the dots of a column between the row before and this one, so that the line has no holes. */
function drawColumn(cells: readonly Uint8Array[], column: number, from: number, to: number): void {
  const step = from < to ? 1 : -1;
  for (let row = from === to ? to : from + step; ; row += step) {
    cells[row >> 2][column >> 1] |= DOTS[column & 1][row & 3];
    if (row === to) return;
  }
}

type Combine = (values: readonly number[]) => number;
const mean: Combine = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const largest: Combine = (values) => Math.max(...values);

/** Brings a series to `length` points: many values into one by `combine`, or one value over several points. */
function resample(values: readonly (number | undefined)[], length: number, combine: Combine): (number | undefined)[] {
  return Array.from({ length }, (_, point) => {
    const from = Math.floor((point * values.length) / length);
    const to = Math.max(from + 1, Math.floor(((point + 1) * values.length) / length));
    const known = values.slice(from, to).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : combine(known);
  });
}
