/**
 * Pages and rules derived from the metrics catalogue: the docs page, Prometheus alert rules and their unit tests.
 * Gives texts only; who writes or compares files is elsewhere.
 */
import { stringify } from 'yaml';
import type { AlertProof, AlertRule, MetricGroup, MetricSpec } from './catalogue.ts';
import { labelCombinations } from './catalogue.ts';

const GENERATED = 'Generated from the metrics catalogue: change the declarations, then run `node tools/catalogues.ts`.';

/** Markdown page with one table per group. */
export function metricsPage(groups: readonly MetricGroup[]): string {
  const total = groups.flatMap((group) => Object.values(group.specs)).length;
  const lines = ['# Metrics', '', `${GENERATED} ${total} metrics; every series also carries the label \`process\`.`];
  for (const group of groups) {
    lines.push('', `## ${group.title}`, '', '| name | type | labels | meaning |', '|---|---|---|---|');
    for (const spec of Object.values(group.specs)) {
      lines.push(`| \`${spec.name}\` | ${spec.type} | ${labelText(spec)} | ${spec.help} |`);
    }
  }
  lines.push('', '## Alerts', '', '| alert | severity | when | first step |', '|---|---|---|---|');
  for (const alert of alertsOf(groups)) {
    const when = `\`${alert.expr.replaceAll('|', String.raw`\|`)}\` for ${alert.for}`;
    lines.push(`| ${alert.name} | ${alert.severity} | ${when} | ${alert.runbook} |`);
  }
  return `${lines.join('\n')}\n`;
}

/** Rule file for Prometheus, one rule group per catalogue group. */
export function alertRulesFile(groups: readonly MetricGroup[]): string {
  const ruleGroups = groups
    .map((group) => ({ name: `nautilus-${group.group}`, rules: alertsOf([group]).map(toRule) }))
    .filter((group) => group.rules.length > 0);
  return `# ${GENERATED}\n${stringify({ groups: ruleGroups }, { lineWidth: 0 })}`;
}

/** promtool's unit tests of that file: each alert fires on one set of samples and stays quiet on another. */
export function alertTestsFile(groups: readonly MetricGroup[], rulesFileName: string): string {
  const tests = alertsOf(groups).flatMap((alert) => [
    toTest(alert, alert.fires, [
      {
        exp_labels: { ...alert.fires.labels, severity: alert.severity },
        exp_annotations: { summary: alert.summary, runbook: alert.runbook },
      },
    ]),
    toTest(alert, alert.quiet, []),
  ]);
  const document = { rule_files: [rulesFileName], evaluation_interval: '1m', tests };
  return `# ${GENERATED}\n${stringify(document, { lineWidth: 0 })}`;
}

/** All alerts of the groups, in order of declaration. */
export function alertsOf(groups: readonly MetricGroup[]): readonly AlertRule[] {
  return groups.flatMap((group) => Object.values(group.specs).flatMap((spec) => spec.alerts ?? []));
}

function toRule(alert: AlertRule): object {
  return {
    alert: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: { severity: alert.severity },
    annotations: { summary: alert.summary, runbook: alert.runbook },
  };
}

function toTest(alert: AlertRule, proof: AlertProof, expected: readonly object[]): object {
  return {
    interval: '1m',
    input_series: Object.entries(proof.series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [{ eval_time: `${proof.atMinute}m`, alertname: alert.name, exp_alerts: expected }],
  };
}

function labelText(spec: MetricSpec): string {
  if (spec.labels === undefined) return '';
  const sets = Object.entries(spec.labels).map(([label, values]) => `\`${label}\`: ${values.join(', ')}`);
  return `${sets.join('; ')} (${labelCombinations(spec).length} series)`;
}
