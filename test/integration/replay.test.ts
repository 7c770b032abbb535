/** Replays of whole recordings: what the generated market did must come back from each format, and from the engine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { replay, type ReplayMode, type ReplayOutcome } from '#app/replay/replay.ts';
import { replayCommand, type ReplayCommandOptions } from '#cli/replay.ts';
import { createManualClock, createSystemClock } from '#kit/clock.ts';
import { join } from '#wire/market-data/testing.ts';
import { needData } from '../peers.ts';
import { asDbn, asItch, asLobster, SampleMarket } from './replay-recordings.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(name: string, content: Uint8Array | string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function replayed(file: string, mode: ReplayMode, symbol?: string): Promise<ReplayOutcome> {
  return replay({ path: file, mode, symbol, clock: createManualClock(0) });
}

/** Runs the command as a shell would; gives what it wrote and its exit code. */
async function command(file: string, options: ReplayCommandOptions) {
  const written = { out: '', err: '' };
  const code = await replayCommand(
    file,
    options,
    {
      out: { write: (text) => (written.out += text) },
      err: { write: (text) => (written.err += text), columns: 80 },
    },
    createSystemClock(),
  );
  return { ...written, code };
}

function tradedVolume(market: SampleMarket): number {
  return market.events
    .flatMap(({ kind, fills }) => fills.filter(({ side }) => kind !== 'uncross' || side === 0))
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

function restingOrders(market: SampleMarket): number {
  const displayed = new Map<number, number>();
  for (const event of market.events) {
    for (const fill of event.fills) displayed.set(fill.order, fill.displayed);
    displayed.set(event.order, event.displayed);
  }
  return [...displayed.values()].filter((quantity) => quantity > 0).length;
}

const plain = new SampleMarket({ seed: 11, events: 1500 });
const rich = new SampleMarket({ seed: 12, events: 2500, auction: true, icebergs: true, amendThrough: true });

describe('book mode', () => {
  it.each([
    ['DBN version 1', 'a.dbn', asDbn(plain, 1)],
    ['DBN version 2', 'b.dbn', asDbn(plain, 2)],
    ['DBN version 3', 'c.dbn', asDbn(plain, 3)],
    ['ITCH 5.0', 'd.itch', asItch(plain)],
    ['LOBSTER', 'TEST_2024-01-02_34200000_57600000_message_10.csv', asLobster(plain)],
  ])('rebuilds the book that a market left behind, from %s', async (_format, name, content) => {
    const { totals, restingOrders: left, busiest } = await replayed(saved(name, content), 'book');
    expect(totals).toMatchObject({ orphans: 0, crossedAtBoundary: 0, crossedInAuction: 0, duplicates: 0 });
    expect(totals.contradictions).toBe(0);
    expect(totals.tradedVolume).toBe(tradedVolume(plain));
    expect(left).toBe(restingOrders(plain));
    expect(busiest?.symbol).toBe('TEST');
  });

  it('knows a book that is crossed for an auction from one that is crossed by mistake', async () => {
    const sound = await replayed(saved('auction.dbn', asDbn(rich, 1)), 'book');
    expect(sound.totals.crossedInAuction).toBeGreaterThan(0);
    expect(sound.totals.crossedAtBoundary).toBe(0);
    expect(sound.totals.tradedVolume).toBe(tradedVolume(rich));
    // Without its uncross, continuous trading begins after a crossed book that nothing explains.
    const unexplained = asDbn(rich, 1);
    const records = recordsOf(unexplained).filter((record) => record[SIDE_AT] !== NO_SIDE);
    const header = unexplained.subarray(0, headerBytes(unexplained));
    const faulty = await replayed(saved('unexplained.dbn', join([header, ...records])), 'book');
    expect(faulty.totals).toMatchObject({ crossedAtBoundary: sound.totals.crossedInAuction, crossedInAuction: 0 });
  });

  it.each([
    ['zstd', zstdCompressSync],
    ['gzip', gzipSync],
  ])('reads %s files of several parts to their end', async (name, compress) => {
    const bytes = asDbn(plain, 1);
    const third = Math.floor(bytes.length / 3);
    const parts = [bytes.subarray(0, 206), bytes.subarray(206, third), bytes.subarray(third)];
    const file = saved(`parts.dbn.${name}`, join(parts.map((part) => compress(part))));
    const { totals, compression, fileBytes } = await replayed(file, 'book');
    expect(compression).toBe(name);
    expect(totals.tradedVolume).toBe(tradedVolume(plain));
    expect(fileBytes).toBeLessThan(bytes.length);
  });

  it('reports an order that no record announced', async () => {
    const whole = asDbn(plain, 1);
    const headless = join([whole.subarray(0, headerBytes(whole)), ...recordsOf(whole).slice(20)]);
    expect((await replayed(saved('headless.dbn', headless), 'book')).totals.orphans).toBeGreaterThan(0);
  });
});

describe('drive mode', () => {
  it.each([
    ['DBN', 'drive.dbn', asDbn(plain, 3)],
    ['ITCH 5.0', 'drive.itch', asItch(plain)],
    ['LOBSTER', 'TEST_2024-01-03_34200000_57600000_message_10.csv', asLobster(plain)],
  ])('makes the engine repeat every fill of a market of plain orders, from %s', async (_format, name, content) => {
    const { drive, totals } = await replayed(saved(name, content), 'drive');
    expect(drive?.totals.recordedVolume).toBe(tradedVolume(plain));
    expect(drive?.totals.matchedVolume).toBe(tradedVolume(plain));
    expect(drive?.totals.corrections).toEqual({ removed: 0, restored: 0, resized: 0 });
    expect([...(drive?.refusals ?? [])]).toEqual([]);
    expect(totals.orphans).toBe(0);
  });

  it('makes it repeat an opening auction, icebergs and orders amended through the spread', async () => {
    const { drive } = await replayed(saved('rich.dbn', asDbn(rich, 2)), 'drive');
    expect(drive?.auctions).toBe(1);
    expect(drive?.icebergs).toBeGreaterThan(3);
    expect(drive?.totals.recordedVolume).toBe(tradedVolume(rich));
    expect(drive?.totals.differences.auction.volume).toBe(0);
    expect(drive?.totals.matchedVolume).toBe(tradedVolume(rich));
  });

  it('makes it repeat everything, whatever the market', async () => {
    for (let seed = 100; seed < 115; seed++) {
      const market = new SampleMarket({
        seed,
        events: 600,
        auction: seed % 2 === 0,
        icebergs: true,
        amendThrough: true,
      });
      const { drive } = await replayed(saved('seed.dbn', asDbn(market, 1 + (seed % 3))), 'drive');
      expect([seed, drive?.totals.matchedVolume]).toEqual([seed, tradedVolume(market)]);
    }
  });

  it('comes to the same state each time', async () => {
    const file = saved('again.dbn', asDbn(rich, 1));
    const [first, second] = [await replayed(file, 'drive'), await replayed(file, 'drive')];
    expect(first.drive?.stateHash).toBe(second.drive?.stateHash);
    expect(first.drive?.stateHash).toMatch(/^[0-9a-f]+$/);
  });

  it('counts what the engine did otherwise, once', async () => {
    const bytes = asDbn(plain, 1);
    // Every fill of a resting order is written down for another order: nothing can match.
    const fills = recordsOf(bytes).filter((record) => record[ACTION_AT] === FILL);
    for (const fill of fills) fill[ORDER_AT + 3] ^= 0x40;
    const { drive } = await replayed(saved('lies.dbn', bytes), 'drive');
    expect(fills.length).toBeGreaterThan(50);
    expect(drive?.totals.matchedVolume).toBe(0);
    expect(drive?.totals.differences.missingOrder.fills).toBe(fills.length);
  });
});

describe('nautilus replay', () => {
  it('ends with one line of JSON that has the promised keys', async () => {
    const file = saved('json.dbn', asDbn(rich, 1));
    const driven = await command(file, { mode: 'drive', json: true });
    expect(driven.code).toBe(0);
    expect(driven.out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(driven.out)).toMatchObject({
      orphans: 0,
      crossedAtBoundary: 0,
      recordedVolume: tradedVolume(rich),
      matchedVolumeShare: 1,
    });
    const rebuilt = JSON.parse((await command(file, { json: true })).out) as Record<string, unknown>;
    expect(rebuilt).toMatchObject({ recordedVolume: tradedVolume(rich), matchedVolumeShare: null });
    expect(Object.keys(rebuilt).slice(0, 5)).toEqual([
      'records',
      'orphans',
      'crossedAtBoundary',
      'recordedVolume',
      'matchedVolumeShare',
    ]);
  });

  it('prints a report with plots, and its progress elsewhere', async () => {
    const { out, err, code } = await command(saved('report.dbn', asDbn(rich, 1)), { mode: 'drive' });
    expect(code).toBe(0);
    expect(out).toContain('TEST, 2024-01-02 13:00:00');
    expect(out).toMatch(/crossed at an event's end {4}0 {2}\(and \d+ while an auction collected orders\)/);
    expect(out).toMatch(/[\u2801-\u28ff]/);
    expect(out).toContain('= 100.000%');
    expect(err).toContain('records');
    expect(err.endsWith('\r\u{1b}[K')).toBe(true);
  });

  it('replays one instrument of several by its symbol', async () => {
    const file = saved('one.itch', asItch(plain));
    expect((await command(file, { symbol: 'TEST', json: true })).code).toBe(0);
    const absent = await command(file, { symbol: 'NONE' });
    expect(absent).toMatchObject({ code: 1, out: '' });
    expect(absent.err).toContain('REPLAY_SYMBOL_ABSENT');
  });

  const whole = zstdCompressSync(asDbn(plain, 1));
  it.each([
    ['a file that is not there', 'REPLAY_FILE_UNREADABLE', path.join(folder, 'nothing.dbn')],
    ['a folder', 'REPLAY_FILE_UNREADABLE', folder],
    ['an empty file', 'MARKET_DATA_FORMAT_UNKNOWN', saved('empty', '')],
    ['a text', 'MARKET_DATA_FORMAT_UNKNOWN', saved('text', 'to be or not to be')],
    ['a zstd file cut short', 'REPLAY_DECOMPRESSION_FAILED', saved('cut.zst', whole.subarray(0, whole.length - 9))],
    ['a zstd file with damage', 'REPLAY_DECOMPRESSION_FAILED', saved('hurt.zst', damaged(whole, whole.length >> 1))],
    ['a gzip file cut short', 'REPLAY_DECOMPRESSION_FAILED', saved('cut.gz', gzipSync(asItch(plain)).subarray(0, 900))],
    ['a plain file cut short', 'MARKET_DATA_TRUNCATED', saved('cut.dbn', asDbn(plain, 1).subarray(0, 1000))],
    [
      'a DBN file without records',
      'REPLAY_EMPTY',
      saved('none.dbn', asDbn(new SampleMarket({ seed: 1, events: 0 }), 1)),
    ],
  ])('explains %s and ends with 1', async (_what, code, file) => {
    for (const mode of ['book', 'drive'] as const) {
      const result = await command(file, { mode, json: true });
      expect(result.err).toContain(`${code}: `);
      expect(result).toMatchObject({ code: 1, out: '' });
    }
  });
});

describe('the recorded CME session', () => {
  const NAME = path.join('market', 'esh4-glbx-mdp3-20231225.mbo.dbn.zst');

  it('rebuilds without an orphan and without a crossed book at an event boundary', async (context) => {
    const { totals, restingOrders: left } = await replayed(needData(context, NAME), 'book');
    expect(totals).toMatchObject({ records: 68_792, orphans: 0, crossedAtBoundary: 0, duplicates: 0 });
    expect(totals).toMatchObject({ contradictions: 0, tradedVolume: 9892, undisplayedFills: 7 });
    expect(left).toBeGreaterThan(10_000);
  });

  it('is repeated by the engine: at least 99% of the volume at the same price against the same order', async (context) => {
    const { drive } = await replayed(needData(context, NAME), 'drive');
    const { recordedVolume = 0, matchedVolume = 0 } = drive?.totals ?? {};
    expect(recordedVolume).toBe(9892);
    expect(matchedVolume / recordedVolume).toBeGreaterThanOrEqual(0.999);
    expect(drive?.totals.differences.auction.volume).toBe(0);
    expect(drive?.totals.unrecordedVolume).toBe(0);
  });
});

const DBN_RECORD_BYTES = 56;
const ORDER_AT = 16;
const ACTION_AT = 38;
const SIDE_AT = 39;
const FILL = 0x46;
const NO_SIDE = 0x4e;

function headerBytes(dbn: Uint8Array): number {
  return 8 + new DataView(dbn.buffer).getUint32(4, true);
}

/** The records of a DBN stream, as views of its bytes. */
function recordsOf(dbn: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = headerBytes(dbn); at < dbn.length; at += DBN_RECORD_BYTES) {
    records.push(dbn.subarray(at, at + DBN_RECORD_BYTES));
  }
  return records;
}

function damaged(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  for (let index = at; index < at + 16; index++) copy[index] ^= 0xff;
  return copy;
}
