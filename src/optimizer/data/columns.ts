/**
 * Reads the columns of a delimited text file, plain or gzip, and the members of a tar archive. Only what the load files
 * need: no quoting. Fails with a coded error that names file and line; never guesses a value.
 */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { CodedError } from '#kit/errors.ts';
import { DATA_ERRORS } from './errors.ts';

const TAR_BLOCK_BYTES = 512;
const TAR_MEMBERS_MAX = 10_000;
/** Larger than any of the files, so that a hostile archive cannot fill the memory. */
const UNPACKED_BYTES_MAX = 1 << 30;

/** A file's bytes, unpacked when its name ends in .gz. */
export function readBytes(file: string): Buffer {
  if (!existsSync(file)) throw new CodedError(DATA_ERRORS.LOAD_FILE_MISSING, file);
  const bytes = readFileSync(file);
  if (!file.endsWith('.gz')) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch (error) {
    throw new CodedError(DATA_ERRORS.LOAD_FILE_MALFORMED, `${file}: ${String(error)}`, { cause: error });
  }
}

/** The text of one member of a tar archive. */
export function readTarMember(archive: Buffer, name: string): string {
  let at = 0;
  for (let member = 0; member < TAR_MEMBERS_MAX && at + TAR_BLOCK_BYTES <= archive.length; member++) {
    const path = zeroEnded(archive, at, 100);
    if (path === '') break;
    const bytes = Number.parseInt(zeroEnded(archive, at + 124, 12).trim(), 8);
    if (!Number.isInteger(bytes)) break;
    const start = at + TAR_BLOCK_BYTES;
    if (path === name || path.endsWith(`/${name}`)) return archive.toString('utf8', start, start + bytes);
    at = start + Math.ceil(bytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
  }
  throw new CodedError(DATA_ERRORS.LOAD_FILE_MISSING, `${name} in its archive`);
}

function zeroEnded(bytes: Buffer, at: number, length: number): string {
  const text = bytes.toString('latin1', at, at + length);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/**
 * The named columns of comma-separated text with a header, as numbers (NaN where a field is empty or no number).
 * A column called `timestamp` holds `yyyy-mm-dd hh:mm:ss` in UTC and becomes microseconds since the epoch.
 */
export function readColumns(text: string, names: readonly string[], source: string): Float64Array[] {
  const lines = text.split('\n');
  const header = lines[0].trim().split(',');
  const places = names.map((name) => header.indexOf(name));
  if (places.includes(-1)) {
    throw new CodedError(DATA_ERRORS.LOAD_FILE_MALFORMED, `${source}: columns ${names.join(', ')} are needed`);
  }
  const rows = lines.slice(1).filter((line) => line.trim() !== '');
  const columns = names.map(() => new Float64Array(rows.length));
  for (let row = 0; row < rows.length; row++) {
    const fields = rows[row].split(',');
    for (let column = 0; column < names.length; column++) {
      const field = fields[places[column]]?.trim() ?? '';
      columns[column][row] = names[column] === 'timestamp' ? parseUtc(field, source, row + 2) : toNumber(field);
    }
  }
  return columns;
}

function toNumber(field: string): number {
  return field === '' ? Number.NaN : Number(field);
}

function parseUtc(field: string, source: string, line: number): number {
  const millis = Date.parse(`${field.replace(' ', 'T')}Z`);
  if (Number.isNaN(millis)) throw new CodedError(DATA_ERRORS.LOAD_FILE_MALFORMED, `${source}:${line}: time ${field}`);
  return millis * 1000;
}
