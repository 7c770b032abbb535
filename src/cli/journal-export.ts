/**
 * `nautilus journal export`: commands as lines of JSON, each with its sequence, epoch and time, its fields named as in
 * the command layouts. For people and other programs; what reads it back is the journal itself.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Batch } from '#kit/ports/journal.ts';
import {
  AccountCommand,
  AmendOrder,
  CancelOrder,
  CommandKind,
  CorporateAction,
  DayRoll,
  Funds,
  Genesis,
  Header,
  InstrumentCommand,
  KillSwitch,
  Locate,
  MarketStateCommand,
  MassCancel,
  MassQuote,
  NEW_ORDER_WORDS,
  NewOrder,
  Protection,
  QUOTE_ENTRY_WORDS,
  QuoteEntry,
  Restriction,
  RiskLimits,
  Semantics,
  TickTable,
  TradeCancel,
  TradeCorrect,
  commandKind,
  commandLength,
  readWide,
} from '#trading/commands.ts';
import { errnoOf } from '#journal/errors.ts';
import { JournalReader, Pull } from '#journal/reader.ts';
import { locate } from '#journal/segments.ts';
import { journalOf } from './journal.ts';

type Layout = Readonly<Record<string, number>>;

const LAYOUTS: Readonly<Record<number, Layout>> = {
  [CommandKind.newOrder]: NewOrder,
  [CommandKind.amendOrder]: AmendOrder,
  [CommandKind.cancelOrder]: CancelOrder,
  [CommandKind.massCancel]: MassCancel,
  [CommandKind.massQuote]: MassQuote,
  [CommandKind.marketState]: MarketStateCommand,
  [CommandKind.killSwitch]: KillSwitch,
  [CommandKind.instrument]: InstrumentCommand,
  [CommandKind.account]: AccountCommand,
  [CommandKind.riskLimits]: RiskLimits,
  [CommandKind.restriction]: Restriction,
  [CommandKind.funds]: Funds,
  [CommandKind.locate]: Locate,
  [CommandKind.tradeCancel]: TradeCancel,
  [CommandKind.tradeCorrect]: TradeCorrect,
  [CommandKind.dayRoll]: DayRoll,
  [CommandKind.tickTable]: TickTable,
  [CommandKind.marketMakerProtection]: Protection,
  [CommandKind.corporateAction]: CorporateAction,
  [CommandKind.genesis]: Genesis,
  [CommandKind.semantics]: Semantics,
};
const KIND_NAMES = new Map<number, string>(Object.entries(CommandKind).map(([name, kind]) => [kind, name]));
/** Fields of several words of ASCII, zero padded. */
const TEXT_WORDS: Layout = { symbol: 4, name: 4, currency: 1 };
/** Where lists begin; their items follow to the end of the command. */
const LISTS: Readonly<Record<string, Layout>> = {
  entries: QuoteEntry,
  bands: { fromTicks: 0, stepTicks: 1 },
};
const LIST_WORDS: Layout = { entries: QUOTE_ENTRY_WORDS, bands: 2 };
const HEADER_FIELDS = { session: Header.session, clientSequence: Header.clientSequence } as const;

export interface ExportRange {
  /** First sequence. */
  readonly from: number;
  /** Last sequence. */
  readonly to: number;
}

/**
 * The commands of the range as text, some lines at a time, up to the first damage.
 * Throws the journal's coded errors, after everything before was given.
 */
export function* exportJournal(dataFolder: string, { from, to }: ExportRange): Generator<string> {
  const folder = journalOf(dataFolder);
  const place = locate(folder, Math.max(1, from));
  if (place === undefined) return;
  const reader = new JournalReader(folder, place);
  let lines: string[] = [];
  const take = ({ words, start, end, firstSequence, epoch }: Batch): void => {
    let sequence = firstSequence;
    for (let at = start; at < end; at += commandLength(words, at), sequence++) {
      if (sequence < from || sequence > to) continue;
      lines.push(`${JSON.stringify({ sequence, epoch, ...describeCommand(words, at) })}\n`);
    }
  };
  try {
    let pulled: Pull = Pull.progressed;
    while (pulled === Pull.progressed && reader.place.nextSequence <= to) {
      try {
        pulled = reader.pull(from, take);
      } finally {
        if (lines.length > 0) yield lines.join('');
        lines = [];
      }
    }
  } finally {
    reader.close();
  }
}

/** Writes the export to standard output, as fast as it is read there; whoever stops reading has had enough. */
export async function printExport(dataFolder: string, range: ExportRange): Promise<void> {
  try {
    await pipeline(Readable.from(exportJournal(dataFolder, range)), process.stdout, { end: false });
  } catch (error) {
    if (errnoOf(error) !== 'EPIPE') throw error;
  }
}

/** A command's kind, time and fields by their names; fields beyond its length are left out. */
export function describeCommand(words: Int32Array, at: number): Record<string, unknown> {
  const kind = commandKind(words, at);
  const length = commandLength(words, at);
  const described: Record<string, unknown> = {
    kind: KIND_NAMES.get(kind) ?? `kind ${kind}`,
    timeMicros: readWide(words, at + Header.timeLow),
  };
  readFields(described, HEADER_FIELDS, words, at, length);
  // The extras of an order are there or not, as a whole.
  const present = kind === CommandKind.newOrder && length < NewOrder.stopLossLimitTicks ? NEW_ORDER_WORDS : length;
  readFields(described, LAYOUTS[kind] ?? {}, words, at, present);
  return described;
}

function readFields(
  into: Record<string, unknown>,
  layout: Layout,
  words: Int32Array,
  at: number,
  length: number,
): void {
  for (const [name, word] of Object.entries(layout)) {
    if (word >= length || name === 'reserved' || name.endsWith('High')) continue;
    const list = LISTS[name];
    if (list !== undefined) into[name] = readList(list, LIST_WORDS[name], words, at + word, at + length);
    else if (TEXT_WORDS[name] !== undefined) into[name] = readText(words, at + word, TEXT_WORDS[name]);
    else if (name === 'clOrdIdLow') into['clOrdId'] = readIdentifier(words, at + word);
    else if (name.endsWith('Low')) into[name.slice(0, -'Low'.length)] = readWide(words, at + word);
    else into[name] = words[at + word];
  }
}

function readList(item: Layout, itemWords: number, words: Int32Array, start: number, end: number): object[] {
  const items: object[] = [];
  for (let at = start; at + itemWords <= end; at += itemWords) {
    const one: Record<string, unknown> = {};
    readFields(one, item, words, at, itemWords);
    items.push(one);
  }
  return items;
}

function readText(words: Int32Array, at: number, length: number): string {
  const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, length * 4);
  return new TextDecoder('latin1').decode(bytes).replaceAll('\0', '');
}

/** 64 bits, unsigned: as text, because a number does not hold them. */
function readIdentifier(words: Int32Array, at: number): string {
  return ((BigInt(words[at + 1] >>> 0) << 32n) | BigInt(words[at] >>> 0)).toString();
}
