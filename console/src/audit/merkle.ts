/**
 * RFC 6962 hashing and paths with the browser's own SHA-256. Written for the browser alone: the server's code is not used to
 * check what the server says.
 */

const HASH_BYTES = 32;
const LEAF = 0;
const NODE = 1;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Bytes put one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export async function leafHash(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(joined(Uint8Array.of(LEAF), data));
}

/** One step from a leaf towards the root. */
export interface PathStep {
  readonly side: 'left' | 'right';
  readonly sibling: Uint8Array;
  /** The hash after the step. */
  readonly hash: Uint8Array;
}

/**
 * Walks a path from a leaf; the last step's hash is the root it leads to (the leaf itself in a tree of one). Undefined where
 * the path cannot belong to that place of a tree of that size (RFC 9162 section 2.1.3.2).
 */
export async function walk(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Promise<{ readonly root: Uint8Array; readonly steps: readonly PathStep[] } | undefined> {
  if (index < 0 || index >= size) return undefined;
  let place = BigInt(index);
  let last = BigInt(size - 1);
  let hash = leaf;
  const steps: PathStep[] = [];
  for (const sibling of path) {
    if (last === 0n || sibling.length !== HASH_BYTES) return undefined;
    const isRight = place % 2n === 1n || place === last;
    hash = await sha256(
      isRight ? joined(Uint8Array.of(NODE), sibling, hash) : joined(Uint8Array.of(NODE), hash, sibling),
    );
    steps.push({ side: isRight ? 'left' : 'right', sibling, hash });
    if (isRight) {
      while (place % 2n === 0n && place !== 0n) {
        place /= 2n;
        last /= 2n;
      }
    }
    place /= 2n;
    last /= 2n;
  }
  return last === 0n ? { root: hash, steps } : undefined;
}

/** The first four bytes of the hash over a key's name, kind and bytes: its id. */
export async function keyIdOf(name: string, material: Uint8Array): Promise<string> {
  const digest = await sha256(joined(new TextEncoder().encode(`${name}\n`), material));
  return hexOf(digest.subarray(0, 4));
}

export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Standard Base64 in its one spelling; undefined for anything else. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text);
    if (btoa(binary) !== text) return undefined;
    return Uint8Array.from(binary, (char) => char.codePointAt(0) ?? 0);
  } catch {
    return undefined;
  }
}
