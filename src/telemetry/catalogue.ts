/**
 * The catalogue of metrics: each is declared once, typed, with its help, unit, labels, alerts and place on a dashboard.
 * Exposition, docs, alert rules and dashboards are derived from it. Label values are fixed here, so the number of
 * series is known before the process starts and can never grow.
 */
import { invariant } from '#kit/invariant.ts';

/** Base unit, which is also the end of the name (before `_total`); `count` has none. */
export type MetricUnit = 'seconds' | 'bytes' | 'ratio' | 'count' | 'timestamp_seconds';

/** Every label with all the values it can take. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;

/** A rule of Prometheus, with samples that prove that it fires and that it stays quiet. */
export interface AlertRule {
  /** CamelCase, unique in the catalogue. */
  readonly name: string;
  readonly expr: string;
  /** How long the expression must hold, e.g. `1m`; `0s` fires at once. */
  readonly for: string;
  /** `page` wakes somebody, `ticket` waits for the morning. */
  readonly severity: 'page' | 'ticket';
  readonly summary: string;
  /** What to do first, in a sentence or two. */
  readonly runbook: string;
  /** Input series in promtool's notation, each with 1-minute steps, and the minute at which the alert is looked at. */
  readonly fires: FiringProof;
  readonly quiet: AlertProof;
}

export interface AlertProof {
  /** Series selector → values, e.g. `{'nautilus_journal_fault': '0 1x10'}`. */
  readonly series: Readonly<Record<string, string>>;
  readonly atMinute: number;
}

export interface FiringProof extends AlertProof {
  /** Labels that the alert then carries beside its name and severity. */
  readonly labels: Readonly<Record<string, string>>;
}

interface MetricBase {
  /** Full name by the conventions of Prometheus, beginning with `nautilus_`. */
  readonly name: string;
  /** One sentence for people. */
  readonly help: string;
  readonly unit: MetricUnit;
  readonly labels?: LabelSets;
  readonly alerts?: readonly AlertRule[];
  /** Row of the trading dashboard that shows it; not shown where absent. */
  readonly dashboardRow?: string;
}
export interface CounterSpec extends MetricBase {
  readonly type: 'counter';
}
export interface GaugeSpec extends MetricBase {
  readonly type: 'gauge';
}
export interface HistogramSpec extends MetricBase {
  readonly type: 'histogram';
  /** What one recorded integer is worth in the unit: 1e-9 where nanoseconds are recorded and the unit is seconds. */
  readonly scale: number;
  /** Recorded values below are counted together; a power of two. */
  readonly lowest: number;
  /** Recorded values from here on are counted together; a power of two, at most 2^43. */
  readonly highest: number;
}
export type MetricSpec = CounterSpec | GaugeSpec | HistogramSpec;

/** One folder's part of the catalogue. */
export interface MetricGroup<T extends Readonly<Record<string, MetricSpec>> = Readonly<Record<string, MetricSpec>>> {
  readonly group: string;
  readonly title: string;
  readonly specs: T;
}

/** Highest number of series one metric may have (histograms count once). */
const SERIES_PER_METRIC_MAX = 256;

const NAME_SHAPE = /^nautilus(_[a-z][a-z0-9]*)+$/;
const LABEL_SHAPE = /^[a-z][a-z0-9_]*$/;
const RESERVED_LABELS = new Set(['le', 'quantile', 'process', 'job', 'instance']);
const groups = new Map<string, MetricGroup>();

/**
 * Declares a folder's metrics and adds them to the catalogue.
 * Throws InvariantViolation for a name declared before or against the conventions.
 */
export function defineMetrics<const T extends Readonly<Record<string, MetricSpec>>>(
  group: string,
  title: string,
  specs: T,
): MetricGroup<T> {
  invariant(!groups.has(group), 'metrics.group-declared-twice', group);
  const taken = new Set([...groups.values()].flatMap((known) => Object.values(known.specs).map((spec) => spec.name)));
  for (const spec of Object.values(specs)) {
    invariant(!taken.has(spec.name), 'metrics.name-declared-twice', spec.name);
    taken.add(spec.name);
    checkSpec(spec);
  }
  const declared = Object.freeze({ group, title, specs });
  groups.set(group, declared);
  return declared;
}

/** Every group declared by the modules loaded so far, in order of name. */
export function metricCatalogue(): readonly MetricGroup[] {
  return [...groups.values()].toSorted((a, b) => (a.group < b.group ? -1 : 1));
}

/** Every combination of a metric's label values, in order of declaration; one empty combination without labels. */
export function labelCombinations(spec: MetricSpec): readonly Readonly<Record<string, string>>[] {
  let combinations: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(spec.labels ?? {})) {
    combinations = combinations.flatMap((known) => values.map((value) => Object.assign({}, known, { [label]: value })));
  }
  return combinations;
}

function checkSpec(spec: MetricSpec): void {
  invariant(NAME_SHAPE.test(spec.name), 'metrics.name-shape', spec.name);
  invariant(spec.help !== '' && !spec.help.includes('\n'), 'metrics.help', spec.name);
  const counter = spec.type === 'counter';
  invariant(counter === spec.name.endsWith('_total'), 'metrics.total-suffix', spec.name);
  const stem = counter ? spec.name.slice(0, -'_total'.length) : spec.name;
  invariant(spec.unit === 'count' || stem.endsWith(`_${spec.unit}`), 'metrics.unit-suffix', spec.name);
  for (const [label, values] of Object.entries(spec.labels ?? {})) {
    invariant(LABEL_SHAPE.test(label) && !RESERVED_LABELS.has(label), 'metrics.label-name', label);
    invariant(values.length > 0 && new Set(values).size === values.length, 'metrics.label-values', spec.name);
  }
  invariant(labelCombinations(spec).length <= SERIES_PER_METRIC_MAX, 'metrics.too-many-series', spec.name);
  if (spec.type === 'histogram') {
    const { lowest, highest, scale } = spec;
    const powers = Number.isInteger(Math.log2(lowest)) && Number.isInteger(Math.log2(highest));
    invariant(powers && lowest >= 1 && highest > lowest && highest <= 2 ** 43, 'metrics.histogram-range', spec.name);
    invariant(scale > 0, 'metrics.histogram-scale', spec.name);
  }
}
