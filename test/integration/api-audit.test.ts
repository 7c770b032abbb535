/** The audit log over the API: an auditor reads everything, changes nothing, and each of his looks is in the log. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Feeder } from '#compliance/audit/feeder.ts';
import { AuditLog } from '#compliance/audit/log.ts';
import { parseVkey } from '#compliance/audit/note.ts';
import { Publisher } from '#compliance/audit/publisher.ts';
import { RegionKey } from '#compliance/audit/region-key.ts';
import { AuditService } from '#compliance/audit/service.ts';
import { localSigner } from '#compliance/audit/testing.ts';
import { checkProof } from '#compliance/audit/tlog-proof.ts';
import { Vault } from '#compliance/audit/vault.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { clock } from './edge-harness.ts';
import { expectStatus, startTestApi, type TestApi, type TestUser } from './api-harness.ts';

const ROOT = '/api/v1/compliance/audit';
let folder = '';
let api: TestApi;
let feeder: Feeder;
let publisher: Publisher;
let log: AuditLog;
let admin: TestUser;
let auditor: TestUser;
let trader: TestUser;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nautilus-audit-'));
  // The service needs the API's own store: it is given once that is there.
  const late: { service: AuditService | undefined } = { service: undefined };
  const stand = new Proxy({} as AuditService, {
    get: (_target, name) => {
      const value: unknown = Reflect.get(late.service ?? {}, name);
      return typeof value === 'function' ? value.bind(late.service) : value;
    },
  });
  api = await startTestApi({}, { audit: stand });
  const origin = 'test.example/audit';
  log = await AuditLog.open({ folder: path.join(folder, 'log'), origin });
  const { store } = api;
  const journal = await openFileJournal({ folder: path.join(api.test.folder, 'journal'), clock });
  const vault = new Vault(store, new RegionKey(path.join(folder, 'region.pem')), 'local');
  feeder = new Feeder({ log, store, vault, journal, clock, shard: 'main', clockRangeMicros: 0 });
  await feeder.open();
  const signer = localSigner(path.join(folder, 'keys'), origin, clock);
  publisher = new Publisher({ log, signer, witnesses: [], clock });
  const parts = { log, store, journal, feeder, publisher, signer, witnesses: [], vault, clock };
  late.service = new AuditService({ ...parts, onKeys: () => undefined });
  admin = await api.user('root', 'admin');
  auditor = await api.user('auditor', 'auditor');
  trader = await api.user('trader', 'trader');
  await admin.put('/api/v1/site', { name: 'here', region: 'eu' });
  await settle();
});
afterAll(async () => {
  await publisher.stop();
  await log.close();
  await api.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function settle(): Promise<void> {
  await feeder.tick();
  await publisher.publishIfDue();
  expect(feeder.fault ?? publisher.fault).toBeUndefined();
}

describe('the audit log', () => {
  it('is read by the auditor, and by nobody without the right', async () => {
    const listed = await auditor.get(`${ROOT}/entries?limit=10`);
    expectStatus(listed, 200);
    expect(listed.body.entries.map(({ title }: { title: string }) => title)).toContain('site.name (done)');
    expectStatus(await trader.get(`${ROOT}/entries`), 403);
    expectStatus(await trader.get(`${ROOT}/checkpoint`), 403);
    expectStatus(await auditor.post(`${ROOT}/keys/rotate`), 403);
    expectStatus(await auditor.get(`${ROOT}/entries/99999`), 404);
    expectStatus(await auditor.get(`${ROOT}/proofs/entries/abc`), 400);
    expectStatus(await auditor.get(`${ROOT}/tile/../origin`), 404);
    expectStatus(await auditor.get(`${ROOT}/tile/0/..%2f..%2forigin`), 404);
  });

  it('records each look at entries and proofs, by whom', async () => {
    await auditor.get(`${ROOT}/entries/0`);
    await auditor.get(`${ROOT}/proofs/entries/0`);
    await auditor.get(`${ROOT}/export?from=0&to=1`);
    await settle();
    const { body } = await auditor.get(`${ROOT}/entries?limit=20&type=act`);
    const acts = body.entries.map(
      ({ entry }: { entry: { act: string; kind: string } }) => `${entry.act} ${entry.kind}`,
    );
    expect(acts).toEqual(
      expect.arrayContaining([
        'audit.entry data-access',
        'audit.proof data-access',
        'audit.export file-access',
        'audit.search query',
      ]),
    );
    const looked = body.entries.find(({ entry }: { entry: { act: string } }) => entry.act === 'audit.entry');
    const record = await auditor.get(`${ROOT}/records/${looked.recordId}`);
    expect(record.body.record).toMatchObject({ userName: 'auditor', target: 'entry 0' });
    expect(record.body.commitment).toBe(looked.entry.commitment);
  });

  it('proves entries and acts offline, and that it grew', async () => {
    const { body: keys } = await auditor.get(`${ROOT}/keys`);
    const trusted = keys.keys.map(({ vkey }: { vkey: string }) => parseVkey(vkey));
    const listed = await auditor.get(`${ROOT}/entries?limit=50&kind=configuration`);
    const act = listed.body.entries.at(-1);
    const proof = await auditor.get(`${ROOT}/proofs/acts/${act.recordId}`);
    expect(checkProof(proof.body.proof, trusted)).toMatchObject({ index: act.index, entry: { act: 'site.name' } });
    const { body: status } = await auditor.get(`${ROOT}/status`);
    const grown = await auditor.get(`${ROOT}/consistency?from=1&to=${status.provableSize}`);
    expect(grown.body.hashes.length).toBeGreaterThan(0);
    expectStatus(await auditor.get(`${ROOT}/consistency?from=5&to=4`), 404);
    expectStatus(await auditor.get(`${ROOT}/proofs/acts/act_none`), 404);
    expectStatus(await auditor.get(`${ROOT}/proofs/commands/999999999`), 404);
  });

  it('serves its checkpoint and tiles as published, and checks itself', async () => {
    const checkpoint = await auditor.get(`${ROOT}/checkpoint`);
    expect(String(checkpoint.headers['content-type'])).toBe('text/plain; charset=utf-8');
    const size = Number(String(checkpoint.body).split('\n')[1]);
    const tile = await auditor.get(`${ROOT}/tile/0/000.p/${size}`);
    expectStatus({ ...tile, body: null }, 200);
    expect(tile.headers['content-type']).toBe('application/octet-stream');
    // The day's root is signed beside the checkpoints, and takes longer than one.
    await expect.poll(async () => (await auditor.get(`${ROOT}/checkpoints`)).body.days.length).toBe(1);
    const verified = await auditor.post(`${ROOT}/verify`);
    expectStatus(verified, 200);
    expect(verified.body).toMatchObject({ size, findings: [] });
    expect((await auditor.get(`${ROOT}/witnesses`)).body).toEqual({ witnesses: [] });
  });

  it('rotates its keys for an administrator, and says so in the log', async () => {
    const rotated = await admin.post(`${ROOT}/keys/rotate`);
    expectStatus(rotated, 201);
    expect(rotated.body.keys).toHaveLength(6);
    await settle();
    const { body } = await auditor.get(`${ROOT}/entries?limit=5&type=log`);
    expect(body.entries[0].entry).toMatchObject({ event: 'keys' });
  });
});
