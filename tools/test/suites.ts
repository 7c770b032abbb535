/**
 * The test suites of `npm test`, each a Vitest project run in a process of its own, one after the other: a suite that
 * measures time is not disturbed by the next, and one that crashes counts as a failure.
 */
import { fork } from 'node:child_process';
import path from 'node:path';
import { emptyTally } from './tally.ts';
import type { Tally } from './tally.ts';

const RUNNER = path.join(import.meta.dirname, 'suite-runner.ts');
const SUITE_MS_MAX = 45 * 60_000;

/** The projects of vitest.config.ts, in the order in which they run. */
export const SUITES: readonly string[] = ['unit', 'property', 'conformance', 'integration', 'simulation', 'browser'];

/** Runs one suite, narrowed to files whose path contains one of `fileFilters` when there are any. */
export function runSuite(name: string, fileFilters: readonly string[]): Promise<Tally> {
  // A log is read without colours; Vitest would print them wherever CI is set.
  const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' };
  return new Promise((resolve) => {
    const child = fork(RUNNER, [name, ...fileFilters], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let report: Tally | undefined;
    const timer = setTimeout(() => child.kill('SIGKILL'), SUITE_MS_MAX);
    child.on('message', (message) => (report = message as Tally));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (report !== undefined && code === 0) return resolve(report);
      const how = signal === null ? `code ${code}` : `signal ${signal}`;
      const crash = { ...emptyTally(), failed: 1, failures: [`${name}: its runner ended with ${how}`] };
      resolve(
        report === undefined
          ? crash
          : { ...report, failed: report.failed + 1, failures: [...report.failures, ...crash.failures] },
      );
    });
  });
}
