/**
 * What a signer and a witness have in common: the newest tree they signed of each log, and that they sign only what
 * continues it. The memory is durable before a signature leaves, and its times never run back.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import { cosignedMessage, checkpointText, timestamped } from './checkpoint.ts';
import type { TreeHead } from './checkpoint.ts';
import { systemDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { AUDIT_ERRORS } from './errors.ts';
import { EMPTY_ROOT, isConsistent, sameHash } from './merkle.ts';
import { signatureLine } from './note.ts';
import type { SigningKey } from './keys.ts';

/** The newest tree of a log that was signed. */
export interface SignedTree {
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly timeSeconds: number;
}

/** Why nothing was signed. `known` is the newest tree that was. */
export interface CosignRefusal {
  readonly kind: 'another-size' | 'inconsistent' | 'another-root';
  readonly known: SignedTree;
}

const MICROS_PER_SECOND = 1_000_000;
const NOTHING: SignedTree = { size: 0, root: Buffer.from(EMPTY_ROOT).toString('base64'), timeSeconds: 0 };

export class Cosigner {
  private readonly path: string;
  private readonly clock: Clock;
  private readonly disk: Disk;
  private readonly trees: Map<string, SignedTree>;
  private storing: Promise<unknown> = Promise.resolve();

  /** @param path the file of its memory. Throws AUDIT_KEY_UNUSABLE where that cannot be read: forgetting is not an option. */
  constructor(path: string, clock: Clock, disk: Disk = systemDisk) {
    this.path = path;
    this.clock = clock;
    this.disk = disk;
    this.trees = readTrees(path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  /** The newest tree of that log. */
  known(origin: string): SignedTree {
    return this.trees.get(origin) ?? NOTHING;
  }

  /** Remembers a tree that continues the known one, durably. Returns the time of its signatures. */
  async advance(head: TreeHead, oldSize: number, proof: readonly Uint8Array[]): Promise<Result<number, CosignRefusal>> {
    const mine = this.storing.then(async () => this.advanceAlone(head, oldSize, proof));
    // The next one waits for this one's end, however it ends.
    this.storing = mine.catch(() => undefined);
    return mine;
  }

  private async advanceAlone(
    head: TreeHead,
    oldSize: number,
    proof: readonly Uint8Array[],
  ): Promise<Result<number, CosignRefusal>> {
    const known = this.known(head.origin);
    if (oldSize !== known.size) return err({ kind: 'another-size', known });
    const root = Buffer.from(known.root, 'base64');
    if (head.size === known.size && !sameHash(root, head.root)) return err({ kind: 'another-root', known });
    if (!isConsistent(known.size, root, head.size, head.root, proof)) return err({ kind: 'inconsistent', known });
    const timeSeconds = Math.max(known.timeSeconds, Math.floor(this.clock.nowMicros() / MICROS_PER_SECOND));
    const next = { size: head.size, root: Buffer.from(head.root).toString('base64'), timeSeconds };
    const all = new Map(this.trees).set(head.origin, next);
    this.disk.put(this.path, Buffer.from(`${JSON.stringify(Object.fromEntries(all))}\n`));
    await this.disk.settle([this.path]);
    this.trees.set(head.origin, next);
    return ok(timeSeconds);
  }
}

/** One timestamped signature line of a tree head (c2sp.org/tlog-cosignature). */
export async function cosign(signing: SigningKey, head: TreeHead, text: string, timeSeconds: number): Promise<string> {
  const signature = await signing.sign(cosignedMessage(signing.key, head, text, timeSeconds));
  return signatureLine(signing.key, timestamped(timeSeconds, signature));
}

/** One plain signature line over a head's text. */
export async function signText(signing: SigningKey, head: TreeHead): Promise<string> {
  return signatureLine(signing.key, await signing.sign(Buffer.from(checkpointText(head), 'utf8')));
}

function readTrees(path: string): Map<string, SignedTree> {
  if (!existsSync(path)) return new Map();
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, SignedTree>));
  } catch (error) {
    throw new CodedError(AUDIT_ERRORS.AUDIT_KEY_UNUSABLE, path, { cause: error });
  }
}
