/** Starts leaders as child processes and follows what they say. Stops only children it started. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { DriverUnderTest } from './journal-driver.ts';

const PROGRAM = fileURLToPath(new URL('journal-leader.ts', import.meta.url));
const WAIT_MS_MAX = 60_000;
/** Hundreds of children load the same few modules; compiling them is most of a child's life otherwise. */
const COMPILE_CACHE = `${tmpdir()}/nautilus-compile-cache`;

/** One leader process and the last thing it said of each kind. */
export class LeaderProcess {
  readonly writer: number;
  epoch = 0;
  acked = 0;
  durable = 0;
  /** Last acknowledged sequence when it learned that it was succeeded. */
  fenced: number | undefined;
  lost: string | undefined;
  isReady = false;
  isOver = false;

  private readonly child: ChildProcess;
  private said = '';
  private errors = '';

  constructor(driver: DriverUnderTest, place: string, writer: number, isWaiting = false) {
    this.writer = writer;
    const args = [PROGRAM, driver.module, place, String(writer), ...(isWaiting ? ['wait'] : [])];
    this.child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.hear(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.child.on('close', () => (this.isOver = true));
  }

  /** Lets a waiting child go. */
  go(): void {
    this.child.stdin?.write('go\n');
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.child.kill(name);
  }

  /** Waits until `condition` holds of it; rejects when it ends before, or after a minute. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const deadline = performance.now() + WAIT_MS_MAX;
    while (!condition()) {
      if (this.isOver && !condition()) throw new Error(`ended before it was ${what}: ${this.errors}`);
      if (performance.now() > deadline) throw new Error(`was not ${what} in time: ${this.errors}`);
      await pause(2);
    }
  }

  /** Kills it and waits until everything it said was heard. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.until('over', () => this.isOver);
  }

  private hear(text: string): void {
    const lines = (this.said + text).split('\n');
    this.said = lines.pop() ?? '';
    for (const line of lines) {
      const [word, value = ''] = line.split(' ');
      if (word === 'acked') this.acked = Number(value);
      else if (word === 'durable') this.durable = Number(value);
      else if (word === 'lead') this.epoch = Number(value);
      else if (word === 'fenced') this.fenced = Number(value);
      else if (word === 'lost') this.lost = value;
      else if (word === 'ready') this.isReady = true;
    }
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
