/**
 * The trading node as a process of its own: built into one file, started, started again when it ends unasked, stopped in
 * good order. What it writes to its standard error is passed on line by line.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadyMessage } from '#edge/control.ts';
import type { Capacity } from '#trading/capacity.ts';
import { CodedError } from '#kit/errors.ts';
import { NODE_V8_FLAGS, bundle } from './bundle.ts';
import { APP_ERRORS } from './errors.ts';

export interface NodeProcessOptions {
  readonly dataFolder: string;
  readonly databaseFile: string;
  readonly nodeClass: 'standard' | 'ultra';
  readonly capacity: Capacity;
  /** Hears of each start, also the later ones. */
  readonly onReady: (ready: ReadyMessage) => void;
  /** Hears when it has ended unasked and for how long nothing is done about it; undefined: it is not started again. */
  readonly onEnded: (detail: string, restartMs: number | undefined) => void;
  /** Hears each line the node writes. */
  readonly log: (line: string) => void;
}

/** Exit codes that another attempt would only repeat; see docs/edge.md. */
const HOPELESS = new Set([64, 65, 69, 73, 77]);
const RESTART_MS_MIN = 200;
const RESTART_MS_MAX = 10_000;
const STOP_TIMEOUT_MS = 25_000;
/** Of a node that a signal ended. */
const EXIT_BUG = 70;

/** The node could not be started: APP_NODE_FAILED, with the exit code that says why. */
export class NodeFailed extends CodedError {
  readonly exitCode: number;

  constructor(detail: string, exitCode: number) {
    super(APP_ERRORS.APP_NODE_FAILED, detail);
    this.exitCode = exitCode;
  }
}

export class NodeProcess {
  private readonly options: NodeProcessOptions;
  private program = '';
  private optionsFile = '';
  private child: ChildProcess | undefined;
  private restartMs = RESTART_MS_MIN;
  private restart: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(options: NodeProcessOptions) {
    this.options = options;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Builds and starts the node; resolves when it takes orders. Rejects with a NodeFailed. */
  async start(): Promise<ReadyMessage> {
    const { dataFolder } = this.options;
    const folder = join(dataFolder, 'run');
    mkdirSync(folder, { recursive: true });
    this.program = await bundle('src/edge/main.ts', join(folder, 'node.mjs'));
    this.optionsFile = join(folder, 'node-options.json');
    this.writeOptions(0);
    return new Promise((resolve, reject) => {
      this.spawn(resolve, (detail, code) => reject(new NodeFailed(detail, code ?? EXIT_BUG)));
    });
  }

  /** Ends the node in good order: it stores a snapshot. */
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
      child.kill('SIGTERM');
    });
  }

  /** @param port 0 at first; later the one that clients know */
  private writeOptions(port: number): void {
    const { dataFolder, databaseFile, nodeClass, capacity } = this.options;
    const options = { dataFolder, port, nodeClass, capacity, sessions: { database: databaseFile } };
    writeFileSync(this.optionsFile, JSON.stringify(options, null, 2));
  }

  private spawn(
    onFirstReady: (ready: ReadyMessage) => void,
    onFirstEnd: (detail: string, code: number | null) => void,
  ): void {
    let isReady = false;
    // The node has a group of its own signals: an interrupt at the terminal reaches it through this process only.
    const child = fork(this.program, [this.optionsFile], {
      execArgv: [...NODE_V8_FLAGS],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    });
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line !== '') this.options.log(line);
    });
    child.on('message', (message) => {
      const ready = message as ReadyMessage;
      if (ready.type !== 'ready') return;
      isReady = true;
      this.restartMs = RESTART_MS_MIN;
      this.writeOptions(ready.port);
      this.options.onReady(ready);
      onFirstReady(ready);
    });
    child.on('exit', (code, signal) => {
      this.child = undefined;
      if (this.stopping) return;
      const detail = signal === null ? `exit code ${code}` : `signal ${signal}`;
      if (!isReady) onFirstEnd(detail, code);
      this.recover(detail, code);
    });
  }

  private recover(detail: string, code: number | null): void {
    if (code !== null && HOPELESS.has(code)) {
      this.options.onEnded(detail, undefined);
      return;
    }
    this.options.onEnded(detail, this.restartMs);
    this.restart = setTimeout(() => {
      this.spawn(
        () => undefined,
        () => undefined,
      );
    }, this.restartMs);
    this.restartMs = Math.min(RESTART_MS_MAX, this.restartMs * 2);
  }
}
