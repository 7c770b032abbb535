/**
 * Checks a proof (c2sp.org/tlog-proof) in the browser: the entry's path to the root, the root's signatures, and for an order
 * its path within the journal range. Trusts the keys it is given and nothing that the server says.
 */
import { fromBase64, hexOf, joined, keyIdOf, leafHash, walk, type PathStep } from './merkle.ts';

const ED25519 = 0x01;
const COSIGNATURE_ED25519 = 0x04;
const COSIGNATURE_ML_DSA_44 = 0x06;
const TIME_BYTES = 8;
const KEY_ID_BYTES = 4;
const LABEL = new TextEncoder().encode('subtree/v1\n\0');

/** One thing that was checked. */
export interface CheckedStep {
  readonly title: string;
  readonly holds: boolean;
  readonly detail: string;
}

export interface CheckedProof {
  readonly holds: boolean;
  readonly steps: readonly CheckedStep[];
  /** The path from the entry to the root; empty where it could not be walked. */
  readonly path: readonly PathStep[];
  readonly entryText: string;
  readonly origin: string;
  readonly index: number;
  readonly size: number;
  /** Sequence in the journal, where the proof is of a command. */
  readonly sequence: number | null;
}

interface Key {
  readonly name: string;
  readonly id: string;
  readonly type: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Extra {
  readonly entry?: string;
  readonly command?: string;
  readonly commandIndex?: number;
  readonly commandPath?: readonly string[];
}

/** Why this page cannot check anything here; undefined where it can. */
export function whyNot(secure: boolean, subtle: unknown): string | undefined {
  if (secure && subtle !== undefined) return undefined;
  return (
    'Browsers do cryptography only on pages that nobody on the way can have changed: over https, or on this machine itself ' +
    '(http://localhost). This page came over plain http from another host, so a check made here would prove nothing. Open ' +
    'it over https, or save the proof and run: nautilus audit verify --proof FILE --key KEY'
  );
}

/** Checks a proof's text against keys, a line each. Throws an Error with a sentence where the text is no proof at all. */
export async function checkProof(text: string, trusted: readonly string[]): Promise<CheckedProof> {
  const { extra, index, path, note } = parseProof(text);
  const [origin = '', sizeText = '', rootText = ''] = note.text.split('\n');
  const size = Number(sizeText);
  const root = fromBase64(rootText);
  const entry = fromBase64(extra.entry ?? '');
  if (root === undefined || entry === undefined || !Number.isSafeInteger(size))
    throw new Error('It holds no checkpoint.');
  const steps: CheckedStep[] = [];
  const entryText = new TextDecoder().decode(entry);
  const sequence = extra.command === undefined ? null : await checkCommand(extra, entryText, steps);
  const walked = await walk(await leafHash(entry), index, size, path);
  const leads = walked !== undefined && hexOf(walked.root) === hexOf(root);
  steps.push({
    title: `The entry’s path of ${path.length} hashes leads to the root of the checkpoint`,
    holds: leads,
    detail: walked === undefined ? 'the path does not belong there' : `root ${hexOf(walked.root)}`,
  });
  steps.push(...(await checkSignatures(note, origin, size, root, trusted)));
  const holds = steps.every((step) => step.holds);
  return { holds, steps, path: walked?.steps ?? [], entryText, origin, index, size, sequence };
}

async function checkCommand(extra: Extra, entryText: string, steps: CheckedStep[]): Promise<number | null> {
  const range = JSON.parse(entryText) as { count?: number; root?: string; firstSequence?: number };
  const command = fromBase64(extra.command ?? '');
  const path = (extra.commandPath ?? []).map(fromBase64);
  const { commandIndex = -1 } = extra;
  const known = path.filter((one) => one !== undefined);
  const walked =
    command === undefined || known.length !== path.length
      ? undefined
      : await walk(await leafHash(command), commandIndex, range.count ?? 0, known);
  steps.push({
    title: `The command’s path of ${path.length} hashes leads to the root of its journal range`,
    holds: walked !== undefined && hexOf(walked.root) === range.root,
    detail: walked === undefined ? 'the path does not belong there' : `range root ${hexOf(walked.root)}`,
  });
  return range.firstSequence === undefined ? null : range.firstSequence + commandIndex;
}

interface Note {
  readonly text: string;
  readonly signatures: readonly { name: string; id: string; bytes: Uint8Array<ArrayBuffer> }[];
}

async function checkSignatures(
  note: Note,
  origin: string,
  size: number,
  root: Uint8Array,
  trusted: readonly string[],
): Promise<CheckedStep[]> {
  const steps: CheckedStep[] = [];
  let byLog = 0;
  for (const line of trusted) {
    const key = await parseKey(line);
    const signature = note.signatures.find(({ name, id }) => name === key.name && id === key.id);
    if (signature === undefined) continue;
    const holds = await verifies(key, note.text, { origin, size, root }, signature.bytes);
    if (holds && key.name === origin) byLog++;
    steps.push({ title: `Signed by ${key.name}`, holds, detail: `${kindOf(key.type)}, key ${key.id}` });
  }
  if (byLog === 0) {
    const detail = 'none of the trusted keys of the log signed this checkpoint';
    steps.push({ title: 'Signed by the log', holds: false, detail });
  }
  return steps;
}

async function verifies(
  key: Key,
  text: string,
  head: { origin: string; size: number; root: Uint8Array },
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (key.type === ED25519) return verifyEd25519(key.bytes, signature, new TextEncoder().encode(text));
  const time = signature.subarray(0, TIME_BYTES);
  const rest = signature.slice(TIME_BYTES);
  if (key.type === COSIGNATURE_ED25519) {
    const seconds = new DataView(time.buffer, time.byteOffset, TIME_BYTES).getBigUint64(0);
    return verifyEd25519(key.bytes, rest, new TextEncoder().encode(`cosignature/v1\ntime ${seconds}\n${text}`));
  }
  if (key.type !== COSIGNATURE_ML_DSA_44) return false;
  const name = new TextEncoder().encode(key.name);
  const origin = new TextEncoder().encode(head.origin);
  const size = new Uint8Array(TIME_BYTES);
  new DataView(size.buffer).setBigUint64(0, BigInt(head.size));
  const start = new Uint8Array(TIME_BYTES);
  const message = joined(
    LABEL,
    Uint8Array.of(name.length),
    name,
    time,
    Uint8Array.of(origin.length),
    origin,
    start,
    size,
    head.root,
  );
  // Loaded only when something is checked: it is the largest part of this page.
  const { ml_dsa44 } = await import('@noble/post-quantum/ml-dsa.js');
  return ml_dsa44.verify(rest, message, key.bytes);
}

async function verifyEd25519(
  publicKey: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, signature, message);
}

function parseProof(text: string): { extra: Extra; index: number; path: Uint8Array[]; note: Note } {
  const split = text.indexOf('\n\n');
  const lines = text.slice(0, split).split('\n');
  if (split < 0 || lines.shift() !== 'c2sp.org/tlog-proof@v1')
    throw new Error('This is not a file of c2sp.org/tlog-proof.');
  const extraLine = lines[0]?.startsWith('extra ') ? lines.shift() : undefined;
  const extra = fromBase64(extraLine?.slice('extra '.length) ?? '');
  const index = /^index (\d{1,16})$/.exec(lines.shift() ?? '')?.[1];
  const path = lines.map(fromBase64);
  if (extra === undefined || index === undefined) throw new Error('Its first lines are not those of a proof.');
  const known = path.filter((one) => one !== undefined);
  if (known.length !== path.length) throw new Error('A line of its path is not a hash.');
  const decoded = JSON.parse(new TextDecoder().decode(extra) || '{}') as Extra;
  return { extra: decoded, index: Number(index), path: known, note: parseNote(text.slice(split + 2)) };
}

function parseNote(note: string): Note {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw new Error('Its checkpoint has no signatures.');
  const lines = note.slice(split + 2, -1).split('\n');
  const signatures = lines.map((line) => {
    const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = fromBase64(encoded);
    if (bytes === undefined || bytes.length <= KEY_ID_BYTES)
      throw new Error('A signature line of its checkpoint is damaged.');
    return { name, id: hexOf(bytes.subarray(0, KEY_ID_BYTES)), bytes: bytes.slice(KEY_ID_BYTES) };
  });
  return { text: note.slice(0, split + 1), signatures };
}

async function parseKey(line: string): Promise<Key> {
  const [, name = '', id = '', encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(line.trim()) ?? [];
  const material = fromBase64(encoded);
  if (material === undefined || material.length < 2) throw new Error('A trusted key is not of the form name+id+key.');
  if ((await keyIdOf(name, material)) !== id) throw new Error(`The id of the key ${name} is not that of its bytes.`);
  return { name, id, type: material[0] ?? 0, bytes: material.slice(1) };
}

function kindOf(type: number): string {
  if (type === COSIGNATURE_ML_DSA_44) return 'ML-DSA-44 with its time (FIPS 204)';
  return type === ED25519 ? 'Ed25519' : 'Ed25519 with its time';
}
