/**
 * Asks one witness for cosignatures. What it answers is checked before it counts: a witness may be late, gone, wrong or
 * lying, and none of that may hold up or spoil a checkpoint.
 */
import { Agent, request } from 'node:http';
import { CodedError } from '#kit/errors.ts';
import { parseCheckpoint, heldSignatures } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { signatureBy, signatureLine } from './note.ts';
import type { VerifierKey } from './note.ts';
import { REQUEST_BYTES_MAX, addCheckpointRequest } from './witness.ts';

export interface WitnessAddress {
  readonly name: string;
  /** e.g. `http://127.0.0.1:8101` */
  readonly url: string;
  /** Its cosigning keys; signatures by others are ignored. */
  readonly keys: readonly VerifierKey[];
}

export type WitnessState = 'unknown' | 'cosigned' | 'behind' | 'unreachable' | 'refuses' | 'lies';

/** How a witness stands. */
export interface WitnessReport {
  readonly name: string;
  readonly url: string;
  readonly vkeys: readonly string[];
  readonly state: WitnessState;
  /** What was wrong the last time, in a sentence; empty while all is well. */
  readonly detail: string;
  /** Size of the newest checkpoint it cosigned. */
  readonly size: number;
  /** When it cosigned that, seconds since the epoch. */
  readonly timeSeconds: number;
}

/** Gives the consistency proof from a size to the checkpoint's. */
export type Prove = (oldSize: number) => readonly Uint8Array[];

const CONFLICT = 409;
const UNPROCESSABLE = 422;
const OK = 200;

export class WitnessClient {
  readonly address: WitnessAddress;
  state: WitnessState = 'unknown';
  detail = '';
  size = 0;
  timeSeconds = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(address: WitnessAddress) {
    this.address = address;
  }

  /**
   * The witness's signature lines for a checkpoint, checked; none where it did not cosign. Never throws: `state` and
   * `detail` say what happened.
   */
  async cosign(checkpointNote: string, prove: Prove, timeoutMs: number): Promise<string[]> {
    const checkpoint = parseCheckpoint(checkpointNote);
    try {
      let answer = await this.post(checkpointNote, this.size, prove, timeoutMs);
      const claimed = answer.status === CONFLICT ? Number.parseInt(answer.body, 10) : Number.NaN;
      if (answer.status === CONFLICT && claimed <= checkpoint.size && claimed !== this.size) {
        this.size = claimed;
        answer = await this.post(checkpointNote, claimed, prove, timeoutMs);
      }
      return this.accept(checkpoint, answer);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // A coded error is about what it answered: a signature that is none.
      if (error instanceof CodedError) this.note('lies', why);
      else this.note(why.startsWith('no answer') ? 'behind' : 'unreachable', why);
      return [];
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private accept(checkpoint: Checkpoint, { status, body }: { status: number; body: string }): string[] {
    if (status === CONFLICT || status === UNPROCESSABLE) {
      const seen = status === CONFLICT ? `it has seen size ${body.trim()}` : 'it says that the log is not consistent';
      this.note('refuses', `status ${status}: ${seen}, asked for ${checkpoint.size}`);
      return [];
    }
    if (status !== OK) {
      this.note('refuses', `status ${status}: ${body.trim().slice(0, 200)}`);
      return [];
    }
    const signed = parseCheckpoint(`${checkpoint.note.text}\n${body}`);
    const held = heldSignatures(signed, this.address.keys);
    if (held.length === 0) {
      this.note('lies', 'it answered without a signature of its keys');
      return [];
    }
    this.size = checkpoint.size;
    this.timeSeconds = Math.max(...held.map(({ timeSeconds }) => timeSeconds ?? 0));
    this.note('cosigned', '');
    return held.flatMap(({ key }) => {
      const signature = signatureBy(signed.note.signatures, key);
      return signature === undefined ? [] : [signatureLine(key, signature.bytes)];
    });
  }

  private note(state: WitnessState, detail: string): void {
    this.state = state;
    this.detail = detail;
  }

  private async post(
    checkpoint: string,
    oldSize: number,
    prove: Prove,
    timeoutMs: number,
  ): Promise<{ status: number; body: string }> {
    const body = addCheckpointRequest(oldSize, prove(oldSize), checkpoint);
    const { agent } = this;
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.address.url}/add-checkpoint`,
        { method: 'POST', agent, timeout: timeoutMs },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            text += part;
            if (text.length > REQUEST_BYTES_MAX) sent.destroy(new Error('its answer is too long'));
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        },
      );
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      sent.on('close', () => clearTimeout(timer));
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
