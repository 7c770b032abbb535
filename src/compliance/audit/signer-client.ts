/**
 * The signer as the log's process sees it: requests over a channel, answers by number. Knows nothing of processes: whoever
 * starts one gives the channel, and says when it is gone.
 */
import { CodedError } from '#kit/errors.ts';
import { AUDIT_ERRORS } from './errors.ts';
import type { SignerAnswer, SignerRequest } from './signer.ts';

const ANSWER_TIMEOUT_MS = 5000;

/** What signs checkpoints. */
export interface CheckpointSigner {
  /** Rejects with AUDIT_SIGNER_REFUSED or AUDIT_SIGNER_UNAVAILABLE. */
  ask(request: SignerRequest): Promise<SignerAnswer>;
}

export class SignerClient implements CheckpointSigner {
  private send: ((message: object) => void) | undefined;
  private nextId = 1;
  private readonly waiting = new Map<
    number,
    { resolve: (answer: SignerAnswer) => void; reject: (error: Error) => void }
  >();

  /** A signer is there: messages go out by `send`, and what it says comes to `receive`. */
  connect(send: (message: object) => void): void {
    this.send = send;
  }

  /** It is gone: whoever waits is told. */
  disconnect(): void {
    this.send = undefined;
    for (const { reject } of this.waiting.values()) reject(new CodedError(AUDIT_ERRORS.AUDIT_SIGNER_UNAVAILABLE));
    this.waiting.clear();
  }

  receive(message: unknown): void {
    const { id, answer, error, refused } = message as {
      id?: number;
      answer?: SignerAnswer;
      error?: string;
      refused?: boolean;
    };
    const waiter = id === undefined ? undefined : this.waiting.get(id);
    if (id === undefined || waiter === undefined) return;
    this.waiting.delete(id);
    if (answer !== undefined) waiter.resolve(answer);
    else {
      const kind = refused === true ? AUDIT_ERRORS.AUDIT_SIGNER_REFUSED : AUDIT_ERRORS.AUDIT_SIGNER_UNAVAILABLE;
      waiter.reject(new CodedError(kind, error));
    }
  }

  async ask(request: SignerRequest): Promise<SignerAnswer> {
    const { send } = this;
    if (send === undefined) throw new CodedError(AUDIT_ERRORS.AUDIT_SIGNER_UNAVAILABLE);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new CodedError(AUDIT_ERRORS.AUDIT_SIGNER_UNAVAILABLE, `no answer within ${ANSWER_TIMEOUT_MS} ms`));
      }, ANSWER_TIMEOUT_MS);
      const ending =
        <T>(act: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          act(value);
        };
      this.waiting.set(id, { resolve: ending(resolve), reject: ending(reject) });
      send({ id, request });
    });
  }
}
