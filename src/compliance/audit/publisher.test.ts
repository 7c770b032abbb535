/** From entries to a checkpoint that strangers can check: signer, witness, rollback, split view, a clock that jumps. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { heldSignatures, parseCheckpoint } from './checkpoint.ts';
import { readKeyRecords } from './keys.ts';
import { AuditLog } from './log.ts';
import { parseVkey } from './note.ts';
import { Publisher, dayFile } from './publisher.ts';
import { localSigner, sampleEntry } from './testing.ts';
import { Witness, addCheckpointRequest } from './witness.ts';
import { WitnessClient } from './witness-client.ts';
import { serveWitness } from './witness-server.ts';

const ORIGIN = 'test.example/audit';
const START_MICROS = 1_800_000_000_000_000;

let folder = '';
const servers: Server[] = [];
const clock = createManualClock(START_MICROS);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nautilus-audit-'));
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
const logKeys = (): ReturnType<typeof parseVkey>[] => readKeyRecords(at('keys')).map(({ vkey }) => parseVkey(vkey));

async function startWitness(name: string): Promise<{ client: WitnessClient; witness: Witness }> {
  const witness = new Witness(at(name), `witness.example/${name}`, logKeys, clock);
  const { server, port } = await serveWitness(witness, '127.0.0.1', 0);
  servers.push(server);
  const url = `http://127.0.0.1:${port}`;
  const client = new WitnessClient({ name: `witness.example/${name}`, url, keys: witness.vkeys.map(parseVkey) });
  return { client, witness };
}

async function fill(log: AuditLog, count: number): Promise<void> {
  await log.append(Array.from({ length: count }, (_, index) => sampleEntry(log.size + index)));
}

describe('a checkpoint', { timeout: 120_000 }, () => {
  it('carries the log’s signatures and the witness’s, and each verifies', async () => {
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    const signer = localSigner(at('keys'), ORIGIN, clock);
    const { client } = await startWitness('w1');
    const publisher = new Publisher({ log, signer, witnesses: [client], clock });
    for (const count of [1, 300, 5]) {
      await fill(log, count);
      await publisher.publishIfDue();
      expect(publisher.fault).toBeUndefined();
      const checkpoint = parseCheckpoint(readFileSync(join(log.folder, 'checkpoint'), 'utf8'));
      expect(checkpoint.size).toBe(log.size);
      const held = heldSignatures(checkpoint, [...logKeys(), ...client.address.keys]);
      expect(held.map(({ key }) => key.type)).toEqual([1, 6, 4, 6]);
      expect(held[1].timeSeconds).toBe(START_MICROS / 1_000_000);
    }
    await publisher.stop();
    const day = parseCheckpoint(readFileSync(join(log.folder, dayFile(START_MICROS / 1000)), 'utf8'));
    expect(heldSignatures(day, logKeys()).map(({ key }) => key.type)).toEqual([255]);
    await log.close();
    client.close();
  });

  it('goes without a witness that lags, lies or is gone, and says which', async () => {
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    const signer = localSigner(at('keys'), ORIGIN, clock);
    const good = await startWitness('good');
    const gone = new WitnessClient({ name: 'gone', url: 'http://127.0.0.1:1', keys: [] });
    const impostor = new WitnessClient({
      ...good.client.address,
      name: 'impostor',
      keys: [parseVkey((await startWitness('x')).witness.vkeys[0])],
    });
    const publisher = new Publisher({ log, signer, witnesses: [good.client, gone], clock });
    await fill(log, 3);
    await publisher.publishIfDue();
    expect([good.client.state, gone.state]).toEqual(['cosigned', 'unreachable']);
    const note = readFileSync(join(log.folder, 'checkpoint'), 'utf8');
    expect(await impostor.cosign(note, () => [], 500)).toEqual([]);
    expect(impostor.state).toBe('lies');
    await publisher.stop();
    await log.close();
    good.client.close();
  });

  it('is refused by the signer where the log was rolled back, and where it was forked', async () => {
    const signer = localSigner(at('keys'), ORIGIN, clock);
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    const publisher = new Publisher({ log, signer, witnesses: [], clock });
    await fill(log, 10);
    await publisher.publishIfDue();
    cpSync(log.folder, at('old'), { recursive: true });
    await fill(log, 10);
    await publisher.stop();
    await log.close();

    const old = await AuditLog.open({ folder: at('old'), origin: ORIGIN });
    const again = new Publisher({ log: old, signer, witnesses: [], clock });
    await old.append([sampleEntry(999)]);
    await again.publishIfDue();
    expect(again.fault?.code).toBe('AUDIT_SIGNER_REFUSED');
    await old.append(Array.from({ length: 20 }, (_, index) => sampleEntry(5000 + index)));
    await again.publishIfDue();
    expect(again.fault?.message).toContain('inconsistent');
    await again.stop();
    await old.close();
  });

  it('has times that do not run back when the clock does', async () => {
    const early = createManualClock(START_MICROS - 3_600_000_000);
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    await fill(log, 1);
    const first = localSigner(at('keys'), ORIGIN, clock);
    await new Publisher({ log, signer: first, witnesses: [], clock }).publishIfDue();
    await fill(log, 1);
    const second = localSigner(at('keys'), ORIGIN, early);
    await new Publisher({ log, signer: second, witnesses: [], clock: early }).publishIfDue();
    expect((await second.ask({ op: 'last' })).last).toMatchObject({ size: 2, timeSeconds: START_MICROS / 1_000_000 });
    await log.close();
  });

  it('is signed by old and new keys while they overlap, then by the new ones, and the old private keys are gone', async () => {
    const moving = createManualClock(START_MICROS);
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    const signer = localSigner(at('keys'), ORIGIN, moving);
    const publisher = new Publisher({ log, signer, witnesses: [], clock: moving });
    await fill(log, 1);
    await publisher.publishIfDue();
    await signer.ask({ op: 'rotate', overlapSeconds: 100 });
    await fill(log, 1);
    await publisher.publishIfDue();
    expect(log.checkpoint?.note.signatures).toHaveLength(4);
    moving.advance(101_000_000);
    await fill(log, 1);
    await publisher.publishIfDue();
    expect(log.checkpoint?.note.signatures).toHaveLength(2);
    await publisher.stop();
    const private_ = readdirSync(at('keys')).filter((name) => name.startsWith('ed25519') && name.endsWith('.pem'));
    expect(private_).toHaveLength(1);
    for (const name of readdirSync(at('keys'))) {
      if (name.endsWith('.pem')) expect(statSync(join(at('keys'), name)).mode & 0o077).toBe(0);
    }
    await log.close();
  });

  it('is the only thing the signer puts the signature of a day under', async () => {
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    const signer = localSigner(at('keys'), ORIGIN, clock);
    await fill(log, 9);
    await new Publisher({ log, signer, witnesses: [], clock }).stop();
    const root = Buffer.from(log.head().root).toString('base64');
    expect((await signer.ask({ op: 'sign-day', size: 9, root })).lines).toHaveLength(1);
    const other = Buffer.alloc(32, 1).toString('base64');
    await expect(signer.ask({ op: 'sign-day', size: 9, root: other })).rejects.toMatchObject({
      code: 'AUDIT_SIGNER_REFUSED',
    });
    await expect(signer.ask({ op: 'sign-day', size: 4, root: other })).rejects.toMatchObject({
      code: 'AUDIT_SIGNER_REFUSED',
    });
    await log.close();
  });

  it('cannot be signed with a key that is not the one of its public half', async () => {
    localSigner(at('keys'), ORIGIN, clock);
    localSigner(at('other'), ORIGIN, clock);
    const edKey = (keys: string): string => readdirSync(at(keys)).find((name) => name.startsWith('ed25519-')) ?? '';
    writeFileSync(join(at('keys'), edKey('keys')), readFileSync(join(at('other'), edKey('other'))));
    expect(() => localSigner(at('keys'), ORIGIN, clock)).toThrow(/cannot be used/);
  });
});

describe('a witness', { timeout: 120_000 }, () => {
  it('answers as c2sp.org/tlog-witness says, and cosigns no second history', async () => {
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    const signer = localSigner(at('keys'), ORIGIN, clock);
    const publisher = new Publisher({ log, signer, witnesses: [], clock });
    await fill(log, 5);
    await publisher.publishIfDue();
    const five = readFileSync(join(log.folder, 'checkpoint'), 'utf8');
    await fill(log, 3);
    await publisher.publishIfDue();
    const eight = readFileSync(join(log.folder, 'checkpoint'), 'utf8');
    const { witness } = await startWitness('w');
    const ask = async (old: number, proof: Buffer[], note: string): Promise<number> =>
      (await witness.addCheckpoint(addCheckpointRequest(old, proof, note))).status;

    expect(await ask(0, [], five.replace(ORIGIN, 'stranger.example'))).toBe(404);
    expect(await ask(0, [], five.replace('\n5\n', '\n6\n'))).toBe(403);
    expect(await ask(9, [], eight)).toBe(400);
    expect(await ask(0, [], five)).toBe(200);
    expect(await witness.addCheckpoint(addCheckpointRequest(0, [], eight))).toEqual({
      status: 409,
      contentType: 'text/x.tlog.size',
      body: '5\n',
    });
    expect(await ask(5, [Buffer.alloc(32)], eight)).toBe(422);
    expect(await ask(5, log.consistencyProof(5, 8), eight)).toBe(200);
    expect(await ask(5, log.consistencyProof(5, 8), eight)).toBe(409);
    expect(await ask(8, [], eight)).toBe(200);
    expect((await witness.addCheckpoint('nonsense')).status).toBe(400);

    // Another history of the same length, signed with the same keys by a signer that forgot.
    rmSync(join(at('keys'), 'signed.json'));
    const fork = await AuditLog.open({ folder: at('fork'), origin: ORIGIN });
    await fork.append(Array.from({ length: 9 }, (_, index) => sampleEntry(700 + index)));
    await new Publisher({
      log: fork,
      signer: localSigner(at('keys'), ORIGIN, clock),
      witnesses: [],
      clock,
    }).publishIfDue();
    const forked = readFileSync(join(fork.folder, 'checkpoint'), 'utf8');
    expect(await ask(8, fork.consistencyProof(8, 9), forked)).toBe(422);
    await publisher.stop();
    await log.close();
    await fork.close();
  });
});
