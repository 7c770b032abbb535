/**
 * A process's metrics as slots of one Float64Array. Counting is one addition to a slot: it allocates nothing and takes
 * nanoseconds. The layout is a function of the catalogue alone, so that one process can send its slots to another.
 * Labels are chosen when a handle is made, never when it is used.
 */
import { crc32c } from '#kit/crc32c.ts';
import { invariant } from '#kit/invariant.ts';
import { bucketCount, bucketOf, upperBound } from './buckets.ts';
import { labelCombinations } from './catalogue.ts';
import type { CounterSpec, GaugeSpec, HistogramSpec, LabelSets, MetricGroup, MetricSpec } from './catalogue.ts';

/** A number that only rises. */
export class Counter {
  private readonly slots: Float64Array;
  private readonly slot: number;
  constructor(slots: Float64Array, slot: number) {
    this.slots = slots;
    this.slot = slot;
  }
  increment(): void {
    this.slots[this.slot] += 1;
  }
  /** Adds a number of zero or more. */
  add(amount: number): void {
    this.slots[this.slot] += amount;
  }
  get value(): number {
    return this.slots[this.slot];
  }
}

/** A number that is as it is now. */
export class Gauge {
  private readonly slots: Float64Array;
  private readonly slot: number;
  constructor(slots: Float64Array, slot: number) {
    this.slots = slots;
    this.slot = slot;
  }
  set(value: number): void {
    this.slots[this.slot] = value;
  }
  add(amount: number): void {
    this.slots[this.slot] += amount;
  }
  get value(): number {
    return this.slots[this.slot];
  }
}

/** Slots of a histogram: sum of recorded values, then one slot per bucket. */
const SUM_SLOT = 0;
const FIRST_BUCKET_SLOT = 1;

/** Counts how often values of which size occurred. */
export class HistogramHandle {
  private readonly slots: Float64Array;
  private readonly slot: number;
  private readonly lowestBits: number;
  private readonly buckets: number;
  readonly spec: HistogramSpec;

  constructor(slots: Float64Array, slot: number, spec: HistogramSpec) {
    this.slots = slots;
    this.slot = slot;
    this.spec = spec;
    this.lowestBits = Math.log2(spec.lowest);
    this.buckets = bucketCount(spec.lowest, spec.highest);
  }

  /** Records one integer in the recorded unit; a negative value (a clock gone wrong) counts as zero. */
  observe(value: number): void {
    const whole = value > 0 ? Math.floor(value) : 0;
    this.slots[this.slot + SUM_SLOT] += whole;
    this.slots[this.slot + FIRST_BUCKET_SLOT + bucketOf(whole, this.lowestBits, this.buckets)] += 1;
  }

  get count(): number {
    let total = 0;
    for (let bucket = 0; bucket < this.buckets; bucket++) total += this.slots[this.slot + FIRST_BUCKET_SLOT + bucket];
    return total;
  }

  /** Sum of all recorded values, in the recorded unit. */
  get sum(): number {
    return this.slots[this.slot + SUM_SLOT];
  }

  /** The bound that the share `q` (0 to 1) of recorded values stay below, in the recorded unit; undefined when empty. */
  quantile(q: number): number | undefined {
    return quantileOf(this.counts(), this.spec, q);
  }

  /** A copy of the buckets' counts, to tell later what was added since. */
  counts(): Float64Array {
    return this.slots.slice(this.slot + FIRST_BUCKET_SLOT, this.slot + FIRST_BUCKET_SLOT + this.buckets);
  }
}

/** Quantile of bucket counts (see HistogramHandle.counts), in the recorded unit; undefined when they are all zero. */
export function quantileOf(counts: Float64Array, spec: HistogramSpec, q: number): number | undefined {
  invariant(q >= 0 && q <= 1, 'metrics.quantile', q);
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket];
    if (seen >= rank) return Math.min(upperBound(bucket, spec.lowest, counts.length), spec.highest);
  }
  return spec.highest;
}

type HandleOf<S> = S extends HistogramSpec
  ? HistogramHandle
  : S extends GaugeSpec
    ? Gauge
    : S extends CounterSpec
      ? Counter
      : never;
type LabelValues<L extends LabelSets> = { readonly [Label in keyof L]: L[Label][number] };
interface Labelled<S extends MetricSpec, L extends LabelSets> {
  /** The series with these label values. Make it once, keep it. */
  labels(values: LabelValues<L>): HandleOf<S>;
}
type Bound<S extends MetricSpec> = S extends { readonly labels: infer L extends LabelSets }
  ? Labelled<S, L>
  : HandleOf<S>;
/** A group's metrics as handles, under the keys they were declared with. */
export type BoundMetrics<T extends Readonly<Record<string, MetricSpec>>> = { readonly [Key in keyof T]: Bound<T[Key]> };

/** One series: a metric with one combination of label values, and where its slots begin. */
export interface Series {
  readonly spec: MetricSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly slot: number;
}

export interface Registry {
  readonly slots: Float64Array;
  readonly series: readonly Series[];
  /** Handles of a group; the group must be one that the registry was made with. */
  metrics<T extends Readonly<Record<string, MetricSpec>>>(group: MetricGroup<T>): BoundMetrics<T>;
  /** The handle of one series, for those who read (exposition, queries). */
  handle(series: Series): Counter | Gauge | HistogramHandle;
  /** A copy of all slots, led by a number that stands for the layout. */
  exportSlots(): Float64Array;
  /**
   * Takes over what `exportSlots` of a registry with the same groups gave.
   * Returns false, and changes nothing, when the layouts differ (another version).
   */
  importSlots(exported: Float64Array): boolean;
}

/** Makes the registry of one process. Same groups in the same order, same layout. */
export function createRegistry(groups: readonly MetricGroup[]): Registry {
  const { series, slotCount, layout } = layOut(groups);
  const slots = new Float64Array(slotCount);
  const bySpec = Map.groupBy(series, (entry) => entry.spec);
  const handle = (entry: Series): Counter | Gauge | HistogramHandle => {
    if (entry.spec.type === 'histogram') return new HistogramHandle(slots, entry.slot, entry.spec);
    return entry.spec.type === 'counter' ? new Counter(slots, entry.slot) : new Gauge(slots, entry.slot);
  };
  const bind = (spec: MetricSpec): unknown => {
    const entries = bySpec.get(spec);
    invariant(entries !== undefined, 'metrics.group-not-registered', spec.name);
    if (spec.labels === undefined) return handle(entries[0]);
    const handles = new Map(entries.map((entry) => [labelKey(entry.labels, spec), handle(entry)]));
    return {
      labels(values: Readonly<Record<string, string>>) {
        const found = handles.get(labelKey(values, spec));
        invariant(found !== undefined, 'metrics.label-value-not-declared', JSON.stringify(values));
        return found;
      },
    };
  };
  return {
    slots,
    series,
    handle,
    metrics: <T extends Readonly<Record<string, MetricSpec>>>(group: MetricGroup<T>) =>
      Object.fromEntries(Object.entries(group.specs).map(([key, spec]) => [key, bind(spec)])) as BoundMetrics<T>,
    exportSlots() {
      const exported = new Float64Array(slots.length + 1);
      exported[0] = layout;
      exported.set(slots, 1);
      return exported;
    },
    importSlots(exported) {
      if (exported.length !== slots.length + 1 || exported[0] !== layout) return false;
      slots.set(exported.subarray(1));
      return true;
    },
  };
}

function layOut(groups: readonly MetricGroup[]): { series: Series[]; slotCount: number; layout: number } {
  const series: Series[] = [];
  let slotCount = 0;
  let description = '';
  for (const group of groups) {
    for (const spec of Object.values(group.specs)) {
      for (const labels of labelCombinations(spec)) {
        series.push({ spec, labels, slot: slotCount });
        const size = spec.type === 'histogram' ? FIRST_BUCKET_SLOT + bucketCount(spec.lowest, spec.highest) : 1;
        slotCount += size;
        description += `${spec.name}{${labelKey(labels, spec)}}${size};`;
      }
    }
  }
  const bytes = new TextEncoder().encode(description);
  return { series, slotCount, layout: crc32c(bytes, 0, bytes.length) };
}

function labelKey(labels: Readonly<Record<string, string>>, spec: MetricSpec): string {
  return Object.keys(spec.labels ?? {})
    .map((label) => `${label}=${labels[label]}`)
    .join(',');
}
