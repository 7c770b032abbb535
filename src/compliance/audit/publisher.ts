/**
 * Turns a growing log into signed checkpoints: tiles first, then the log's signatures, then those of witnesses, then the
 * checkpoint in its place. A witness that does not answer in time is left out, and the checkpoint says so by its absence.
 */
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import { InvariantViolation } from '#kit/invariant.ts';
import { checkpointText } from './checkpoint.ts';
import type { Checkpoint, TreeHead } from './checkpoint.ts';
import type { SignedTree } from './cosigner.ts';
import { diskFailure } from './disk.ts';
import { AUDIT_ERRORS } from './errors.ts';
import type { AuditLog } from './log.ts';
import { noteText } from './note.ts';
import type { CheckpointSigner } from './signer-client.ts';
import type { SignerAnswer } from './signer.ts';
import type { WitnessClient } from './witness-client.ts';

export interface PublisherOptions {
  readonly log: AuditLog;
  readonly signer: CheckpointSigner;
  readonly witnesses: readonly WitnessClient[];
  readonly clock: Clock;
  /** Time between looks whether the log has grown. @default 250 */
  readonly intervalMs?: number;
  /** How long a checkpoint waits for witnesses. @default 400 */
  readonly witnessTimeoutMs?: number;
  readonly onPublished?: (checkpoint: Checkpoint, cosigned: number) => void;
  /** Hears of each failure; the next look tries again. */
  readonly onFault?: (fault: CodedError) => void;
}

const INTERVAL_MS = 250;
const WITNESS_TIMEOUT_MS = 400;
/** A log without news is signed anew after that time, so that its readers can tell it from one that stands still. */
const RENEW_MICROS = 60_000_000;
const MICROS_PER_DAY = 86_400_000_000;

/** The file of a day's first root, with a signature that rests on hashes alone. */
export function dayFile(timeMs: number): string {
  return `days/${new Date(timeMs).toISOString().slice(0, 10)}`;
}

export class Publisher {
  private readonly options: PublisherOptions;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private last: SignedTree | undefined;
  private publishedMicros = -Infinity;
  private day = -1;
  private signingDay: Promise<void> | undefined;
  /** What went wrong at the last attempt; undefined while all is well. */
  fault: CodedError | undefined;

  constructor(options: PublisherOptions) {
    this.options = options;
  }

  start(): void {
    this.timer = setInterval(() => void this.publishIfDue(), this.options.intervalMs ?? INTERVAL_MS);
  }

  /** Publishes what there is, and stops. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    await this.publishIfDue();
    this.stopped = true;
    await this.signingDay;
  }

  /** One attempt, unless one is on its way or there is nothing new. Never rejects: `fault` says what was wrong. */
  async publishIfDue(): Promise<void> {
    const { log, clock } = this.options;
    const isRenewal = clock.nowMicros() - this.publishedMicros >= RENEW_MICROS;
    if (this.stopped || this.running !== undefined || log.size === 0) return this.running;
    if (log.size === log.checkpoint?.size && !isRenewal) return;
    this.running = this.attempt();
    await this.running;
    this.running = undefined;
  }

  private async attempt(): Promise<void> {
    try {
      await this.publish();
      this.fault = undefined;
    } catch (error) {
      this.fault = this.report(error);
    }
  }

  /** A failure as one of the log's codes; only bugs go further. */
  private report(error: unknown): CodedError {
    if (error instanceof InvariantViolation) throw error;
    const fault = diskFailure(error, this.options.log.folder);
    this.options.onFault?.(fault);
    return fault;
  }

  private async publish(): Promise<void> {
    const { log, witnesses, clock, witnessTimeoutMs = WITNESS_TIMEOUT_MS } = this.options;
    const head = log.head();
    log.writeTiles();
    const { lines } = await this.sign(head);
    const text = checkpointText(head);
    const signed = noteText(text, lines);
    const prove = (oldSize: number): Buffer[] => log.consistencyProof(oldSize, head.size);
    const cosigned = await Promise.all(witnesses.map(async (one) => one.cosign(signed, prove, witnessTimeoutMs)));
    await log.publish(noteText(text, [...lines, ...cosigned.flat()]));
    this.publishedMicros = clock.nowMicros();
    const count = cosigned.filter((one) => one.length > 0).length;
    if (log.checkpoint !== undefined) this.options.onPublished?.(log.checkpoint, count);
    this.signDayIfDue(head, text);
  }

  /** Asks the signer, from the size it signed last. Throws AUDIT_SIGNER_REFUSED where that is not in this log. */
  private async sign(head: TreeHead): Promise<SignerAnswer> {
    const { log, signer } = this.options;
    this.last ??= (await signer.ask({ op: 'last' })).last;
    const { size: oldSize } = this.last;
    if (oldSize > head.size) {
      this.last = undefined;
      const detail = `it signed ${oldSize} entries, and ${head.size} are there: the log was rolled back`;
      throw new CodedError(AUDIT_ERRORS.AUDIT_SIGNER_REFUSED, detail);
    }
    const proof = log.consistencyProof(oldSize, head.size).map((one) => one.toString('base64'));
    const root = Buffer.from(head.root).toString('base64');
    try {
      const answer = await signer.ask({ op: 'sign', size: head.size, root, oldSize, proof });
      this.last = answer.last;
      return answer;
    } catch (error) {
      this.last = undefined;
      throw error;
    }
  }

  /** The first checkpoint of a day gets a signature that rests on hashes alone; it is made beside the others. */
  private signDayIfDue(head: TreeHead, text: string): void {
    const { log, signer, clock } = this.options;
    const nowMicros = clock.nowMicros();
    const day = Math.floor(nowMicros / MICROS_PER_DAY);
    if (day === this.day || log.has(dayFile(nowMicros / 1000))) return;
    this.day = day;
    const root = Buffer.from(head.root).toString('base64');
    this.signingDay = signer
      .ask({ op: 'sign-day', size: head.size, root })
      .then(async ({ lines }) => log.keep(dayFile(nowMicros / 1000), noteText(text, lines)))
      .catch((error: unknown) => {
        this.day = -1;
        this.report(error);
      });
  }
}
