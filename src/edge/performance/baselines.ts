/** Figures kept under a name, to compare a later build with: what changed, by how much, and whether for the worse. */
import type { PerformanceFigures } from './regional.ts';

export interface Baseline {
  readonly name: string;
  readonly build: string;
  readonly takenMicros: number;
  readonly figures: PerformanceFigures;
}

export interface Comparison {
  readonly figure: string;
  readonly before: number | null;
  readonly now: number | null;
  readonly changePercent: number | null;
  readonly verdict: 'better' | 'same' | 'worse' | 'unknown';
}

/** Changes up to this are noise. */
const SAME_PERCENT = 10;
const PERCENT = 100;

const FIGURES: readonly {
  readonly name: string;
  readonly lower: boolean;
  readonly of: (f: PerformanceFigures) => number | null;
}[] = [
  { name: 'p50Micros', lower: true, of: ({ whole }) => whole.p50Micros },
  { name: 'p99Micros', lower: true, of: ({ whole }) => whole.p99Micros },
  { name: 'p999Micros', lower: true, of: ({ whole }) => whole.p999Micros },
  { name: 'journalP99Micros', lower: true, of: ({ hops }) => hops.journal.p99Micros },
  { name: 'attainment', lower: false, of: ({ attainment }) => attainment },
  { name: 'rejectedShare', lower: true, of: ({ rejectedShare }) => rejectedShare },
];

export function compare(before: PerformanceFigures, now: PerformanceFigures): Comparison[] {
  return FIGURES.map(({ name, lower, of }) => {
    const [was, is] = [of(before), of(now)];
    if (was === null || is === null || was === 0) {
      return { figure: name, before: was, now: is, changePercent: null, verdict: was === is ? 'same' : 'unknown' };
    }
    const changePercent = (is / was - 1) * PERCENT;
    const isBetter = changePercent < 0 === lower;
    const verdict = Math.abs(changePercent) <= SAME_PERCENT ? 'same' : isBetter ? 'better' : 'worse';
    return { figure: name, before: was, now: is, changePercent, verdict };
  });
}
