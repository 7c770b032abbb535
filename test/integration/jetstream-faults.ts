/**
 * Faults against a shard of real servers and real members, and the comparison afterwards of what clients were told with
 * what the journal holds. One seed gives one schedule. Signals only processes it started.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JetStreamJournal } from '#journal/jetstream/jetstream-journal.ts';
import { readEntries } from '#journal/testing-entries.ts';
import type { Rng } from '#kit/rng.ts';
import { memberOptions, newShard } from '../conformance/journal-jetstream-opener.ts';
import type { StreamPlace } from '../conformance/journal-jetstream-opener.ts';
import { LinkProxy } from '../link-proxy.ts';
import { NatsCluster } from '../nats.ts';

const PROGRAM = fileURLToPath(new URL('jetstream-member.ts', import.meta.url));
const LEAD_MS_MAX = 60_000;
const LOOK_MS = 5;
const DIRECTIONS = ['there', 'back', 'both'] as const;

/** One member and what it said. */
export class Member {
  epoch = 0;
  acked = 0;
  isFenced = false;
  lost: string | undefined;
  lastStall = 'never stalled';
  isOver = false;
  private readonly child: ChildProcess;
  private said = '';
  private errors = '';

  constructor(place: object, writer: number, ledger: string) {
    const args = [PROGRAM, JSON.stringify(place), String(writer), ledger];
    this.child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: `${tmpdir()}/nautilus-compile-cache` },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.hear(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.child.on('close', () => (this.isOver = true));
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await until('the member is gone', () => this.isOver);
  }

  /** Waits until something holds of it; a member that ends before is an error, with what it wrote. */
  async until(what: string, condition: () => boolean): Promise<void> {
    await until(`${what}: ${this.errors}`, () => {
      if (this.isOver && !condition()) throw new Error(`over before ${what} (lost ${this.lost}): ${this.errors}`);
      return condition();
    });
  }

  private hear(text: string): void {
    const lines = (this.said + text).split('\n');
    this.said = lines.pop() ?? '';
    for (const line of lines) {
      const [word, value = ''] = line.split(' ');
      if (word === 'lead') this.epoch = Number(value);
      else if (word === 'acked') this.acked = Number(value);
      else if (word === 'fenced') this.isFenced = true;
      else if (word === 'stalled') this.lastStall = line;
      else if (word === 'lost') this.lost = value;
    }
  }
}

export interface Verdict {
  acked: number;
  /** Acknowledged, and not in the journal as they were. */
  lost: number;
  /** Sequences that two epochs acknowledged. */
  dualCommits: number;
  epochs: number;
}

/** A cluster whose links can be cut, a shard on it, and its members. */
export class Shard {
  readonly cluster: NatsCluster;
  readonly place: StreamPlace;
  readonly members: Member[] = [];
  /** Links of clients to servers, by server; members that began with `isCutOff` use them. */
  readonly clientLinks: LinkProxy[];
  private writers = 0;

  private constructor(cluster: NatsCluster, place: StreamPlace, clientLinks: LinkProxy[]) {
    this.cluster = cluster;
    this.place = place;
    this.clientLinks = clientLinks;
  }

  static async start(executablePath: string): Promise<Shard> {
    const cluster = await NatsCluster.start({ executablePath, linked: true });
    const clientLinks = await Promise.all(cluster.servers.map(({ port }) => LinkProxy.open(port)));
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const folder = mkdtempSync(join(tmpdir(), 'nautilus-faults-'));
    const place = { servers: cluster.addresses, domains: cluster.domains, shard: newShard(), folder, key };
    return new Shard(cluster, place, clientLinks);
  }

  /** Starts a member and waits until it leads and its clients have acknowledgements. */
  async lead(options: { behindLinks?: boolean; homeDomain?: string } = {}): Promise<Member> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const member = this.candidate(options);
      await until('a candidate is decided', () => member.isOver || member.acked > 0);
      if (member.acked > 0) return member;
      await pause(200);
    }
    throw new Error(`nobody could lead: ${this.members.map(({ lost }) => lost).join(', ')}`);
  }

  candidate({ behindLinks = false, homeDomain = 'elsewhere' } = {}): Member {
    const servers = behindLinks ? this.clientLinks.map(({ port }) => `127.0.0.1:${port}`) : this.place.servers;
    const writer = ++this.writers;
    const ledger = join(this.place.folder, `ledger-${writer}`);
    const member = new Member({ ...this.place, servers, homeDomain }, writer, ledger);
    this.members.push(member);
    return member;
  }

  /** Stops all members, and compares every ledger with the journal as a fresh member sees it. */
  async verify(): Promise<Verdict> {
    for (const member of this.members) if (!member.isOver) await member.kill();
    const journal = await JetStreamJournal.open(memberOptions(this.place));
    try {
      const writers: number[] = [0];
      const epochs: number[] = [0];
      journal.read(1, (batch) => {
        // Throws for an entry that is not at the sequence it was made for: applied twice, or moved.
        for (const writer of readEntries(batch)) {
          writers.push(writer);
          epochs.push(batch.epoch);
        }
      });
      return { ...compare(readLedgers(this.place.folder), writers, epochs), epochs: journal.report.lastEpoch };
    } finally {
      await journal.close();
    }
  }

  async stop(): Promise<void> {
    for (const member of this.members) if (!member.isOver) await member.kill();
    for (const link of this.clientLinks) await link.close();
    await this.cluster.stop();
    rmSync(this.place.folder, { recursive: true });
  }
}

interface LedgerLine {
  epoch: number;
  from: number;
  to: number;
  writer: number;
}

function readLedgers(folder: string): LedgerLine[] {
  const files = readdirSync(folder).filter((name) => name.startsWith('ledger-'));
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
  return lines.map((line) => {
    const [epoch, from, to, writer] = line.split(' ').map(Number);
    return { epoch, from, to, writer };
  });
}

function compare(
  lines: readonly LedgerLine[],
  writers: readonly number[],
  epochs: readonly number[],
): Omit<Verdict, 'epochs'> {
  const ackedBy = new Map<number, number>();
  const verdict = { acked: 0, lost: 0, dualCommits: 0 };
  for (const { epoch, from, to, writer } of lines) {
    for (let sequence = from; sequence <= to; sequence++) {
      verdict.acked++;
      if (writers[sequence] !== writer || epochs[sequence] !== epoch) verdict.lost++;
      if (ackedBy.has(sequence)) verdict.dualCommits++;
      ackedBy.set(sequence, epoch);
    }
  }
  return verdict;
}

/** A fault, and how the shard gets a leader again. The member it is given leads; the one it gives back does. */
export type Fault = (shard: Shard, leader: Member, rng: Rng) => Promise<Member>;

const FAULTS: Readonly<Record<string, Fault>> = {
  async 'kill -9 of the primary'(shard, leader) {
    await leader.kill();
    return shard.lead();
  },
  async 'kill -9 of any server'(shard, leader, rng) {
    const server = shard.cluster.servers[rng.int(3)];
    await server.kill();
    await goesOn(leader);
    server.start();
    await pause(500);
    return leader;
  },
  async 'kill -9 of the primary and of a server'(shard, leader, rng) {
    const server = shard.cluster.servers[rng.int(3)];
    await Promise.all([leader.kill(), server.kill()]);
    const next = await shard.lead();
    server.start();
    return next;
  },
  async 'a stopped primary that wakes up late'(shard, leader) {
    leader.signal('SIGSTOP');
    const next = await shard.lead();
    await pause(2500);
    leader.signal('SIGCONT');
    await leader.until('the old leader is fenced', () => leader.isFenced);
    await goesOn(next);
    return next;
  },
  async 'a live primary that is succeeded'(shard, leader) {
    const next = await shard.lead();
    await leader.until('the old leader is fenced', () => leader.isFenced);
    await goesOn(next);
    return next;
  },
  async 'a stopped server that wakes up late'(shard, leader, rng) {
    const server = shard.cluster.servers[rng.int(3)];
    server.signal('SIGSTOP');
    await goesOn(leader);
    server.signal('SIGCONT');
    await pause(500);
    return leader;
  },
  async 'a primary cut off from the servers'(shard, leader, rng) {
    await leader.kill();
    const cutOff = await shard.lead({ behindLinks: true });
    const direction = DIRECTIONS[rng.int(DIRECTIONS.length)];
    for (const link of shard.clientLinks) link.cut(direction);
    const next = await shard.lead();
    for (const link of shard.clientLinks) link.heal();
    await cutOff.until('the old leader is fenced', () => cutOff.isFenced);
    await goesOn(next);
    return next;
  },
  async 'a server cut off from the others'(shard, leader, rng) {
    const server = shard.cluster.servers[rng.int(3)];
    const direction = DIRECTIONS[rng.int(DIRECTIONS.length)];
    shard.cluster.cut(server, direction);
    await goesOn(leader);
    shard.cluster.heal();
    await pause(500);
    return leader;
  },
  async 'a server that lost its disk'(shard, leader, rng) {
    const server = shard.cluster.servers[rng.int(3)];
    await server.kill();
    server.loseDisk();
    await goesOn(leader);
    server.start();
    await shard.cluster.whenCurrent(shard.place.shard);
    return leader;
  },
};
export const FAULT_NAMES: readonly string[] = Object.keys(FAULTS);

/** Makes one fault happen; the leader afterwards has acknowledged something since. */
export async function strike(name: string, shard: Shard, leader: Member, rng: Rng): Promise<Member> {
  const fault = FAULTS[name];
  if (fault === undefined) throw new Error(`no fault ${name}`);
  // Three copies survive one fault at a time.
  await shard.cluster.whenCurrent(shard.place.shard);
  const next = await fault(shard, leader, rng);
  // A server that went may have taken the stream's leader with it, and the member its place.
  return next.isOver ? shard.lead() : next;
}

/** Waits until the leader has new acknowledgements, or was itself succeeded. */
async function goesOn(leader: Member): Promise<void> {
  const before = leader.acked;
  const goesOnNow = (): boolean => leader.acked > before + 200 || leader.isOver;
  await until(() => `the leader goes on (at ${leader.acked} since ${before}; ${leader.lastStall})`, goesOnNow);
}

async function until(what: string | (() => string), condition: () => boolean): Promise<void> {
  const deadline = performance.now() + LEAD_MS_MAX;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`in vain: ${typeof what === 'string' ? what : what()}`);
    await pause(LOOK_MS);
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
