import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import {
  CommandKind,
  KILL_SWITCH_WORDS,
  KillSwitch,
  MASS_CANCEL_WORDS,
  MassQuote,
  NEW_ORDER_EXTRAS_WORDS,
  NEW_ORDER_WORDS,
  NewOrder,
  QUOTE_ENTRY_WORDS,
  QuoteEntry,
  writeHeader,
} from '#trading/commands.ts';
import { describeCommand, exportJournal } from './journal-export.ts';
import { journalInspection, journalVerification } from './journal.ts';
import type { Result } from './output.ts';

const STAMPS = { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 };
const COMMANDS = 40;
let data: string;

beforeEach(async () => {
  data = mkdtempSync(`${tmpdir()}/nautilus-cli-journal-`);
  const journal = await openFileJournal({ folder: `${data}/journal`, clock: createManualClock(1e15) });
  const leadership = await journal.lead();
  const words = new Int32Array(KILL_SWITCH_WORDS);
  writeHeader(words, 0, CommandKind.killSwitch, KILL_SWITCH_WORDS, 3, 9);
  for (let sequence = 1; sequence <= COMMANDS; sequence++) {
    words[KillSwitch.id] = sequence;
    leadership.append(sequence, words, 0, KILL_SWITCH_WORDS, 1, 1e15, STAMPS);
  }
  await journal.storeSnapshot({ sequence: 30, bytes: new Uint8Array(100) });
  await journal.close();
});

afterEach(() => {
  rmSync(data, { recursive: true });
});

function exported(from: number, to: number): { sequence: number; id: number; kind: string }[] {
  return [...exportJournal(data, { from, to })]
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { sequence: number; id: number; kind: string });
}

describe('nautilus journal inspect', () => {
  it('shows epochs, segments and snapshots', async () => {
    const { json, lines } = await journalInspection(data);
    expect(json).toMatchObject({
      epochs: [{ epoch: 1, sealedBy: 1, lastSequence: COMMANDS }],
      segments: [{ epoch: 1, index: 0, firstSequence: 1 }],
      snapshots: [{ sequence: 30 }],
    });
    expect(lines.join('\n')).toContain('segment-0000000001-000000');
  });

  it('says where nothing is', async () => {
    await expect(journalInspection('/nowhere')).rejects.toMatchObject({ code: 'CLI_NO_DATA' });
  });
});

describe('nautilus journal verify', () => {
  it('counts what is whole', async () => {
    const { json } = await journalVerification(data, () => expect.unreachable());
    expect(json).toMatchObject({
      entries: COMMANDS,
      batches: COMMANDS,
      lastSequence: COMMANDS,
      snapshots: 1,
      damages: [],
    });
  });

  it('names every damage, shows it, and fails', async () => {
    for (const [file, offset] of [
      ['segment-0000000001-000000', 400],
      ['snapshot-0000000000000030', 80],
    ] as const) {
      writeSync(openSync(`${data}/journal/${file}`, 'r+'), new Uint8Array([0xff]), 0, 1, offset);
    }
    const shown: Result[] = [];
    const failure = journalVerification(data, (result) => shown.push(result));
    await expect(failure).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      detail: expect.stringContaining('2 found') as string,
    });
    expect(shown[0].json).toMatchObject({
      damages: [
        { file: `${data}/journal/segment-0000000001-000000`, offsetBytes: expect.any(Number) as number },
        { file: `${data}/journal/snapshot-0000000000000030`, sequence: 30 },
      ],
    });
  });
});

describe('nautilus journal export', () => {
  it('writes the commands asked for, in order, with their names', () => {
    expect(exported(1, Infinity).map(({ id }) => id)).toEqual(
      Array.from({ length: COMMANDS }, (_unused, at) => at + 1),
    );
    const some = exported(10, 12);
    expect(some.map(({ sequence }) => sequence)).toEqual([10, 11, 12]);
    expect(some[0]).toMatchObject({ kind: 'killSwitch', session: 3, clientSequence: 9, id: 10, engage: 0, epoch: 1 });
  });

  it('writes extras of an order only where it has them, and 64-bit identifiers exactly', () => {
    const words = new Int32Array(NEW_ORDER_EXTRAS_WORDS);
    writeHeader(words, 0, CommandKind.newOrder, NEW_ORDER_WORDS, 1, 1);
    words[NewOrder.clOrdIdLow] = -1;
    words[NewOrder.clOrdIdHigh] = -1;
    words[NewOrder.priceTicks] = 77;
    expect(describeCommand(words, 0)).toMatchObject({ clOrdId: '18446744073709551615', priceTicks: 77 });
    expect(describeCommand(words, 0)).not.toHaveProperty('stopTicks');
    writeHeader(words, 0, CommandKind.newOrder, NEW_ORDER_EXTRAS_WORDS, 1, 1);
    words[NewOrder.stopTicks] = 5;
    expect(describeCommand(words, 0)).toMatchObject({ stopTicks: 5, expire: 0 });
  });

  it('writes the entries of a quote, and says of an unknown kind only that', () => {
    const words = new Int32Array(64);
    writeHeader(words, 0, CommandKind.massQuote, MassQuote.entries + 2 * QUOTE_ENTRY_WORDS, 1, 1);
    words[MassQuote.entries + QUOTE_ENTRY_WORDS + QuoteEntry.bidTicks] = 42;
    expect(describeCommand(words, 0)).toMatchObject({ entries: [{ bidTicks: 0 }, { bidTicks: 42 }] });
    words[0] = 99 | (MASS_CANCEL_WORDS << 16);
    expect(describeCommand(words, 0)).toMatchObject({ kind: 'kind 99' });
  });
});
