/**
 * What a client has sent and not yet seen answered: a bounded ring of encoded frames, kept for sending again after a
 * broken connection. Never grows: when it is full the client must wait for answers.
 */
import { invariant } from '#kit/invariant.ts';
import { HEADER_WORDS, commandKind, commandLength } from '#trading/commands.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';

const FRAME_HEADER_WORDS = FRAME_HEADER_BYTES / 4;

export class SentLog {
  readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly messagesMax: number;
  /** By sequence modulo messagesMax: the byte in the ring, and whether an answer came. */
  private readonly starts: Int32Array;
  private readonly answered: Uint8Array;
  /** Oldest sequence kept; equal to `next` when everything is answered. */
  oldest = 1;
  /** Sequence the next message gets. */
  next = 1;
  /** Ring position where the next frame goes. */
  end = 0;

  /** Both bounds are powers of two. */
  constructor(messagesMax: number, bytesMax: number) {
    invariant((messagesMax & (messagesMax - 1)) === 0, 'sent-log.messages-power-of-two', messagesMax);
    invariant(bytesMax % 8 === 0, 'sent-log.bytes', bytesMax);
    this.messagesMax = messagesMax;
    this.bytes = new Uint8Array(bytesMax);
    this.words = new Int32Array(this.bytes.buffer);
    this.starts = new Int32Array(messagesMax);
    this.answered = new Uint8Array(messagesMax);
  }

  /** How many messages wait for an answer, or lie behind one that does. */
  get waiting(): number {
    return this.next - this.oldest;
  }

  /** Encodes the command at `at` as the next message. Returns its sequence, or 0 where there is no room. */
  add(source: Int32Array, at: number): number {
    const lengthWords = commandLength(source, at);
    const bodyWords = lengthWords - HEADER_WORDS;
    const byteLength = FRAME_HEADER_BYTES + bodyWords * 4;
    const start = this.roomFor(byteLength);
    if (start < 0) return 0;
    const words = this.words;
    const sequence = this.next;
    const to = start >> 2;
    words[to] = byteLength | (commandKind(source, at) << 16);
    words[to + 1] = sequence;
    for (let word = 0; word < bodyWords; word++)
      words[to + FRAME_HEADER_WORDS + word] = source[at + HEADER_WORDS + word];
    const slot = sequence & (this.messagesMax - 1);
    this.starts[slot] = start;
    this.answered[slot] = 0;
    this.end = start + byteLength;
    this.next = sequence + 1;
    return sequence;
  }

  /** Notes that an answer to `sequence` came; unknown numbers are ignored. */
  markAnswered(sequence: number): void {
    if (sequence < this.oldest || sequence >= this.next) return;
    this.answered[sequence & (this.messagesMax - 1)] = 1;
    while (this.oldest < this.next && this.answered[this.oldest & (this.messagesMax - 1)] === 1) this.oldest++;
  }

  isAnswered(sequence: number): boolean {
    return sequence < this.oldest || this.answered[sequence & (this.messagesMax - 1)] === 1;
  }

  /** Where the frame of a kept sequence lies in `bytes`, and how long it is. */
  startOf(sequence: number): number {
    return this.starts[sequence & (this.messagesMax - 1)];
  }
  byteLengthOf(sequence: number): number {
    return this.words[this.startOf(sequence) >> 2] & 0xffff;
  }

  /** Forgets everything and goes on at `sequence`: for a client that has lost what it sent before. */
  continueAt(sequence: number): void {
    invariant(sequence >= this.next, 'sent-log.continue', sequence);
    this.oldest = sequence;
    this.next = sequence;
  }

  private roomFor(byteLength: number): number {
    if (this.next - this.oldest >= this.messagesMax) return -1;
    const capacity = this.bytes.length;
    if (this.oldest === this.next) return this.end + byteLength <= capacity ? this.end : 0;
    const oldestStart = this.startOf(this.oldest);
    if (this.end > oldestStart) {
      if (this.end + byteLength <= capacity) return this.end;
      return byteLength < oldestStart ? 0 : -1;
    }
    return this.end + byteLength < oldestStart ? this.end : -1;
  }
}
