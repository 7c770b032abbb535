/**
 * The Grafana dashboard derived from the metrics catalogue: every metric with a dashboard row becomes a panel.
 * Gives a JSON value only; it queries nothing but metrics of the catalogue.
 */
import type { MetricGroup, MetricSpec, MetricUnit } from './catalogue.ts';
import { queryName } from './exposition.ts';

const PANEL_WIDTH = 8;
const PANEL_HEIGHT = 7;
const GRID_WIDTH = 24;
const SCHEMA_VERSION = 39;
const QUANTILES = [0.5, 0.99, 0.999];

const UNITS: Readonly<Record<MetricUnit, string>> = {
  seconds: 's',
  bytes: 'bytes',
  ratio: 'percentunit',
  count: 'short',
  timestamp_seconds: 'dateTimeAsIso',
};
const RATE_UNITS: Readonly<Record<MetricUnit, string>> = {
  seconds: 'percentunit',
  bytes: 'Bps',
  ratio: 'short',
  count: 'cps',
  timestamp_seconds: 'short',
};

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly refId: string;
}

/** The dashboard as Grafana imports it; rows in order of first use. */
export function tradingDashboard(groups: readonly MetricGroup[]): object {
  const shown = groups.flatMap((group) => Object.values(group.specs)).filter((spec) => spec.dashboardRow !== undefined);
  const panels: object[] = [];
  let top = 0;
  let id = 1;
  for (const [row, specs] of Map.groupBy(shown, (spec) => spec.dashboardRow)) {
    panels.push({
      id: id++,
      type: 'row',
      title: row,
      collapsed: false,
      gridPos: { x: 0, y: top, w: GRID_WIDTH, h: 1 },
      panels: [],
    });
    top += 1;
    specs.forEach((spec, index) => {
      const x = (index * PANEL_WIDTH) % GRID_WIDTH;
      const y = top + Math.floor((index * PANEL_WIDTH) / GRID_WIDTH) * PANEL_HEIGHT;
      panels.push(panelOf(spec, id++, { x, y, w: PANEL_WIDTH, h: PANEL_HEIGHT }));
    });
    top += Math.ceil((specs.length * PANEL_WIDTH) / GRID_WIDTH) * PANEL_HEIGHT;
  }
  return {
    uid: 'nautilus-trading',
    title: 'Nautilus: trading',
    tags: ['nautilus'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: '5s',
    time: { from: 'now-15m', to: 'now' },
    timezone: 'utc',
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {}, hide: 0 },
      ],
    },
    panels,
  };
}

function panelOf(spec: MetricSpec, id: number, gridPos: object): object {
  return {
    id,
    type: 'timeseries',
    title: titleOf(spec),
    description: spec.help,
    gridPos,
    datasource: { type: 'prometheus', uid: '${datasource}' },
    fieldConfig: {
      defaults: { unit: (spec.type === 'counter' ? RATE_UNITS : UNITS)[spec.unit], min: 0 },
      overrides: [],
    },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: targetsOf(spec),
  };
}

function targetsOf(spec: MetricSpec): readonly Target[] {
  const labels = ['process', ...Object.keys(spec.labels ?? {})];
  const legend = labels.map((label) => `{{${label}}}`).join(' ');
  const name = queryName(spec);
  if (spec.type === 'gauge') return [{ refId: 'A', expr: name, legendFormat: legend }];
  if (spec.type === 'counter') {
    return [
      { refId: 'A', expr: `sum by (${labels.join(', ')}) (rate(${name}[$__rate_interval]))`, legendFormat: legend },
    ];
  }
  return QUANTILES.map((quantile, index) => ({
    refId: 'ABC'.charAt(index),
    expr: `histogram_quantile(${quantile}, sum by (${['le', ...labels].join(', ')}) (rate(${name}[$__rate_interval])))`,
    legendFormat: `p${quantile * 100} ${legend}`,
  }));
}

function titleOf(spec: MetricSpec): string {
  const words = spec.name
    .replace(/^nautilus_/, '')
    .replace(/_total$/, '')
    .replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
