/**
 * The trading node as a process of its own: built into one file, started, started again when it ends unasked, stopped in
 * good order. What it writes to its standard error is passed on line by line.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlAnswer, ControlRequest, ReadyMessage } from '#edge/control.ts';
import { TAKEOVER_ERRORS } from '#federation/takeover/errors.ts';
import type { Capacity } from '#trading/capacity.ts';
import { CodedError } from '#kit/errors.ts';
import { NODE_V8_FLAGS, bundle } from './bundle.ts';
import { APP_ERRORS } from './errors.ts';
import { VERSION } from './version.ts';

export interface NodeProcessOptions {
  /** Names its files in the run folder. */
  readonly member: string;
  readonly dataFolder: string;
  /** Of the node's own note; the journal is shared by the members of a shard. */
  readonly nodeFolder: string;
  /** What it begins as when it is started, also the later times. */
  readonly role: () => 'leader' | 'standby';
  /** Where the other members are. */
  readonly peers: () => readonly { readonly host: string; readonly port: number }[];
  /** The built program, where there is one already. @default built at the start */
  readonly program?: string;
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
const HOPELESS = new Set([64, 65, 69, 73, 76, 77, 78]);
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
  /** 0 at first; later the one that clients know. */
  private port = 0;
  private lastRequest = 0;
  private restartMs = RESTART_MS_MIN;
  private restart: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(options: NodeProcessOptions) {
    this.options = options;
  }

  /** The built program, after the start. */
  get builtProgram(): string {
    return this.program;
  }
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Asks the node over its channel. Rejects with FAILOVER_MEMBER_SILENT or FAILOVER_MEMBER_REFUSES. */
  async request(
    make: (id: number) => ControlRequest,
    timeoutMs: number,
  ): Promise<Exclude<ControlAnswer, { type: 'refused' }>> {
    const { child } = this;
    const id = ++this.lastRequest;
    return new Promise((resolve, reject) => {
      const silent = (): void =>
        end(() => reject(new CodedError(TAKEOVER_ERRORS.FAILOVER_MEMBER_SILENT, this.options.member)));
      const timer = setTimeout(silent, timeoutMs);
      const listen = (message: unknown): void => {
        const answer = message as ControlAnswer | ReadyMessage;
        if (answer.type === 'ready' || answer.id !== id) return;
        if (answer.type !== 'refused') end(() => resolve(answer));
        else
          end(() =>
            reject(new CodedError(TAKEOVER_ERRORS.FAILOVER_MEMBER_REFUSES, `${answer.code}: ${answer.message}`)),
          );
      };
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        child?.off('message', listen);
        child?.off('exit', silent);
        settle();
      };
      if (child === undefined || !child.connected) return silent();
      child.on('message', listen);
      child.once('exit', silent);
      // Without a listener of its own, a send to a process that has just ended would end this one.
      child.send(make(id), (error) => {
        if (error !== null) silent();
      });
    });
  }

  /** Builds and starts the node; resolves when it takes orders. Rejects with a NodeFailed. */
  async start(): Promise<ReadyMessage> {
    const { dataFolder } = this.options;
    const folder = join(dataFolder, 'run');
    mkdirSync(folder, { recursive: true });
    this.program = this.options.program ?? (await bundle('src/edge/main.ts', join(folder, 'node.mjs')));
    this.optionsFile = join(folder, `node-${this.options.member}.json`);
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

  private writeOptions(): void {
    const { dataFolder, nodeFolder, databaseFile, nodeClass, capacity, role, peers } = this.options;
    const options = {
      dataFolder: nodeFolder,
      journalFolder: join(dataFolder, 'journal'),
      port: this.port,
      nodeClass,
      capacity,
      sessions: { database: databaseFile },
      role: role(),
      peers: peers(),
      version: VERSION,
    };
    writeFileSync(this.optionsFile, JSON.stringify(options, null, 2));
  }

  private spawn(
    onFirstReady: (ready: ReadyMessage) => void,
    onFirstEnd: (detail: string, code: number | null) => void,
  ): void {
    let isReady = false;
    this.writeOptions();
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
      this.port = ready.port;
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
