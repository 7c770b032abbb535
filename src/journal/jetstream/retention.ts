/**
 * Lets go of entries that snapshots cover: in the stream, where openings and the genesis entry stay for ever, and in the
 * member's own segments. Never of an entry that recovery from the oldest kept snapshot needs.
 */
import { readWide, RecordState, RecordWord, inspectRecord } from '../format.ts';
import type { StoredMessage, StreamLink } from './link.ts';

/** Messages without commands that may follow each other where a sequence is searched. */
const SCAN_MAX = 4096;

/**
 * Removes the messages whose every command is at or before `sequence`. Returns how many went.
 * A late entry of an old leader claims sequences above those before it, so the search never goes too far by one.
 */
export async function purgeEntries(link: StreamLink, sequence: number): Promise<number> {
  const { firstSequence, lastSequence } = await link.facts();
  let low = firstSequence;
  let high = lastSequence;
  let covered: StoredMessage | undefined;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const message = await nextEntry(link, middle, high);
    if (message === undefined) high = middle - 1;
    else if (lastCommand(message.payload) <= sequence) {
      covered = message;
      low = message.streamSequence + 1;
    } else high = middle - 1;
  }
  if (covered === undefined) return 0;
  const { stream, subjects } = link.options;
  const answer = await link.request(`STREAM.PURGE.${stream}`, {
    filter: subjects.entry,
    // The last message stays, so that whoever joins can see that it has seen everything.
    seq: Math.min(covered.streamSequence + 1, lastSequence),
  });
  return (answer as { purged: number }).purged;
}

/** The first message with commands from `streamSequence` on, up to `end`. */
async function nextEntry(link: StreamLink, streamSequence: number, end: number): Promise<StoredMessage | undefined> {
  for (let at = streamSequence; at <= end && at < streamSequence + SCAN_MAX; at++) {
    const message = await link.nextEntryFrom(at);
    if (message === undefined || message.streamSequence > end) return undefined;
    if (lastCommand(message.payload) > 0) return message;
    at = message.streamSequence;
  }
  return undefined;
}

/** Sequence of a message's last command; 0 when it has none. */
function lastCommand(payload: Uint8Array): number {
  const words = new Int32Array(payload.slice(0, payload.length & ~3).buffer);
  let last = 0;
  for (let at = 0; at < words.length; at += words[at + RecordWord.byteLength] / 4) {
    if (inspectRecord(words, at, words.length) !== RecordState.whole) return last;
    const count = words[at + RecordWord.count];
    if (count > 0) last = readWide(words, at + RecordWord.firstSequence) + count - 1;
  }
  return last;
}
