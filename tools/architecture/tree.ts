/** Reads the repository's files for the rules: what git would commit, tracked or new. Never reads ignored files. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SourceFile } from './source-file.ts';
import { sourceFile } from './source-file.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const LISTING_BYTES_MAX = 64 * 1024 * 1024;

/** Paths from the root of the repository, with forward slashes, for which `wanted` answers true. */
export function readTree(wanted: (path: string) => boolean): SourceFile[] {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: LISTING_BYTES_MAX,
  });
  const paths = new Set(listing.split('\0').filter((name) => name !== '' && wanted(name)));
  return [...paths].toSorted().flatMap((name) => {
    const text = readIfThere(path.join(ROOT, name));
    return text === undefined ? [] : [sourceFile(name, text)];
  });
}

/** A file deleted but not yet committed as deleted is in the listing and not on the disk. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
