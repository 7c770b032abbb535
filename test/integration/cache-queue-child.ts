/**
 * A process that writes behind until it is killed: takes writes as fast as they are acknowledged, tells each acknowledgement,
 * and delivers into a file that stands for the source. Words: the queue's file, the source's file, the first number.
 */
import { appendFileSync } from 'node:fs';
import { WriteQueue } from '../../src/edge/cache/write-queue.ts';

const [queueFile = '', sourceFile = '', first = '0'] = process.argv.slice(2);
const KEYS = 7;
const WRITERS = 16;
let next = Number(first);
let attempts = 0;

const queue = new WriteQueue<number>({
  file: queueFile,
  pause: async () => new Promise((resolve) => setImmediate(resolve)),
  deliver: async ({ key, value }) => {
    if (attempts++ % 5 === 0) throw new Error('busy');
    appendFileSync(sourceFile, `${key} ${String(value)}\n`);
  },
});

async function write(): Promise<void> {
  for (;;) {
    const value = next++;
    await queue.add(`k${value % KEYS}`, value);
    process.stdout.write(`${value}\n`);
  }
}

process.stdout.write('ready\n');
await Promise.all(Array.from({ length: WRITERS }, write));
