/**
 * `nautilus journal inspect|verify|export`: what the journal of a data folder holds, whether all of it is whole, and its
 * commands as lines of JSON. Reads only; a journal that a node is writing may be read.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { JournalFolder } from '#journal/folder.ts';
import { kernelBootId } from '#journal/file-journal.ts';
import { systemFiles } from '#journal/files.ts';
import { inspectJournal, verifyJournal } from '#journal/inspection.ts';
import type { Verification } from '#journal/inspection.ts';
import { JOURNAL_ERRORS } from '#journal/errors.ts';
import { CodedError } from '#kit/errors.ts';
import { CLI_ERRORS } from './errors.ts';
import { table } from './output.ts';
import type { Result } from './output.ts';

/** The journal of a data folder. Throws CLI_NO_DATA. */
export function journalOf(dataFolder: string): JournalFolder {
  const path = join(dataFolder, 'journal');
  if (!existsSync(path)) throw new CodedError(CLI_ERRORS.CLI_NO_DATA, path);
  return new JournalFolder(path, systemFiles);
}

/** What there is: epochs, segments, snapshots. Throws CLI_NO_DATA and the journal's own codes. */
export async function journalInspection(dataFolder: string): Promise<Result> {
  const found = inspectJournal(journalOf(dataFolder));
  const epochs = found.epochs.map(({ epoch, sealedBy, lastSequence, tornBytes }) => [
    epoch,
    sealedBy === undefined ? 'open' : `sealed by ${sealedBy}`,
    lastSequence ?? '—',
    tornBytes,
  ]);
  const segments = found.segments.map(({ file, fileBytes, firstSequence }) => [
    nameIn(found.folder, file),
    fileBytes,
    firstSequence ?? '—',
  ]);
  const snapshots = found.snapshots.map(({ file, sequence, fileBytes }) => [
    nameIn(found.folder, file),
    fileBytes,
    sequence,
  ]);
  const lines = [
    `Journal in ${found.folder}`,
    '',
    ...table(['epoch', 'state', 'last sequence', 'bytes cut'], epochs),
    '',
    ...table(['segment', 'bytes', 'first sequence'], segments),
    '',
    ...(snapshots.length === 0 ? ['no snapshots'] : table(['snapshot', 'bytes', 'sequence'], snapshots)),
  ];
  return { json: found, lines };
}

/** Reads and checks everything. Throws JOURNAL_CORRUPT, after showing what is whole and what is not, when damage is found. */
export async function journalVerification(dataFolder: string, show: (result: Result) => void): Promise<Result> {
  const folder = journalOf(dataFolder);
  const found = await verifyJournal(folder, kernelBootId());
  const result = { json: found, lines: verificationLines(folder.path, found) };
  if (found.damages.length === 0) return result;
  show(result);
  const [first] = found.damages;
  throw new CodedError(JOURNAL_ERRORS.JOURNAL_CORRUPT, `${found.damages.length} found, the first in ${first.file}`);
}

function verificationLines(path: string, found: Verification): string[] {
  const { entries, batches, bytes, firstSequence, lastSequence, snapshots, tornBytes, damages } = found;
  return [
    `Journal in ${path}`,
    `${entries} entries in ${batches} batches, ${bytes} bytes, sequences ${firstSequence} to ${lastSequence}`,
    `${snapshots} snapshots`,
    ...(tornBytes === 0 ? [] : [`${tornBytes} bytes of an unfinished write at the end: the next leader cuts them off`]),
    ...(damages.length === 0
      ? ['all of it is whole']
      : table(
          ['file', 'at byte', 'sequence', 'finding'],
          damages.map(({ file, offsetBytes, sequence, finding }) => [
            nameIn(path, file),
            offsetBytes,
            sequence,
            finding,
          ]),
        )),
  ];
}

function nameIn(folder: string, file: string): string {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
}
