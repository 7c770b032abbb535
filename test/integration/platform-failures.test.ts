/** Starts that cannot work: each ends with a sentence, what to do about it, and an exit code of its own. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSnapshotHeader, encodeSnapshotHeader, BLOCK_BYTES } from '#journal/blocks.ts';
import { crc32c } from '#kit/crc32c.ts';
import { runProgram, startTestPlatform, type Ended } from '../platform.ts';

const MAIN = 'src/app/main.ts';
/** Root passes over the rights of files unless it has given that privilege away. */
const SETPRIV = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];
const WITHOUT_PRIVILEGES = [...SETPRIV, process.execPath];
/** Where the version lies in what a node adds to the engine's snapshot. */
const NODE_FORMAT_AT = BLOCK_BYTES + 4;

const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-failures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function startIn(data: string, ...args: string[]): Promise<Ended> {
  return runProgram(MAIN, ['--port', '0', '--data', data, ...args]);
}

function expectFailure(ended: Ended, code: number, words: RegExp): void {
  expect(ended).toMatchObject({ code, err: expect.stringMatching(words) });
  expect(ended.err).not.toContain('    at ');
}

describe('a start with wrong arguments', () => {
  it.each([
    ['an option that does not exist', ['--prot', '1']],
    ['a port that is none', ['--port', '99999']],
    ['a recording that is not there', ['--replay', 'nowhere.dbn']],
    ['a speed below zero', ['--speed', '-1']],
  ])('names %s and touches nothing', async (_what, args) => {
    const data = path.join(folder, 'untouched');
    const ended = await runProgram(MAIN, ['--data', data, ...args]);
    expectFailure(ended, 64, new RegExp(`^APP_USAGE: .*${args[0]?.slice(2)}`));
    expect(existsSync(data)).toBe(false);
  });

  it('only explains itself when asked for help', async () => {
    const ended = await runProgram(MAIN, ['--help']);
    expect(ended).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--replay FILE') });
  });

  it('names the file and the place of a mistake in the configuration', async () => {
    const config = path.join(folder, 'config');
    mkdirSync(config);
    for (const name of readdirSync('config')) {
      const text = readFileSync(path.join('config', name), 'utf8');
      writeFileSync(path.join(config, name), text.replace('symbol: ORCA', 'symbol: "this is no symbol at all"'));
    }
    const ended = await startIn(path.join(folder, 'misconfigured'), '--config', config);
    expect(ended.code).toBe(64);
    expect(ended.err).toMatch(/instruments\.yaml/);
    expect(ended.err).toMatch(/symbol/);
  });
});

describe('a start on a port that is taken', () => {
  it('names the process that holds it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const data = path.join(folder, 'busy');
    const ended = await runProgram(MAIN, ['--port', String(port), '--data', data]);
    server.close();
    expectFailure(ended, 69, new RegExp(`APP_PORT_IN_USE: .*port ${port} is held by process ${process.pid}`));
    expect(ended.err).toContain('--port');
  });
});

describe('a start on a folder that cannot be used', () => {
  it('says that it may not write there', async () => {
    const data = path.join(folder, 'read-only');
    mkdirSync(data);
    chmodSync(data, 0o555);
    const ended = await runProgram(MAIN, ['--port', '0', '--data', data], WITHOUT_PRIVILEGES);
    expectFailure(ended, 73, /APP_DATA_UNWRITABLE: .*read-only/);
    expect(readdirSync(data)).toEqual([]);
  });

  it('says that it cannot be made', async () => {
    expectFailure(await startIn('/proc/nautilus'), 73, /APP_DATA_UNWRITABLE: .*\/proc\/nautilus/);
  });

  it('leaves it to the platform that uses it already', async () => {
    const running = await startTestPlatform({ paused: true });
    try {
      const ended = await startIn(running.dataFolder);
      expectFailure(ended, 69, new RegExp(`APP_ALREADY_RUNNING: .*process ${running.pid}, it serves ${running.url}`));
      expect((await fetch(`${running.url}/ready`)).status).toBe(200);
    } finally {
      await running.stop();
    }
  });
});

describe('a start on what an earlier run left', () => {
  const sound = path.join(folder, 'sound');
  beforeAll(async () => {
    const platform = await startTestPlatform({ paused: true, dataFolder: sound });
    await platform.stop();
  });

  function copy(name: string): string {
    const target = path.join(folder, name);
    execFileSync('cp', ['-a', sound, target]);
    return target;
  }

  it('names a key that is damaged', async () => {
    const data = copy('bad-key');
    writeFileSync(path.join(data, 'keys', 'platform.pem'), 'no key');
    expectFailure(await startIn(data), 77, /APP_KEY_UNUSABLE: .*platform\.pem/);
  });

  it('refuses the snapshot of a newer version, and changes nothing', async () => {
    const data = copy('newer');
    const file = newestSnapshot(data);
    rewriteSnapshot(file, (bytes) => new DataView(bytes.buffer, bytes.byteOffset).setUint32(NODE_FORMAT_AT, 99, true));
    const before = readFileSync(file);
    const ended = await startIn(data);
    expectFailure(ended, 65, /EDGE_SNAPSHOT_NEWER: .*format 99/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('names file, offset and sequence of a damage in the middle of the journal', async () => {
    const data = copy('damaged');
    const journal = path.join(data, 'journal');
    const segment = readdirSync(journal).find((name) => name.startsWith('segment-'));
    if (segment === undefined) throw new Error('there is no segment');
    const file = path.join(journal, segment);
    const bytes = readFileSync(file);
    bytes[BLOCK_BYTES + 700] = (bytes[BLOCK_BYTES + 700] ?? 0) ^ 0x10;
    writeFileSync(file, bytes);
    expectFailure(
      await startIn(data),
      65,
      new RegExp(`JOURNAL_CORRUPT: .*${segment} at byte \\d+, where sequence \\d+`),
    );
  });
});

function newestSnapshot(data: string): string {
  const journal = path.join(data, 'journal');
  const name = readdirSync(journal)
    .filter((entry) => entry.startsWith('snapshot-'))
    .toSorted()
    .at(-1);
  if (name === undefined) throw new Error('the stop left no snapshot');
  return path.join(journal, name);
}

/** Changes a snapshot and makes its checksums right again, as a program of another version would have left it. */
function rewriteSnapshot(file: string, change: (bytes: Uint8Array) => void): void {
  const bytes = new Uint8Array(readFileSync(file));
  const header = decodeSnapshotHeader(bytes.subarray(0, BLOCK_BYTES));
  if (header === 'damaged' || header === 'newer') throw new Error('the snapshot is not sound');
  change(bytes);
  const contentChecksum = crc32c(bytes, BLOCK_BYTES, bytes.length);
  bytes.set(encodeSnapshotHeader({ ...header, contentChecksum }));
  writeFileSync(file, bytes);
}
