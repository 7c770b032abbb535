/**
 * `nautilus audit verify|prove|export|keys|witness`: what an outsider does with an audit log, from files alone. Nothing here
 * asks a running platform, and nothing changes the log.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { idText, parseCheckpoint } from '#compliance/audit/checkpoint.ts';
import { decodeEntry } from '#compliance/audit/entry.ts';
import { AUDIT_ERRORS } from '#compliance/audit/errors.ts';
import { readKeyRecords } from '#compliance/audit/keys.ts';
import { parseVkey } from '#compliance/audit/note.ts';
import type { VerifierKey } from '#compliance/audit/note.ts';
import { inclusionProof } from '#compliance/audit/proofs.ts';
import { TILE_WIDTH, TileFolder } from '#compliance/audit/tiles.ts';
import { checkProof, proofText } from '#compliance/audit/tlog-proof.ts';
import { verifyLog } from '#compliance/audit/verify.ts';
import { Witness } from '#compliance/audit/witness.ts';
import { serveWitness } from '#compliance/audit/witness-server.ts';
import { createSystemClock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { CLI_ERRORS } from './errors.ts';
import { table } from './output.ts';
import type { Result } from './output.ts';

/** Where the log and the keys that are trusted come from. */
export interface AuditSource {
  readonly data: string;
  /** Folder of the log, instead of the data folder's own. */
  readonly log?: string;
  /** Keys to trust, instead of those that lie in the data folder. */
  readonly key: readonly string[];
}

/** Checks a whole log. Throws AUDIT_CORRUPT, after showing every finding, when something is not as it must be. */
export async function auditVerification(source: AuditSource, show: (result: Result) => void): Promise<Result> {
  const folder = logFolder(source);
  const found = await verifyLog(folder, trustedKeys(source));
  const { origin, size, signatures, days, tornBytes, findings } = found;
  const signed = signatures.map(({ key, timeSeconds }) => ({
    name: key.name,
    keyId: idText(key),
    timeSeconds: timeSeconds ?? null,
  }));
  const result = {
    json: { origin, size, signatures: signed, days, tornBytes, findings },
    lines: [
      `Audit log ${origin} in ${folder}`,
      `${size} entries read, each in its tile, all under the signed root`,
      ...signed.map(({ name, keyId }) => `signed by ${name} (${keyId})`),
      `${days} signed roots of days`,
      keysLine(source),
      ...(tornBytes === 0 ? [] : [`${tornBytes} bytes of a write that is being made, or was never finished`]),
      ...(findings.length === 0
        ? ['all of it is as it was signed']
        : table(
            ['file', 'at byte', 'finding'],
            findings.map(({ file, offsetBytes, finding }) => [file, offsetBytes ?? '—', finding]),
          )),
    ],
  };
  if (findings.length === 0) return result;
  show(result);
  throw new CodedError(AUDIT_ERRORS.AUDIT_CORRUPT, `${findings.length} found, the first in ${findings[0].file}`);
}

/** Checks a proof file, on its own. Throws AUDIT_PROOF_INVALID, AUDIT_SIGNATURE_INVALID, AUDIT_NOTE_MALFORMED. */
export async function proofVerification(source: AuditSource, file: string): Promise<Result> {
  if (!existsSync(file)) throw new CodedError(CLI_ERRORS.CLI_NOT_FOUND, file);
  const { index, size, origin, entry, sequence, signatures } = checkProof(
    readFileSync(file, 'utf8'),
    trustedKeys(source),
  );
  const signed = signatures.map(({ key }) => `${key.name} (${idText(key)})`);
  return {
    json: { holds: true, origin, index, size, sequence: sequence ?? null, entry, signedBy: signed },
    lines: [
      'the proof holds',
      `entry ${index} of ${size} in ${origin}`,
      ...(sequence === undefined ? [] : [`command ${sequence} of the journal`]),
      JSON.stringify(entry),
      ...signed.map((name) => `signed by ${name}`),
      keysLine(source),
    ],
  };
}

/** Writes the offline proof of an entry. Throws AUDIT_NOT_PROVABLE. */
export async function auditProof(source: AuditSource, index: number, out: string | undefined): Promise<Result> {
  const folder = logFolder(source);
  const checkpoint = readFileSync(join(folder, 'checkpoint'), 'utf8');
  const { size } = parseCheckpoint(checkpoint);
  if (index >= size) throw new CodedError(AUDIT_ERRORS.AUDIT_NOT_PROVABLE, `the checkpoint is of size ${size}`);
  const tiles = new TileFolder(folder, size);
  const bytes = tiles.entries(Math.floor(index / TILE_WIDTH))[index % TILE_WIDTH];
  const text = proofText(index, inclusionProof(tiles, index, size), checkpoint, { entry: bytes.toString('base64') });
  checkProof(text, trustedKeys(source));
  const file = resolve(out ?? `entry-${index}.tlog-proof`);
  writeFileSync(file, text);
  return { json: { index, size, file }, lines: [`the proof of entry ${index} of ${size} is in ${file}`] };
}

/** Writes entries as lines of JSON to standard output. */
export async function printAuditExport(source: AuditSource, from: number, to: number): Promise<void> {
  const folder = logFolder(source);
  const { size } = parseCheckpoint(readFileSync(join(folder, 'checkpoint'), 'utf8'));
  const tiles = new TileFolder(folder, size);
  for (let bundle = Math.floor(from / TILE_WIDTH); bundle * TILE_WIDTH < Math.min(size, to + 1); bundle++) {
    for (const [place, bytes] of tiles.entries(bundle).entries()) {
      const index = bundle * TILE_WIDTH + place;
      const isAsked = index >= from && index <= to && index < size;
      if (isAsked) process.stdout.write(`${JSON.stringify({ index, ...decodeEntry(bytes) })}\n`);
    }
  }
}

/** The log's public keys, to be given to whoever checks it. */
export async function auditKeys(source: AuditSource): Promise<Result> {
  const records = readKeyRecords(keysFolder(source));
  if (records.length === 0) throw new CodedError(CLI_ERRORS.CLI_NO_DATA, keysFolder(source));
  return { json: { keys: records }, lines: records.map(({ vkey }) => vkey) };
}

export interface WitnessOptions {
  /** Its keys and its memory. */
  readonly folder: string;
  readonly name: string;
  /** Keys of the logs it knows, a line each; read again at each request. */
  readonly logKeys: string;
  readonly host: string;
  readonly port: number;
}

/** Runs a witness until the process is ended. */
export async function runWitness({ folder, name, logKeys, host, port }: WitnessOptions): Promise<Result> {
  if (!existsSync(logKeys)) throw new CodedError(CLI_ERRORS.CLI_NOT_FOUND, logKeys);
  const read = (): VerifierKey[] => readFileSync(logKeys, 'utf8').split('\n').filter(Boolean).map(parseVkey);
  const witness = new Witness(folder, name, read, createSystemClock());
  const served = await serveWitness(witness, host, port);
  const url = `http://${host}:${served.port}`;
  return {
    json: { url, vkeys: witness.vkeys },
    lines: [`witness ${name} at ${url}, POST /add-checkpoint; ends with Ctrl+C`, 'its keys:', ...witness.vkeys],
  };
}

function logFolder({ data, log }: AuditSource): string {
  const folder = resolve(log ?? join(data, 'audit'));
  if (!existsSync(join(folder, 'checkpoint'))) throw new CodedError(CLI_ERRORS.CLI_NO_DATA, folder);
  return folder;
}

function keysFolder({ data }: AuditSource): string {
  return resolve(data, 'keys', 'audit');
}

function trustedKeys(source: AuditSource): VerifierKey[] {
  const given = source.key.flatMap((one) =>
    existsSync(one) ? readFileSync(one, 'utf8').split('\n').filter(Boolean) : [one],
  );
  if (given.length > 0) return given.map(parseVkey);
  const witnesses = readKeyRecords(resolve(source.data, 'keys', 'audit-witness'));
  const known = [...readKeyRecords(keysFolder(source)), ...witnesses].map(({ vkey }) => parseVkey(vkey));
  if (known.length === 0) throw new CodedError(CLI_ERRORS.CLI_USAGE, 'no keys to trust: give them with --key');
  return known;
}

function keysLine({ key, data }: AuditSource): string {
  return key.length > 0
    ? 'trusted: the keys that were given'
    : `trusted: the keys in ${join(data, 'keys')}; an outsider gives his own with --key`;
}
