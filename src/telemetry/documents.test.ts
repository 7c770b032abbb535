/** Docs, alert rules and the dashboard follow from the catalogue. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tradingDashboard } from './dashboard.ts';
import { alertRulesFile, alertTestsFile, alertsOf, metricsPage } from './documents.ts';
import { processMetrics } from './process.ts';

const groups = [processMetrics];

describe('what is derived from the catalogue', () => {
  it('documents every metric and every alert', () => {
    const page = metricsPage(groups);
    for (const spec of Object.values(processMetrics.specs)) expect(page).toContain(`\`${spec.name}\``);
    for (const alert of alertsOf(groups)) expect(page).toContain(`| ${alert.name} |`);
  });

  it('writes a rule and two tests for every alert', () => {
    const rules = parse(alertRulesFile(groups)) as { groups: { rules: { alert: string }[] }[] };
    const tests = parse(alertTestsFile(groups, 'alerts.yaml')) as { tests: unknown[]; rule_files: string[] };
    const names = alertsOf(groups).map((alert) => alert.name);
    expect(names.length).toBeGreaterThan(0);
    expect(rules.groups.flatMap((group) => group.rules.map((rule) => rule.alert))).toEqual(names);
    expect(tests.tests).toHaveLength(names.length * 2);
    expect(tests.rule_files).toEqual(['alerts.yaml']);
  });

  it('puts every metric with a row on the dashboard, none beside another', () => {
    const dashboard = tradingDashboard(groups) as {
      panels: { type: string; title: string; gridPos: { x: number; y: number; w: number } }[];
    };
    const shown = Object.values(processMetrics.specs).filter((spec) => 'dashboardRow' in spec);
    const panels = dashboard.panels.filter((panel) => panel.type === 'timeseries');
    expect(panels).toHaveLength(shown.length);
    const places = new Set(panels.map(({ gridPos }) => `${gridPos.x}:${gridPos.y}`));
    expect(places.size).toBe(panels.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});
