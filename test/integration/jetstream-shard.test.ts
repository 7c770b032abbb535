/**
 * A shard's stream with rivals, forgers, restarts and a real trading node on it.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '#kit/errors.ts';
import { AckLevel } from '#kit/ports/journal.ts';
import { JetStreamJournal } from '#journal/jetstream/jetstream-journal.ts';
import type { JetStreamOptions } from '#journal/jetstream/options.ts';
import { streamNames } from '#journal/jetstream/options.ts';
import { encodeOpening } from '#journal/jetstream/openings.ts';
import { appendEntries, readEntries } from '#journal/testing-entries.ts';
import { memberOptions, newShard } from '../conformance/journal-jetstream-opener.ts';
import type { StreamPlace } from '../conformance/journal-jetstream-opener.ts';
import { NatsCluster } from '../nats.ts';
import { NATS_MISSING, findNatsServer, needPeer } from '../peers.ts';
import { newOrder, openMarket, startTestNode } from './edge-harness.ts';
import { pause } from './jetstream-faults.ts';

const server = findNatsServer('any');
const WAIT_MS_MAX = 15_000;
const ROUNDS = 5;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`in vain: ${condition.toString()}`);
    await pause(5);
  }
}

function writersIn(journal: JetStreamJournal): number[] {
  const writers: number[] = [];
  journal.read(1, (batch) => writers.push(...readEntries(batch)));
  return writers;
}

describe('the stream of a shard', () => {
  let cluster: NatsCluster;
  let place: StreamPlace;
  const open_: JetStreamJournal[] = [];

  const open = async (more: Partial<JetStreamOptions> = {}): Promise<JetStreamJournal> => {
    const journal = await JetStreamJournal.open({ ...memberOptions(place), ...more });
    open_.push(journal);
    return journal;
  };

  beforeAll(async () => {
    if (server !== undefined) cluster = await NatsCluster.start({ executablePath: server.executablePath });
  });
  afterAll(async () => {
    await cluster?.stop();
  });
  beforeEach((context) => {
    needPeer(context, server, NATS_MISSING.any);
    place = {
      servers: cluster.addresses,
      domains: cluster.domains,
      shard: newShard(),
      folder: mkdtempSync(join(tmpdir(), 'nautilus-shard-')),
      key: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  });
  afterEach(async () => {
    for (const journal of open_.splice(0)) await journal.close();
    if (place !== undefined) rmSync(place.folder, { recursive: true });
  });

  it('has one leader of each epoch when two race for it, also while it is empty', async () => {
    const rivals = [await open(), await open()];
    for (let round = 1; round <= ROUNDS; round++) {
      const settled = await Promise.allSettled(rivals.map((rival) => rival.lead()));
      const won = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const lost = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      expect(lost.filter((error) => !(error instanceof CodedError))).toEqual([]);
      expect(won.length).toBeGreaterThan(0);
      const epochs = won.map(({ epoch }) => epoch);
      expect(new Set(epochs).size).toBe(epochs.length);
      const last = won.toSorted((a, b) => a.epoch - b.epoch)[won.length - 1];
      const before = last.nextSequence;
      expect(appendEntries(last, 3, round)).toBeUndefined();
      await until(() => last.reached(AckLevel.replicated) === before + 2);
    }
    const writers = writersIn(await open());
    expect(writers).toEqual(Array.from({ length: ROUNDS * 3 }, (_, index) => 1 + Math.floor(index / 3)));
  });

  it('goes on after a forged opening, which makes no epoch', async () => {
    const lines: string[] = [];
    const first = await (await open()).lead();
    appendEntries(first, 4, 1);
    await until(() => first.reached(AckLevel.replicated) === 4);
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const forged = { shard: place.shard, epoch: 2, member: 'member', nonce: 'x', timeMicros: 1 };
    const connection = await connect({ servers: place.servers });
    await connection.request(streamNames(place.shard).subjects.epoch, encodeOpening(forged, stranger));
    await connection.close();
    const faults: string[] = [];
    first.onFault(({ kind }) => faults.push(kind));
    appendEntries(first, 1, 1);
    // The forger has taken its place in the stream; by the rule it ends, and the next leader goes on.
    await until(() => faults.includes('fenced'));
    const journal = await open({ log: (line) => lines.push(line) });
    expect(journal.report).toMatchObject({ lastEpoch: 1, lastSequence: 4 });
    expect(lines.join('\n')).toMatch(/an opening: its signature is not that of member/);
    const second = await journal.lead();
    expect([second.epoch, second.nextSequence]).toEqual([2, 5]);
  });

  it('goes on from its mirror after a restart, and rebuilds a mirror that is lost or of another stream', async () => {
    const folder = join(place.folder, 'kept');
    const first = await open({ folder });
    const leadership = await first.lead();
    for (let batch = 0; batch < 50; batch++) appendEntries(leadership, 5, 1);
    await until(() => leadership.reached(AckLevel.replicated) === 250);
    await first.close();
    const again = await open({ folder });
    expect(writersIn(again)).toHaveLength(250);
    const next = await again.lead();
    appendEntries(next, 5, 2);
    await until(() => next.reached(AckLevel.replicated) === 255);
    await again.close();
    rmSync(join(folder, 'mirror'), { recursive: true });
    expect(writersIn(await open({ folder }))).toEqual([...Array<number>(250).fill(1), ...Array<number>(5).fill(2)]);
    place = { ...place, shard: newShard() };
    expect((await open({ folder })).report.lastSequence).toBe(0);
  });

  it('tells a member that comes back what it had not replicated', async () => {
    const folder = join(place.folder, 'kept');
    const first = await open({ folder, ackTimeoutMs: 60_000 });
    const leadership = await first.lead();
    appendEntries(leadership, 2, 1);
    await until(() => leadership.reached(AckLevel.replicated) === 2);
    const successor = await (await open()).lead();
    appendEntries(leadership, 3, 1);
    expect(leadership.reached(AckLevel.journaled)).toBe(5);
    appendEntries(successor, 1, 2);
    await until(() => leadership.status().isFenced && successor.reached(AckLevel.replicated) === 3);
    expect(leadership.reached(AckLevel.replicated)).toBe(2);
    await first.close();
    const back = await open({ folder });
    expect(back.unreplicated).toEqual([{ epoch: 1, firstSequence: 3, lastSequence: 5 }]);
    expect(readdirSync(join(folder, 'own'))).toEqual(['0000000001']);
    expect(writersIn(back)).toEqual([1, 1, 2]);
  });

  it('has its leader moved out of the primary’s failure domain, or into it', async () => {
    const connection = await connect({ servers: place.servers });
    const { stream } = streamNames(place.shard);
    const domainOfLeader = async (): Promise<string> => {
      const answer = await connection.request(`$JS.API.STREAM.INFO.${stream}`);
      const leader = answer.json<{ cluster: { leader?: string } }>().cluster.leader ?? '';
      return place.domains[leader] ?? '';
    };
    const journal = await open();
    const home = await domainOfLeader();
    await journal.close();
    const away = await open({ homeDomain: home, leaderPlacement: 'away' });
    const leadership = await away.lead();
    await until(async () => !['', home].includes(await domainOfLeader()));
    expect(away.status().placementMoves).toBeGreaterThan(0);
    appendEntries(leadership, 1, 1);
    await until(() => leadership.reached(AckLevel.replicated) === leadership.nextSequence - 1);
    await connection.close();
  });

  it('carries a trading node: an order acknowledged as replicated is there for another member', async () => {
    const test = await startTestNode({ 2: { ackLevel: AckLevel.replicated } }, {}, { journal: await open() });
    try {
      await openMarket(test);
      const trader = await test.connect(2);
      trader.send(newOrder({ clOrdId: 77, quantity: 10 }));
      await trader.until(() => trader.reports.length === 1);
      const { journalSequence } = trader.reports[0];
      const other = await open();
      expect(other.report.lastSequence).toBeGreaterThanOrEqual(journalSequence);
      await test.restart({}, { journal: other });
      expect(test.node.engine.view?.orders.live).toBe(1);
      expect(test.node.epoch).toBe(2);
    } finally {
      await test.stop();
    }
  });
});
