/**
 * Cuts a stream of bytes into frames, wherever the network cut it. Checks only what every frame must hold: a length
 * that is a multiple of 8, at least a header's and at most the given maximum. Keeps at most one unfinished frame.
 */
import { FRAME_HEADER_BYTES } from './frame.ts';
import { SessionCode } from './codes.ts';

export interface FrameHandler {
  /** One whole frame at byte `at` of `view`, valid during the call. Returns false to drop what follows. */
  onFrame(view: DataView, at: number, byteLength: number): boolean;
  /** The stream cannot be read any further: malformedFrame or frameTooLong. */
  onBadFrame(code: SessionCode): void;
}

export class FrameSplitter {
  private readonly handler: FrameHandler;
  private readonly frameBytesMax: number;
  private held: Uint8Array | undefined;
  private heldView: DataView | undefined;
  private heldBytes = 0;
  private stopped = false;

  constructor(handler: FrameHandler, frameBytesMax: number) {
    this.handler = handler;
    this.frameBytesMax = frameBytesMax;
  }

  /** Takes bytes [0, end) of `bytes`; `view` covers the same memory. Calls the handler for each frame completed. */
  push(bytes: Uint8Array, view: DataView, end: number): void {
    if (this.stopped) return;
    let at = this.heldBytes > 0 ? this.completeHeld(bytes, end) : 0;
    while (!this.stopped && end - at >= FRAME_HEADER_BYTES) {
      const length = view.getUint16(at, true);
      if (!this.lengthIsGood(length)) return;
      if (end - at < length) break;
      if (!this.handler.onFrame(view, at, length)) this.stopped = true;
      at += length;
    }
    if (!this.stopped && at < end) this.hold(bytes, at, end);
  }

  /** Finishes the frame begun by an earlier push as far as `bytes` go. Returns where the next frame begins. */
  private completeHeld(bytes: Uint8Array, end: number): number {
    const held = this.held;
    const view = this.heldView;
    if (held === undefined || view === undefined) return 0;
    let at = 0;
    if (this.heldBytes < FRAME_HEADER_BYTES) {
      at = this.extendHeld(held, bytes, 0, Math.min(end, FRAME_HEADER_BYTES - this.heldBytes));
      if (this.heldBytes < FRAME_HEADER_BYTES) return at;
    }
    const length = view.getUint16(0, true);
    if (!this.lengthIsGood(length)) return end;
    at = this.extendHeld(held, bytes, at, Math.min(end, at + length - this.heldBytes));
    if (this.heldBytes < length) return at;
    this.heldBytes = 0;
    if (!this.handler.onFrame(view, 0, length)) this.stopped = true;
    return at;
  }

  private extendHeld(held: Uint8Array, bytes: Uint8Array, from: number, to: number): number {
    for (let at = from; at < to; at++) held[this.heldBytes++] = bytes[at];
    return to;
  }

  private hold(bytes: Uint8Array, from: number, end: number): void {
    if (this.held === undefined) {
      this.held = new Uint8Array(this.frameBytesMax);
      this.heldView = new DataView(this.held.buffer);
    }
    this.extendHeld(this.held, bytes, from, end);
  }

  private lengthIsGood(length: number): boolean {
    if (length >= FRAME_HEADER_BYTES && length % 8 === 0 && length <= this.frameBytesMax) return true;
    this.stopped = true;
    this.handler.onBadFrame(length > this.frameBytesMax ? SessionCode.frameTooLong : SessionCode.malformedFrame);
    return false;
  }
}
