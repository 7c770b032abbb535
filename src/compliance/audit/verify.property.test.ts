/** Whatever bit of a log's files changes, verification finds it and names the file. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { readKeyRecords } from './keys.ts';
import { AuditLog } from './log.ts';
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

describe('verification', () => {
  it('finds any single changed bit, and says in which file', async () => {
    const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
    const publisher = new Publisher({ log, signer: localSigner(at('keys'), ORIGIN, clock), witnesses: [], clock });
    for (let size = 0; size < 700; size += 100) {
      await log.append(Array.from({ length: 100 }, (_, index) => sampleEntry(size + index)));
      await publisher.publishIfDue();
    }
    await publisher.stop();
    await log.close();
    const keys = readKeyRecords(at('keys')).map(({ vkey }) => parseVkey(vkey));
    const files = readdirSync(at('log'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'next')
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(8);
    expect((await verifyLog(at('log'), keys)).findings).toEqual([]);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(7),
        async (file, share, bit) => {
          const whole = readFileSync(file);
          const used = lastUsedByte(whole) + 1;
          const place = Math.floor(share * used);
          const changed = Buffer.from(whole);
          changed[place] ^= 1 << bit;
          writeFileSync(file, changed);
          try {
            const found = await verifyLog(at('log'), keys).then(
              ({ findings, tornBytes }) => [...findings.map((one) => one.file), ...(tornBytes > 0 ? ['wal'] : [])],
              () => ['checkpoint'],
            );
            const named = file.slice(at('log').length + 1);
            expect(found.some((one) => named === one || named.startsWith(`${one}/`))).toBe(true);
          } finally {
            writeFileSync(file, whole);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
