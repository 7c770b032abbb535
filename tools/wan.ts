/**
 * `npm run wan -- up | status | partition A B | heal | forward A B PORT | down`: a wide-area network on this machine, between the
 * sites of config/topology.yaml. `up` stays in the background until `down`; everything listens on the loopback interface alone.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import type { NetworkSite } from '#federation/network/service.ts';
import { WanRig } from '#federation/network/wan/rig.ts';
import { topologySchema } from '#federation/topology/model.ts';
import { createSystemClock } from '#kit/clock.ts';

const FOLDER = path.resolve('.data', 'wan');
const CONTROL = path.join(FOLDER, 'control.sock');
const START_MS_MAX = 60_000;
const LOOK_MS = 100;
const REQUEST_BYTES_MAX = 4096;
const USAGE = `usage: npm run wan -- COMMAND
  up [--sites A,B,C] [--stretch 1.3] [--loss 0.001]   start sites and links
  status                          what the sites measure, and what is cut
  partition A B [--one-way]       let nothing pass between two sites (from A to B only)
  heal                            end every partition
  forward A B PORT                a TCP link from A to B in front of a local port
  down                            end it`;

interface Words {
  readonly positionals: readonly string[];
  readonly values: {
    readonly sites?: string;
    readonly stretch?: string;
    readonly loss?: string;
    readonly 'one-way'?: boolean;
  };
}

function readWords(): Words {
  return parseArgs({
    allowPositionals: true,
    options: {
      sites: { type: 'string' },
      stretch: { type: 'string' },
      loss: { type: 'string' },
      'one-way': { type: 'boolean' },
    },
  });
}

/** Sites of the topology, or those that were named. */
function chosenSites(names: string | undefined): NetworkSite[] {
  const { clusters, witnesses } = topologySchema.parse(parse(readFileSync('config/topology.yaml', 'utf8')));
  const all = [
    ...clusters.map((site) => ({ ...site, trades: true })),
    ...witnesses.map((site) => ({ ...site, trades: false })),
  ];
  const sites = all.map(({ name, provider, region, failureDomain, jurisdiction, trades, coordinates }) => ({
    name,
    provider,
    region,
    failureDomain,
    jurisdiction,
    trades,
    ...coordinates,
  }));
  if (names === undefined) return sites;
  return names.split(',').map((name) => {
    const site = sites.find((known) => known.name === name);
    if (site === undefined) throw new Error(`${name} is no site of config/topology.yaml`);
    return site;
  });
}

/** The rig itself: runs until it is told to end. */
async function serve({ values }: Words): Promise<void> {
  const sites = chosenSites(values.sites);
  const terms = { stretch: Number(values.stretch ?? '1.3'), lossShare: Number(values.loss ?? '0'), seed: 1 };
  const rig = new WanRig({ sites, ...terms, clock: createSystemClock() });
  await rig.start();
  rmSync(CONTROL, { force: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let request = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (part) => {
      request += part.toString();
      if (request.length > REQUEST_BYTES_MAX) socket.destroy();
    });
    socket.on('end', () => {
      void answerOne(rig, socket, request);
    });
  });
  process.on('SIGTERM', () => end(rig));
  server.listen(CONTROL);
}

async function answerOne(rig: WanRig, socket: Socket, request: string): Promise<void> {
  const answer = await carryOut(rig, JSON.parse(request) as Words);
  if (answer === 'down') socket.on('finish', () => end(rig));
  socket.end(`${answer}\n`);
}

function end(rig: WanRig): void {
  rig.stop();
  rmSync(FOLDER, { recursive: true, force: true });
  process.exit(0);
}

async function carryOut(rig: WanRig, { positionals, values }: Words): Promise<string> {
  const [command, from = '', to = '', port = ''] = positionals;
  if (command === 'status') return statusOf(rig);
  if (command === 'partition')
    return rig.partition(from, to, values['one-way'] !== true) ? cutsOf(rig) : `${from} or ${to} is no site here`;
  if (command === 'heal') {
    rig.heal();
    return cutsOf(rig);
  }
  if (command === 'forward') {
    const opened = await rig.forward(from, to, Number(port));
    return opened === undefined ? `${from} or ${to} is no site here` : `127.0.0.1:${opened}`;
  }
  return command === 'down' ? 'down' : USAGE;
}

function cutsOf(rig: WanRig): string {
  return rig.cuts.length === 0
    ? 'no partition'
    : rig.cuts.map((pair) => `cut: ${pair.replace(' ', ' to ')}`).join('\n');
}

function millis(micros: number | null | undefined): string {
  return (micros === null || micros === undefined ? '-' : (micros / 1000).toFixed(1)).padStart(8);
}

function statusOf(rig: WanRig): string {
  const width = Math.max(...rig.network.sites.map(({ name }) => name.length));
  const lines = rig.network.matrix().map(({ from, to, floorMicros, figures, quality, because }) => {
    const loss = figures === null ? '-' : (figures.lossShare * 100).toFixed(1);
    return `${from.padEnd(width)}  ${to.padEnd(width)}${millis(floorMicros)}${millis(figures?.p50Micros)}${millis(figures?.p99Micros)}${loss.padStart(7)}  ${quality}: ${because}`;
  });
  const heading = `${'from'.padEnd(width)}  ${'to'.padEnd(width)}   floor     p50     p99  loss %`;
  return [heading, ...lines, cutsOf(rig)].join('\n');
}

async function up(words: readonly string[]): Promise<void> {
  if (existsSync(CONTROL)) throw new Error('it is up already; `npm run wan -- down` ends it');
  mkdirSync(FOLDER, { recursive: true });
  const child = spawn(process.execPath, [import.meta.filename, 'serve', ...words], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const deadline = performance.now() + START_MS_MAX;
  while (!existsSync(CONTROL)) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('it does not start');
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
  child.unref();
  console.log(`up, process ${child.pid}; \`npm run wan -- status\` shows what its sites measure`);
}

async function ask(words: Words): Promise<void> {
  if (!existsSync(CONTROL)) throw new Error('it is not up; `npm run wan -- up` starts it');
  await new Promise<void>((resolve, reject) => {
    const socket = connect(CONTROL, () => socket.end(JSON.stringify(words)));
    socket.on('data', (part) => process.stdout.write(part));
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}

const words = readWords();
const [command] = words.positionals;
try {
  if (command === 'serve') await serve(words);
  else if (command === 'up') await up(process.argv.slice(3));
  else if (['status', 'partition', 'heal', 'forward', 'down'].includes(command ?? '')) await ask(words);
  else throw new Error(USAGE);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
