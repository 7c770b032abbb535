/** The registry counts, exports its slots, and shows them as Prometheus text. */
import { describe, expect, it } from 'vitest';
import { defineMetrics } from './catalogue.ts';
import { exposition } from './exposition.ts';
import { createRegistry, quantileOf } from './registry.ts';

const testMetrics = defineMetrics('registry-test', 'Test', {
  orders: {
    type: 'counter',
    name: 'nautilus_rt_orders_total',
    help: 'Orders, by "result".',
    unit: 'count',
    labels: { result: ['accepted', 'refused'] },
  },
  depth: { type: 'gauge', name: 'nautilus_rt_depth', help: 'Depth.', unit: 'count' },
  wait: {
    type: 'histogram',
    name: 'nautilus_rt_wait_seconds',
    help: 'Wait.',
    unit: 'seconds',
    scale: 1e-9,
    lowest: 1024,
    highest: 4096,
  },
});

const otherMetrics = defineMetrics('registry-test-other', 'Test', {
  depth: { type: 'gauge', name: 'nautilus_rto_depth', help: 'Depth.', unit: 'count' },
});

describe('a registry', () => {
  it('counts each series apart from the others', () => {
    const metrics = createRegistry([testMetrics]).metrics(testMetrics);
    metrics.orders.labels({ result: 'accepted' }).increment();
    metrics.orders.labels({ result: 'refused' }).add(3);
    metrics.depth.set(7);
    metrics.depth.add(-2);
    expect(metrics.orders.labels({ result: 'accepted' }).value).toBe(1);
    expect(metrics.orders.labels({ result: 'refused' }).value).toBe(3);
    expect(metrics.depth.value).toBe(5);
  });

  it('refuses a label value that was not declared', () => {
    const metrics = createRegistry([testMetrics]).metrics(testMetrics);
    const undeclared = { result: 'lost' } as unknown as { result: 'accepted' };
    expect(() => metrics.orders.labels(undeclared)).toThrow(/not-declared/);
  });

  it('refuses a group that it was not made with', () => {
    expect(() => createRegistry([otherMetrics]).metrics(testMetrics)).toThrow(/not-registered/);
  });

  it('hands its slots to a registry of the same groups, and only to such a one', () => {
    const sender = createRegistry([testMetrics, otherMetrics]);
    sender.metrics(testMetrics).wait.observe(2000);
    sender.metrics(otherMetrics).depth.set(4);
    const receiver = createRegistry([testMetrics, otherMetrics]);
    expect(receiver.importSlots(sender.exportSlots())).toBe(true);
    expect(receiver.metrics(testMetrics).wait.count).toBe(1);
    expect(receiver.metrics(otherMetrics).depth.value).toBe(4);

    const swapped = createRegistry([otherMetrics, testMetrics]);
    expect(swapped.importSlots(sender.exportSlots())).toBe(false);
    expect(swapped.metrics(otherMetrics).depth.value).toBe(0);
  });

  it('reads quantiles from its buckets with at most a sixteenth of error', () => {
    const { wait } = createRegistry([testMetrics]).metrics(testMetrics);
    expect(wait.quantile(0.5)).toBeUndefined();
    for (let value = 1024; value < 4096; value++) wait.observe(value);
    const median = wait.quantile(0.5)!;
    expect(median).toBeGreaterThanOrEqual(2560);
    expect(median).toBeLessThanOrEqual(2560 * (1 + 1 / 16));
    expect(wait.sum).toBe(((1024 + 4095) * 3072) / 2);
  });

  it('counts values outside the range at its ends, and a negative one as zero', () => {
    const { wait } = createRegistry([testMetrics]).metrics(testMetrics);
    for (const value of [-5, 0, 1023, 4096, 2 ** 50]) wait.observe(value);
    const counts = wait.counts();
    expect(counts[0]).toBe(3);
    expect(counts.at(-1)).toBe(2);
    expect(quantileOf(counts, wait.spec, 1)).toBe(4096);
  });
});

describe('the exposition', () => {
  it('shows counters and gauges of two processes under one description', () => {
    const node = createRegistry([testMetrics]);
    const platform = createRegistry([testMetrics]);
    node.metrics(testMetrics).orders.labels({ result: 'accepted' }).add(2);
    const text = exposition([
      { process: 'node', registry: node },
      { process: 'platform', registry: platform },
    ]);
    expect(text.match(/# TYPE nautilus_rt_orders_total counter/g)).toHaveLength(1);
    expect(text).toContain('nautilus_rt_orders_total{result="accepted",process="node"} 2\n');
    expect(text).toContain('nautilus_rt_orders_total{result="accepted",process="platform"} 0\n');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('shows a histogram with cumulative buckets in the unit of its name', () => {
    const registry = createRegistry([testMetrics]);
    const { wait } = registry.metrics(testMetrics);
    wait.observe(1000);
    wait.observe(2000);
    wait.observe(9000);
    const text = exposition([{ process: 'node', registry }]);
    expect(text).toContain('nautilus_rt_wait_seconds_bucket{process="node",le="0.000001024"} 1\n');
    expect(text).toContain('nautilus_rt_wait_seconds_bucket{process="node",le="0.000002048"} 2\n');
    expect(text).toContain('nautilus_rt_wait_seconds_bucket{process="node",le="+Inf"} 3\n');
    expect(text).toContain('nautilus_rt_wait_seconds_sum{process="node"} 0.000012\n');
    expect(text).toContain('nautilus_rt_wait_seconds_count{process="node"} 3\n');
  });
});
