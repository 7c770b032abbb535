/**
 * Who may import whom. The ladder is the architecture: kit at the bottom, then the five bases, the four planes that
 * never see each other, the API, the composition, the command line. Tests, benchmarks and tools may import anything.
 */
import path from 'node:path';
import type { Finding, Import, SourceFile } from './source-file.ts';
import { isTest } from './source-file.ts';

const BASES = ['trading', 'wire', 'journal', 'store', 'telemetry'] as const;
const PLANES = ['edge', 'federation', 'compliance', 'optimizer'] as const;
const BELOW_PLANES = ['kit', ...BASES];
const BELOW_API = [...BELOW_PLANES, ...PLANES];

/** For each folder of src/, the other folders it may import from. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  trading: ['kit'],
  wire: ['kit', 'trading'],
  journal: ['kit'],
  store: ['kit'],
  telemetry: ['kit'],
  edge: BELOW_PLANES,
  federation: BELOW_PLANES,
  compliance: BELOW_PLANES,
  optimizer: BELOW_PLANES,
  api: BELOW_API,
  app: [...BELOW_API, 'api'],
  cli: [...BELOW_API, 'api', 'app'],
};

/** The message types of trading, which is all that wire may know of it. */
const TRADING_MESSAGES = new Set(['codes.ts', 'commands.ts', 'events.ts', 'terms.ts']);

const BELOW_SDK: ReadonlySet<string> = new Set(['kit', 'wire', 'trading']);
const API_SCHEMAS = 'src/api/schemas/';

const PURE_FOLDERS = new Set(['kit', 'trading', 'wire']);
const FOLDERS_WITHOUT_PACKAGES = new Set(['kit', 'trading', 'wire']);

/** Finds imports that the ladder does not allow, in a file of src/. */
export function checkLayers(file: SourceFile): Finding[] {
  const folder = folderOf(file.path);
  if (folder === undefined) return [];
  if (!(folder in MAY_IMPORT)) return [finding(file, 1, `src/${folder} is not a folder of the layout`)];
  return file.imports.flatMap((imported) => {
    const message = isOwnFile(imported) ? checkOwn(file, folder, imported) : checkForeign(file, folder, imported);
    return message === undefined ? [] : [finding(file, imported.line, message)];
  });
}

/**
 * Finds what the console and the SDK must not know: the server's insides. The SDK carries the wire format; the console
 * may name the types of the API's answers, which leave nothing in its build.
 */
export function checkClients(file: SourceFile): Finding[] {
  const client = /^(console|sdk)\//.exec(file.path)?.[1];
  if (client === undefined || isTest(file.path)) return [];
  return file.imports.flatMap((imported) => {
    const target = targetOf(file.path, imported.specifier);
    const folder = folderOf(target);
    if (folder === undefined || (client === 'sdk' && BELOW_SDK.has(folder))) return [];
    if (client === 'console' && imported.typeOnly && target.startsWith(API_SCHEMAS)) return [];
    return [finding(file, imported.line, `${client} must not import ${imported.specifier}: it talks to the API`)];
  });
}

function checkOwn(file: SourceFile, folder: string, { specifier }: Import): string | undefined {
  const target = targetOf(file.path, specifier);
  const targetFolder = folderOf(target);
  if (specifier.startsWith('.') && targetFolder !== folder)
    return `${specifier} leaves its folder; write #folder/file.ts`;
  if (targetFolder === undefined || !/\.(ts|json)$/.test(specifier))
    return `${specifier} names no file of src/ with its extension`;
  if (targetFolder === folder) return checkPorts(file, target, specifier);
  if (!(MAY_IMPORT[folder] ?? []).includes(targetFolder))
    return `${folder} must not import ${targetFolder} (${specifier})`;
  const knowsTooMuch =
    folder === 'wire' && targetFolder === 'trading' && !TRADING_MESSAGES.has(path.posix.basename(target));
  if (knowsTooMuch && !isTest(file.path)) return `wire may use the message types of trading only, not ${specifier}`;
  return undefined;
}

/** Ports are types that others implement; a port that needs the rest of kit's code would no longer be one. */
function checkPorts(file: SourceFile, target: string, specifier: string): string | undefined {
  const fromKit = file.path.startsWith('src/kit/') && !file.path.startsWith('src/kit/ports/');
  return fromKit && target.startsWith('src/kit/ports/') ? `kit must not depend on the port ${specifier}` : undefined;
}

function checkForeign(file: SourceFile, folder: string, { specifier }: Import): string | undefined {
  if (isTest(file.path)) return undefined;
  if (specifier.startsWith('node:')) {
    return PURE_FOLDERS.has(folder) ? `${folder} is pure and must not import ${specifier}` : undefined;
  }
  return FOLDERS_WITHOUT_PACKAGES.has(folder) ? `${folder} must not import the package ${specifier}` : undefined;
}

function isOwnFile({ specifier }: Import): boolean {
  return specifier.startsWith('.') || specifier.startsWith('#');
}

/** The path in the repository that a specifier names; packages keep their name. */
export function targetOf(importer: string, specifier: string): string {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(importer), specifier) : specifier;
}

function folderOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function finding(file: SourceFile, line: number, message: string): Finding {
  return { path: file.path, line, message };
}
