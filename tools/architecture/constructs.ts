/**
 * What no file may contain, how long it may be, and how it must begin. Each rule is one row, checked on code alone or
 * on the whole text; where a rule does not apply is part of its row.
 */
import type { Finding, SourceFile } from './source-file.ts';
import { isTest, lineAt } from './source-file.ts';

const LINES_MAX = 400;
const TEST_LINES_MAX = 600;
const PURPOSE_CHARS_MIN = 20;

/** The only places that read the wall clock themselves; everything else is handed a clock. */
const WALL_CLOCK_EDGES: ReadonlySet<string> = new Set(['src/kit/clock.ts']);

interface Rule {
  readonly message: string;
  readonly pattern: RegExp;
  /** Whether the rule looks at comments and strings too. */
  readonly inText?: boolean;
  readonly appliesTo: (path: string) => boolean;
}

const everywhere = (): boolean => true;
const isProgram = (path: string): boolean => /\.(ts|tsx|mjs)$/.test(path);
const isServer = (path: string): boolean => path.startsWith('src/') && !isTest(path);
const isPure = (path: string): boolean => /^src\/(trading|wire)\//.test(path) && !isTest(path);

// The bracketed letters keep these patterns from finding themselves.
const UNFINISHED = /\b(?:TOD[O]|FIXM[E]|XX[X])\b/;
const MACHINE_PATH = /(?:^|[\s'"`(=:])\/(?:home|Users|root|work|workspace)\/[\w.]|\bregistry\.[n]pmjs/m;

const RULES: readonly Rule[] = [
  {
    message: 'enum: use a const object and a type of the same name',
    pattern: /\benum\s+[A-Za-z_$]/,
    appliesTo: isProgram,
  },
  { message: 'decorator', pattern: /^\s*@[A-Za-z_$]/m, appliesTo: isProgram },
  {
    message: 'namespace',
    pattern: /^\s*(?:export\s+)?(?:declare\s+)?(?:namespace|module)\s+[A-Za-z_$]/m,
    appliesTo: isProgram,
  },
  {
    message: 'default export: name it',
    pattern: /\bexport\s+default\b|\bas\s+default\b/,
    appliesTo: (path) => isProgram(path) && !path.endsWith('.config.ts'),
  },
  {
    message: 'Math.random: take an Rng',
    pattern: /\bMath\s*\.\s*random\b/,
    appliesTo: (path) => isServer(path) || path.startsWith('sdk/'),
  },
  {
    message: 'the wall clock is read in kit/clock.ts: take a Clock',
    pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|[;,)\s](?!\())/,
    appliesTo: (path) => isServer(path) && !WALL_CLOCK_EDGES.has(path),
  },
  {
    message: 'time, timers and the process are not for pure code',
    pattern: /\b(?:performance|process)\s*\.|\bset(?:Timeout|Interval|Immediate)\s*\(|\bqueueMicrotask\s*\(/,
    appliesTo: isPure,
  },
  {
    message: 'console output belongs to cli and app',
    pattern: /\bconsole\s*\.\s*(?:log|info|warn|error|debug|trace)\b/,
    appliesTo: (path) => isServer(path) && !/^src\/(?:cli|app)\//.test(path),
  },
  {
    message: 'a skipped check: remove it or the reason for it',
    pattern: /@ts-(?:ignore|nocheck)\b/,
    inText: true,
    appliesTo: isProgram,
  },
  { message: 'unfinished work: finish it or leave it out', pattern: UNFINISHED, inText: true, appliesTo: everywhere },
  {
    message: 'a path of one machine, or a registry by name',
    pattern: MACHINE_PATH,
    inText: true,
    appliesTo: everywhere,
  },
];

/** Finds forbidden constructs, each at its first place in the file. */
export function checkConstructs(file: SourceFile): Finding[] {
  return RULES.filter((rule) => rule.appliesTo(file.path)).flatMap((rule) => {
    const body = rule.inText === true ? file.text : file.code;
    const match = rule.pattern.exec(body);
    if (match === null) return [];
    const start = match.index + match[0].length - match[0].trimStart().length;
    return [{ path: file.path, line: lineAt(body, start), message: rule.message }];
  });
}

/** Finds files that are too long, do not say what they are for, lie in a catch-all folder, or only pass names on. */
export function checkShape(file: SourceFile): Finding[] {
  const messages: string[] = [];
  const lines = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0);
  const linesMax = isTest(file.path) ? TEST_LINES_MAX : LINES_MAX;
  if (lines > linesMax) messages.push(`${lines} lines; ${linesMax} at most`);
  if (/(?:^|\/)(?:utils?|helpers|misc)\//.test(file.path)) messages.push('a folder named after nothing in particular');
  if (!isTest(file.path) && !saysItsPurpose(file.text))
    messages.push('does not begin with a comment that says what it is for');
  if (isBarrel(file)) messages.push('only passes names on: import them from where they are');
  return messages.map((message) => ({ path: file.path, line: 1, message }));
}

function saysItsPurpose(text: string): boolean {
  const body = text.replace(/^#!.*\n/, '').trimStart();
  const block = /^\/\*\*?([\s\S]*?)\*\//.exec(body)?.[1];
  const lines = /^(?:\/\/.*\n)+/.exec(body)?.[0];
  return (block ?? lines ?? '').replaceAll(/[\s*/]+/g, ' ').trim().length >= PURPOSE_CHARS_MIN;
}

function isBarrel({ path, code }: SourceFile): boolean {
  if (/(?:^|\/)index\.tsx?$/.test(path)) return false;
  const rest = code.replaceAll(
    /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*(['"])\s*\1\s*;?/g,
    '',
  );
  return rest !== code && rest.trim() === '';
}
