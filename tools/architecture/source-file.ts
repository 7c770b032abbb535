/** One file of the repository as the rules see it: its path, its text, its code alone, and what it imports. */
import { codeOnly } from './code-scanner.ts';

/** Something a rule objects to. */
export interface Finding {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** One import, export-from, dynamic import or worker URL. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Whether it is an `import type` or `export type`, which leaves nothing at run time. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The text with comments, strings and the like blanked out. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const IMPORT_SHAPES = [
  /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*(?=['"])/g,
  /\bimport\s*(?=['"])/g,
  /\bimport\s*\(\s*(?=['"`])/g,
  /\bnew\s+URL\s*\(\s*(?=['"`])/g,
];

/** Reads a file's imports; a path that leads to no code (a URL of something else) is left out. */
export function sourceFile(path: string, text: string): SourceFile {
  const code = codeOnly(text);
  const imports: Import[] = [];
  for (const shape of IMPORT_SHAPES) {
    for (const match of code.matchAll(shape)) {
      const quoteAt = match.index + match[0].length;
      const specifier = text.slice(quoteAt + 1, text.indexOf(text.charAt(quoteAt), quoteAt + 1));
      const isWorkerUrl = match[0].startsWith('new');
      if (isWorkerUrl && !/^\.{1,2}\/.*\.ts$/.test(specifier)) continue;
      imports.push({ specifier, line: lineAt(text, quoteAt), typeOnly: /^(?:import|export)\s+type\b/.test(match[0]) });
    }
  }
  return { path, text, code, imports };
}

/** The line (from 1) of a position. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < position; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Whether the file is a test or serves only tests. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.startsWith('test/');
}
