/**
 * Encodes the node's uncounted messages to one connection at a time into a shared buffer: rejects, heartbeats, the
 * goodbye, answers to administrators. Written out once per read, not once per message.
 */
import { FrameType, writeFrameHeader, writeWideAt } from '#wire/order-entry/frame.ts';
import { HEARTBEAT_BYTES, Heartbeat, LOGOUT_BYTES, Logout, REJECT_BYTES, Reject } from '#wire/order-entry/messages.ts';
import type { Outlet } from './delivery.ts';

const BUFFER_BYTES = 65_536;

export class Replies {
  private readonly bytes = new Uint8Array(BUFFER_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  private end = 0;
  private outlet: Outlet | undefined;

  /** Room for a frame of `byteLength` bytes to `outlet`, zeroed, its header written. Returns where it begins. */
  begin(outlet: Outlet, type: number, byteLength: number): number {
    if (this.outlet !== outlet || this.end + byteLength > BUFFER_BYTES) this.flush();
    this.outlet = outlet;
    const at = this.end;
    this.end = at + byteLength;
    this.bytes.fill(0, at, this.end);
    writeFrameHeader(this.view, at, byteLength, type, 0, 0);
    return at;
  }

  /** Refuses one message; `sequence` is its sequence number, or its request id. */
  reject(
    outlet: Outlet,
    code: number,
    refusedType: number,
    sequence: number,
    limit: number,
    value: number,
    used: number,
  ): void {
    const at = this.begin(outlet, FrameType.reject, REJECT_BYTES);
    this.view.setUint32(at + Reject.code, code, true);
    this.view.setUint32(at + Reject.refusedType, refusedType, true);
    this.view.setUint32(at + Reject.refusedSequence, sequence, true);
    writeWideAt(this.view, at + Reject.limit, limit);
    writeWideAt(this.view, at + Reject.value, value);
    writeWideAt(this.view, at + Reject.used, used);
  }

  heartbeat(outlet: Outlet, lastSequenceSeen: number, timeMicros: number): void {
    const at = this.begin(outlet, FrameType.heartbeat, HEARTBEAT_BYTES);
    this.view.setUint32(at + Heartbeat.lastSequenceSeen, lastSequenceSeen, true);
    writeWideAt(this.view, at + Heartbeat.timeMicros, timeMicros);
  }

  logout(outlet: Outlet, code: number, expectedSequence: number): void {
    const at = this.begin(outlet, FrameType.logout, LOGOUT_BYTES);
    this.view.setUint32(at + Logout.code, code, true);
    this.view.setUint32(at + Logout.expectedSequence, expectedSequence, true);
  }

  /** Writes out what was encoded. */
  flush(): void {
    const outlet = this.outlet;
    const end = this.end;
    this.outlet = undefined;
    this.end = 0;
    if (outlet !== undefined && end > 0) outlet.write(this.bytes, 0, end);
  }
}
