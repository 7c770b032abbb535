/** From a recorded change to the parts of its bar: what took how long, and where in the bar it stands. Only arithmetic. */
import type { FailoverRecord } from '../../../src/api/schemas/failover.ts';

export interface BarPart {
  /** A step's name, or `between steps`: part of the outage that no step accounts for. */
  readonly name: FailoverRecord['steps'][number]['name'] | 'between steps';
  readonly tookMicros: number;
  /** Percent of the longest bar. */
  readonly widthPercent: number;
}

/** Less than this share of an outage is no gap to tell people about. */
const GAP_SHARE_MIN = 0.01;

/** How long a change took altogether: its outage, or the steps it came to, microseconds. */
export function totalMicros({ outageMicros, steps }: Pick<FailoverRecord, 'outageMicros' | 'steps'>): number {
  const stepped = steps.reduce((sum, { tookMicros }) => sum + tookMicros, 0);
  return Math.max(outageMicros ?? 0, stepped);
}

/** The parts of one bar, on a scale on which `longestMicros` is the full width. */
export function barParts(record: Pick<FailoverRecord, 'outageMicros' | 'steps'>, longestMicros: number): BarPart[] {
  const total = totalMicros(record);
  const widthOf = (micros: number): number => (longestMicros <= 0 ? 0 : (100 * micros) / longestMicros);
  const parts: BarPart[] = record.steps.map(({ name, tookMicros }) => ({
    name,
    tookMicros,
    widthPercent: widthOf(tookMicros),
  }));
  const gap = total - record.steps.reduce((sum, { tookMicros }) => sum + tookMicros, 0);
  if (gap > total * GAP_SHARE_MIN) parts.push({ name: 'between steps', tookMicros: gap, widthPercent: widthOf(gap) });
  return parts;
}
