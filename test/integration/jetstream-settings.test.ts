/**
 * What the servers must be set to, and what each role may do, on real servers with the configuration of deploy/nats.
 */
import { randomFillSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AckLevel } from '#kit/ports/journal.ts';
import { JetStreamJournal } from '#journal/jetstream/jetstream-journal.ts';
import { streamNames } from '#journal/jetstream/options.ts';
import { appendEntries } from '#journal/testing-entries.ts';
import { NATS_MISSING, findNatsServer, needPeer } from '../peers.ts';
import { SHARD, SecuredCluster } from './jetstream-secured.ts';
import type { User } from './jetstream-secured.ts';
import { pause } from './jetstream-faults.ts';

const server = findNatsServer('synced');
const { stream, subjects } = streamNames(SHARD);
const WAIT_MS_MAX = 15_000;

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`in vain: ${condition.toString()}`);
    await pause(5);
  }
}

/** Whether a user's request is refused by the servers' permissions. */
async function isRefused(cluster: SecuredCluster, user: User, subject: string): Promise<boolean> {
  const connection = await cluster.connect(user);
  try {
    await connection.request(subject, '', { timeout: 1000 });
    return false;
  } catch (error) {
    const text = String(error instanceof Error ? (error.cause ?? error) : error);
    if (/permissions violation/i.test(`${String(error)} ${text}`)) return true;
    throw error;
  } finally {
    await connection.close();
  }
}

describe('the servers of deploy/nats', () => {
  let cluster: SecuredCluster;
  const open_: JetStreamJournal[] = [];

  beforeAll(async () => {
    if (server !== undefined) cluster = await SecuredCluster.start(server.executablePath);
  });
  afterAll(async () => {
    await Promise.all(open_.map((journal) => journal.close()));
    await cluster?.stop();
  });
  beforeEach((context) => {
    needPeer(context, server, NATS_MISSING.synced);
  });

  const open = async (...given: Parameters<SecuredCluster['options']>): Promise<JetStreamJournal> => {
    const journal = await JetStreamJournal.open(cluster.options(...given));
    open_.push(journal);
    return journal;
  };

  it('keep every level in production, for a member with its own key', async () => {
    const journal = await open('us-east');
    expect(journal.highestLevel).toBe(AckLevel.replicatedDurable);
    const leadership = await journal.lead();
    expect(appendEntries(leadership, 5, 1)).toBeUndefined();
    await until(() => leadership.reached(AckLevel.replicatedDurable) === 5);
    await journal.storeSnapshot({ sequence: 5, bytes: randomFillSync(new Uint8Array(300_000)) });
    expect((await journal.latestSnapshot())?.bytes.length).toBe(300_000);
    expect((await journal.truncateBefore(5)).removedSegments).toBeGreaterThan(0);
  });

  it('let only members of the shard publish to it, and only administrators change streams', async () => {
    for (const subject of [...Object.values(subjects), `$JS.API.STREAM.PURGE.${stream}`]) {
      expect([subject, await isRefused(cluster, 'reader', subject)]).toEqual([subject, true]);
    }
    for (const subject of [`$JS.API.STREAM.DELETE.${stream}`, `$JS.API.STREAM.UPDATE.${stream}`, 'journal.eu.entry']) {
      expect([subject, await isRefused(cluster, 'us-west', subject)]).toEqual([subject, true]);
    }
    expect(await isRefused(cluster, 'auditor', `$JS.API.STREAM.INFO.${stream}`)).toBe(true);
    expect(await isRefused(cluster, 'reader', `$JS.API.STREAM.INFO.${stream}`)).toBe(false);
  });

  it('go on with a member whose key was rotated, and cut off one whose key was revoked', async () => {
    const journal = await open('us-west');
    const leadership = await journal.lead();
    appendEntries(leadership, 3, 2);
    await until(() => leadership.reached(AckLevel.replicated) === leadership.nextSequence - 1);
    const faults: string[] = [];
    leadership.onFault(({ code }) => faults.push(code));
    cluster.rotate('us-west', 'out');
    await until(() => faults.length > 0);
    expect(faults[0]).toBe('JOURNAL_STREAM_UNREACHABLE');
    expect(appendEntries(leadership, 1, 2)?.kind).toBe('storage');
    await expect(JetStreamJournal.open(cluster.options('us-west'))).rejects.toMatchObject({
      code: 'JOURNAL_STREAM_REFUSED',
    });
    cluster.rotate('us-west', 'over');
    await pause(500);
    const again = await open('us-west');
    expect(again.report.lastSequence).toBe(leadership.nextSequence - 1);
  });

  it('are refused in production when their settings cannot be seen, and lower the promise in development', async () => {
    const { systemCredentials, ...blind } = cluster.options('us-east');
    expect(systemCredentials).toBeDefined();
    await expect(JetStreamJournal.open(blind)).rejects.toMatchObject({ code: 'JOURNAL_STREAM_SETTINGS' });
    const lines: string[] = [];
    const domains = { 'us-east': 'one', 'us-west': 'one', 'us-middle': 'two' };
    const shared = { ...cluster.options('us-east'), domains };
    await expect(JetStreamJournal.open(shared)).rejects.toThrow(/share a failure domain/);
    const journal = await open('us-east', { domains, profile: 'development', log: (line) => lines.push(line) });
    expect(journal.highestLevel).toBe(AckLevel.durable);
    expect(lines.join('\n')).toMatch(/no order of us can be acknowledged as replicated/);
  });
});

describe('servers that do not sync every message', () => {
  it('are refused in production, and keep no more than replicated in development', async (context) => {
    const { executablePath } = needPeer(context, server, NATS_MISSING.synced);
    const cluster = await SecuredCluster.start(executablePath, (text) => text.replace('sync_interval: always', ''));
    try {
      await expect(JetStreamJournal.open(cluster.options('us-east'))).rejects.toThrow(/lacks sync_interval: always/);
      const journal = await JetStreamJournal.open(cluster.options('us-east', { profile: 'development' }));
      expect(journal.highestLevel).toBe(AckLevel.replicated);
      await journal.close();
    } finally {
      await cluster.stop();
    }
  });
});
