import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { WriteQueue } from '../../src/edge/cache/write-queue.ts';

const ROUNDS = 6;
const ACKED_A_ROUND = 300;

/** Runs the writing process until it has acknowledged enough, then kills it; gives what it acknowledged. */
async function writeUntilKilled(queueFile: string, sourceFile: string, first: number): Promise<number[]> {
  const words = [path.join(import.meta.dirname, 'cache-queue-child.ts'), queueFile, sourceFile, String(first)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (text.split('\n').length > ACKED_A_ROUND) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== 'ready')
    .map(Number);
}

it('a write-behind queue loses nothing it acknowledged when its process is killed, and keeps the order of each key', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-queue-'));
  const [queueFile, sourceFile] = [path.join(folder, 'queue'), path.join(folder, 'source')];
  const acknowledged: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await writeUntilKilled(queueFile, sourceFile, (round + 1) * 1_000_000)));
  }
  const delivered = new Map<string, number[]>();
  for (const line of existsSync(sourceFile) ? readFileSync(sourceFile, 'utf8').split('\n') : []) {
    const [key, value] = line.split(' ');
    if (key !== '') delivered.set(key, [...(delivered.get(key) ?? []), Number(value)]);
  }
  const queue = new WriteQueue<number>({
    file: queueFile,
    pause: async () => undefined,
    deliver: async ({ key, value }) => void delivered.set(key, [...(delivered.get(key) ?? []), Number(value)]),
  });
  while (queue.length > 0) await new Promise((resolve) => setImmediate(resolve));
  queue.stop();
  rmSync(folder, { recursive: true });
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * ACKED_A_ROUND * 0.9);
  const all = new Set([...delivered.values()].flat());
  expect(acknowledged.filter((value) => !all.has(value))).toEqual([]);
  for (const values of delivered.values()) {
    // Delivered twice is permitted, out of order is not: first appearances rise.
    const firsts = [...new Set(values)];
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  }
});
