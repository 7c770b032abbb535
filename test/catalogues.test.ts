/** What is derived from the catalogues is in the repository as they say, and Prometheus itself accepts the rules. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { metricCatalogue } from '#telemetry/catalogue.ts';
import { alertsOf } from '#telemetry/documents.ts';
import { derivedFiles, driftedFiles, METRIC_GROUPS } from '../tools/catalogues.ts';
import { needPeer } from './peers.ts';

const RULES = path.resolve(import.meta.dirname, '..', 'deploy', 'prometheus');
const INSTALL = 'promtool: apt-get install prometheus';
const run = promisify(execFile);

function promtool(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => path.join(folder, 'promtool')).find((file) => existsSync(file));
}

describe('the derived files', () => {
  it('are what the catalogues say (else run `node tools/catalogues.ts`)', () => {
    expect(driftedFiles()).toEqual([]);
  });

  it('cover every group of metrics that is declared', () => {
    const known = new Set(METRIC_GROUPS.map((group) => group.group));
    expect(metricCatalogue().filter((group) => !known.has(group.group))).toEqual([]);
    expect([...derivedFiles().values()].every((text) => text.length > 100)).toBe(true);
  });

  it('hold alerts with names of their own', () => {
    const names = alertsOf(METRIC_GROUPS).map((alert) => alert.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^Nautilus[A-Z]\w+$/);
  });
});

describe('the alert rules', () => {
  it('are accepted by promtool, and each one fires and stays quiet where it should', async (context) => {
    const program = needPeer(context, promtool(), INSTALL);
    const checked = await run(program, ['check', 'rules', 'alerts.yaml'], { cwd: RULES });
    expect(checked.stdout).toContain(`${alertsOf(METRIC_GROUPS).length} rules found`);
    const tested = await run(program, ['test', 'rules', 'alerts.test.yaml'], { cwd: RULES });
    expect(tested.stdout).toContain('SUCCESS');
  });
});
