/**
 * The repository keeps its own rules: who may import whom, no circles, no long files, no forbidden constructs.
 * Each checker is also fed a bad sample, so that none of them can pass by finding nothing.
 */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOnly } from '../tools/architecture/code-scanner.ts';
import { checkConstructs, checkShape } from '../tools/architecture/constructs.ts';
import { checkCycles } from '../tools/architecture/cycles.ts';
import { checkClients, checkLayers } from '../tools/architecture/layers.ts';
import type { Finding, SourceFile } from '../tools/architecture/source-file.ts';
import { sourceFile } from '../tools/architecture/source-file.ts';
import { readTree } from '../tools/architecture/tree.ts';
import { SUITES } from '../tools/test/suites.ts';
import { PROJECTS } from '../vitest.config.ts';

const PROGRAM = /^(?:src|sdk|console|bench|tools|test)\/.*\.(?:ts|tsx|mjs)$/;
const PROSE = /\.(?:md|ya?ml|css|html|sh)$|^(?:\.ci\/run|bin\/nautilus)$/;
const MANIFEST = /^(?:console\/|sdk\/)?package\.json$/;

const programs = readTree((path) => PROGRAM.test(path));
const prose = readTree((path) => PROSE.test(path) || MANIFEST.test(path));

function told(findings: readonly Finding[]): string[] {
  return findings.map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

function messages(findings: readonly Finding[]): string[] {
  return findings.map(({ message }) => message);
}

function suitesOf(file: string): string[] {
  const matches = (patterns: readonly string[]): boolean => patterns.some((pattern) => path.matchesGlob(file, pattern));
  return PROJECTS.filter(({ include, exclude = [] }) => matches(include) && !matches(exclude)).map(({ name }) => name);
}

/** A file as it should be, with `code` in it. */
function sample(path: string, code: string): SourceFile {
  return sourceFile(path, `/** A sample that says what it is for, at enough length. */\n${code}\n`);
}

describe('the repository', () => {
  it('is read: the checks below look at real files', () => {
    const paths = programs.map((file) => file.path);
    expect(paths).toContain('src/kit/invariant.ts');
    expect(paths).toContain('tools/setup.mjs');
    expect(programs.flatMap((file) => file.imports).length).toBeGreaterThan(programs.length / 2);
  });

  it('imports only down the ladder', () => {
    expect(told(programs.flatMap(checkLayers))).toEqual([]);
  });

  it('keeps the server out of the console and the SDK', () => {
    expect(told(programs.flatMap(checkClients))).toEqual([]);
  });

  it('has no import circles', () => {
    expect(told(checkCycles(programs))).toEqual([]);
  });

  it('contains no forbidden constructs, unfinished work or machine paths', () => {
    expect(told([...programs, ...prose].flatMap(checkConstructs))).toEqual([]);
  });

  it('runs every test file in exactly one suite', () => {
    const tests = programs.map((file) => file.path).filter((file) => /\.test\.tsx?$/.test(file));
    expect(tests.filter((file) => suitesOf(file).length !== 1)).toEqual([]);
    expect(tests.length).toBeGreaterThan(5);
    expect(suitesOf('src/kit/a.property.test.ts')).toEqual(['property']);
    expect(suitesOf('somewhere/else.test.ts')).toEqual([]);
  });

  it('runs every suite that is configured', () => {
    expect(PROJECTS.map((project) => project.name)).toEqual(SUITES);
  });

  it('has short files that say what they are for', () => {
    expect(told(programs.flatMap(checkShape))).toEqual([]);
  });
});

describe('the layer check', () => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['src/kit/clock.ts', `import { x } from '#trading/book.ts';`, /kit must not import trading/],
    ['src/kit/clock.ts', `import fs from 'node:fs';`, /kit is pure/],
    ['src/trading/book.ts', `import { z } from 'zod';`, /trading must not import the package zod/],
    ['src/trading/book.ts', `import { x } from '#journal/file.ts';`, /trading must not import journal/],
    ['src/wire/frame.ts', `import { x } from '#trading/book.ts';`, /message types of trading only/],
    ['src/edge/gateway.ts', `export { x } from '#federation/quorum.ts';`, /edge must not import federation/],
    [
      'src/optimizer/model.ts',
      `const x = await import('#compliance/audit.ts');`,
      /optimizer must not import compliance/,
    ],
    ['src/edge/gateway.ts', `import type { x } from '#api/routes.ts';`, /edge must not import api/],
    ['src/api/routes.ts', `import '#app/main.ts';`, /api must not import app/],
    ['src/edge/gateway.ts', `new Worker(new URL('../app/worker.ts', import.meta.url));`, /leaves its folder/],
    ['src/edge/gateway.ts', `import { x } from '../kit/clock.ts';`, /leaves its folder/],
    ['src/edge/gateway.ts', `import { x } from './sequencer';`, /with its extension/],
    ['src/kit/clock.ts', `import type { x } from './ports/journal.ts';`, /must not depend on the port/],
    ['src/misc/thing.ts', '', /not a folder of the layout/],
  ];

  it.each(refused)('refuses in %s: %s', (path, code, message) => {
    expect(messages(checkLayers(sample(path, code)))).toEqual([expect.stringMatching(message)]);
  });

  const allowed: readonly (readonly [string, string])[] = [
    ['src/trading/book.ts', `import { invariant } from '#kit/invariant.ts';`],
    ['src/wire/frame.ts', `import type { Command } from '#trading/commands.ts';`],
    ['src/wire/frame.test.ts', `import { it } from 'vitest';`],
    ['src/edge/gateway.ts', `import net from 'node:net';`],
    ['src/cli/main.ts', `import { start } from '#app/main.ts';`],
    ['src/journal/file.ts', `import type { Journal } from '#kit/ports/journal.ts';`],
    ['src/kit/clock.ts', `const page = "import x from 'zod'"; // import y from 'zod'`],
    ['test/simulation/world.test.ts', `import { Book } from '../../src/trading/book.ts';`],
  ];

  it.each(allowed)('accepts in %s: %s', (path, code) => {
    expect(messages(checkLayers(sample(path, code)))).toEqual([]);
  });

  it('lets the SDK carry the wire format, and the console name the types of answers', () => {
    expect(checkClients(sample('sdk/src/client.ts', `import { x } from '../../src/wire/frame.ts';`))).toEqual([]);
    expect(checkClients(sample('sdk/src/client.ts', `import { x } from '#edge/gateway.ts';`))).toHaveLength(1);
    expect(checkClients(sample('console/src/a.ts', `import type { X } from '../../src/api/schemas/x.ts';`))).toEqual(
      [],
    );
    expect(checkClients(sample('console/src/a.ts', `import { X } from '../../src/api/schemas/x.ts';`))).toHaveLength(1);
    expect(checkClients(sample('console/src/main.tsx', `import { x } from '../../src/api/routes.ts';`))).toHaveLength(
      1,
    );
  });
});

describe('the circle check', () => {
  it('names the files of a circle, through type imports and worker URLs too', () => {
    const findings = checkCycles([
      sample('src/edge/a.ts', `import type { B } from './b.ts';`),
      sample('src/edge/b.ts', `import { c } from '#edge/c.ts';`),
      sample('src/edge/c.ts', `new Worker(new URL('./a.ts', import.meta.url));`),
      sample('src/edge/d.ts', `import { a } from './a.ts';`),
    ]);
    expect(messages(findings)).toEqual([
      'imports in a circle: src/edge/a.ts → src/edge/b.ts → src/edge/c.ts → src/edge/a.ts',
    ]);
  });

  it('names a file that imports itself', () => {
    expect(checkCycles([sample('src/edge/a.ts', `import { a } from './a.ts';`)])).toHaveLength(1);
  });

  it('accepts two ways to the same file', () => {
    const files = [
      sample('src/edge/a.ts', `import './b.ts'; import './c.ts';`),
      sample('src/edge/b.ts', `import './d.ts';`),
      sample('src/edge/c.ts', `import './d.ts';`),
      sample('src/edge/d.ts', ''),
    ];
    expect(checkCycles(files)).toEqual([]);
  });
});

describe('the construct check', () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['an enum', 'src/edge/a.ts', 'export const enum Side { buy, sell }'],
    ['a decorator', 'src/edge/a.ts', '@sealed\nclass Gate {}'],
    ['a namespace', 'src/edge/a.ts', 'export namespace Gate {}'],
    ['a default export', 'src/edge/a.ts', 'export default function open() {}'],
    ['a default export by another name', 'src/edge/a.ts', 'export { open as default };'],
    ['global randomness', 'src/optimizer/a.ts', 'const roll = Math.random();'],
    ['the wall clock', 'src/edge/a.ts', 'const now = Date.now();'],
    ['the wall clock as a date', 'src/edge/a.ts', 'const now = new Date();'],
    ['a timer in pure code', 'src/trading/a.ts', 'setTimeout(() => undefined, 10);'],
    ['the process in pure code', 'src/wire/a.ts', 'const here = process.cwd();'],
    ['console output', 'src/edge/a.ts', `console.log('open');`],
    ['unfinished work', 'src/edge/a.ts', ['// TO', 'DO later'].join('')],
    ['a silenced compiler', 'src/edge/a.ts', ['// @ts', 'ignore'].join('-')],
    ['a machine path', 'docs/guide.md', ['see ', 'home', 'somebody'].join('/')],
  ];

  it.each(refused)('refuses %s', (_what, path, code) => {
    const findings = checkConstructs(sample(path, code));
    expect(findings).toHaveLength(1);
    expect(findings[0]?.line).toBe(2);
  });

  const allowed: readonly (readonly [string, string, string])[] = [
    ['forbidden words in comments', 'src/edge/a.ts', '// an enum, Math.random() and Date.now() are forbidden'],
    ['forbidden words in strings', 'src/edge/a.ts', 'const words = `enum X ${"Date.now()"} new Date()`;'],
    ['forbidden words in patterns', 'src/edge/a.ts', 'const shape = /export default [/"]/.test(text) ? 1 : 2;'],
    ['the types of a package completed', 'src/edge/a.ts', `declare module 'fastify' {}`],
    ['a date from a stamp', 'src/edge/a.ts', 'const day = new Date(micros / 1000);'],
    ['the wall clock where it is wrapped', 'src/kit/clock.ts', 'const now = Date.now();'],
    ['the wall clock in a test', 'src/edge/a.test.ts', 'const now = Date.now();'],
    ['console output of the command line', 'src/cli/a.ts', `console.log('open');`],
    ['a default export that a tool demands', 'vitest.config.ts', 'export default {};'],
  ];

  it.each(allowed)('accepts %s', (_what, path, code) => {
    expect(checkConstructs(sample(path, code))).toEqual([]);
  });
});

describe('the shape check', () => {
  it('refuses a file over its limit, and allows tests more', () => {
    const long = 'x;\n'.repeat(450);
    expect(messages(checkShape(sample('src/edge/a.ts', long)))).toEqual(['452 lines; 400 at most']);
    expect(checkShape(sample('src/edge/a.test.ts', long))).toEqual([]);
    expect(checkShape(sample('test/integration/a.test.ts', 'x;\n'.repeat(650)))).toHaveLength(1);
  });

  it('refuses a file that does not begin with what it is for', () => {
    expect(checkShape(sourceFile('src/edge/a.ts', `import './b.ts';\n`))).toHaveLength(1);
    expect(checkShape(sourceFile('src/edge/a.ts', '/** Short. */\n'))).toHaveLength(1);
    expect(
      checkShape(
        sourceFile('bin/a.mjs', '#!/usr/bin/env node\n// Opens the gate for one order at a time,\n// and never two.\n'),
      ),
    ).toEqual([]);
  });

  it('refuses a folder named after nothing', () => {
    expect(checkShape(sample('src/edge/utils/a.ts', ''))).toHaveLength(1);
  });

  it('refuses a barrel, but not an index', () => {
    const code = `export { a } from './a.ts';\nexport * from './b.ts';`;
    expect(messages(checkShape(sample('src/edge/all.ts', code)))).toEqual([expect.stringMatching(/passes names on/)]);
    expect(checkShape(sample('src/edge/index.ts', code))).toEqual([]);
  });
});

describe('the code scanner', () => {
  it.each([
    ['const a = "x; y"; // z', 'const a = "    ";     '],
    ['a(/[/"]+/g, b)', 'a(/     /g, b)'],
    ['a / b / c', 'a / b / c'],
    ['`x ${f({ y: `z` })} w` + v', '`  ${f({ y: ` ` })}  ` + v'],
    [`<p>Don't</p>\nenum`, `<p>Don'     \nenum`],
    ['/* a\nb */ c', '    \n     c'],
    [String.raw`'it\'s' x`, `'     ' x`],
  ])('blanks what is not code in %s', (text, expected) => {
    expect(codeOnly(text)).toBe(expected);
  });
});
