/** The process metrics hold what this very process uses. */
import { describe, expect, it } from 'vitest';
import { processMetrics, startProcessMetrics } from './process.ts';
import { createRegistry } from './registry.ts';

describe('process metrics', () => {
  it('show the memory and the processor time of this process', () => {
    const registry = createRegistry([processMetrics]);
    const sampler = startProcessMetrics(registry);
    const metrics = registry.metrics(processMetrics);
    const user = metrics.cpu.labels({ mode: 'user' });
    const before = user.value;
    let sum = 0;
    while (process.cpuUsage().user / 1e6 < before + 0.02) sum += Math.sqrt(sum + 1);
    sampler.sample();
    sampler.stop();
    expect(user.value).toBeGreaterThanOrEqual(before + 0.02);
    expect(metrics.residentMemory.value).toBeGreaterThan(10e6);
    expect(metrics.startTime.value).toBeGreaterThan(1.7e9);
  });
});
