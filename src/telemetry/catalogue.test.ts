/** The metrics catalogue refuses names and labels that break its rules. */
import { describe, expect, it } from 'vitest';
import { defineMetrics, labelCombinations, metricCatalogue } from './catalogue.ts';
import type { MetricSpec } from './catalogue.ts';

let group = 0;
function define(spec: Partial<MetricSpec>): void {
  group += 1;
  const base = { type: 'counter', name: `nautilus_test${group}_total`, help: 'Help.', unit: 'count' };
  defineMetrics(`catalogue-test-${group}`, 'Test', { metric: { ...base, ...spec } as MetricSpec });
}

describe('the metrics catalogue', () => {
  it('keeps what was declared, in order of group', () => {
    define({});
    expect(metricCatalogue().map((known) => known.group)).toContain(`catalogue-test-${group}`);
  });

  it('refuses a counter that does not end in _total and a gauge that does', () => {
    expect(() => define({ name: 'nautilus_orders' })).toThrow(/total-suffix/);
    expect(() => define({ type: 'gauge', name: 'nautilus_orders_total' })).toThrow(/total-suffix/);
  });

  it('refuses a name without its unit', () => {
    expect(() => define({ type: 'gauge', name: 'nautilus_latency', unit: 'seconds' })).toThrow(/unit-suffix/);
    expect(() => define({ name: 'nautilus_busy_seconds_total', unit: 'seconds' })).not.toThrow();
  });

  it('refuses a name outside our namespace or declared twice', () => {
    expect(() => define({ name: 'orders_total' })).toThrow(/name-shape/);
    define({ name: 'nautilus_twice_total' });
    expect(() => define({ name: 'nautilus_twice_total' })).toThrow(/declared-twice/);
  });

  it('refuses labels that exposition needs for itself, doubled values, and too many series', () => {
    expect(() => define({ labels: { process: ['node'] } })).toThrow(/label-name/);
    expect(() => define({ labels: { side: ['buy', 'buy'] } })).toThrow(/label-values/);
    const twenty = Array.from({ length: 20 }, (_, index) => `v${index}`);
    expect(() => define({ labels: { first: twenty, second: twenty } })).toThrow(/too-many-series/);
  });

  it('refuses a histogram whose range is not between two powers of two', () => {
    const histogram = { type: 'histogram', name: 'nautilus_wait_seconds', unit: 'seconds', scale: 1e-9 } as const;
    expect(() => define({ ...histogram, lowest: 1000, highest: 2 ** 20 })).toThrow(/histogram-range/);
    expect(() => define({ ...histogram, lowest: 1024, highest: 1024 })).toThrow(/histogram-range/);
  });

  it('combines all label values', () => {
    const spec: MetricSpec = {
      type: 'gauge',
      name: 'nautilus_combined',
      help: 'Help.',
      unit: 'count',
      labels: { side: ['buy', 'sell'], state: ['open'] },
    };
    expect(labelCombinations(spec)).toEqual([
      { side: 'buy', state: 'open' },
      { side: 'sell', state: 'open' },
    ]);
  });
});
