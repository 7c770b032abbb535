/**
 * Set-up and the command shim, run as programs in small repositories of their own, without a network: the only package
 * of those is a folder beside them, so `npm ci` is real and ends at once.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const PACKAGE = { name: 'sample', version: '1.0.0', type: 'module', dependencies: { left: 'file:left' } };
const LEFT = { 'node_modules/left': { resolved: 'left', link: true } };
const LOCK = {
  name: 'sample',
  version: '1.0.0',
  lockfileVersion: 3,
  requires: true,
  packages: { '': PACKAGE, left: { version: '1.0.0' }, ...LEFT },
};
const INSTALLED = JSON.stringify({ packages: LEFT });

let repository = '';

beforeEach(() => {
  repository = mkdtempSync(path.join(tmpdir(), 'nautilus-setup-'));
  for (const part of ['tools/setup.mjs', 'tools/setup', 'bin'])
    cpSync(path.join(ROOT, part), inRepository(part), { recursive: true });
  write('package.json', JSON.stringify(PACKAGE));
  write('package-lock.json', JSON.stringify(LOCK));
  write('left/package.json', JSON.stringify({ name: 'left', version: '1.0.0' }));
});

afterEach(() => rmSync(repository, { recursive: true, force: true }));

function inRepository(name: string): string {
  return path.join(repository, name);
}

function write(name: string, text: string): void {
  mkdirSync(path.dirname(inRepository(name)), { recursive: true });
  writeFileSync(inRepository(name), text);
}

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, npm_execpath: undefined, npm_config_offline: 'true', ...environment };
    const child = spawn(program, args, { cwd: repository, env });
    const outcome: Outcome = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (outcome.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (outcome.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...outcome, code }));
  });
}

function setUp(...args: string[]): Promise<Outcome> {
  return run(process.execPath, ['tools/setup.mjs', ...args]);
}

describe('set-up', () => {
  it('installs once, says so on standard error only, and is silent afterwards', async () => {
    const first = await setUp();
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toContain('installing packages: done in');
    expect(await setUp()).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('installs again when the lockfile has changed what is to be installed', async () => {
    await setUp();
    rmSync(inRepository('node_modules/.package-lock.json'), { force: true });
    write('package-lock.json', `${JSON.stringify(LOCK)}\n`);
    expect((await setUp()).stderr).toContain('installing packages');
  });

  it('adopts an install made by hand that matches the lockfile', async () => {
    write('node_modules/.package-lock.json', INSTALLED);
    expect(await setUp()).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['lacks a package', {}],
    ['has another version of it', { 'node_modules/left': { version: '0.9.0' } }],
  ])('does not adopt an install that %s', async (_what, installed) => {
    const packages = { ...LOCK.packages, 'node_modules/left': { version: '1.0.0' } };
    write('package-lock.json', JSON.stringify({ ...LOCK, packages }));
    write('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));
    expect((await setUp()).stderr).toContain('installing packages');
  });

  it('ends with code 4 and the reason when the lockfile is missing or cannot be followed', async () => {
    write('package.json', JSON.stringify({ ...PACKAGE, dependencies: { nowhere: '1.0.0' } }));
    const outOfStep = await setUp();
    expect(outOfStep).toMatchObject({ code: 4, stdout: '' });
    expect(outOfStep.stderr).toContain('"npm ci" ended with code 1');
    rmSync(inRepository('package-lock.json'));
    expect(await setUp()).toMatchObject({ code: 4, stderr: expect.stringContaining('package-lock.json is missing') });
  });

  it('works once when two are started together', async () => {
    const outcomes = await Promise.all([setUp(), setUp(), setUp()]);
    expect(outcomes.map((outcome) => outcome.code)).toEqual([0, 0, 0]);
    expect(outcomes.filter((outcome) => outcome.stderr.includes('done in'))).toHaveLength(1);
    expect(existsSync(inRepository('.setup-lock'))).toBe(false);
  });

  it('takes over the lock of a set-up that died', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.on('close', resolve));
    write('.setup-lock/owner', String(dead.pid));
    expect((await setUp()).code).toBe(0);
    expect(existsSync(inRepository('.setup-lock'))).toBe(false);
  });

  it('waits for the lock of a set-up that is at work', async () => {
    write('.setup-lock/owner', String(process.pid));
    const waiting = setUp();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(existsSync(inRepository('node_modules/.nautilus-setup.json'))).toBe(false);
    rmSync(inRepository('.setup-lock'), { recursive: true });
    const outcome = await waiting;
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain(`another one is at work (process ${process.pid}), waiting`);
  });
});

describe('the console', () => {
  /** A builder that writes the page's text into the built page, or fails when the page says so. */
  const BUILDER = `
    import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
    const page = readFileSync('index.html', 'utf8');
    if (page.includes('broken')) process.exit(1);
    mkdirSync('dist', { recursive: true });
    writeFileSync('dist/index.html', page);
  `;

  beforeEach(() => {
    write('node_modules/.package-lock.json', INSTALLED);
    write('node_modules/vite/package.json', JSON.stringify({ name: 'vite', type: 'module' }));
    write('node_modules/vite/bin/vite.js', BUILDER);
    write('console/package.json', '{}');
    write('console/index.html', 'one');
  });

  it('is built when its sources have changed, and only then', async () => {
    expect((await setUp()).stderr).toContain('building the console: done');
    expect((await setUp()).stderr).toBe('');
    write('console/index.html', 'two');
    expect((await setUp()).stderr).toContain('building the console: done');
    expect(readFileSync(inRepository('console/dist/index.html'), 'utf8')).toBe('two');
  });

  it('is built again when its result is gone', async () => {
    await setUp();
    rmSync(inRepository('console/dist'), { recursive: true });
    expect((await setUp()).code).toBe(0);
    expect(existsSync(inRepository('console/dist/index.html'))).toBe(true);
  });

  it('is left alone on request', async () => {
    expect(await setUp('--without-console')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(existsSync(inRepository('console/dist'))).toBe(false);
  });

  it('that does not build ends set-up with code 5, and is tried again next time', async () => {
    write('console/index.html', 'broken');
    expect(await setUp()).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringContaining('the console did not build'),
    });
    expect((await setUp()).code).toBe(5);
  });
});

describe('the command shim', () => {
  beforeEach(() =>
    write(
      'src/cli/main.ts',
      'const words: string[] = process.argv.slice(2);\nprocess.stdout.write(words.join("|"));\n',
    ),
  );

  it('says how to install when nothing is installed', async () => {
    const outcome = await run(inRepository('bin/nautilus'), []);
    expect(outcome).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('tools/setup.mjs') });
  });

  it('says how to get Node 24 when there is only an older one', async () => {
    write('node_modules/.bin/node', '#!/bin/sh\necho v20.20.2\n');
    chmodSync(inRepository('node_modules/.bin/node'), 0o755);
    const outcome = await run(inRepository('bin/nautilus'), [], {
      PATH: `${inRepository('node_modules/.bin')}:/usr/bin:/bin`,
    });
    expect(outcome).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('Node 24 or newer') });
  });

  it('runs the command line with its arguments unchanged, also through a link', async () => {
    mkdirSync(inRepository('node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, inRepository('node_modules/.bin/node'));
    symlinkSync('bin/nautilus', inRepository('link'));
    const outcome = await run(inRepository('link'), ['order', 'a b', '*']);
    expect(outcome).toEqual({ code: 0, stdout: 'order|a b|*', stderr: '' });
  });
});
