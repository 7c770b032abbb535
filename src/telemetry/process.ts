/**
 * Metrics that every process has: processor, memory, delay of the event loop, garbage collection.
 * Samples once a second and on each collection; touches no hot path.
 */
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { defineMetrics } from './catalogue.ts';
import type { Registry } from './registry.ts';

export const processMetrics = defineMetrics('process', 'Every process', {
  cpu: {
    type: 'counter',
    name: 'nautilus_process_cpu_seconds_total',
    help: 'Processor time used, by mode.',
    unit: 'seconds',
    labels: { mode: ['user', 'system'] },
    dashboardRow: 'Processes',
  },
  residentMemory: {
    type: 'gauge',
    name: 'nautilus_process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    unit: 'bytes',
    dashboardRow: 'Processes',
    alerts: [
      {
        name: 'NautilusProcessMemoryHigh',
        expr: 'nautilus_process_resident_memory_bytes > 4e9',
        for: '10m',
        severity: 'ticket',
        summary: 'A process has used more than 4 GB of memory for ten minutes',
        runbook:
          'Compare with the configured capacities; a rise that never ends is a leak: take a heap snapshot and restart the standby first.',
        fires: {
          series: { 'nautilus_process_resident_memory_bytes{process="node"}': '5e9x20' },
          atMinute: 12,
          labels: { process: 'node' },
        },
        quiet: { series: { 'nautilus_process_resident_memory_bytes{process="node"}': '1e9x20' }, atMinute: 12 },
      },
    ],
  },
  heapUsed: {
    type: 'gauge',
    name: 'nautilus_process_heap_used_bytes',
    help: 'JavaScript heap in use.',
    unit: 'bytes',
    dashboardRow: 'Processes',
  },
  externalMemory: {
    type: 'gauge',
    name: 'nautilus_process_external_memory_bytes',
    help: 'Memory of typed arrays and buffers outside the JavaScript heap.',
    unit: 'bytes',
  },
  startTime: {
    type: 'gauge',
    name: 'nautilus_process_start_timestamp_seconds',
    help: 'When the process started, seconds since the epoch.',
    unit: 'timestamp_seconds',
  },
  loopDelay: {
    type: 'gauge',
    name: 'nautilus_process_event_loop_delay_p99_seconds',
    help: '99th percentile of the delay of the event loop within the last second.',
    unit: 'seconds',
    dashboardRow: 'Processes',
    alerts: [
      {
        name: 'NautilusEventLoopBlocked',
        expr: 'nautilus_process_event_loop_delay_p99_seconds > 0.1',
        for: '2m',
        severity: 'ticket',
        summary: 'An event loop has been late by more than 100 ms for two minutes',
        runbook: 'Something computes on the main thread. Take a CPU profile of the process named in the label.',
        fires: {
          series: { 'nautilus_process_event_loop_delay_p99_seconds{process="platform"}': '0.4x10' },
          atMinute: 5,
          labels: { process: 'platform' },
        },
        quiet: {
          series: { 'nautilus_process_event_loop_delay_p99_seconds{process="platform"}': '0.004x10' },
          atMinute: 5,
        },
      },
    ],
  },
  collections: {
    type: 'counter',
    name: 'nautilus_process_gc_pauses_total',
    help: 'Garbage collections, by kind.',
    unit: 'count',
    labels: { kind: ['minor', 'major', 'incremental', 'weak'] },
  },
  collectionSeconds: {
    type: 'counter',
    name: 'nautilus_process_gc_pause_seconds_total',
    help: 'Time spent in garbage collections, by kind.',
    unit: 'seconds',
    labels: { kind: ['minor', 'major', 'incremental', 'weak'] },
    dashboardRow: 'Processes',
  },
});

const SAMPLE_INTERVAL_MS = 1000;
const LOOP_RESOLUTION_MS = 20;

const COLLECTION_KINDS = new Map<number, 'minor' | 'major' | 'incremental' | 'weak'>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak'],
]);

export interface ProcessSampler {
  /** Takes a sample now, beside the one each second. */
  sample(): void;
  stop(): void;
}

/** Begins to fill the process metrics of a registry; its timers do not keep the process alive. */
export function startProcessMetrics(registry: Registry): ProcessSampler {
  const metrics = registry.metrics(processMetrics);
  const user = metrics.cpu.labels({ mode: 'user' });
  const system = metrics.cpu.labels({ mode: 'system' });
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  metrics.startTime.set(performance.timeOrigin / 1000);

  const sample = (): void => {
    const cpu = process.cpuUsage();
    user.add(cpu.user / 1e6 - user.value);
    system.add(cpu.system / 1e6 - system.value);
    const memory = process.memoryUsage();
    metrics.residentMemory.set(memory.rss);
    metrics.heapUsed.set(memory.heapUsed);
    metrics.externalMemory.set(memory.external);
    // The monitor counts its own timer's period as part of each delay.
    metrics.loopDelay.set(Math.max(0, delay.percentile(99) / 1e9 - LOOP_RESOLUTION_MS / 1000));
    delay.reset();
  };

  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind: number } = (entry as { detail?: { kind?: number } }).detail ?? {};
      const kind = COLLECTION_KINDS.get(number ?? 0);
      if (kind === undefined) continue;
      metrics.collections.labels({ kind }).increment();
      metrics.collectionSeconds.labels({ kind }).add(entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });

  sample();
  const timer = setInterval(sample, SAMPLE_INTERVAL_MS);
  timer.unref();
  return {
    sample,
    stop() {
      clearInterval(timer);
      observer.disconnect();
      delay.disable();
    },
  };
}
