/**
 * `npm test`: the static checks, the console's build, then every suite, in that order, ending with one plain line
 * `N passed, N failed` (and `, N skipped`). Never stops at the first failure, and never hides one.
 *
 * `npm test -- unit property` runs only those steps; a word that names no step narrows the suites to matching files.
 */
import { CHECKS, runCheck } from './test/checks.ts';
import { addTally, emptyTally } from './test/tally.ts';
import type { Tally } from './test/tally.ts';
import { runSuite, SUITES } from './test/suites.ts';

const STEP_NAMES: readonly string[] = [...CHECKS.map((check) => check.name), ...SUITES];

interface Request {
  readonly steps: ReadonlySet<string>;
  readonly fileFilters: readonly string[];
}

/** Splits the words of the command line into steps and file filters; filters alone mean every suite. */
function parseRequest(words: readonly string[]): Request {
  const chosen = words.filter((word) => STEP_NAMES.includes(word));
  const fileFilters = words.filter((word) => !STEP_NAMES.includes(word));
  if (chosen.length > 0) return { steps: new Set(chosen), fileFilters };
  return { steps: new Set(fileFilters.length > 0 ? SUITES : STEP_NAMES), fileFilters };
}

async function timed(name: string, work: () => Promise<Tally>): Promise<Tally> {
  const started = performance.now();
  console.log(`\n── ${name} ${'─'.repeat(Math.max(3, 70 - name.length))}`);
  const tally = await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${tally.failed === 0 ? '✓' : '✗'} ${name}: ${describe(tally)} in ${seconds} s`);
  return tally;
}

function describe({ passed, failed, skipped }: Tally): string {
  const skips = skipped.length === 0 ? '' : `, ${skipped.length} skipped`;
  return `${passed} passed, ${failed} failed${skips}`;
}

async function main(): Promise<void> {
  const request = parseRequest(process.argv.slice(2));
  let total = emptyTally();
  for (const check of CHECKS) {
    if (request.steps.has(check.name)) total = addTally(total, await timed(check.name, () => runCheck(check)));
  }
  for (const suite of SUITES) {
    if (!request.steps.has(suite)) continue;
    total = addTally(total, await timed(suite, () => runSuite(suite, request.fileFilters)));
  }
  if (total.failures.length > 0) console.log(`\nFailed:\n${total.failures.map((name) => `  ✗ ${name}`).join('\n')}`);
  if (total.skipped.length > 0) console.log(`\nSkipped:\n${total.skipped.map((name) => `  - ${name}`).join('\n')}`);
  if (total.passed + total.failed === 0) {
    console.log('\nNothing was tested: no test matches.');
    total = addTally(total, { ...emptyTally(), failed: 1 });
  }
  console.log(`\n${describe(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main();
