/**
 * How long after a write at the source a cache has forgotten the old value: the write is appended to a journal on the disk,
 * which is followed as every replica follows it, and its sequence is the version.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Cache } from '#edge/cache/cache.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { appendEntries } from '#journal/testing-entries.ts';
import { createSystemClock } from '#kit/clock.ts';

const WRITES = 500;
const BETWEEN_MS = 4;
const WAIT_MS_MAX = 5000;
const KEY = 'reference/instrument';

const nowMs = (): number => performance.now();

/** Milliseconds of each write, shortest first. */
export async function invalidationLags(): Promise<number[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-invalidation-'));
  const clock = createSystemClock();
  const writer = await openFileJournal({ folder, clock });
  const leadership = await writer.lead();
  const follower = await openFileJournal({ folder, clock, backgroundSyncMs: 0 });
  const policy = {
    name: 'bench',
    data: 'reference',
    strategy: 'read-through',
    consistency: 'eventual',
    reason: 'the bench',
    itemsMax: 16,
  } as const;
  const read = async () => ({
    value: 'a value',
    version: leadership.nextSequence - 1,
    through: leadership.nextSequence - 1,
  });
  const source = { read, versionOf: async () => leadership.nextSequence - 1, write: async () => 0 };
  const cache = new Cache<string>(policy, { source, nowMs }, 'here');
  let heard: (() => void) | undefined;
  const following = follower.tail(
    1,
    ({ firstSequence, count }) => {
      cache.invalidate(KEY, firstSequence + count - 1);
      heard?.();
    },
    (fault) => {
      throw fault;
    },
  );
  const lags: number[] = [];
  for (let at = 0; at < WRITES; at++) {
    await cache.get(KEY);
    const told = new Promise<void>((resolve) => (heard = resolve));
    const began = nowMs();
    const fault = appendEntries(leadership, 1, 1);
    if (fault !== undefined) throw new Error(fault.message);
    const late = new AbortController();
    await Promise.race([told, pause(WAIT_MS_MAX, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    lags.push(nowMs() - began);
    await pause(BETWEEN_MS);
  }
  following.stop();
  await follower.close();
  await writer.close();
  rmSync(folder, { recursive: true });
  return lags.toSorted((a, b) => a - b);
}
