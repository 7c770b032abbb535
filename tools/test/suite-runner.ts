/**
 * Runs one Vitest project and sends what it found to the parent process. Started by suites.ts only.
 * A file that does not load and an error outside any test count as failures: nothing may fail unseen.
 */
import type { TestCase, TestModule } from 'vitest/node';
import { startVitest } from 'vitest/node';
import { emptyTally } from './tally.ts';
import type { Tally } from './tally.ts';

interface Counted {
  passed: number;
  failures: string[];
  skipped: string[];
}

async function runProject(name: string, fileFilters: string[]): Promise<Tally> {
  const vitest = await startVitest('test', fileFilters, {
    project: [name],
    watch: false,
    passWithNoTests: true,
    reporters: [['default', { summary: false }]],
  });
  const counted: Counted = { passed: 0, failures: [], skipped: [] };
  for (const module of vitest.state.getTestModules()) countModule(name, module, counted);
  for (const error of vitest.state.getUnhandledErrors()) {
    counted.failures.push(`${name}: error outside any test: ${messageOf(error)}`);
  }
  await vitest.close();
  return { ...emptyTally(), ...counted, failed: counted.failures.length };
}

function countModule(suite: string, module: TestModule, counted: Counted): void {
  const file = module.relativeModuleId;
  for (const error of module.errors()) counted.failures.push(`${suite}: ${file}: ${firstLine(error.message)}`);
  for (const nested of module.children.allSuites()) {
    for (const error of nested.errors()) {
      counted.failures.push(`${suite}: ${file} > ${nested.fullName}: ${firstLine(error.message)}`);
    }
  }
  for (const test of module.children.allTests()) countTest(`${suite}: ${file} > ${test.fullName}`, test, counted);
}

function countTest(name: string, test: TestCase, counted: Counted): void {
  const result = test.result();
  if (result.state === 'passed') counted.passed += 1;
  else if (result.state === 'skipped') counted.skipped.push(`${name}: ${result.note ?? 'no reason given'}`);
  else counted.failures.push(name);
}

function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return firstLine(String(message));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

const [suite = '', ...filters] = process.argv.slice(2);
const report = await runProject(suite, filters);
await new Promise<void>((sent) => {
  if (process.send === undefined) throw new Error('suite-runner.ts is started by tools/test.ts');
  process.send(report, undefined, undefined, () => sent());
});
// The report is out; a handle that a test left open must not keep the run waiting.
process.exit(0);
