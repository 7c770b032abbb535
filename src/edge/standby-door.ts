/**
 * What stands at a standby's door: says what this node is to whoever asks, and sends who wants to log in to the leader.
 * Takes no session and no command.
 */
import type { Clock } from '#kit/clock.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import {
  CLIENT_FRAME_BYTES_MAX,
  FrameHeader,
  FrameType,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  writeFrameHeader,
  writeWideAt,
} from '#wire/order-entry/frame.ts';
import {
  CHALLENGE_BYTES,
  Challenge,
  LOGOUT_BYTES,
  Logout,
  NONCE_BYTES,
  PLAIN_REQUEST_BYTES,
  PlainRequest,
} from '#wire/order-entry/messages.ts';
import { FrameSplitter } from '#wire/order-entry/splitter.ts';
import type { FrameHandler } from '#wire/order-entry/splitter.ts';
import type { Connection, ConnectionHandler } from './connection.ts';
import type { Door } from './listener.ts';
import { encodeMember } from './member-state.ts';
import type { MemberReport } from './member-state.ts';

export interface StandbyDoorParts {
  readonly clock: Clock;
  readonly fillRandom: (bytes: Uint8Array) => void;
  /** What this node is now. */
  readonly report: () => MemberReport;
  readonly connectionsMax: number;
  /** From the last request, or from the connection, to its end. */
  readonly idleTimeoutMs: number;
}

export class StandbyDoor implements Door {
  readonly parts: StandbyDoorParts;
  private readonly visitors = new Set<Visitor>();

  constructor(parts: StandbyDoorParts) {
    this.parts = parts;
  }

  accept(adopt: (handler: ConnectionHandler) => Connection): void {
    const visitor = new Visitor(this, this.parts.clock.monotonicNanos());
    this.visitors.add(visitor);
    visitor.greet(adopt(visitor));
    if (this.visitors.size > this.parts.connectionsMax) visitor.end(SessionCode.tooManyConnections);
  }

  forget(visitor: Visitor): void {
    this.visitors.delete(visitor);
  }

  /** Ends connections that want nothing. */
  tick(nowNanos: number): void {
    const oldest = nowNanos - this.parts.idleTimeoutMs * 1e6;
    for (const visitor of this.visitors) if (visitor.heardAtNanos < oldest) visitor.abort();
  }

  /** Ends every connection: whoever comes again meets the leader, or nobody. */
  close(): void {
    for (const visitor of this.visitors) visitor.abort();
  }
}

class Visitor implements ConnectionHandler, FrameHandler {
  heardAtNanos: number;
  private readonly door: StandbyDoor;
  private readonly splitter = new FrameSplitter(this, CLIENT_FRAME_BYTES_MAX);
  private connection: Connection | undefined;

  constructor(door: StandbyDoor, nowNanos: number) {
    this.door = door;
    this.heardAtNanos = nowNanos;
  }

  greet(connection: Connection): void {
    this.connection = connection;
    const { clock, fillRandom, report } = this.door.parts;
    const frame = new Uint8Array(CHALLENGE_BYTES);
    const view = new DataView(frame.buffer);
    writeFrameHeader(view, 0, CHALLENGE_BYTES, FrameType.challenge, 0, 0);
    fillRandom(frame.subarray(Challenge.nonce, Challenge.nonce + NONCE_BYTES));
    view.setUint16(Challenge.versionMin, PROTOCOL_VERSION_MIN, true);
    view.setUint16(Challenge.versionMax, PROTOCOL_VERSION_MAX, true);
    view.setUint32(Challenge.epoch, report().epoch, true);
    writeWideAt(view, Challenge.nodeTimeMicros, clock.nowMicros());
    connection.write(frame, 0, frame.length);
  }

  onBytes(bytes: Uint8Array, view: DataView, end: number): void {
    this.splitter.push(bytes, view, end);
  }
  onDrained(): void {
    // Every answer is small and asked for; there is nothing to resume.
  }
  onOverfull(): void {
    this.abort();
  }
  onClosed(): void {
    this.door.forget(this);
  }
  onBadFrame(code: SessionCode): void {
    this.end(code);
  }

  onFrame(view: DataView, at: number, byteLength: number): boolean {
    const type = view.getUint8(at + FrameHeader.type);
    if (type === FrameType.memberRequest && byteLength === PLAIN_REQUEST_BYTES) {
      this.heardAtNanos = this.door.parts.clock.monotonicNanos();
      this.say(view.getUint32(at + PlainRequest.requestId, true));
      return true;
    }
    if (type !== FrameType.login) return this.end(SessionCode.notLoggedIn);
    this.say(0);
    return this.end(SessionCode.notLeading);
  }

  private say(requestId: number): void {
    const frame = encodeMember(this.door.parts.report(), requestId);
    this.connection?.write(frame, 0, frame.length);
  }

  end(code: SessionCode): boolean {
    const frame = new Uint8Array(LOGOUT_BYTES);
    const view = new DataView(frame.buffer);
    writeFrameHeader(view, 0, LOGOUT_BYTES, FrameType.logout, 0, 0);
    view.setUint32(Logout.code, code, true);
    this.connection?.write(frame, 0, frame.length);
    this.connection?.end();
    return false;
  }

  abort(): void {
    this.connection?.destroy();
  }
}
