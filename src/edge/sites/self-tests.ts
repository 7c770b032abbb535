/** Runs self-tests, one at a time, and keeps the last ones. */
import { Worker } from 'node:worker_threads';
import type { Clock } from '#kit/clock.ts';
import type { IdSource } from '#kit/ids.ts';
import type { MachineReading } from './machine.ts';
import { judge } from './self-test.ts';
import type { SelfTest } from './self-test.ts';
import type { NodeClass } from './site.ts';

export interface SelfTestParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly classes: readonly NodeClass[];
  /** Where the journal lies. */
  readonly folder: string;
}

const KEPT_MAX = 50;

export class SelfTests {
  private readonly parts: SelfTestParts;
  private readonly kept: SelfTest[] = [];
  private running: Promise<SelfTest> | undefined;

  constructor(parts: SelfTestParts) {
    this.parts = parts;
  }

  /** Newest first. */
  list(): readonly SelfTest[] {
    return this.kept;
  }

  /** Measures now; who asks meanwhile gets the same answer. Rejects where the folder cannot be written. */
  async run(): Promise<SelfTest> {
    this.running ??= this.measure().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async measure(): Promise<SelfTest> {
    const { clock, ids, classes, folder } = this.parts;
    const worker = new Worker(new URL('./self-test-worker.ts', import.meta.url), { workerData: folder });
    const reading = await new Promise<MachineReading>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the measuring thread ended with ${code}`)));
    });
    const verdicts = judge(reading, classes);
    const best = verdicts.find(({ proven }) => proven)?.nodeClass ?? null;
    const test = { id: ids('slf'), timeMicros: clock.nowMicros(), reading, verdicts, best };
    this.kept.unshift(test);
    this.kept.length = Math.min(this.kept.length, KEPT_MAX);
    return test;
  }
}
