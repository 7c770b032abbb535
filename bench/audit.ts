/**
 * What the audit log takes: durable appends at a steady rate beside the disk's own fdatasync, leaves and trading acts as fast
 * as they go, the time until a third party can be given a proof, and the making of a proof from ten million entries.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { encodeEntry } from '#compliance/audit/entry.ts';
import { RangeBuilder } from '#compliance/audit/journal-range.ts';
import { readKeyRecords } from '#compliance/audit/keys.ts';
import { AuditLog } from '#compliance/audit/log.ts';
import { parseVkey } from '#compliance/audit/note.ts';
import { Publisher } from '#compliance/audit/publisher.ts';
import { SignerClient } from '#compliance/audit/signer-client.ts';
import { localSigner, sampleEntry } from '#compliance/audit/testing.ts';
import { inclusionProof } from '#compliance/audit/proofs.ts';
import { TILE_WIDTH, TileFolder } from '#compliance/audit/tiles.ts';
import { checkProof, proofText } from '#compliance/audit/tlog-proof.ts';
import { Witness } from '#compliance/audit/witness.ts';
import { WitnessClient } from '#compliance/audit/witness-client.ts';
import { serveWitness } from '#compliance/audit/witness-server.ts';
import { createSystemClock } from '#kit/clock.ts';
import { RUNS_MIN, medianOfRuns, say } from './report.ts';
import type { Figures } from './report.ts';

const ORIGIN = 'bench.example/audit';
const RATE_PER_SECOND = 5000;
const STEADY_SECONDS = 4;
const BURST_LEAVES = 200_000;
const BURST_BATCH = 256;
const BURST_WAITING_MAX = 16_384;
const ACTS = 1_000_000;
const ACTS_PER_BATCH = 512;
const RANGES_WAITING_MAX = 8;
const ACT_WORDS = 18;
const BIG_LOG_ENTRIES = 10_000_000;
const PROOFS = 200;
const BLOCK_BYTES = 4096;

/** Keys: appendMs.{p50,p99}, fdatasyncMs.{p50,p99}, appendToFdatasync, eventsPerSecond, tradingActsPerSecond, provableMs.p99, proofMs.p99. */
export async function run(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-bench-audit-'));
  try {
    const steady = await medianOfRuns(
      `${RATE_PER_SECOND} single leaves a second for ${STEADY_SECONDS} s, signed and cosigned`,
      RUNS_MIN,
      async (number) => appendSteadily(join(folder, `steady-${number}`)),
    );
    const burst = await medianOfRuns(`${BURST_LEAVES} leaves as fast as they go`, RUNS_MIN, async (number) =>
      appendFast(join(folder, `fast-${number}`)),
    );
    const acts = await medianOfRuns(`${ACTS} trading acts in journal batches`, RUNS_MIN, async (number) =>
      enterActs(join(folder, `acts-${number}`)),
    );
    const proofs = await proveFromMany(join(folder, 'many'));
    const figures = {
      appendMs: { p50: steady['appendP50Ms'], p99: steady['appendP99Ms'] },
      fdatasyncMs: { p50: steady['fdatasyncP50Ms'], p99: steady['fdatasyncP99Ms'] },
      appendToFdatasync: steady['appendToFdatasync'],
      eventsPerSecond: burst['eventsPerSecond'],
      tradingActsPerSecond: acts['tradingActsPerSecond'],
      provableMs: { p99: steady['provableP99Ms'] },
      proofMs: { p99: proofs['proofP99Ms'] },
    };
    judge('appendMs.p50', figures.appendMs.p50, 0.5);
    judge('appendMs.p99', figures.appendMs.p99, 5);
    judge('eventsPerSecond', figures.eventsPerSecond, 40_000, 'least');
    judge('tradingActsPerSecond', figures.tradingActsPerSecond, 500_000, 'least');
    judge('provableMs.p99', figures.provableMs.p99, 1000);
    judge('proofMs.p99', figures.proofMs.p99, 2);
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge(name: string, value: number, bound: number, which: 'most' | 'least' = 'most'): void {
  const isMet = which === 'most' ? value <= bound : value >= bound;
  say(`  ${name} ${value.toFixed(3)}, to be at ${which} ${bound}: ${isMet ? 'met' : 'MISSED'}`);
}

/** The log with its signer as a process and a witness over HTTP, as the platform has them. */
async function appendSteadily(folder: string): Promise<Figures> {
  const clock = createSystemClock();
  const log = await AuditLog.open({ folder: join(folder, 'log'), origin: ORIGIN });
  const signer = new SignerClient();
  const program = fileURLToPath(new URL('../src/compliance/audit/signer-main.ts', import.meta.url));
  const child = fork(program, [join(folder, 'keys'), ORIGIN]);
  await new Promise<void>((resolve) => {
    child.on('message', (message) =>
      (message as { type?: string }).type === 'ready' ? resolve() : signer.receive(message),
    );
  });
  signer.connect((message) => child.send(message));
  const logKeys = (): ReturnType<typeof parseVkey>[] =>
    readKeyRecords(join(folder, 'keys')).map(({ vkey }) => parseVkey(vkey));
  const witness = new Witness(join(folder, 'witness'), 'witness.example/bench', logKeys, clock);
  const { server, port } = await serveWitness(witness, '127.0.0.1', 0);
  const client = new WitnessClient({
    name: 'bench',
    url: `http://127.0.0.1:${port}`,
    keys: witness.vkeys.map(parseVkey),
  });
  /** When each leaf was asked for, milliseconds; index by leaf. */
  const asked: number[] = [];
  const provable: number[] = [];
  let covered = 0;
  const publisher = new Publisher({
    log,
    signer,
    witnesses: [client],
    clock,
    onPublished: ({ size }) => {
      for (const now = performance.now(); covered < size; covered++) provable.push(now - asked[covered]);
    },
  });
  publisher.start();
  const appends = await steadyAppends(log, asked);
  await publisher.stop();
  const syncs = syncTimes(join(folder, 'sync'));
  await log.close();
  client.close();
  server.close();
  server.closeAllConnections();
  child.disconnect();
  const appendP50Ms = quantile(appends, 0.5);
  const fdatasyncP50Ms = quantile(syncs, 0.5);
  return {
    appendP50Ms,
    appendP99Ms: quantile(appends, 0.99),
    fdatasyncP50Ms,
    fdatasyncP99Ms: quantile(syncs, 0.99),
    appendToFdatasync: appendP50Ms / fdatasyncP50Ms,
    provableP99Ms: quantile(provable, 0.99),
  };
}

/** Each leaf is asked for at its own time; where the loop is late, the lateness counts. */
async function steadyAppends(log: AuditLog, asked: number[]): Promise<number[]> {
  const entries = Array.from({ length: RATE_PER_SECOND * STEADY_SECONDS }, (_, number) => sampleEntry(number));
  const took: number[] = [];
  const waiting: Promise<void>[] = [];
  const begun = performance.now();
  for (let number = 0; number < entries.length;) {
    const now = performance.now();
    while (number < entries.length && begun + (number * 1000) / RATE_PER_SECOND <= now) {
      const due = begun + (number * 1000) / RATE_PER_SECOND;
      asked.push(due);
      waiting.push(log.append([entries[number]]).then(() => void took.push(performance.now() - due)));
      number++;
    }
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  await Promise.all(waiting);
  return took;
}

/** fdatasync of a block that was written into a file of full length, one after the other. */
function syncTimes(path: string): number[] {
  const fd = openSync(path, 'w+');
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const blocks = 1000;
  for (let at = 0; at < blocks; at++) writeSync(fd, Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES, at * BLOCK_BYTES);
  fdatasyncSync(fd);
  const took: number[] = [];
  for (let at = 0; at < blocks; at++) {
    writeSync(fd, block, 0, BLOCK_BYTES, at * BLOCK_BYTES);
    const begun = performance.now();
    fdatasyncSync(fd);
    took.push(performance.now() - begun);
  }
  closeSync(fd);
  return took;
}

async function appendFast(folder: string): Promise<Figures> {
  const log = await AuditLog.open({ folder: join(folder, 'log'), origin: ORIGIN });
  const entries = Array.from({ length: BURST_BATCH }, (_, number) => sampleEntry(number));
  const publisher = new Publisher({
    log,
    signer: localSigner(join(folder, 'keys'), ORIGIN, createSystemClock()),
    witnesses: [],
    clock: createSystemClock(),
  });
  publisher.start();
  const begun = performance.now();
  let newest: Promise<number> = Promise.resolve(0);
  for (let sent = 0; sent < BURST_LEAVES; sent += BURST_BATCH) {
    newest = log.append(entries);
    if (log.waiting >= BURST_WAITING_MAX) await newest;
  }
  await newest;
  const seconds = (performance.now() - begun) / 1000;
  await publisher.stop();
  const { size } = log;
  await log.close();
  rmSync(folder, { recursive: true, force: true });
  return { eventsPerSecond: size / seconds };
}

/** Batches as the journal has them: their leaves, their roots, and the ranges durable in the log. */
async function enterActs(folder: string): Promise<Figures> {
  const log = await AuditLog.open({ folder: join(folder, 'log'), origin: ORIGIN });
  const words = new Int32Array(ACTS_PER_BATCH * ACT_WORDS);
  for (let at = 0; at < words.length; at += ACT_WORDS) words[at] = 1 | (ACT_WORDS << 16);
  const range = new RangeBuilder();
  const previous = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 };
  let newest: Promise<number> = Promise.resolve(0);
  const begun = performance.now();
  for (let sequence = 1; sequence <= ACTS; sequence += ACTS_PER_BATCH) {
    for (let at = 7; at < words.length; at += ACT_WORDS) words[at] = sequence + at;
    range.take(
      {
        epoch: 1,
        firstSequence: sequence,
        count: ACTS_PER_BATCH,
        words,
        start: 0,
        end: words.length,
        timeMicros: sequence,
        previous,
      },
      sequence,
    );
    newest = log.append([encodeEntry(range.close('main', sequence))]);
    if (log.waiting >= RANGES_WAITING_MAX) await newest;
  }
  await newest;
  const seconds = (performance.now() - begun) / 1000;
  await log.close();
  rmSync(folder, { recursive: true, force: true });
  return { tradingActsPerSecond: ACTS / seconds };
}

/** Proofs of entries all over a log of ten million, each read from the files anew and checked. */
async function proveFromMany(folder: string): Promise<Record<string, number>> {
  say(`\nwriting a log of ${BIG_LOG_ENTRIES.toLocaleString('en')} entries…`);
  const log = await AuditLog.open({ folder: join(folder, 'log'), origin: ORIGIN });
  const entries = Array.from({ length: BURST_BATCH }, (_, number) => sampleEntry(number));
  let newest: Promise<number> = Promise.resolve(0);
  while (log.size + log.waiting < BIG_LOG_ENTRIES) {
    newest = log.append(entries);
    if (log.waiting >= BURST_WAITING_MAX) await newest;
  }
  await newest;
  const publisher = new Publisher({
    log,
    signer: localSigner(join(folder, 'keys'), ORIGIN, createSystemClock()),
    witnesses: [],
    clock: createSystemClock(),
  });
  await publisher.stop();
  const { size } = log;
  const head = log.checkpoint;
  if (head === undefined) throw new Error(`no checkpoint: ${publisher.fault?.message}`);
  await log.close();
  const checkpoint = readFileSync(join(folder, 'log', 'checkpoint'), 'utf8');
  const keys = readKeyRecords(join(folder, 'keys')).map(({ vkey }) => parseVkey(vkey));
  return medianOfRuns(
    `${PROOFS} offline proofs from ${size.toLocaleString('en')} entries, nothing kept between them`,
    RUNS_MIN,
    (number) => {
      const took: number[] = [];
      for (let proof = 0; proof < PROOFS; proof++) {
        const index = Math.floor(((proof * RUNS_MIN + number) * 0.618_034 * size) % size);
        const begun = performance.now();
        const tiles = new TileFolder(join(folder, 'log'), size);
        const entry = tiles.entries(Math.floor(index / TILE_WIDTH))[index % TILE_WIDTH];
        const text = proofText(index, inclusionProof(tiles, index, size), checkpoint, {
          entry: entry.toString('base64'),
        });
        took.push(performance.now() - begun);
        if (checkProof(text, keys).index !== index) throw new Error('a proof that does not hold');
      }
      return { proofP50Ms: quantile(took, 0.5), proofP99Ms: quantile(took, 0.99) };
    },
  );
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
