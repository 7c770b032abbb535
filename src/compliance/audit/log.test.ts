/** The log on its files: opening again, a full disk, what is missing or changed, and where a change is. */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { systemDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { readKeyRecords } from './keys.ts';
import { AuditLog } from './log.ts';
import { isConsistent, leafHash, rootFromPath } from './merkle.ts';
import { parseVkey } from './note.ts';
import { Publisher } from './publisher.ts';
import { localSigner, sampleEntry } from './testing.ts';
import { verifyLog } from './verify.ts';
import { lastUsedByte } from './wal.ts';

const ORIGIN = 'test.example/audit';
const clock = createManualClock(1_800_000_000_000_000);
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nautilus-audit-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
const open = async (disk: Disk = systemDisk): Promise<AuditLog> =>
  AuditLog.open({ folder: at('log'), origin: ORIGIN, disk });
const some = (from: number, count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => sampleEntry(from + index));

async function publish(log: AuditLog): Promise<void> {
  const publisher = new Publisher({ log, signer: localSigner(at('keys'), ORIGIN, clock), witnesses: [], clock });
  await publisher.stop();
  expect(publisher.fault).toBeUndefined();
}

describe('a log', { timeout: 120_000 }, () => {
  it('is the same after it was closed and opened, at sizes around full tiles', async () => {
    let size = 0;
    for (const count of [1, 254, 1, 1, 300, 455, 3, 66_000]) {
      const log = await open();
      expect(log.size).toBe(size);
      for (let done = 0; done < count; done += 8000) await log.append(some(size + done, Math.min(8000, count - done)));
      size += count;
      await publish(log);
      const { root } = log.head();
      for (const index of [0, Math.floor(size / 2), size - 1]) {
        expect(Buffer.from(log.entry(index))).toEqual(sampleEntry(index));
        expect(rootFromPath(leafHash(log.entry(index)), index, size, log.inclusionProof(index, size))).toEqual(root);
      }
      const old = log.headAt(Math.floor(size / 3));
      expect(isConsistent(old.size, old.root, size, root, log.consistencyProof(old.size, size))).toBe(true);
      await log.close();
    }
    const found = await verifyLog(
      at('log'),
      readKeyRecords(at('keys')).map(({ vkey }) => parseVkey(vkey)),
    );
    expect(found).toMatchObject({ size, findings: [], tornBytes: 0, days: 1 });
  });

  it('takes entries of the largest size, and refuses larger and empty ones', async () => {
    const log = await open();
    expect(await log.append([Buffer.alloc(65_535, 'x')])).toBe(0);
    await expect(log.append([Buffer.alloc(65_536, 'x')])).rejects.toThrow(/65536 bytes/);
    await expect(log.append([Buffer.alloc(0)])).rejects.toThrow(/0 bytes/);
    await log.close();
    await expect(log.append(some(0, 1))).rejects.toThrow(/closed/);
  });

  it('refuses entries while the disk is full, keeps all it acknowledged, and goes on when there is room', async () => {
    let isFull = false;
    const full = (): void => {
      if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    const log = await open({
      ...systemDisk,
      write: (fd, bytes, place) => (full(), systemDisk.write(fd, bytes, place)),
      put: (path, bytes) => (full(), systemDisk.put(path, bytes)),
    });
    await log.append(some(0, 250));
    isFull = true;
    await expect(log.append(some(250, 10))).rejects.toMatchObject({ code: 'AUDIT_DISK_FULL' });
    expect(log.size).toBe(250);
    isFull = false;
    await log.append(some(250, 10));
    await publish(log);
    await log.close();
    const again = await open();
    expect(again.size).toBe(260);
    expect(Buffer.from(again.entry(255))).toEqual(sampleEntry(255));
    await again.close();
  });

  it('keeps tiles that the disk refuses until it takes them', async () => {
    let isFull = false;
    const log = await open({
      ...systemDisk,
      put(path, bytes) {
        if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        systemDisk.put(path, bytes);
      },
    });
    isFull = true;
    await log.append(some(0, 600));
    expect(Buffer.from(log.entry(10))).toEqual(sampleEntry(10));
    expect(() => log.writeTiles()).toThrow(/no room/);
    isFull = false;
    await publish(log);
    await log.close();
    const found = await verifyLog(
      at('log'),
      readKeyRecords(at('keys')).map(({ vkey }) => parseVkey(vkey)),
    );
    expect(found.findings).toEqual([]);
  });

  it('refuses to open where entries are missing that were signed, or are others', async () => {
    const log = await open();
    await log.append(some(0, 10));
    await publish(log);
    const checkpoint = readFileSync(join(log.folder, 'checkpoint'));
    await log.close();
    cpSync(at('log'), at('kept'), { recursive: true });
    rmSync(join(at('log'), 'wal'), { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: 'AUDIT_TRUNCATED' });
    rmSync(at('log'), { recursive: true });
    const other = await open();
    await other.append(some(100, 10));
    await other.close();
    writeFileSync(join(at('log'), 'checkpoint'), checkpoint);
    await expect(open()).rejects.toMatchObject({ code: 'AUDIT_FORKED' });
  });

  it('cuts off a write that was never finished, and nothing that was', async () => {
    const log = await open();
    await log.append(some(0, 5));
    await log.append(some(5, 7));
    await log.close();
    const wal = join(at('log'), 'wal', readdirSync(join(at('log'), 'wal')).find((name) => /^\d/.test(name)) ?? '');
    const whole = readFileSync(wal);
    const end = lastUsedByte(whole) + 1;
    for (const cut of [1, 9, 40, 513, 1000]) {
      const torn = Buffer.from(whole);
      torn.fill(0, end - cut, end);
      writeFileSync(wal, torn);
      const again = await open();
      expect(again.size).toBe(5);
      expect(again.tornBytes).toBeGreaterThan(0);
      await again.close();
    }
    const damaged = Buffer.from(whole);
    damaged[end - 100] ^= 4;
    writeFileSync(wal, damaged);
    await expect(open()).rejects.toMatchObject({ code: 'AUDIT_CORRUPT' });
  });
});

describe('verification', { timeout: 120_000 }, () => {
  it('names a changed entry by its number, also when its hash was changed with it', async () => {
    const log = await open();
    await log.append(some(0, 600));
    await publish(log);
    await log.close();
    rmSync(join(at('log'), 'wal'), { recursive: true });
    const keys = readKeyRecords(at('keys')).map(({ vkey }) => parseVkey(vkey));
    const file = join(at('log'), 'tile/entries/001');
    const whole = readFileSync(file, 'latin1');
    writeFileSync(file, whole.replace('1800000000000300', '1800000000000301'), 'latin1');
    const changed = await verifyLog(at('log'), keys);
    expect(changed.findings[0]).toMatchObject({ file: 'tile/entries/001' });
    expect(changed.findings[0].finding).toContain('entry 300 is not the one that was signed');
    const tile = join(at('log'), 'tile/0/001');
    const hashes = readFileSync(tile);
    hashes.set(
      leafHash(Buffer.from(sampleEntry(300).toString().replace('1800000000000300', '1800000000000301'))),
      44 * 32,
    );
    writeFileSync(tile, hashes);
    const both = await verifyLog(at('log'), keys);
    expect(both.findings.length).toBeGreaterThan(0);
    appendFileSync(file, 'x');
    expect((await verifyLog(at('log'), keys)).findings[0].file).toBe('tile/entries/001');
  });
});
