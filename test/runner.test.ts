/** The test runner itself, in a small repository of its own: what fails there must be counted, named and not hidden. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const PASSING = `import { expect, it } from 'vitest';\nit('holds', () => expect(1).toBe(1));\n`;

let repository = '';

beforeEach(() => {
  repository = mkdtempSync(path.join(tmpdir(), 'nautilus-runner-'));
  for (const part of ['tools/test.ts', 'tools/test', 'vitest.config.ts', 'package.json']) {
    cpSync(path.join(ROOT, part), path.join(repository, part), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(repository, 'node_modules'));
});

afterEach(() => rmSync(repository, { recursive: true, force: true }));

function write(name: string, text: string): void {
  const file = path.join(repository, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function runTests(...words: string[]): Promise<{ code: number | null; output: string; lastLine: string }> {
  return new Promise((resolve, reject) => {
    // The outer run's own variables would make the inner one believe that it is a worker of it.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
    const child = spawn(process.execPath, ['tools/test.ts', ...words], { cwd: repository, env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.resume();
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output, lastLine: output.trimEnd().split('\n').at(-1) ?? '' }));
  });
}

describe('the test runner', () => {
  it('ends with one plain line and code 0 when everything passes', async () => {
    write('test/a.test.ts', PASSING);
    write('test/integration/b.test.ts', PASSING);
    expect(await runTests('unit', 'integration')).toMatchObject({ code: 0, lastLine: '2 passed, 0 failed' });
  });

  it('counts and names a failing test', async () => {
    write('test/a.test.ts', `${PASSING}it('breaks', () => expect(1).toBe(2));\n`);
    const outcome = await runTests('unit');
    expect(outcome).toMatchObject({ code: 1, lastLine: '1 passed, 1 failed' });
    expect(outcome.output).toContain('✗ unit: test/a.test.ts > breaks');
  });

  it('counts a file that does not load', async () => {
    write('test/a.test.ts', `import './nothing.ts';\n${PASSING}`);
    expect(await runTests('unit')).toMatchObject({ code: 1, lastLine: '0 passed, 1 failed' });
  });

  it('counts an error thrown outside any test', async () => {
    const late = `import { it } from 'vitest';
      it('leaks', async () => {
        setTimeout(() => { throw new Error('late'); }, 5);
        await new Promise((resolve) => setTimeout(resolve, 100));
      });`;
    write('test/a.test.ts', late);
    const outcome = await runTests('unit');
    expect(outcome).toMatchObject({ code: 1, lastLine: '1 passed, 1 failed' });
    expect(outcome.output).toContain('error outside any test: late');
  });

  it('counts a suite whose process is killed', async () => {
    write('vitest.config.ts', `process.kill(process.pid, 'SIGKILL');\nexport default {};\n`);
    const outcome = await runTests('unit');
    expect(outcome).toMatchObject({ code: 1, lastLine: '0 passed, 1 failed' });
    expect(outcome.output).toContain('unit: its runner ended with signal SIGKILL');
  });

  it('lists skipped tests with their reasons', async () => {
    write('test/a.test.ts', `${PASSING}it('needs a peer', ({ skip }) => skip('PostgreSQL is missing'));\n`);
    const outcome = await runTests('unit');
    expect(outcome).toMatchObject({ code: 0, lastLine: '1 passed, 0 failed, 1 skipped' });
    expect(outcome.output).toContain('- unit: test/a.test.ts > needs a peer: PostgreSQL is missing');
  });

  it('fails when no test matches', async () => {
    expect(await runTests('unit', 'no-such-file')).toMatchObject({ code: 1, lastLine: '0 passed, 1 failed' });
  });

  it('counts each static check as one', async () => {
    write('src/a.ts', `export const count: number = 'many';\n`);
    write('tsconfig.json', JSON.stringify({ compilerOptions: { noEmit: true, types: [] }, include: ['src'] }));
    const outcome = await runTests('types');
    expect(outcome).toMatchObject({ code: 1, lastLine: '0 passed, 1 failed' });
    expect(outcome.output).toContain(`Type 'string' is not assignable to type 'number'`);
  });
});
