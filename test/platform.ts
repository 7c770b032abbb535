/**
 * A whole platform for tests: the real program as a process of its own, on a free port, with a data folder that is
 * removed afterwards. Its markets are open around the clock, so that no test depends on the hour.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

export interface TestPlatformOptions {
  /** Begin with the simulated traders asleep. @default false */
  readonly paused?: boolean;
  /** A recording to run in place of the demo. */
  readonly replayFile?: string;
  readonly speed?: number;
  /** An own folder, which is left in place; without one, a new folder is made and removed at the end. */
  readonly dataFolder?: string;
  /** What is started. @default src/app/main.ts without words of its own */
  readonly program?: readonly [file: string, ...words: string[]];
}

export interface TestPlatform {
  readonly url: string;
  /** Logs in once, as an administrator. */
  readonly loginLink: string;
  readonly orderEntryAddress: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** What it wrote to the terminal so far. */
  output(): string;
  /** Ends it in good order and gives its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a power failure would. */
  kill(): Promise<void>;
}

/** What a program that ended left behind. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the platform and waits until its API answers. Rejects with everything it wrote when it ends before. */
export async function startTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const own = options.dataFolder === undefined ? mkdtempSync(path.join(tmpdir(), 'nautilus-platform-')) : undefined;
  const dataFolder = options.dataFolder ?? path.join(own ?? '', 'data');
  const configFolder = openAroundTheClock();
  const clean = (): void => {
    rmSync(configFolder, { recursive: true, force: true });
    if (own !== undefined) rmSync(own, { recursive: true, force: true, maxRetries: 10 });
  };
  const [file, ...words] = options.program ?? ['src/app/main.ts'];
  const args = [...words, '--port', '0', '--data', dataFolder, '--config', configFolder];
  if (options.paused === true) args.push('--paused');
  if (options.replayFile !== undefined) args.push('--replay', options.replayFile);
  if (options.speed !== undefined) args.push('--speed', String(options.speed));
  const program = new Program(file, args);
  try {
    const loginLink = await program.until(/http:\S+\/login#\S+(?=[^]*Stop)/, START_TIMEOUT_MS);
    const { url, orderEntryAddress, pid } = JSON.parse(readFileSync(path.join(dataFolder, 'platform.json'), 'utf8'));
    return {
      url,
      loginLink,
      orderEntryAddress,
      dataFolder,
      pid,
      output: () => program.out + program.err,
      async stop() {
        const code = await program.stop('SIGTERM');
        clean();
        return code;
      },
      async kill() {
        await program.stop('SIGKILL');
        clean();
      },
    };
  } catch (error) {
    await program.stop('SIGKILL');
    clean();
    throw error;
  }
}

/** Runs a program of this repository to its end. `wrapper` is put before it, e.g. to take rights away. */
export async function runProgram(
  program: string,
  args: readonly string[],
  wrapper: readonly string[] = [process.execPath],
): Promise<Ended> {
  const running = new Program(program, args, wrapper);
  const code = await running.ended(START_TIMEOUT_MS);
  return { code, out: running.out, err: running.err };
}

/** A copy of the configuration in which the demo's markets trade from midnight to midnight, without auctions. */
function openAroundTheClock(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-config-'));
  cpSync(path.join(ROOT, 'config'), folder, { recursive: true });
  const file = path.join(folder, 'calendars.yaml');
  const { calendars } = parse(readFileSync(file, 'utf8')) as { calendars: { name: string; cycle: unknown }[] };
  for (const calendar of calendars) {
    if (calendar.name !== 'DEMO') continue;
    calendar.cycle = {
      minutes: 1440,
      schedule: [
        { at: '00:00:00', state: 'preOpen' },
        { at: '00:00:01', state: 'continuous' },
        { at: '23:59:59', state: 'closed' },
      ],
    };
  }
  writeFileSync(file, stringify({ calendars }));
  return folder;
}

/** A program of this repository as a process that does not outlive this one. */
class Program {
  out = '';
  err = '';
  private readonly child: ChildProcess;
  private readonly exit: Promise<number | null>;

  constructor(program: string, args: readonly string[], wrapper: readonly string[] = [process.execPath]) {
    const [command = program, ...rest] = [...wrapper, path.join(ROOT, program), ...args];
    const child = spawn(command, rest, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    const endWithParent = (): void => void child.kill('SIGKILL');
    process.on('exit', endWithParent);
    this.exit = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        process.off('exit', endWithParent);
        resolve(code);
      });
    });
  }

  /** The part of its output that `pattern` finds, once it is there. */
  async until(pattern: RegExp, timeoutMs: number): Promise<string> {
    return this.within(timeoutMs, `no ${pattern.source} in its output`, async () => {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(this.out);
          if (found !== null) resolve(found[0]);
        };
        this.child.stdout?.on('data', look);
        this.exit.then((code) => reject(new Error(`it ended with ${code}\n${this.out}\n${this.err}`)), reject);
        look();
      });
    });
  }

  async ended(timeoutMs: number): Promise<number | null> {
    return this.within(timeoutMs, 'it did not end', async () => this.exit);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended(STOP_TIMEOUT_MS);
  }

  private async within<T>(timeoutMs: number, what: string, work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.child.kill('SIGKILL');
        reject(new Error(`${what} within ${timeoutMs} ms\n${this.out}\n${this.err}`));
      }, timeoutMs);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
