/**
 * Golden journals: streams of commands kept with what the engine made of them, so that an old journal means the same
 * for ever. The digest of events, books and holdings must never change for a semantics version; the state hash may only
 * change with the layout of the state, and is then written anew by make.ts, which checks the digest first.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { commandLength } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { Side } from '#trading/terms.ts';
import { ReceivedBook, decodeEvents } from '../reference/decode.ts';
import type { PlainEvent } from '../reference/events.ts';
import { holdingsOfEngine } from '../reference/inspect.ts';

/** What is known of a golden journal; the commands lie in `<name>.bin` beside it, as 32-bit little-endian words. */
export interface GoldenEntry {
  name: string;
  /** Semantics version that the journal begins with. */
  semantics: number;
  commands: number;
  /** SHA-256 over all events but level events, the displayed books and the holdings at the end. */
  digest: string;
  stateHash: string;
}

const INSTRUMENTS_MAX = 4;
const FOLDER = new URL('.', import.meta.url);

export function indexFile(): URL {
  return new URL('index.json', FOLDER);
}

export function wordsFile(name: string): URL {
  return new URL(`${name}.bin`, FOLDER);
}

export function readIndex(): GoldenEntry[] {
  return JSON.parse(readFileSync(indexFile(), 'utf8')) as GoldenEntry[];
}

export function readWords(name: string): Int32Array {
  const bytes = readFileSync(wordsFile(name));
  return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Plays a journal to a new engine; returns what a golden entry keeps. */
export function play(words: Int32Array): Pick<GoldenEntry, 'commands' | 'digest' | 'stateHash'> {
  const hash = createHash('sha256');
  const book = new ReceivedBook();
  let events: PlainEvent[] = [];
  const engine = new Engine((eventWords, end) => decodeEvents(eventWords, end, events, book));
  let commands = 0;
  for (let at = 0; at < words.length; at += commandLength(words, at)) {
    events = [];
    engine.apply(words, at);
    for (const event of events) hash.update(`${JSON.stringify(event)}\n`);
    commands++;
  }
  for (let instrument = 0; instrument < INSTRUMENTS_MAX; instrument++) {
    for (const side of [Side.buy, Side.sell]) hash.update(`${JSON.stringify(book.side(instrument, side))}\n`);
  }
  hash.update(JSON.stringify(holdingsOfEngine(engine)));
  return { commands, digest: hash.digest('hex'), stateHash: engine.stateHash() };
}
