/**
 * A witness (c2sp.org/tlog-witness): cosigns a log's checkpoint when it continues the one it cosigned before, and remembers
 * that before it answers. Trusts only the log keys it was given; what it signs is what it has seen proven.
 */
import { join } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { heldSignatures, parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Cosigner, cosign } from './cosigner.ts';
import { KeyFolder } from './keys.ts';
import { HASH_BYTES } from './merkle.ts';
import { SignatureType, decodeBase64 } from './note.ts';
import type { VerifierKey } from './note.ts';

const TYPES = [SignatureType.cosignatureEd25519, SignatureType.cosignatureMlDsa44] as const;
const PROOF_LINES_MAX = 63;
const MICROS_PER_SECOND = 1_000_000;

/** Longest request a witness reads. */
export const REQUEST_BYTES_MAX = 256 << 10;
const SIZE_CONTENT_TYPE = 'text/x.tlog.size';

export interface WitnessAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

interface AddCheckpoint {
  readonly oldSize: number;
  readonly proof: readonly Buffer[];
  readonly checkpoint: Checkpoint;
}

export class Witness {
  private readonly keys: KeyFolder;
  private readonly cosigner: Cosigner;
  private readonly clock: Clock;
  private readonly logKeys: () => readonly VerifierKey[];

  /**
   * @param folder of its keys and its memory
   * @param logKeys the keys of the logs it knows, each under its log's origin; asked for at each request
   */
  constructor(folder: string, name: string, logKeys: () => readonly VerifierKey[], clock: Clock) {
    this.clock = clock;
    this.logKeys = logKeys;
    this.keys = new KeyFolder(folder, name, TYPES, Math.floor(clock.nowMicros() / MICROS_PER_SECOND));
    this.cosigner = new Cosigner(join(folder, 'cosigned.json'), clock);
  }

  /** Its public keys, a line each. */
  get vkeys(): string[] {
    return this.keys.records.map(({ vkey }) => vkey);
  }

  /** Answers the body of an `add-checkpoint` request. */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    const request = parseRequest(body);
    if (request === undefined) return text(400, 'the request is not of the form of c2sp.org/tlog-witness');
    const { oldSize, proof, checkpoint } = request;
    const known = this.logKeys().filter((key) => key.name === checkpoint.origin);
    if (known.length === 0) return text(404, 'that log is not known here');
    if (!isSigned(checkpoint, known)) return text(403, 'no signature of a known key');
    if (oldSize > checkpoint.size) return text(400, 'the old size is larger than the new one');
    const advanced = await this.cosigner.advance(checkpoint, oldSize, proof);
    if (!advanced.ok) {
      const { kind, known: newest } = advanced.error;
      if (kind === 'inconsistent') return text(422, 'the consistency proof does not hold');
      return { status: 409, contentType: SIZE_CONTENT_TYPE, body: `${newest.size}\n` };
    }
    const now = Math.floor(this.clock.nowMicros() / MICROS_PER_SECOND);
    const signing = TYPES.flatMap((type) => this.keys.signing(type, now));
    const lines = await Promise.all(
      signing.map(async (key) => cosign(key, checkpoint, checkpoint.note.text, advanced.value)),
    );
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: lines.join('') };
  }
}

/** The request a log sends. */
export function addCheckpointRequest(oldSize: number, proof: readonly Uint8Array[], checkpoint: string): string {
  const lines = proof.map((one) => `${Buffer.from(one).toString('base64')}\n`).join('');
  return `old ${oldSize}\n${lines}\n${checkpoint}`;
}

function parseRequest(body: string): AddCheckpoint | undefined {
  const split = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, split).split('\n');
  const [, size] = /^old (0|[1-9]\d{0,15})$/.exec(first) ?? [];
  if (split < 0 || size === undefined || lines.length > PROOF_LINES_MAX) return undefined;
  const proof = lines.map((line) => decodeBase64(line));
  if (!proof.every((one) => one?.length === HASH_BYTES)) return undefined;
  try {
    const checkpoint = parseCheckpoint(body.slice(split + 2));
    return { oldSize: Number(size), proof: proof as Buffer[], checkpoint };
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

function isSigned(checkpoint: Checkpoint, keys: readonly VerifierKey[]): boolean {
  try {
    return heldSignatures(checkpoint, keys).length > 0;
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

function text(status: number, body: string): WitnessAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` };
}
