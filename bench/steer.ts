/**
 * Policy answers a second of the name server on one core, asked by dnsperf with a client subnet, beside gdnsd answering the same
 * questions from a static zone. Both servers run through the whole benchmark; runs alternate.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { benchFolder } from './lib/node-process.ts';
import { RUNS_MIN, median, medianOfRuns, say } from './report.ts';

const SECONDS_PER_RUN = 3;
const OUTSTANDING = 200;
/** EDNS Client Subnet of 133.11.0.0/24, as dnsperf takes it: code, then the option's bytes. */
const CLIENT_SUBNET = '8:00011800850b00';
const GOAL_PER_SECOND = 40_000;
const PEER_START_MS = 500;
const execute = promisify(execFile);

/** Keys: answersPerSecond, peer.answersPerSecond. */
export async function run(): Promise<object> {
  const folder = benchFolder();
  const programs = {
    dnsperf: need('dnsperf', 'dnsperf'),
    gdnsd: need('gdnsd', 'gdnsd'),
    taskset: need('taskset', 'util-linux'),
  };
  const queries = path.join(folder, 'queries');
  writeFileSync(queries, 'api.nautilus.trading A\napi.nautilus.trading AAAA\n');
  const own = await startOwn(programs.taskset);
  let peer: Running | undefined;
  try {
    peer = await startPeer(programs.taskset, programs.gdnsd, folder);
    const { port: peerPort } = peer;
    const peers: number[] = [];
    const figures = await medianOfRuns('name server on one core, dnsperf on the other', RUNS_MIN, async () => {
      const answersPerSecond = await load(programs, queries, own.port);
      const peerPerSecond = await load(programs, queries, peerPort);
      peers.push(peerPerSecond);
      return { answersPerSecond, peerPerSecond };
    });
    const reached = (figures['answersPerSecond'] ?? 0) >= GOAL_PER_SECOND;
    say(`  goal ${GOAL_PER_SECOND} policy answers a second: ${reached ? 'met' : 'MISSED'}`);
    return {
      answersPerSecond: figures['answersPerSecond'],
      peer: { name: 'gdnsd, static zone', answersPerSecond: median(peers) },
    };
  } finally {
    own.child.kill('SIGKILL');
    peer?.child.kill('SIGKILL');
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startOwn(taskset: string): Promise<Running> {
  const program = path.join(import.meta.dirname, 'lib/steer-server.ts');
  const child = spawn(taskset, ['-c', '0', process.execPath, program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(line.toString()) };
}

async function startPeer(taskset: string, gdnsd: string, folder: string): Promise<Running> {
  const port = await freePort();
  const configuration = path.join(folder, 'gdnsd');
  for (const part of ['zones', 'run', 'state']) mkdirSync(path.join(configuration, part), { recursive: true });
  const places = `run_dir => "${configuration}/run", state_dir => "${configuration}/state"`;
  writeFileSync(
    path.join(configuration, 'config'),
    `options => { listen => 127.0.0.1, dns_port => ${port}, udp_threads => 1, tcp_threads => 1, ${places} }\n`,
  );
  writeFileSync(
    path.join(configuration, 'zones/nautilus.trading'),
    '@ SOA ns1 hostmaster 1 7200 900 1209600 60\n@ NS ns1\nns1 A 192.0.2.53\napi A 192.0.2.30\napi AAAA 2001:db8:30::1\n',
  );
  const child = spawn(taskset, ['-c', '0', gdnsd, '-c', configuration, 'start'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise((resolve) => {
    setTimeout(resolve, PEER_START_MS);
  });
  if (child.exitCode !== null) throw new Error(`gdnsd ended with exit code ${child.exitCode}`);
  return { child, port };
}

/** Answers a second that dnsperf received; throws where a query was lost. */
async function load(programs: { dnsperf: string; taskset: string }, queries: string, port: number): Promise<number> {
  const words = [
    '-s',
    '127.0.0.1',
    '-p',
    String(port),
    '-d',
    queries,
    '-l',
    String(SECONDS_PER_RUN),
    '-q',
    String(OUTSTANDING),
  ];
  const { stdout } = await execute(programs.taskset, ['-c', '1', programs.dnsperf, ...words, '-E', CLIENT_SUBNET]);
  const [, share] = /Queries completed:\s+\d+ \(([\d.]+)%\)/.exec(stdout) ?? [];
  const [, rate] = /Queries per second:\s+([\d.]+)/.exec(stdout) ?? [];
  if (Number(share) < 99.9 || !stdout.includes('NOERROR')) throw new Error(`dnsperf lost queries:\n${stdout}`);
  return Number(rate);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function need(name: string, from: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
  const file = folders.map((folder) => path.join(folder, name)).find((found) => existsSync(found));
  if (file !== undefined) return file;
  say(`${name} is missing: apt-get install ${from}`);
  process.exit(2);
}
