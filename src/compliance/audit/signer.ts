/**
 * Signs the log's checkpoints, and only those that continue what it signed before, whatever it is asked. Has the log's keys
 * and nothing else: no entries, no tiles. Runs as a process of its own (signer-main.ts).
 */
import { join } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { checkpointText } from './checkpoint.ts';
import type { TreeHead } from './checkpoint.ts';
import { Cosigner, cosign, signText } from './cosigner.ts';
import type { SignedTree } from './cosigner.ts';
import { AUDIT_ERRORS } from './errors.ts';
import { KeyFolder } from './keys.ts';
import type { KeyRecord } from './keys.ts';
import { SignatureType } from './note.ts';

const TYPES = [SignatureType.ed25519, SignatureType.cosignatureMlDsa44, SignatureType.other] as const;
const MICROS_PER_SECOND = 1_000_000;
const RECENT_MAX = 64;
/** How long a replaced key signs beside its successor. */
const ROTATION_OVERLAP_SECONDS = 7 * 86_400;

/** A request to the signer as it crosses to its process: hashes in Base64. */
export type SignerRequest =
  | { readonly op: 'last' }
  | { readonly op: 'keys' }
  | { readonly op: 'rotate'; readonly overlapSeconds?: number }
  | {
      readonly op: 'sign';
      readonly size: number;
      readonly root: string;
      readonly oldSize: number;
      readonly proof: readonly string[];
    }
  | { readonly op: 'sign-day'; readonly size: number; readonly root: string };

export interface SignerAnswer {
  readonly last: SignedTree;
  readonly keys: readonly KeyRecord[];
  /** Signature lines, where some were asked for. */
  readonly lines: readonly string[];
}

export class AuditSigner {
  private readonly origin: string;
  private readonly clock: Clock;
  private readonly keys: KeyFolder;
  private readonly cosigner: Cosigner;
  /** Roots of the trees signed last, by their sizes. */
  private readonly recent = new Map<number, string>();

  /** @param folder of its keys and its memory. Throws AUDIT_KEY_UNUSABLE. */
  constructor(folder: string, origin: string, clock: Clock) {
    this.origin = origin;
    this.clock = clock;
    this.keys = new KeyFolder(folder, origin, TYPES, this.nowSeconds());
    this.cosigner = new Cosigner(join(folder, 'signed.json'), clock);
  }

  /** Throws AUDIT_SIGNER_REFUSED. */
  async answer(request: SignerRequest): Promise<SignerAnswer> {
    let lines: string[] = [];
    if (request.op === 'rotate')
      this.keys.rotate(this.nowSeconds(), request.overlapSeconds ?? ROTATION_OVERLAP_SECONDS);
    if (request.op === 'sign') lines = await this.sign(headOf(this.origin, request), request.oldSize, request.proof);
    if (request.op === 'sign-day') lines = await this.signDay(headOf(this.origin, request));
    return { last: this.cosigner.known(this.origin), keys: this.keys.records, lines };
  }

  private async sign(head: TreeHead, oldSize: number, proof: readonly string[]): Promise<string[]> {
    const hashes = proof.map((one) => Buffer.from(one, 'base64'));
    const advanced = await this.cosigner.advance(head, oldSize, hashes);
    if (!advanced.ok) {
      const { kind, known } = advanced.error;
      throw new CodedError(
        AUDIT_ERRORS.AUDIT_SIGNER_REFUSED,
        `${kind}: it signed size ${known.size}, asked for ${head.size}`,
      );
    }
    this.remember(head);
    const now = this.nowSeconds();
    const text = checkpointText(head);
    return [
      ...(await Promise.all(this.keys.signing(SignatureType.ed25519, now).map(async (key) => signText(key, head)))),
      ...(await Promise.all(
        this.keys
          .signing(SignatureType.cosignatureMlDsa44, now)
          .map(async (key) => cosign(key, head, text, advanced.value)),
      )),
    ];
  }

  /** The day's root in a signature that rests on hashes alone. Only of a tree that this process signed just before. */
  private async signDay(head: TreeHead): Promise<string[]> {
    if (this.recent.get(head.size) !== Buffer.from(head.root).toString('base64')) {
      throw new CodedError(
        AUDIT_ERRORS.AUDIT_SIGNER_REFUSED,
        `that tree of size ${head.size} was not signed just before`,
      );
    }
    return Promise.all(
      this.keys.signing(SignatureType.other, this.nowSeconds()).map(async (key) => signText(key, head)),
    );
  }

  private remember(head: TreeHead): void {
    this.recent.set(head.size, Buffer.from(head.root).toString('base64'));
    if (this.recent.size > RECENT_MAX) this.recent.delete(this.recent.keys().next().value ?? 0);
  }

  private nowSeconds(): number {
    return Math.floor(this.clock.nowMicros() / MICROS_PER_SECOND);
  }
}

function headOf(origin: string, { size, root }: { readonly size: number; readonly root: string }): TreeHead {
  return { origin, size, root: Buffer.from(root, 'base64') };
}
