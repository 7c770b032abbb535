/**
 * Runs one benchmark: `npm run --silent bench -- NAME [--json]`. People read standard error; with `--json` the last and
 * only line of standard output is one JSON object. Each benchmark is `bench/NAME.ts` with `run(): Promise<object>`.
 */
import { describeMachine, say } from './report.ts';

const BENCHMARKS: Readonly<Record<string, string>> = {
  core: 'the engine alone, beside another order book on the same flow',
  wire: 'orders over loopback TCP, one at a time and pipelined, beside an echo',
  recovery: 'a cold start from a journal of ten million entries',
  sessions: 'ten thousand sessions on one node',
  failover: 'takeovers of a shard on one machine, under load',
  detect: 'how fast the failure detection speaks, and how often wrongly, on modelled links',
  forecast: 'forecasts of recorded load beside the best naive ones; --data FOLDER for other files',
  training: 'gradient boosting beside scikit-learn’s',
  steer: 'policy answers of the name server on one core, beside gdnsd with a static zone',
  replicate: 'orders replicated through three nats-servers on loopback',
  audit: 'durable entries of the audit log, and proofs from ten million of them',
  start: 'what an idle platform costs, and how long until its first page',
  placement: 'the proven best placement of nodes, beside the rule of thumb',
  cache: 'hit ratios beside a plain LRU and the offline optimum, latency, invalidation lag',
  reports: 'reports to regulators from a journal of a million commands',
  surveillance: 'how well abuse is recognised on unseen markets (or --events FILE), and how fast',
};
/** Options whose next word is not a benchmark's name. */
const FILE_OPTIONS: ReadonlySet<string | undefined> = new Set(['--data', '--events']);
const EXIT_USAGE = 2;

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const names = words.filter((word, at) => !word.startsWith('--') && !FILE_OPTIONS.has(words[at - 1]));
  const [name] = names;
  if (names.length !== 1 || name === undefined || BENCHMARKS[name] === undefined) {
    say('usage: npm run --silent bench -- NAME [--json], where NAME is one of');
    for (const [known, what] of Object.entries(BENCHMARKS)) say(`  ${known.padEnd(10)}${what}`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  for (const line of describeMachine()) say(line);
  const module = (await import(`./${name}.ts`)) as { run: () => Promise<object> };
  const figures = await module.run();
  process.stdout.write(`${JSON.stringify(figures, null, process.argv.includes('--json') ? 0 : 2)}\n`);
}

await main();
