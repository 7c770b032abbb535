/** Bringing journal and acts into the log: once each, also after crashes; personal data outside, erasable, proofs unharmed. */
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { CodedError, errorCatalogue } from '#kit/errors.ts';
import { createIdSource } from '#kit/ids.ts';
import type { Batch, Journal } from '#kit/ports/journal.ts';
import { JOURNAL_ERRORS } from '#journal/errors.ts';
import { clearEntryIndex, listEntries } from '#store/audit-log.ts';
import { listActs, recordAct } from '#store/acts.ts';
import { openStore } from '#store/open.ts';
import type { Store } from '#store/open.ts';
import { Feeder } from './feeder.ts';
import { readKeyRecords } from './keys.ts';
import { AuditLog } from './log.ts';
import { parseVkey } from './note.ts';
import { Publisher } from './publisher.ts';
import { RegionKey } from './region-key.ts';
import { AuditService } from './service.ts';
import { localSigner } from './testing.ts';
import { checkProof } from './tlog-proof.ts';
import { Vault } from './vault.ts';

const ORIGIN = 'test.example/audit';
const COMMAND_WORDS = 6;
const clock = createManualClock(1_800_000_000_000_000);
const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);

let folder = '';
let store: Store;
/** Sequence of the first command the journal still has, and how many there are. */
let journal = { first: 1, count: 0 };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nautilus-audit-'));
  journal = { first: 1, count: 0 };
  store = await openStore(
    { kind: 'sqlite', file: ':memory:' },
    { clock, fillRandom, ids: createIdSource(clock, fillRandom) },
  );
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A batch of `count` commands from `first` on, each with its sequence in it. */
function batchOf(first: number, count: number, epoch = 1): Batch {
  const words = new Int32Array(count * COMMAND_WORDS);
  for (let number = 0; number < count; number++) {
    words[number * COMMAND_WORDS] = 6 | (COMMAND_WORDS << 16);
    words[number * COMMAND_WORDS + 4] = first + number;
  }
  const previous = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 };
  return {
    epoch,
    firstSequence: first,
    count,
    words,
    start: 0,
    end: words.length,
    timeMicros: clock.nowMicros(),
    previous,
  };
}

/** A journal in batches of ten. */
const reader: Pick<Journal, 'read' | 'report'> = {
  get report() {
    return {
      firstSequence: journal.first,
      lastSequence: journal.count,
      lastEpoch: 1,
      segments: 1,
      tornBytes: 0,
      snapshotSequence: 0,
    };
  },
  read(from, visit) {
    if (from < journal.first) throw new CodedError(JOURNAL_ERRORS.JOURNAL_SEQUENCE_GONE);
    for (let first = journal.first; first <= journal.count; first += 10) {
      const count = Math.min(10, journal.count - first + 1);
      if (first + count > from) visit(batchOf(first, count));
    }
    return journal.count;
  },
};

interface Parts {
  readonly log: AuditLog;
  readonly feeder: Feeder;
  readonly service: AuditService;
  readonly publisher: Publisher;
}

async function start(clockRangeMicros = 0): Promise<Parts> {
  const log = await AuditLog.open({ folder: join(folder, 'log'), origin: ORIGIN });
  const vault = new Vault(store, new RegionKey(join(folder, 'region.pem')), 'local');
  const feeder = new Feeder({ log, store, vault, journal: reader, clock, shard: 'main', clockRangeMicros });
  await feeder.open();
  const signer = localSigner(join(folder, 'keys'), ORIGIN, clock);
  const publisher = new Publisher({ log, signer, witnesses: [], clock });
  const parts = { log, store, journal: reader, feeder, publisher, signer, witnesses: [], vault, clock };
  const service = new AuditService({ ...parts, onKeys: () => undefined });
  return { log, feeder, service, publisher };
}

async function act(userId: string, name = 'session.create'): Promise<string> {
  const { auditId } = await recordAct(store, {
    userId,
    userName: 'Grace Example',
    act: name,
    target: 'session 7',
    outcome: 'done',
    detail: { note: 'said on the phone' },
    requestId: 'req_1',
    address: '192.0.2.7',
  });
  return auditId;
}

const trusted = (): ReturnType<typeof parseVkey>[] =>
  readKeyRecords(join(folder, 'keys')).map(({ vkey }) => parseVkey(vkey));
const rangesOf = async (): Promise<(readonly [number | null, number | null])[]> =>
  (await listEntries(store, { limit: 500, type: 'journal' }))
    .toReversed()
    .map(({ first_sequence: first, last_sequence: last }) => [first, last] as const);

describe('the journal', { timeout: 120_000 }, () => {
  it('comes in as ranges without gaps or repetition: read again, then live, then after a crash', async () => {
    journal.count = 95;
    const one = await start();
    await one.feeder.tick();
    journal.count = 120;
    for (const first of [91, 101, 111]) one.feeder.onBatch(batchOf(first, first === 91 ? 5 : 10));
    one.feeder.onBatch(batchOf(96, 5));
    for (const first of [101, 111]) one.feeder.onBatch(batchOf(first, 10));
    await one.feeder.tick();
    await one.feeder.tick();
    await one.log.close();
    // A crash before the index was written: it is completed from the log.
    await clearEntryIndex(store);
    journal.count = 140;
    const two = await start();
    await two.feeder.tick();
    const ranges = await rangesOf();
    expect(ranges[0]?.[0]).toBe(1);
    expect(ranges.at(-1)?.[1]).toBe(140);
    for (const [place, [first]] of ranges.slice(1).entries()) expect(first).toBe((ranges[place]?.[1] ?? 0) + 1);
    expect(two.feeder.sequence).toBe(140);
    await two.log.close();
  });

  it('lets commands of the platform’s clock alone wait, and says of none that it is late', async () => {
    const { feeder, log } = await start(10_000_000);
    await feeder.tick();
    const before = log.size;
    feeder.onBatch(batchOf(1, 5));
    await feeder.tick();
    expect([log.size, feeder.oldestMicros]).toEqual([before, undefined]);
    clock.advance(10_000_000);
    await feeder.tick();
    expect(log.size).toBe(before + 1);
    await log.close();
  });

  it('says how old the oldest command is that nobody can be shown a proof of, also while more keep coming', async () => {
    const { feeder, publisher, log } = await start();
    await feeder.tick();
    for (let first = 1; first < 100; first += 10) {
      const began = clock.nowMicros();
      feeder.onBatch(batchOf(first, 5));
      expect(feeder.oldestMicros).toBe(began);
      await feeder.tick();
      clock.advance(100_000);
      feeder.onBatch(batchOf(first + 5, 5));
      await publisher.publishIfDue();
      expect(feeder.takeCovered(log.checkpoint?.size ?? 0)).toBe(began);
      expect(feeder.oldestMicros).toBe(began + 100_000);
      await feeder.tick();
      await publisher.publishIfDue();
      feeder.takeCovered(log.checkpoint?.size ?? 0);
      expect(feeder.oldestMicros).toBeUndefined();
    }
    await log.close();
  });

  it('proves any command offline, and refuses one that is not in the log', async () => {
    journal.count = 333;
    const { feeder, service, publisher, log } = await start();
    await feeder.tick();
    await publisher.publishIfDue();
    for (const sequence of [1, 10, 11, 256, 333]) {
      const { text } = await service.proofOfSequence(sequence);
      expect(checkProof(text, trusted())).toMatchObject({ sequence, entry: { type: 'journal' } });
    }
    await expect(service.proofOfSequence(334)).rejects.toMatchObject({ code: 'AUDIT_NOT_PROVABLE' });
    journal.first = 101;
    await expect(service.proofOfSequence(5)).rejects.toMatchObject({ code: 'JOURNAL_SEQUENCE_GONE' });
    await log.close();
  });

  it('leaves a note in the log where the journal let commands go before they came in', async () => {
    journal = { first: 51, count: 80 };
    const { feeder, log, service } = await start();
    await feeder.tick();
    await feeder.tick();
    expect(service.entry(0)).toMatchObject({ type: 'log', event: 'journal-gap', detail: { from: 1, to: 50 } });
    expect(await rangesOf()).toEqual([[51, 80]]);
    await log.close();
  });
});

describe('an act', { timeout: 120_000 }, () => {
  it('comes in once, with its kind, and nothing personal in any file of the log', async () => {
    const { feeder, service, publisher, log } = await start();
    const id = await act('usr_grace', 'login');
    await feeder.tick();
    await feeder.tick();
    await publisher.publishIfDue();
    expect(log.size).toBe(1);
    const { text } = await service.proofOfRecord(id);
    expect(checkProof(text, trusted()).entry).toMatchObject({ type: 'act', kind: 'login', id, act: 'login' });
    const opened = await service.openRecord(id);
    expect(opened.record).toMatchObject({ userName: 'Grace Example', address: '192.0.2.7' });
    expect(service.entry(0)).toMatchObject({ commitment: opened.commitment });
    await log.close();
    for (const entry of readdirSync(join(folder, 'log'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        expect(readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toMatch(/Grace|192\.0\.2\.7|phone/);
    }
  });

  it('can be forgotten: key and salt are gone, and its proof holds as before', async () => {
    const { feeder, service, publisher, log } = await start();
    const id = await act('usr_grace');
    const other = await act('usr_other');
    await feeder.tick();
    await publisher.publishIfDue();
    const before = await service.proofOfRecord(id);
    expect(await service.erase('usr_grace')).toBe(1);
    await expect(service.openRecord(id)).rejects.toMatchObject({ code: 'AUDIT_ERASED' });
    expect((await service.openRecord(other)).record).toMatchObject({ userId: 'usr_other' });
    expect(checkProof(before.text, trusted()).index).toBe(before.index);
    expect(checkProof((await service.proofOfRecord(id)).text, trusted()).index).toBe(before.index);
    expect((await listActs(store, 10)).find(({ auditId }) => auditId === id)).toMatchObject({
      userName: '(erased)',
      address: '',
    });
    await act('usr_grace', 'logout');
    await feeder.tick();
    expect(feeder.fault).toBeUndefined();
    await log.close();
  });

  it('of any part of the platform is recorded under the kind it names', async () => {
    const { feeder, service, log } = await start();
    await service.record({
      kind: 'compliance-violation',
      act: 'residency.refused',
      outcome: 'refused',
      subject: 'surveillance',
      record: { rule: 'EU-1' },
    });
    await feeder.tick();
    expect(service.entry(0)).toMatchObject({
      kind: 'compliance-violation',
      act: 'residency.refused',
      outcome: 'refused',
    });
    expect(errorCatalogue().some(({ code }) => code === 'AUDIT_ERASED')).toBe(true);
    await log.close();
  });

  it('waits while the database refuses, and comes in once when it is back', async () => {
    const { feeder, log } = await start();
    await act('usr_1');
    const real = store.db;
    Object.assign(store, { db: undefined });
    await feeder.tick();
    expect(feeder.fault?.code).toBe('AUDIT_WRITE_FAILED');
    Object.assign(store, { db: real });
    await feeder.tick();
    await feeder.tick();
    expect(log.size).toBe(1);
    expect(feeder.fault).toBeUndefined();
    await log.close();
  });
});
