/**
 * Reports to regulators from a journal of a million commands: the time from asking to the finished text, reading the
 * journal included, and what xmllint finds by the published schemas (NAUTILUS_SCHEMAS).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_V8_FLAGS, bundle } from '#app/bundle.ts';
import { TRANSACTION_SCHEMAS, validityErrors } from '../test/xml-schema.ts';
import { medianOfRuns, say } from './report.ts';
import type { Figures } from './report.ts';

const RUNS = 5;
const COMMANDS = 1_000_000;
const EXIT_MISSING = 2;

export async function run(): Promise<object> {
  const schemas = process.env.NAUTILUS_SCHEMAS ?? '';
  if ([...TRANSACTION_SCHEMAS.values()].some((file) => !existsSync(join(schemas, file)))) {
    say('set NAUTILUS_SCHEMAS to the folder with the schemas of auth.016, head.001 and head.003');
    process.exit(EXIT_MISSING);
  }
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-reports-'));
  try {
    const writer = await bundle('bench/recovery/write-run.ts', join(folder, 'write.mjs'));
    const maker = await bundle('bench/reports/report-run.ts', join(folder, 'report.mjs'));
    start([writer, join(folder, 'journal'), String(COMMANDS)]);
    say(`a journal of ${COMMANDS.toLocaleString('en')} commands; every figure is a report from asking to its text`);
    const figures = await medianOfRuns(
      'reports',
      RUNS,
      () => start([maker, join(folder, 'journal'), folder]) as Figures,
    );
    const schemaErrors = ['20k.xml', '100k.xml'].reduce((sum, file) => sum + errorsOf(schemas, folder, file), 0);
    const { reportTypes, ...times } = figures;
    return { ...times, schemaErrors, reportTypes, schemasUsed: [...TRANSACTION_SCHEMAS.values()] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function errorsOf(schemas: string, folder: string, file: string): number {
  const errors = validityErrors(schemas, folder, join(folder, file));
  if (errors === undefined) throw new Error('xmllint is needed; on Debian: apt-get install libxml2-utils');
  return errors.length;
}

function start(args: readonly string[]): unknown {
  const output = execFileSync(process.execPath, [...NODE_V8_FLAGS, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}
