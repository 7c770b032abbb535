/**
 * The cache's first level: hit ratios on a million keys by Zipf and on what a recorded session of CME asks for, beside
 * lru-cache, the best static content and Belady's offline optimum; what a get costs; how long an invalidation takes.
 * Needs the folder of recordings in NAUTILUS_DATA; without it ends with exit code 2.
 */
import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import { LocalStore } from '#edge/cache/local-store.ts';
import { invalidationLags } from './cache-invalidation.ts';
import { recordedTrace, zipfTrace } from './cache-traces.ts';
import { say } from './report.ts';

const KEYS = 1_000_000;
const EXPONENT = 0.99;
const SEED = 20_261_122;
/** The first half warms up, the second is counted. */
const ZIPF_ACCESSES = 6_000_000;
const SHARES = [0.01, 0.05, 0.1, 0.2];
const PERCENT = 100;
const AIM = 0.95;
const AIM_ACCESSES = 2_000_000;
const EXIT_NO_DATA = 2;
const TIMED_GETS = 1_000_000;

interface Store {
  get(key: string): unknown;
  set(key: string): void;
}

function ours(itemsMax: number): Store {
  const store = new LocalStore<true>({ itemsMax });
  return { get: (key) => store.get(key, 0), set: (key) => store.set(key, true) };
}

function peer(max: number): Store {
  const store = new LRUCache<string, true>({ max });
  return { get: (key) => store.get(key), set: (key) => void store.set(key, true) };
}

/** Share of hits after `warmUp` accesses. */
function hitRatio(store: Store, trace: readonly string[], warmUp: number): number {
  let hits = 0;
  for (let at = 0; at < trace.length; at++) {
    const key = trace[at];
    const isHit = store.get(key) !== undefined;
    if (!isHit) store.set(key);
    else if (at >= warmUp) hits += 1;
  }
  return hits / (trace.length - warmUp);
}

/** Belady's optimum: pushes out what is needed last, and admits nothing that is needed later than all it holds. */
function belady(trace: readonly string[], itemsMax: number, warmUp: number): number {
  const next = new Float64Array(trace.length).fill(Infinity);
  const seen = new Map<string, number>();
  for (let at = trace.length - 1; at >= 0; at--) {
    next[at] = seen.get(trace[at]) ?? Infinity;
    seen.set(trace[at], at);
  }
  // A max-heap of (next use, key) with stale entries left in it: an entry counts while the key still has that next use.
  const heap: { use: number; key: string }[] = [];
  const held = new Map<string, number>();
  let hits = 0;
  for (let at = 0; at < trace.length; at++) {
    const key = trace[at];
    if (held.has(key) && at >= warmUp) hits += 1;
    held.set(key, next[at]);
    pushHeap(heap, { use: next[at], key });
    while (held.size > itemsMax) {
      const worst = popHeap(heap);
      if (worst !== undefined && held.get(worst.key) === worst.use) held.delete(worst.key);
    }
  }
  return hits / (trace.length - warmUp);
}

function pushHeap(heap: { use: number; key: string }[], entry: { use: number; key: string }): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent].use >= entry.use) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = entry;
}

function popHeap(heap: { use: number; key: string }[]): { use: number; key: string } | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1].use > heap[child].use) child += 1;
    if (heap[child].use <= last.use) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return top;
}

/** Time of single gets of a warm cache, less what reading the clock twice takes. */
function timeGets(trace: readonly string[], itemsMax: number): { p50: number; p99: number } {
  const store = new LocalStore<true>({ itemsMax });
  for (const key of trace) if (store.get(key, 0) === undefined) store.set(key, true);
  const overhead = new Float64Array(TIMED_GETS / 10);
  for (let at = 0; at < overhead.length; at++) {
    const began = performance.now();
    overhead[at] = performance.now() - began;
  }
  const clockMs = overhead.toSorted()[overhead.length >> 1];
  const took = new Float64Array(TIMED_GETS);
  for (let at = 0; at < TIMED_GETS; at++) {
    const key = trace[trace.length - 1 - at];
    const began = performance.now();
    store.get(key, 0);
    took[at] = performance.now() - began;
  }
  took.sort((a, b) => a - b);
  const micros = (share: number): number => Math.max(0, (took[Math.floor(TIMED_GETS * share)] - clockMs) * 1000);
  return { p50: micros(0.5), p99: micros(0.99) };
}

function percent(ratio: number): number {
  return Math.round(ratio * PERCENT * 1000) / 1000;
}

/** The least number of entries, in steps of a tenth, at which the cache itself reaches the aim once every key was seen. */
function sizeForAim(trace: readonly string[], names: readonly string[], staticRatio: (held: number) => number): number {
  let low = 1;
  let high = KEYS;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (staticRatio(middle) < AIM) low = middle + 1;
    else high = middle;
  }
  for (let items = low; items < KEYS; items = Math.ceil(items * 1.1)) {
    const store = ours(items);
    for (let rank = KEYS - 1; rank >= 0; rank--) store.set(names[rank]);
    const ratio = hitRatio(store, trace, trace.length / 2);
    say(`  ${items} entries (${percent(items / KEYS)} % of the keys): ${percent(ratio)} %`);
    if (ratio >= AIM) return items;
  }
  return KEYS;
}

/** All figures; hit ratios in percent. */
export async function run(): Promise<object> {
  const recorded = await recordedTrace();
  if (recorded === undefined) {
    say('The folder with recordings is missing: set NAUTILUS_DATA to the folder that holds market/.');
    process.exit(EXIT_NO_DATA);
  }
  const names = Array.from({ length: KEYS }, (_, rank) => `key/${rank}`);
  const { trace: ranks, staticRatio } = zipfTrace(SEED, KEYS, EXPONENT, ZIPF_ACCESSES);
  const zipf = Array.from(ranks, (rank) => names[rank]);
  const distinct = new Set(recorded).size;
  say(
    `\nZipf ${EXPONENT}, ${KEYS} keys, ${zipf.length} accesses, the second half counted; CME: ${recorded.length} look-ups of ${distinct} keys, all counted`,
  );
  const figures = new Map<string, number>();
  for (const share of SHARES) {
    const traces = [
      { name: 'zipf', trace: zipf, items: Math.round(KEYS * share), warmUp: zipf.length / 2 },
      { name: 'trace', trace: recorded, items: Math.round(distinct * share), warmUp: 0 },
    ];
    for (const { name, trace, items, warmUp } of traces) {
      const key = `${name}${Math.round(share * PERCENT)}`;
      figures.set(`ours.${key}`, percent(hitRatio(ours(items), trace, warmUp)));
      figures.set(`peer.${key}`, percent(hitRatio(peer(items), trace, warmUp)));
      figures.set(`belady.${key}`, percent(belady(trace, items, warmUp)));
      const best = name === 'zipf' ? `, best static ${percent(staticRatio(items))} %` : '';
      say(
        `  ${name} at ${share * PERCENT} % (${items}): ours ${figures.get(`ours.${key}`)} %, lru-cache ${figures.get(`peer.${key}`)} %${best}, Belady ${figures.get(`belady.${key}`)} %`,
      );
    }
  }
  say(`\nentries for ${AIM * PERCENT} % on Zipf`);
  const sizeFor95Percent = sizeForAim(zipf.slice(-AIM_ACCESSES), names, staticRatio);
  const { p50, p99 } = timeGets(zipf, KEYS / 10);
  const lags = await invalidationLags();
  const invalidationP99Ms = lags[Math.floor(lags.length * 0.99)];
  say(
    `  get p50 ${p50.toFixed(2)} µs, p99 ${p99.toFixed(2)} µs; invalidation p99 ${invalidationP99Ms.toFixed(2)} ms of ${lags.length}`,
  );
  const of = (kind: string, name: string): number => figures.get(`${kind}.${name}`) ?? Number.NaN;
  return {
    hitRatio: { zipf10: of('ours', 'zipf10'), trace10: of('ours', 'trace10') },
    bestStatic: { zipf10: percent(staticRatio(KEYS / 10)) },
    belady: { zipf10: of('belady', 'zipf10'), trace10: of('belady', 'trace10') },
    peer: { zipf10: of('peer', 'zipf10'), trace10: of('peer', 'trace10') },
    sizeFor95Percent,
    getP50Micros: p50,
    getP99Micros: p99,
    invalidationP99Ms,
  };
}
