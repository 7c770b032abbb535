/** The audit log's process ends by SIGKILL, again and again, at any moment: what was acknowledged or signed is there. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKeyRecords } from '#compliance/audit/keys.ts';
import { AuditLog } from '#compliance/audit/log.ts';
import { parseVkey } from '#compliance/audit/note.ts';
import { sampleEntry } from '#compliance/audit/testing.ts';
import { verifyLog } from '#compliance/audit/verify.ts';
import { Rng } from '#kit/rng.ts';

const ORIGIN = 'test.example/audit';
const LIVES = 5;
const WRITER = fileURLToPath(new URL('audit-writer.ts', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nautilus-audit-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => path.join(folder, name);

/** Lets the writer live until it has said `lines` lines, kills it, and gives back all it said. */
async function live(lines: number): Promise<string> {
  const child = spawn(process.execPath, [WRITER, at('log'), at('keys'), ORIGIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > lines) child.kill('SIGKILL');
  });
  await new Promise((resolve) => {
    child.on('close', resolve);
  });
  return said;
}

function last(said: string, word: string): number {
  const found = [...said.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))];
  return Number(found.at(-1)?.[1] ?? 0);
}

describe('a log whose process is killed', () => {
  it('has every entry that was acknowledged, as it was, and continues what was signed', async () => {
    const rng = new Rng(20_261_122);
    let acknowledged = 0;
    for (let life = 0; life < LIVES; life++) {
      const said = await live(5 + rng.int(120));
      expect(said).not.toContain('fault');
      expect(last(said, 'open')).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = Math.max(acknowledged, last(said, 'durable'), last(said, 'signed'));
      const log = await AuditLog.open({ folder: at('log'), origin: ORIGIN });
      expect(log.size).toBeGreaterThanOrEqual(acknowledged);
      for (let index = 0; index < log.size; index++) {
        if (!sampleEntry(index).equals(log.entry(index))) expect.fail(`entry ${index} is another one`);
      }
      await log.close();
    }
    expect(acknowledged).toBeGreaterThan(256);
    const found = await verifyLog(
      at('log'),
      readKeyRecords(at('keys')).map(({ vkey }) => parseVkey(vkey)),
    );
    expect(found.findings).toEqual([]);
  });
});
