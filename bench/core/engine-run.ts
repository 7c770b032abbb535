/** One run of the engine over the benchmark's flow; prints its figures as JSON. */
import { Engine } from '#trading/engine.ts';
import { Histogram } from '#kit/histogram.ts';
import { makeSetup } from '../flow-setup.ts';
import type { FlowSetup } from '../flow-setup.ts';
import { makeFlow } from '../flow.ts';
import type { Flow } from '../flow.ts';

const INSTRUMENTS = 4;
const ACCOUNTS = 16;
const COMMANDS = 2_000_000;
const WARM_UP_COMMANDS = 400_000;
const SEED = 20_240_102;
/** Commands between two looks at the heap: few enough that no collection falls between them. */
const ALLOCATION_WINDOW = 100_000;

/** Events are summed up, so that nothing about them can be left out. */
let eventWords = 0;
function sink(_words: Int32Array, end: number): void {
  eventWords += end;
}

function prepare(setup: FlowSetup, flow: Flow): Engine {
  const engine = new Engine(sink);
  for (const at of setup.offsets) engine.apply(setup.words, at);
  for (let index = 0; index < flow.warm; index++) engine.apply(flow.words, flow.offsets[index]);
  return engine;
}

function measureRate(engine: Engine, flow: Flow): number {
  const last = flow.offsets.length - 1;
  const begun = performance.now();
  for (let index = flow.warm; index < last; index++) engine.apply(flow.words, flow.offsets[index]);
  return ((last - flow.warm) / (performance.now() - begun)) * 1000;
}

/** Nanoseconds of each command, the clock's own reading included. */
function measureEach(engine: Engine, flow: Flow): Histogram {
  const nanos = new Histogram();
  const last = flow.offsets.length - 1;
  let before = performance.now();
  for (let index = flow.warm; index < last; index++) {
    engine.apply(flow.words, flow.offsets[index]);
    const after = performance.now();
    nanos.record(Math.round((after - before) * 1e6));
    before = after;
  }
  return nanos;
}

function measureBytes(engine: Engine, flow: Flow): number {
  const windows: number[] = [];
  const last = flow.offsets.length - 1;
  for (let from = flow.warm; from + ALLOCATION_WINDOW <= last; from += ALLOCATION_WINDOW) {
    const before = process.memoryUsage().heapUsed;
    for (let index = from; index < from + ALLOCATION_WINDOW; index++) engine.apply(flow.words, flow.offsets[index]);
    windows.push((process.memoryUsage().heapUsed - before) / ALLOCATION_WINDOW);
  }
  return windows.toSorted((a, b) => a - b)[windows.length >> 1];
}

const setup = makeSetup(INSTRUMENTS, ACCOUNTS, COMMANDS + 65_536);
const warmFlow = makeFlow(setup, WARM_UP_COMMANDS, SEED + 1);
const flow = makeFlow(setup, COMMANDS, SEED);
measureRate(prepare(setup, warmFlow), warmFlow);
measureEach(prepare(setup, warmFlow), warmFlow);
globalThis.gc?.();
const opsPerSecond = measureRate(prepare(setup, flow), flow);
globalThis.gc?.();
const nanos = measureEach(prepare(setup, flow), flow);
globalThis.gc?.();
const bytesPerOp = measureBytes(prepare(setup, flow), flow);
if (eventWords === 0) throw new Error('the engine said nothing');
process.stdout.write(
  JSON.stringify({
    opsPerSecond,
    p50Nanos: nanos.quantile(0.5),
    p99Nanos: nanos.quantile(0.99),
    p999Nanos: nanos.quantile(0.999),
    bytesPerOp,
  }),
);
