/**
 * The audit log before strangers: Go's checksum-database packages check every entry, proof and growth of a log written here,
 * and another implementation of ML-DSA checks its cosignatures. What they must refuse, they refuse.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestContext } from 'vitest';
import { cosignedMessage, parseCheckpoint } from '#compliance/audit/checkpoint.ts';
import { RangeBuilder } from '#compliance/audit/journal-range.ts';
import { encodeEntry } from '#compliance/audit/entry.ts';
import { readKeyRecords } from '#compliance/audit/keys.ts';
import { AuditLog } from '#compliance/audit/log.ts';
import { pathOf } from '#compliance/audit/merkle.ts';
import { SignatureType, parseVkey, signatureBy } from '#compliance/audit/note.ts';
import { Publisher } from '#compliance/audit/publisher.ts';
import { localSigner, sampleEntry } from '#compliance/audit/testing.ts';
import { checkProof, proofText } from '#compliance/audit/tlog-proof.ts';
import { createManualClock } from '#kit/clock.ts';
import { checkProof as checkInBrowser, whyNot } from '../../console/src/audit/verify-proof.ts';
import { needPeer } from '../peers.ts';

const ORIGIN = 'test.example/audit';
const GO_PACKAGES = '/usr/share/gocode';
const INSTALL = 'Go with sumdb; apt-get install golang-go golang-golang-x-mod-dev';
const clock = createManualClock(1_800_000_000_000_000);
let folder = '';
let verifier: string | undefined;
const checkpoints: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nautilus-audit-'));
  verifier = buildVerifier();
  const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
  const publisher = new Publisher({ log, signer: localSigner(at('keys'), ORIGIN, clock), witnesses: [], clock });
  for (const size of [1, 7, 256, 300, 1000]) {
    await log.append(Array.from({ length: size - log.size }, (_, index) => sampleEntry(log.size + index)));
    await publisher.publishIfDue();
    checkpoints.push(readFileSync(at('log/checkpoint'), 'utf8'));
  }
  await publisher.stop();
  await log.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => path.join(folder, name);
const keys = (): ReturnType<typeof parseVkey>[] => readKeyRecords(at('keys')).map(({ vkey }) => parseVkey(vkey));
const ed25519Vkey = (): string =>
  readKeyRecords(at('keys')).find(({ vkey }) => parseVkey(vkey).type === SignatureType.ed25519)?.vkey ?? '';

function buildVerifier(): string | undefined {
  const isThere =
    existsSync(path.join(GO_PACKAGES, 'src/golang.org/x/mod/sumdb/tlog')) && spawnSync('go', ['version']).status === 0;
  if (!isThere) return undefined;
  const program = at('verifier');
  const source = fileURLToPath(new URL('audit-verifier/main.go', import.meta.url));
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_PACKAGES, GOCACHE: at('go-cache'), GOFLAGS: '' };
  execFileSync('go', ['build', '-o', program, source], { env });
  return program;
}

function go(
  context: Pick<TestContext, 'skip'>,
  ...words: string[]
): { status: number | null; out: string; err: string } {
  const [command = '', ...rest] = words;
  const { status, stdout, stderr } = spawnSync(needPeer(context, verifier, INSTALL), [command, ed25519Vkey(), ...rest]);
  return { status, out: String(stdout).trim(), err: String(stderr).trim() };
}

/** A proof of the last checkpoint, as the service makes it. */
async function proofOf(index: number): Promise<string> {
  const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
  const text = proofText(index, log.inclusionProof(index, 1000), checkpoints[4], {
    entry: Buffer.from(log.entry(index)).toString('base64'),
  });
  await log.close();
  return text;
}

describe('Go’s sumdb', () => {
  it('finds every entry in its tile, and every tile under the signed root', (context) => {
    expect(go(context, 'log', at('log'))).toEqual({ status: 0, out: '1000 entries', err: '' });
  });

  it('accepts the proof of every entry that is tried, and none that was changed', async (context) => {
    for (const index of [0, 1, 255, 256, 511, 512, 767, 768, 998, 999]) {
      const text = await proofOf(index);
      expect(checkProof(text, keys())).toMatchObject({ index, size: 1000 });
      writeFileSync(at('p'), text);
      expect(go(context, 'proof', at('p'))).toEqual({ status: 0, out: `entry ${index} of 1000`, err: '' });
      const moved = text.replace(`index ${index}\n`, `index ${(index + 1) % 1000}\n`);
      expect(() => checkProof(moved, keys())).toThrow(/does not hold/);
      writeFileSync(at('p'), moved);
      expect(go(context, 'proof', at('p')).err).toContain('invalid transparency proof');
      writeFileSync(at('p'), text.replace('\n1000\n', '\n1001\n'));
      expect(go(context, 'proof', at('p')).err).toContain('note');
    }
  });

  it('accepts the proof of a command by its path in its journal range and the range’s in the log', async (context) => {
    const words = new Int32Array(300 * 6);
    for (let command = 0; command < 300; command++) words[command * 6] = 6 | (6 << 16);
    for (let command = 0; command < 300; command++) words[command * 6 + 4] = command;
    const range = new RangeBuilder();
    const previous = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 };
    range.take(
      { epoch: 1, firstSequence: 11, count: 300, words, start: 0, end: words.length, timeMicros: 5, previous },
      11,
    );
    const leaves = range.leaves();
    const entry = encodeEntry(range.close('main', 6));
    const log = await AuditLog.open({ folder: at('ranges'), origin: ORIGIN });
    await log.append([sampleEntry(0), entry, sampleEntry(2)]);
    rmSync(at('keys/signed.json'));
    await new Publisher({ log, signer: localSigner(at('keys'), ORIGIN, clock), witnesses: [], clock }).stop();
    const text = proofText(1, log.inclusionProof(1, 3), readFileSync(at('ranges/checkpoint'), 'utf8'), {
      entry: entry.toString('base64'),
      command: Buffer.from(words.buffer, 123 * 24, 24).toString('base64'),
      commandIndex: 123,
      commandPath: pathOf(leaves, 300, 123).map((one) => one.toString('base64')),
    });
    await log.close();
    expect(checkProof(text, keys())).toMatchObject({ index: 1, sequence: 134 });
    writeFileSync(at('p'), text);
    expect(go(context, 'proof', at('p'))).toEqual({ status: 0, out: 'entry 1 of 3', err: '' });
  });

  it('makes the same consistency proofs from our tiles as we do, and finds a changed tile', async (context) => {
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    for (const [old, checkpoint] of checkpoints.slice(0, 4).entries()) {
      writeFileSync(at('old'), checkpoint);
      const { status, out, err } = go(context, 'grown', at('old'), at('log/checkpoint'), at('log'));
      expect({ status, err }).toEqual({ status: 0, err: '' });
      const ours = log.consistencyProof(parseCheckpoint(checkpoint).size, 1000);
      expect(out.split('\n').filter(Boolean)).toEqual(ours.map((one) => one.toString('base64')));
      expect(old).toBeLessThan(4);
    }
    await log.close();
    const tile = at('log/tile/0/001');
    const whole = readFileSync(tile);
    const changed = Buffer.from(whole);
    changed[77] ^= 1;
    writeFileSync(tile, changed);
    expect(go(context, 'log', at('log')).status).toBe(1);
    writeFileSync(tile, whole);
  });
});

describe('another implementation of ML-DSA-44', () => {
  it('accepts the cosignature of every checkpoint, and of no other root or time', () => {
    const key = keys().find(({ type }) => type === SignatureType.cosignatureMlDsa44) ?? expect.fail('no key');
    for (const text of checkpoints) {
      const checkpoint = parseCheckpoint(text);
      const { bytes } = signatureBy(checkpoint.note.signatures, key) ?? expect.fail('no signature');
      const timeSeconds = Number(Buffer.from(bytes).readBigUInt64BE(0));
      const message = cosignedMessage(key, checkpoint, checkpoint.note.text, timeSeconds);
      const signature = Uint8Array.from(bytes.subarray(8));
      const publicKey = Uint8Array.from(key.publicKey);
      expect(ml_dsa44.verify(signature, Uint8Array.from(message), publicKey)).toBe(true);
      const later = cosignedMessage(key, checkpoint, checkpoint.note.text, timeSeconds + 1);
      expect(ml_dsa44.verify(signature, Uint8Array.from(later), publicKey)).toBe(false);
    }
    expect(readdirSync(at('log')).some((name) => name.endsWith('.pem'))).toBe(false);
  });
});

describe('the console’s own check', () => {
  it('agrees with ours, says which step failed, and says why it cannot on a page from elsewhere', async () => {
    const trusted = readKeyRecords(at('keys')).map(({ vkey }) => vkey);
    const text = await proofOf(300);
    const good = await checkInBrowser(text, trusted);
    expect(good).toMatchObject({ holds: true, index: 300, size: 1000, origin: ORIGIN, sequence: null });
    expect(good.steps.map(({ holds }) => holds)).toEqual([true, true, true]);
    const moved = await checkInBrowser(text.replace('index 300', 'index 301'), trusted);
    expect(moved.steps.map(({ holds }) => holds)).toEqual([false, true, true]);
    const strangers = await checkInBrowser(
      text,
      [trusted[0].replace(/\+.*/, '+').replace('test.example', 'other.example')].slice(1),
    );
    expect(strangers.holds).toBe(false);
    const signature = text.lastIndexOf('A');
    const damaged = await checkInBrowser(`${text.slice(0, signature)}B${text.slice(signature + 1)}`, trusted).catch(
      () => undefined,
    );
    expect(damaged?.holds ?? false).toBe(false);
    expect(whyNot(true, {})).toBeUndefined();
    expect(whyNot(false, undefined)).toContain('plain http');
  });
});
