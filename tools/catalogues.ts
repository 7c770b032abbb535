/**
 * Writes everything that is derived from the catalogues: docs/metrics.md, the Prometheus alert rules with their tests, the
 * Grafana dashboard. With `--check` it writes nothing and names what would change.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { apiMetrics } from '#api/metrics.ts';
import { auditMetrics } from '#compliance/audit/metrics.ts';
import { edgeMetrics } from '#edge/metrics.ts';
import { edgeNetworkMetrics } from '#edge/sites/metrics.ts';
import { hostFiles } from '#federation/hosts/render.ts';
import { steeringMetrics } from '#federation/steering/metrics.ts';
import { surveillanceMetrics } from '#compliance/surveillance/metrics.ts';
import { forecastMetrics } from '#optimizer/forecast/metrics.ts';
import type { MetricGroup } from '#telemetry/catalogue.ts';
import { tradingDashboard } from '#telemetry/dashboard.ts';
import { alertRulesFile, alertTestsFile, metricsPage } from '#telemetry/documents.ts';
import { federationMetrics } from '#federation/metrics.ts';
import { takeoverMetrics } from '#federation/takeover/metrics.ts';
import { processMetrics } from '#telemetry/process.ts';
import { natsFiles } from './nats-files.ts';

/** Every part of the metrics catalogue, in the order of the page. */
export const METRIC_GROUPS: readonly MetricGroup[] = [
  edgeMetrics,
  edgeNetworkMetrics,
  apiMetrics,
  auditMetrics,
  takeoverMetrics,
  federationMetrics,
  surveillanceMetrics,
  steeringMetrics,
  forecastMetrics,
  processMetrics,
];

const ROOT = path.resolve(import.meta.dirname, '..');
const RULES_FILE = 'alerts.yaml';

/** What each derived file must hold, by its path in the repository. */
export function derivedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...hostFiles(),
    ...natsFiles(),
    ['docs/metrics.md', metricsPage(METRIC_GROUPS)],
    [`deploy/prometheus/${RULES_FILE}`, alertRulesFile(METRIC_GROUPS)],
    ['deploy/prometheus/alerts.test.yaml', alertTestsFile(METRIC_GROUPS, RULES_FILE)],
    ['deploy/grafana/trading.json', `${JSON.stringify(tradingDashboard(METRIC_GROUPS), null, 2)}\n`],
  ]);
}

/** Paths of the files that are not what the catalogues say. */
export function driftedFiles(): string[] {
  return [...derivedFiles()].filter(([file, text]) => readText(file) !== text).map(([file]) => file);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(path.join(ROOT, file), 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const drifted = driftedFiles();
  if (process.argv.includes('--check')) {
    for (const file of drifted) console.log(`${file} is not what the catalogues say: run node tools/catalogues.ts`);
    process.exitCode = drifted.length === 0 ? 0 : 1;
  } else {
    for (const [file, text] of derivedFiles()) {
      mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
      writeFileSync(path.join(ROOT, file), text);
    }
    for (const file of drifted) console.log(`wrote ${file}`);
  }
}
