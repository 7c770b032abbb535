/**
 * Checks a whole log from its files alone: every entry, every tile, every checkpoint, and that nothing else lies there. Says
 * for each difference which file is wrong and where in it. Changes nothing, and trusts only the keys it is given.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '#kit/errors.ts';
import { heldSignatures, parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint, HeldSignature } from './checkpoint.ts';
import { CHECKPOINT_FILE } from './log.ts';
import { HASH_BYTES, hashAt, leafHashInto, sameHash } from './merkle.ts';
import { SignatureType } from './note.ts';
import type { VerifierKey } from './note.ts';
import { treeRoot } from './proofs.ts';
import { RebuiltTree } from './rebuilt-tree.ts';
import { readSegments } from './segments.ts';
import { TILE_BYTES, TILE_WIDTH, decodeBundle, encodeBundle, hashesAtLevel, readIfThere, tilePath } from './tiles.ts';
import { lastUsedByte } from './wal.ts';

/** Something that is not as it must be. */
export interface AuditFinding {
  /** Within the log's folder. */
  readonly file: string;
  /** Where in it, in bytes; undefined where it is about the file as a whole. */
  readonly offsetBytes?: number;
  readonly finding: string;
}

export interface AuditVerification {
  readonly origin: string;
  /** Entries that the checkpoint vouches for, all of which were read. */
  readonly size: number;
  readonly signatures: readonly HeldSignature[];
  /** Notes of days that verify. */
  readonly days: number;
  /** Bytes of a write that was never finished, or is being made now. */
  readonly tornBytes: number;
  readonly findings: readonly AuditFinding[];
}

/** How many findings are listed before it stops looking for more. */
const FINDINGS_MAX = 100;
const BUNDLES_PER_TURN = 64;

/** Verifies the log in `folder`. Throws AUDIT_NOTE_MALFORMED where there is no checkpoint that could be verified. */
export async function verifyLog(folder: string, keys: readonly VerifierKey[]): Promise<AuditVerification> {
  const findings: AuditFinding[] = [];
  const checkpoint = parseCheckpoint(readFileSync(join(folder, CHECKPOINT_FILE), 'utf8'));
  const signatures = checkNote(checkpoint, CHECKPOINT_FILE, keys, findings);
  const tree = new RebuiltTree();
  const bundles = Math.ceil(checkpoint.size / TILE_WIDTH);
  const differing: Differing[] = [];
  for (let index = 0; index < bundles && findings.length < FINDINGS_MAX; index++) {
    readBundle(folder, index, checkpoint.size, tree, differing, findings);
    if (index % BUNDLES_PER_TURN === 0) await nextTurn();
  }
  const isTrue = sameHash(treeRoot(tree, checkpoint.size), checkpoint.root);
  judge(folder, differing, isTrue, tree, checkpoint, findings);
  if (!isTrue && findings.length === 0) {
    findings.push({ file: CHECKPOINT_FILE, finding: 'entries and tiles lead to another root: a fork' });
  }
  checkTiles(folder, checkpoint.size, isTrue ? tree : undefined, findings);
  const days = checkDays(folder, checkpoint, keys, tree, findings);
  const tornBytes = checkSegments(folder, checkpoint.size, tree, findings);
  const { origin, size } = checkpoint;
  return { origin, size, signatures, days, tornBytes, findings: findings.slice(0, FINDINGS_MAX) };
}

/** An entry whose hash is not the one in its tile. */
interface Differing {
  readonly index: number;
  readonly offsetBytes: number;
}

/** Every log key in use must have signed; an Ed25519 signature and a cosignature at the least. */
function checkNote(
  checkpoint: Checkpoint,
  file: string,
  keys: readonly VerifierKey[],
  findings: AuditFinding[],
): HeldSignature[] {
  try {
    const held = heldSignatures(checkpoint, keys);
    const kinds = new Set(held.filter(({ key }) => key.name === checkpoint.origin).map(({ key }) => key.type));
    const wanted =
      file === CHECKPOINT_FILE ? [SignatureType.ed25519, SignatureType.cosignatureMlDsa44] : [SignatureType.other];
    for (const type of wanted) {
      if (!kinds.has(type)) findings.push({ file, finding: `no trusted key of the log signed it (kind ${type})` });
    }
    const unknown = checkpoint.note.signatures.length - held.length;
    if (unknown > 0) findings.push({ file, finding: `${unknown} signatures by keys that are not known` });
    return held;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    findings.push({ file, finding: error.message });
    return [];
  }
}

function readBundle(
  folder: string,
  index: number,
  size: number,
  tree: RebuiltTree,
  differing: Differing[],
  findings: AuditFinding[],
): void {
  const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH);
  const bundlePath = pathThere(folder, 'entries', index, width);
  const bundle = readIfThere(join(folder, bundlePath));
  const entries = bundle === undefined ? undefined : decodeBundle(bundle);
  const tilePathThere = pathThere(folder, 0, index, width);
  const tile = readIfThere(join(folder, tilePathThere));
  if (tile === undefined) findings.push({ file: tilePathThere, finding: 'it is missing' });
  if (entries === undefined || entries.length < width) {
    const finding = bundle === undefined ? 'it is missing' : 'its entries are not whole';
    findings.push({ file: bundlePath, finding });
    for (let place = 0; place < width; place++)
      tree.addHash(tile === undefined ? Buffer.alloc(HASH_BYTES) : hashAt(tile, place));
    return;
  }
  const hash = Buffer.alloc(HASH_BYTES);
  let offsetBytes = 0;
  for (let place = 0; place < width; place++) {
    leafHashInto(entries[place], 0, entries[place].length, hash, 0);
    if (tile !== undefined && !sameHash(hash, hashAt(tile, place))) {
      differing.push({ index: index * TILE_WIDTH + place, offsetBytes });
    }
    offsetBytes += 2 + entries[place].length;
    tree.addHash(hash);
  }
}

/** Which of entry and tile is wrong: entries that lead to the signed root are right, and so are tiles that do. */
function judge(
  folder: string,
  differing: readonly Differing[],
  isTrue: boolean,
  tree: RebuiltTree,
  checkpoint: Checkpoint,
  findings: AuditFinding[],
): void {
  if (differing.length === 0) return;
  for (const { index } of isTrue ? [] : differing) tree.replace(index, storedHash(folder, index, checkpoint.size));
  const tilesAreTrue = !isTrue && sameHash(treeRoot(tree, checkpoint.size), checkpoint.root);
  for (const { index, offsetBytes } of differing) {
    const bundle = Math.floor(index / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, checkpoint.size - bundle * TILE_WIDTH);
    const inTile = { file: pathThere(folder, 0, bundle, width), offsetBytes: (index % TILE_WIDTH) * HASH_BYTES };
    const inBundle = { file: pathThere(folder, 'entries', bundle, width), offsetBytes };
    if (!isTrue) {
      const certainty = tilesAreTrue ? 'is not the one that was signed' : 'or its hash is not the one that was signed';
      findings.push({ ...inBundle, finding: `entry ${index} ${certainty}` });
    }
    if (!tilesAreTrue) findings.push({ ...inTile, finding: `the hash of entry ${index} is not that of its bytes` });
  }
}

/** Every file below `tile/` is one that belongs there, and holds what the entries lead to. */
function checkTiles(folder: string, size: number, tree: RebuiltTree | undefined, findings: AuditFinding[]): void {
  for (const file of filesBelow(folder, 'tile')) {
    if (findings.length >= FINDINGS_MAX) return;
    const place = placeOf(file);
    const hashes = place === undefined ? 0 : hashesAtLevel(size, place.level === 'entries' ? 0 : place.level);
    if (place === undefined || tilePath(place.level, place.index, place.width) !== file) {
      findings.push({ file, finding: 'it does not belong here' });
    } else if (place.index * TILE_WIDTH + place.width > hashes) {
      // Tiles of a newer size are written before its checkpoint; they are checked when there is one.
      if (place.level !== 'entries' && tree !== undefined) continue;
    } else if (place.level !== 'entries' && place.level > 0 && tree !== undefined) {
      compare(file, readFileSync(join(folder, file)), tree.hashes(place.level, place.index, place.width), findings);
    } else if (place.width < TILE_WIDTH) {
      checkPartial(folder, file, place.level, place.index, place.width, findings);
    } else if (place.level === 0 && readFileSync(join(folder, file)).length !== TILE_BYTES) {
      findings.push({ file, finding: `a full tile has ${TILE_BYTES} bytes` });
    }
  }
  for (let level = 1; hashesAtLevel(size, level) > 0; level++) {
    for (let index = 0; index * TILE_WIDTH < hashesAtLevel(size, level); index++) {
      const width = Math.min(TILE_WIDTH, hashesAtLevel(size, level) - index * TILE_WIDTH);
      const file = pathThere(folder, level, index, width);
      if (!existsSync(join(folder, file))) findings.push({ file, finding: 'it is missing' });
    }
  }
}

/** A partial file is the beginning of whatever is wider. */
function checkPartial(
  folder: string,
  file: string,
  level: number | 'entries',
  index: number,
  width: number,
  findings: AuditFinding[],
): void {
  const bytes = readFileSync(join(folder, file));
  const wider = widestOf(folder, level, index);
  if (wider === undefined || wider === file) {
    const isWhole = level === 'entries' ? decodeBundle(bytes)?.length === width : bytes.length === width * HASH_BYTES;
    if (!isWhole) findings.push({ file, finding: 'it does not hold what its name says' });
    return;
  }
  const whole = readFileSync(join(folder, wider));
  const wanted =
    level === 'entries'
      ? encodeBundle(decodeBundle(whole)?.slice(0, width) ?? [])
      : whole.subarray(0, width * HASH_BYTES);
  compare(file, bytes, wanted, findings);
}

function compare(file: string, bytes: Buffer, wanted: Buffer, findings: AuditFinding[]): void {
  if (bytes.equals(wanted)) return;
  let at = 0;
  while (at < bytes.length && bytes[at] === wanted[at]) at++;
  findings.push({ file, offsetBytes: at, finding: 'it is not what the entries lead to' });
}

function checkDays(
  folder: string,
  checkpoint: Checkpoint,
  keys: readonly VerifierKey[],
  tree: RebuiltTree,
  findings: AuditFinding[],
): number {
  let days = 0;
  for (const file of filesBelow(folder, 'days')) {
    try {
      const day = parseCheckpoint(readFileSync(join(folder, file), 'utf8'));
      const before = findings.length;
      checkNote(day, file, keys, findings);
      const isOurs = day.origin === checkpoint.origin && day.size <= checkpoint.size;
      if (!isOurs || !sameHash(treeRoot(tree, day.size), day.root))
        findings.push({ file, finding: 'it is of another history' });
      if (findings.length === before) days++;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      findings.push({ file, finding: error.message });
    }
  }
  return days;
}

/** The newest entries in their segments are those of the tiles. */
function checkSegments(folder: string, size: number, tree: RebuiltTree, findings: AuditFinding[]): number {
  try {
    const { firstIndex, entries, tornBytes, lastName } = readSegments(folder);
    if (firstIndex + entries.length < size) {
      const finding = `its entries end at ${firstIndex + entries.length}, and ${size} were signed`;
      findings.push({ file: `wal/${lastName}`, finding });
    }
    const hash = Buffer.alloc(HASH_BYTES);
    for (const [at, entry] of entries.slice(0, size - firstIndex).entries()) {
      leafHashInto(entry, 0, entry.length, hash, 0);
      if (!sameHash(hash, tree.leaf(firstIndex + at))) {
        findings.push({ file: `wal/${lastName}`, finding: `entry ${firstIndex + at} is not the one of the tiles` });
      }
    }
    const stray = lastUsedByte(readIfThere(join(folder, 'wal/next')) ?? Buffer.alloc(0));
    if (stray >= 0) findings.push({ file: 'wal/next', offsetBytes: stray, finding: 'it is not empty' });
    return tornBytes;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    findings.push({ file: 'wal', finding: error.message });
    return 0;
  }
}

function storedHash(folder: string, index: number, size: number): Uint8Array {
  const tile = Math.floor(index / TILE_WIDTH);
  const path = pathThere(folder, 0, tile, Math.min(TILE_WIDTH, size - tile * TILE_WIDTH));
  return hashAt(readFileSync(join(folder, path)), index % TILE_WIDTH);
}

/** Path of the full tile where there is one, else of the partial one. */
function pathThere(folder: string, level: number | 'entries', index: number, width: number): string {
  const full = tilePath(level, index);
  return existsSync(join(folder, full)) ? full : tilePath(level, index, width);
}

function widestOf(folder: string, level: number | 'entries', index: number): string | undefined {
  if (existsSync(join(folder, tilePath(level, index)))) return tilePath(level, index);
  const partial = `${tilePath(level, index)}.p`;
  const widest = Math.max(...readdirSync(join(folder, partial)).map(Number).filter(Number.isInteger));
  return Number.isFinite(widest) ? `${partial}/${widest}` : undefined;
}

interface TilePlace {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

function placeOf(file: string): TilePlace | undefined {
  const found = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(file);
  if (found === null) return undefined;
  const [, level = '', parts = '', width] = found;
  const index = Number(parts.replaceAll(/[x/]/g, ''));
  return {
    level: level === 'entries' ? level : Number(level),
    index,
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
}

function filesBelow(folder: string, name: string): string[] {
  if (!existsSync(join(folder, name))) return [];
  return readdirSync(join(folder, name), { withFileTypes: true }).flatMap((entry) => {
    const path = `${name}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(folder, path);
    return path.endsWith('.draft') ? [] : [path];
  });
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
