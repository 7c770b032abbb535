/**
 * Golden journals: generated commands of a semantics version with what became of them. They are kept for ever; a program
 * that replays one to another state has changed what old journals mean.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { commandLength } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';

export interface Golden {
  readonly semantics: number;
  readonly commands: number;
  readonly stateHash: string;
  /** SHA-256 of all event words in order. */
  readonly eventDigest: string;
  /** The commands' words, little-endian, gzip, base64. */
  readonly journal: string;
}

/** Applies a journal's words to a new engine. */
export function applyJournal(words: Int32Array): Pick<Golden, 'commands' | 'stateHash' | 'eventDigest'> {
  const digest = createHash('sha256');
  const engine = new Engine((events, end) => digest.update(new Uint8Array(events.buffer, events.byteOffset, end * 4)));
  let commands = 0;
  for (let at = 0; at < words.length; at += commandLength(words, at)) {
    engine.apply(words, at);
    commands++;
  }
  return { commands, stateHash: engine.stateHash(), eventDigest: digest.digest('hex') };
}

export function packJournal(words: Int32Array): string {
  return gzipSync(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), { level: 9 }).toString('base64');
}

export function unpackJournal({ journal }: Golden): Int32Array {
  const bytes = gunzipSync(Buffer.from(journal, 'base64'));
  return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
