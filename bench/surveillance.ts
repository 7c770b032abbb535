/**
 * How well surveillance recognises abuse, and how fast. By default on simulated markets with seeds and evasions that were
 * never used for tuning; `--events FILE` scores a file of labelled events instead; `--quick` takes a tenth of the market.
 * Every scenario is printed, the worst one counts.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { readEventFile } from '#compliance/surveillance/event-file.ts';
import { SCENARIOS } from '#compliance/surveillance/catalogue.ts';
import { Monitor, type MonitorAlert } from '#compliance/surveillance/monitor.ts';
import { TEST_EVASIONS } from '../test/abuse/evasion.ts';
import { figuresOf, score, type ScenarioScore } from '../test/abuse/score.ts';
import { simulate } from '../test/abuse/simulation.ts';
import type { Label, SideFact } from '../test/abuse/world.ts';
import { RUNS_MIN, medianOfRuns, say } from './report.ts';
import type { SurveyJob } from './surveillance-worker.ts';

/** Seeds below this were used for tuning, from here on never. */
const TEST_SEED = 100_001;
const JOBS = 24;
const QUICK_JOBS = 2;
const SESSIONS = 3;
const ABUSES_PER_SESSION = 4;
const THREADS = 2;
/** Scenarios that compare with a list or a number: scored, and kept apart. */
const LOOKED_UP: ReadonlySet<string> = new Set(
  SCENARIOS.filter(({ kind }) => kind === 'looked up').map(({ id }) => id),
);
const TARGETS = { recall: 0.95, precision: 0.9, eventsPerSecond: 200_000, alertP99Ms: 100 } as const;

interface Totals {
  readonly scores: Map<string, ScenarioScore>;
  orders: number;
  abusiveOrders: number;
}

/** Keys: scenarios, recall, precision (lower bounds of the worst scenario), alertsPerMillionOrders, eventsPerSecond, alertP99Ms. */
export async function run(): Promise<object> {
  const at = process.argv.indexOf('--events');
  const totals =
    at < 0
      ? await scoreSimulation(process.argv.includes('--quick') ? QUICK_JOBS : JOBS)
      : await scoreFile(process.argv[at + 1] ?? '');
  const quality = report(totals);
  const speed = await measureSpeed();
  const figures = { ...quality, ...speed };
  for (const [key, aim] of Object.entries(TARGETS)) {
    const value = figures[key as keyof typeof TARGETS];
    const isMet = key === 'alertP99Ms' ? value <= aim : value >= aim;
    say(`  ${key} ${value.toFixed(3)}, aim ${aim}: ${isMet ? 'met' : 'MISSED'}`);
  }
  return figures;
}

async function scoreSimulation(jobs: number): Promise<Totals> {
  say(`simulated markets: seeds ${TEST_SEED} to ${TEST_SEED + jobs - 1}, evasions ${TEST_EVASIONS.join(', ')}`);
  const totals: Totals = { scores: new Map(), orders: 0, abusiveOrders: 0 };
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < jobs) {
      const job: SurveyJob = { seed: TEST_SEED + next++, sessions: SESSIONS, abusesPerSession: ABUSES_PER_SESSION };
      const worker = new Worker(new URL('surveillance-worker.ts', import.meta.url), { workerData: job });
      const [found] = (await once(worker, 'message')) as [Omit<Totals, 'scores'> & { scores: ScenarioScore[] }];
      await worker.terminate();
      totals.orders += found.orders;
      totals.abusiveOrders += found.abusiveOrders;
      for (const one of found.scores) addScore(totals.scores, one);
      say(`  seed ${job.seed}: ${found.orders.toLocaleString('en')} orders`);
    }
  };
  await Promise.all(Array.from({ length: THREADS }, work));
  return totals;
}

function addScore(into: Map<string, ScenarioScore>, one: ScenarioScore): void {
  const sum = into.get(one.scenario) ?? {
    scenario: one.scenario,
    instances: 0,
    found: 0,
    right: 0,
    wrong: 0,
    related: 0,
  };
  sum.instances += one.instances;
  sum.found += one.found;
  sum.right += one.right;
  sum.wrong += one.wrong;
  sum.related += one.related;
  into.set(one.scenario, sum);
}

async function scoreFile(file: string): Promise<Totals> {
  const alerts: MonitorAlert[] = [];
  const labels: Label[] = [];
  const links = new Map<number, number[]>();
  const restricted = new Set<string>();
  let orders = 0;
  const monitor = new Monitor({
    onAlert: (alert) => alerts.push(alert),
    lists: {
      linkedTo: (instrument) => links.get(instrument) ?? [],
      isRestricted: ({ kind, code }, instrument) => restricted.has(`${kind} ${code} ${instrument}`),
    },
  });
  await readEventFile(file, {
    onEvents(words, end, command) {
      if ((command.words[command.at] & 0xff) === 1) orders++;
      monitor.onEvents(words, end, command);
    },
    onCommand: (command) => monitor.onCommand(command),
    onFact(line) {
      if (line.type === 'account') monitor.market.setParticipant(line.account, line.participant);
      else if (line.type === 'link')
        for (const one of line.instruments)
          links.set(
            one,
            line.instruments.filter((other) => other !== one),
          );
      else if (line.type === 'restrict')
        restricted.add(
          `${line.client === undefined ? `firm ${line.participant ?? 0}` : `client ${line.client}`} ${line.instrument}`,
        );
      else if (line.type === 'news') monitor.onAnnouncement(line.instrument);
      else if (line.type === 'report') monitor.onReport(line.trade);
      else if (line.type === 'label') {
        const trader = { account: 0, participant: line.participant ?? 0, client: line.client ?? 0 };
        labels.push({
          scenario: line.scenario,
          traders: [trader],
          instrument: line.instrument,
          startMicros: line.from,
          endMicros: line.to,
          orders: line.orders,
          evasion: 'of the file',
        });
      }
    },
  });
  const names = [...new Set(labels.map(({ scenario }) => scenario))];
  const scores = new Map(score(names, labels, alerts).map((one) => [one.scenario, one]));
  return { scores, orders, abusiveOrders: labels.reduce((sum, label) => sum + label.orders, 0) };
}

function report({
  scores,
  orders,
  abusiveOrders,
}: Totals): Record<'scenarios' | 'recall' | 'precision' | 'alertsPerMillionOrders', number> {
  const share = ((abusiveOrders / orders) * 100).toFixed(3);
  say(`  ${orders.toLocaleString('en')} orders, ${share} % of them abusive; lower bounds of 95 % intervals (Wilson)`);
  say(`  ${'scenario'.padEnd(22)} instances  recall (low)    precision (low)  alerts per million orders`);
  let recall = 1;
  let precision = 1;
  let alerts = 0;
  for (const one of scores.values()) {
    const figures = figuresOf(one);
    const raised = one.right + one.wrong + one.related;
    alerts += raised;
    const isLookUp = LOOKED_UP.has(one.scenario);
    if (!isLookUp) {
      recall = Math.min(recall, figures.recallLow);
      precision = Math.min(precision, figures.precisionLow);
    }
    say(
      `  ${one.scenario.padEnd(22)} ${String(one.instances).padStart(9)}  ${figures.recall.toFixed(3)} (${figures.recallLow.toFixed(3)})   ` +
        `${figures.precision.toFixed(3)} (${figures.precisionLow.toFixed(3)})    ${((raised / orders) * 1e6).toFixed(2)}` +
        `${one.related > 0 ? `, ${one.related} on related abuse` : ''}${isLookUp ? ', looked up: kept apart' : ''}`,
    );
  }
  return { scenarios: SCENARIOS.length, recall, precision, alertsPerMillionOrders: (alerts / orders) * 1e6 };
}

interface Recorded {
  readonly words: Int32Array;
  readonly commands: Int32Array;
  /** Per call: kind (0 events, 1 command), from and length in words, where the command's words begin, and the time. */
  readonly calls: { isEvents: boolean; from: number; length: number; command: number; timeMicros: number }[];
}

const RECORDED_WORDS_MAX = 1 << 25;

/** A stretch of market in memory, so that surveillance alone is measured. */
function record(): Recorded {
  const words = new Int32Array(RECORDED_WORDS_MAX);
  const commands = new Int32Array(RECORDED_WORDS_MAX);
  const calls: Recorded['calls'] = [];
  let end = 0;
  let commandEnd = 0;
  let hasRoom = true;
  const note = (command: { words: Int32Array; at: number; timeMicros: number }): number => {
    const length = Math.max(6, command.words[command.at] >>> 16);
    hasRoom &&= commandEnd + length < commands.length;
    if (!hasRoom) return 0;
    commands.set(command.words.subarray(command.at, command.at + length), commandEnd);
    commandEnd += length;
    return commandEnd - length;
  };
  simulate(
    { seed: TEST_SEED, evasions: TEST_EVASIONS, sessions: 1, abusesPerSession: ABUSES_PER_SESSION, sessionMinutes: 6 },
    {
      onEvents(from, length, command) {
        hasRoom &&= end + length < words.length;
        if (!hasRoom) return;
        const at = note(command);
        words.set(from.subarray(0, length), end);
        calls.push({ isEvents: true, from: end, length, command: at, timeMicros: command.timeMicros });
        end += length;
      },
      onCommand(command) {
        const at = note(command);
        if (hasRoom) calls.push({ isEvents: false, from: 0, length: 0, command: at, timeMicros: command.timeMicros });
      },
      onFact: (_fact: SideFact) => undefined,
    },
  );
  return { words, commands, calls };
}

const BATCH_CALLS = 500;
const NANOS_PER_MS = 1e6;

/** Events a second of one core through every scenario, and from a batch's arrival to each alert that it caused. */
async function measureSpeed(): Promise<{ eventsPerSecond: number; alertP99Ms: number }> {
  const recorded = record();
  return medianOfRuns('surveillance alone, one core, recorded market in batches', RUNS_MIN, async () => {
    const delays: number[] = [];
    let arrived = 0n;
    const monitor = new Monitor({
      onAlert: () => delays.push(Number(process.hrtime.bigint() - arrived) / NANOS_PER_MS),
      lists: { linkedTo: (instrument) => [instrument ^ 1] },
    });
    const { words, commands, calls } = recorded;
    const command = { words: commands, at: 0, timeMicros: 0 };
    const begun = performance.now();
    for (const [index, call] of calls.entries()) {
      if (index % BATCH_CALLS === 0) arrived = process.hrtime.bigint();
      command.at = call.command;
      command.timeMicros = call.timeMicros;
      if (call.isEvents) monitor.onEvents(words.subarray(call.from, call.from + call.length), call.length, command);
      else monitor.onCommand(command);
    }
    const seconds = (performance.now() - begun) / 1000;
    delays.sort((one, other) => one - other);
    return {
      eventsPerSecond: monitor.market.events / seconds,
      alertP99Ms: delays[Math.ceil(delays.length * 0.99) - 1] ?? 0,
    };
  }) as Promise<{ eventsPerSecond: number; alertP99Ms: number }>;
}
