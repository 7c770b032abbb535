/**
 * Reads the YAML files a user edits and checks them against a schema. Every mistake becomes one line that names the
 * file, the line and the place in the document; nothing of a file with a mistake is used.
 */
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { CodedError, defineErrors } from '#kit/errors.ts';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';

const errors = defineErrors({
  APP_CONFIG_INVALID: {
    title: 'The configuration has mistakes',
    httpStatus: 500,
    help: 'Each line names a file, a line and what is wrong there. Correct them and start again; nothing was changed.',
  },
});

/** How many mistakes of one file are listed. */
const MISTAKES_SHOWN_MAX = 50;

/** A place in a document: keys and list positions from the top. */
export type ConfigPath = readonly PropertyKey[];

/** A mistake and its place, for those who show them otherwise than as lines of text. */
export interface ConfigMistake {
  readonly line: number;
  readonly path: ConfigPath;
  readonly message: string;
}

/** A checked file, and how to name a place in it when a later check finds a mistake there. */
export interface ConfigFile<T> {
  readonly value: T;
  /** The line of a place, from 1. */
  lineOf(path: ConfigPath): number;
  /** One line of text for a mistake at `path`. */
  mistake(path: ConfigPath, message: string): string;
}

/**
 * Parses `text` and checks it against `schema`.
 * @param fileName how messages name the file
 * @returns the checked value, or one line for each mistake
 */
export function readConfig<Schema extends z.ZodType>(
  text: string,
  fileName: string,
  schema: Schema,
): Result<ConfigFile<z.output<Schema>>, string[]> {
  const file = parseConfig(text, schema);
  if (!file.ok) return err(file.error.map((mistake) => mistakeText(fileName, mistake)));
  const { value, lineOf } = file.value;
  const mistake = (path: ConfigPath, message: string): string =>
    mistakeText(fileName, { line: lineOf(path), path, message });
  return ok({ value, lineOf, mistake });
}

/** The same with mistakes as data. */
export function parseConfig<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): Result<Pick<ConfigFile<z.output<Schema>>, 'value' | 'lineOf'>, ConfigMistake[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return err(
      document.errors.slice(0, MISTAKES_SHOWN_MAX).map(({ message, linePos }) => ({
        line: linePos?.[0].line ?? 1,
        path: [],
        message: firstLine(message),
      })),
    );
  }
  const lineOf = (path: ConfigPath): number => placeOf(document, lines, path);
  const checked = schema.safeParse(document.toJS());
  if (checked.success) return ok({ value: checked.data, lineOf });
  return err(
    checked.error.issues
      .slice(0, MISTAKES_SHOWN_MAX)
      .map((issue) => ({ line: lineOf(issue.path), path: issue.path, message: issueText(issue) })),
  );
}

/** One line of text for a mistake. */
function mistakeText(fileName: string, { line, path, message }: ConfigMistake): string {
  return `${fileName}:${line}: ${path.length === 0 ? '' : `${configPathText(path)}: `}${message}`;
}

/** The coded error for a configuration with `mistakes`, one line each. */
export function configError(mistakes: readonly string[]): CodedError {
  return new CodedError(errors.APP_CONFIG_INVALID, `\n${mistakes.join('\n')}`);
}

function issueText(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

/** The line of the deepest part of `path` that the document has. */
function placeOf(document: Document, lines: LineCounter, path: ConfigPath): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    if (Array.isArray(range) && typeof range[0] === 'number') return lines.linePos(range[0]).line;
  }
  return 1;
}

/** A place as people write it: `clusters[3].region`. */
export function configPathText(path: ConfigPath): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0].replace(/:$/, '');
}
