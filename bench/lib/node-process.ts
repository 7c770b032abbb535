/**
 * Starts real node processes, echoes and client processes for the benchmarks, in temporary folders that are removed.
 * Every process is a child that ends with this one.
 */
import { execFileSync, fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NODE_V8_FLAGS, bundle } from '#app/bundle.ts';
import { RequestClient } from '#edge/client-requests.ts';
import { createSystemClock } from '#kit/clock.ts';
import { EventKind } from '#trading/events.ts';
import { commandLength } from '#trading/commands.ts';
import { makeSetup } from '../flow-setup.ts';
import { say } from '../report.ts';

const ADMINISTRATOR = 1;
const INSTRUMENTS = 4;
const ACCOUNTS = 16;

export interface BenchSession {
  readonly session: number;
  readonly ackLevel: 'journaled' | 'durable';
}

export interface BenchNode {
  readonly port: number;
  readonly pid: number;
  readonly keys: ReadonlyMap<number, KeyObject>;
  readonly administrator: RequestClient;
  /** Holds the process still, and lets it go on: a spinning node would disturb other measurements. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** A folder for the run; removed when the process ends. */
export function benchFolder(): string {
  const folder = mkdtempSync(join(process.env['NAUTILUS_BENCH_FOLDER'] ?? tmpdir(), 'nautilus-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A PEM text of a private key, for a client process. */
export function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Starts a node process with these sessions beside an administrator, and opens its market. */
export async function startBenchNode(
  nodeClass: 'ultra' | 'standard',
  sessions: readonly BenchSession[],
  capacity: Readonly<Record<string, number>>,
): Promise<BenchNode> {
  const folder = benchFolder();
  const keys = new Map<number, KeyObject>();
  // One key pair for all traders: checking a signature costs the same, making ten thousand pairs takes seconds.
  const shared = generateKeyPairSync('ed25519');
  const entries = [{ session: ADMINISTRATOR, ackLevel: 'journaled' }, ...sessions].map(({ session, ackLevel }) => {
    const pair = session === ADMINISTRATOR ? generateKeyPairSync('ed25519') : shared;
    keys.set(session, pair.privateKey);
    return {
      session,
      participant: -1,
      accounts: 'all',
      role: session === ADMINISTRATOR ? 'administrator' : 'trader',
      publicKey: pair.publicKey.export({ format: 'jwk' }).x,
      ackLevel,
    };
  });
  const sessionsFile = join(folder, 'sessions.json');
  const optionsFile = join(folder, 'node-options.json');
  writeFileSync(sessionsFile, JSON.stringify(entries));
  const options = { dataFolder: join(folder, 'data'), nodeClass, capacity, sessions: { file: sessionsFile } };
  writeFileSync(optionsFile, JSON.stringify(options));
  const program = await bundle('src/edge/main.ts', join(folder, 'node.mjs'));
  const child = fork(program, [optionsFile], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...NODE_V8_FLAGS],
  });
  endWithParent(child);
  const [ready] = (await once(child, 'message')) as [{ port: number }];
  const administrator = await openMarket(ready.port, keys);
  return {
    port: ready.port,
    pid: child.pid ?? 0,
    keys,
    administrator,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await administrator.close();
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openMarket(port: number, keys: ReadonlyMap<number, KeyObject>): Promise<RequestClient> {
  const privateKey = keys.get(ADMINISTRATOR);
  if (privateKey === undefined) throw new Error('no administrator');
  const administrator = new RequestClient({
    endpoints: [{ host: '127.0.0.1', port }],
    session: ADMINISTRATOR,
    privateKey,
    clock: createSystemClock(),
    heartbeatSeconds: 60,
  });
  await administrator.connect();
  const setup = makeSetup(INSTRUMENTS, ACCOUNTS, 1);
  // The node has begun its journal itself: everything but the genesis command.
  for (const at of setup.offsets.slice(1)) {
    const words = setup.words.slice(at, at + commandLength(setup.words, at));
    const { events, reject } = await administrator.command(words);
    if (reject !== undefined || (events[0][0] & 0xff) !== EventKind.accepted) {
      throw new Error(`set-up was refused: ${reject?.code ?? events[0].join(' ')}`);
    }
  }
  return administrator;
}

export interface Echo {
  readonly kind: 'c' | 'node';
  readonly port: number;
  stop(): void;
}

/** The spinning echo: C where there is a compiler, else Node. */
export async function startEcho(folder: string): Promise<Echo> {
  const source = fileURLToPath(new URL('../echo.c', import.meta.url));
  const program = join(folder, 'echo');
  let kind: Echo['kind'] = 'c';
  try {
    execFileSync('cc', ['-O2', '-o', program, source], { stdio: 'ignore' });
  } catch {
    kind = 'node';
    say('no C compiler (cc): the limit is an echo in Node');
  }
  const child =
    kind === 'c'
      ? spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
      : spawn(process.execPath, [fileURLToPath(new URL('./echo.ts', import.meta.url))], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
  endWithParent(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { kind, port: Number(line), stop: () => void child.kill('SIGTERM') };
}

/** A process that carries out one task at a time. */
export class Worker<Task> {
  readonly pid: number;
  private readonly child: ChildProcess;

  constructor(program: string) {
    this.child = fork(fileURLToPath(new URL(program, import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.pid = this.child.pid ?? 0;
    endWithParent(this.child);
    this.child.on('exit', (code) => {
      if (code !== 0 && code !== null) {
        say(`a benchmark process ended with code ${code}`);
        process.exit(1);
      }
    });
  }

  async ask<Figures>(task: Task): Promise<Figures> {
    const answer = once(this.child, 'message');
    this.child.send(task as object);
    const [figures] = (await answer) as [Figures];
    return figures;
  }

  stop(): void {
    this.child.disconnect();
  }
}

function endWithParent(child: ChildProcess): void {
  process.on('exit', () => void child.kill('SIGKILL'));
}
