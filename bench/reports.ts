/**
 * Reports to regulators from a journal of a million commands: the time from asking to the finished text, reading the
 * journal included, and what xmllint finds by the published schemas (NAUTILUS_SCHEMAS).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_V8_FLAGS, bundle } from '#app/bundle.ts';
import { medianOfRuns, say } from './report.ts';
import type { Figures } from './report.ts';

const RUNS = 5;
const COMMANDS = 1_000_000;
const SCHEMAS = [
  ['urn:iso:std:iso:20022:tech:xsd:head.003.001.01', 'head.003.001.01.xsd'],
  ['urn:iso:std:iso:20022:tech:xsd:head.001.001.01', 'head.001.001.01_ESMAUG_1.0.0.xsd'],
  ['urn:iso:std:iso:20022:tech:xsd:auth.016.001.01', 'auth.016.001.01_ESMAUG_Reporting_1.0.3.xsd'],
] as const;
const EXIT_MISSING = 2;

export async function run(): Promise<object> {
  const schemas = process.env.NAUTILUS_SCHEMAS ?? '';
  if (SCHEMAS.some(([, file]) => !existsSync(join(schemas, file)))) {
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
    return { ...times, schemaErrors, reportTypes, schemasUsed: SCHEMAS.map(([, file]) => file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function errorsOf(schemas: string, folder: string, file: string): number {
  const imports = SCHEMAS.map(
    ([name, xsd]) => `<xs:import namespace="${name}" schemaLocation="${join(schemas, xsd)}"/>`,
  );
  const schema = join(folder, 'all.xsd');
  writeFileSync(schema, `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.join('')}</xs:schema>`);
  const { status, stderr } = spawnSync('xmllint', ['--huge', '--noout', '--schema', schema, join(folder, file)], {
    encoding: 'utf8',
  });
  if (status === null) throw new Error('xmllint is needed; on Debian: apt-get install libxml2-utils');
  return status === 0 ? 0 : stderr.split('\n').filter((line) => line.includes('validity error')).length || 1;
}

function start(args: readonly string[]): unknown {
  const output = execFileSync(process.execPath, [...NODE_V8_FLAGS, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}
