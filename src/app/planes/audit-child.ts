/**
 * A small program of the audit log as a process of its own: built into one file, started, started again when it ends
 * unasked, ended with the platform. Messages go both ways over its channel.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { CodedError } from '#kit/errors.ts';
import { bundle } from '../bundle.ts';
import { APP_ERRORS } from '../errors.ts';

export interface AuditChildOptions {
  /** Path of the program from the repository's root. */
  readonly program: string;
  /** Where the built program goes. */
  readonly target: string;
  /** Its words; asked for at each start. */
  readonly words: () => readonly string[];
  /** Each start. */
  readonly onReady: (message: unknown, send: (message: object) => void) => void;
  readonly onMessage?: (message: unknown) => void;
  readonly onEnded: (detail: string) => void;
}

const RESTART_MS_MIN = 200;
const RESTART_MS_MAX = 10_000;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5000;
/** They hold a few keys and one tree's size: little memory is enough, and keeps the platform small. */
const V8_FLAGS = ['--max-old-space-size=48', '--max-semi-space-size=1'];

export class AuditChild {
  private readonly options: AuditChildOptions;
  private child: ChildProcess | undefined;
  private restart: NodeJS.Timeout | undefined;
  private restartMs = RESTART_MS_MIN;
  private stopping = false;

  constructor(options: AuditChildOptions) {
    this.options = options;
  }

  /** Builds and starts it; resolves when it is ready. Rejects with APP_NODE_FAILED. */
  async start(): Promise<void> {
    const { program, target } = this.options;
    await bundle(program, target);
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(failed(program, 'it is not ready in time')), START_TIMEOUT_MS);
      this.spawn(
        () => {
          clearTimeout(late);
          resolve();
        },
        (detail) => {
          clearTimeout(late);
          reject(failed(program, detail));
        },
      );
    });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const { child } = this;
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      child.once('exit', () => {
        clearTimeout(force);
        resolve();
      });
      // It ends when its channel does; nothing it remembers is only in its memory.
      child.disconnect();
    });
  }

  private spawn(onFirstReady?: () => void, onFirstEnd?: (detail: string) => void): void {
    const { target, words, onReady, onMessage, onEnded } = this.options;
    let isReady = false;
    let complaint = '';
    const child = fork(target, [...words()], {
      execArgv: V8_FLAGS,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    });
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = text.trim().slice(0, 500)));
    child.on('message', (message) => {
      if ((message as { type?: string }).type !== 'ready') return onMessage?.(message);
      isReady = true;
      this.restartMs = RESTART_MS_MIN;
      onReady(message, (out) => child.connected && child.send(out));
      onFirstReady?.();
    });
    child.on('exit', (code, signal) => {
      this.child = undefined;
      if (this.stopping) return;
      const detail = `${signal === null ? `exit code ${code}` : `signal ${signal}`} ${complaint}`.trim();
      onEnded(detail);
      if (!isReady) onFirstEnd?.(detail);
      this.restart = setTimeout(() => this.spawn(), this.restartMs);
      this.restartMs = Math.min(RESTART_MS_MAX, this.restartMs * 2);
    });
  }
}

function failed(program: string, detail: string): CodedError {
  return new CodedError(APP_ERRORS.APP_NODE_FAILED, `${program}: ${detail}`);
}
