/**
 * The traces of the cache benchmark: popularity by Zipf, and what a recorded session of CME asks for. Only lists of keys;
 * measures nothing.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { openRecording } from '#app/replay/recording.ts';
import { Rng } from '#kit/rng.ts';

/** A market has some hundreds of accounts; the recording names none, so that each order belongs to one by its id. */
const ACCOUNTS = 512;

/** Accesses to keys 0 … keys-1, the k-th most popular with chance ∝ 1/(k+1)^exponent, and the popularity itself. */
export function zipfTrace(seed: number, keys: number, exponent: number, accesses: number) {
  const rng = new Rng(seed);
  const cumulative = new Float64Array(keys);
  let total = 0;
  for (let rank = 0; rank < keys; rank++) cumulative[rank] = total += 1 / (rank + 1) ** exponent;
  const trace = new Int32Array(accesses);
  for (let at = 0; at < accesses; at++) trace[at] = rankOf(cumulative, rng.float() * total);
  return { trace, staticRatio: (held: number): number => cumulative[Math.max(0, held - 1)] / total };
}

/** The first rank whose cumulative weight reaches `wanted`. */
function rankOf(cumulative: Float64Array, wanted: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What each record of the recording makes a node look up: its instrument, its order, and the order's account. */
export async function recordedTrace(): Promise<string[] | undefined> {
  const folder = process.env['NAUTILUS_DATA'];
  const market = folder === undefined ? undefined : path.join(folder, 'market');
  const file =
    market !== undefined && existsSync(market)
      ? readdirSync(market).find((name) => name.endsWith('.dbn.zst'))
      : undefined;
  if (market === undefined || file === undefined) return undefined;
  const recording = await openRecording(path.join(market, file));
  const keys: string[] = [];
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row++) {
      const order = `${batch.orderHigh[row]}-${batch.orderLow[row]}`;
      keys.push(`instrument/${batch.instrument[row]}`, `order/${order}`);
      keys.push(`account/${(batch.orderLow[row] >>> 0) % ACCOUNTS}`);
    }
  }
  await recording.close();
  return keys;
}
