import { describe, expect, it } from 'vitest';
import { ACCEPTED_WORDS, Accepted, EventKind } from '#trading/events.ts';
import { CANCEL_ORDER_WORDS, CommandKind, writeHeader } from '#trading/commands.ts';
import { ClientSession } from './client-session.ts';
import type { LoginReceipt } from './client-session.ts';
import { SessionCode } from './codes.ts';
import { FrameFlag, FrameHeader, FrameType, writeFrameHeader } from './frame.ts';
import {
  CHALLENGE_BYTES,
  Challenge,
  EVENT_AT,
  GapFill,
  LOGIN_ACCEPTED_BYTES,
  LOGOUT_BYTES,
  Login,
  LoginAccepted,
  Logout,
  REJECT_BYTES,
  Reject,
} from './messages.ts';
import { loginMessage } from './signature.ts';

const SECOND = 1e6;

/** A node made of frames: what the client sent, and what it is answered. */
class Script {
  sent: { type: number; sequence: number; view: DataView }[] = [];
  signed: Uint8Array[] = [];
  receipts: LoginReceipt[] = [];
  reports: [sequence: number, flags: number][] = [];
  rejects: [code: number, sequence: number][] = [];
  logouts: number[] = [];
  readonly client = new ClientSession(
    {
      session: 12,
      sign: (message) => {
        this.signed.push(message);
        return new Uint8Array(64).fill(7);
      },
      heartbeatSeconds: 2,
      waitingMessagesMax: 8,
      waitingBytesMax: 4096,
    },
    {
      onLive: (receipt) => this.receipts.push(receipt),
      onReport: (_type, flags, view, at) => this.reports.push([view.getUint32(at + FrameHeader.sequence, true), flags]),
      onReject: (code, _type, sequence) => this.rejects.push([code, sequence]),
      onFrame: () => undefined,
      onLogout: (code) => this.logouts.push(code),
    },
  );

  connect(nowMicros = 0): void {
    this.client.connected((bytes, start, end) => {
      for (let at = start; at < end;) {
        const copy = new DataView(bytes.slice(at, end).buffer);
        const length = copy.getUint16(0, true);
        this.sent.push({ type: copy.getUint8(2), sequence: copy.getUint32(4, true), view: copy });
        at += length;
      }
    }, nowMicros);
  }

  receive(view: DataView, nowMicros = 0): void {
    this.client.receive(new Uint8Array(view.buffer), view, view.byteLength, nowMicros);
  }

  challenge(versionMin = 1, versionMax = 1): DataView {
    const view = frame(FrameType.challenge, CHALLENGE_BYTES);
    new Uint8Array(view.buffer).fill(9, Challenge.nonce, Challenge.nonce + 32);
    view.setUint16(Challenge.versionMin, versionMin, true);
    view.setUint16(Challenge.versionMax, versionMax, true);
    return view;
  }

  logIn(expectedSequence: number, lastSequence: number, replayFrom: number): void {
    this.connect();
    this.receive(this.challenge());
    const view = frame(FrameType.loginAccepted, LOGIN_ACCEPTED_BYTES);
    view.setUint32(LoginAccepted.expectedSequence, expectedSequence, true);
    view.setUint32(LoginAccepted.lastSequence, lastSequence, true);
    view.setUint32(LoginAccepted.replayFrom, replayFrom, true);
    this.sent.length = 0;
    this.receive(view);
  }

  accept(sequence: number, answers: number, flags = 0): void {
    const view = frame(FrameType.accepted, EVENT_AT + ACCEPTED_WORDS * 4, sequence, flags);
    view.setInt32(EVENT_AT, EventKind.accepted | (ACCEPTED_WORDS << 16), true);
    view.setUint32(EVENT_AT + Accepted.clientSequence * 4, answers, true);
    this.receive(view);
  }

  cancel(): number {
    const words = new Int32Array(CANCEL_ORDER_WORDS);
    writeHeader(words, 0, CommandKind.cancelOrder, CANCEL_ORDER_WORDS, 0, 0);
    const sequence = this.client.submit(words, 0);
    this.client.flush();
    return sequence;
  }

  sequences(): number[] {
    return this.sent.filter(({ type }) => type < 64).map(({ sequence }) => sequence);
  }
}

function frame(type: number, byteLength: number, sequence = 0, flags = 0): DataView {
  const view = new DataView(new ArrayBuffer(byteLength));
  writeFrameHeader(view, 0, byteLength, type, flags, sequence);
  return view;
}

describe('a client of order entry', () => {
  it('signs the challenge and its own login, and picks the highest version both sides know', () => {
    const script = new Script();
    script.connect();
    const challenge = script.challenge(1, 9);
    script.receive(challenge);
    const [{ type, view }] = script.sent;
    expect(type).toBe(FrameType.login);
    expect(view.getUint16(Login.version, true)).toBe(1);
    expect(view.getUint32(Login.session, true)).toBe(12);
    expect(script.signed).toEqual([loginMessage(new Uint8Array(challenge.buffer), new Uint8Array(view.buffer))]);
    expect(view.getUint8(Login.signature)).toBe(7);
  });

  it('gives up when no version is common, and when the node speaks out of turn', () => {
    const newer = new Script();
    newer.connect();
    newer.receive(newer.challenge(2, 3));
    expect(newer.logouts).toEqual([SessionCode.versionUnsupported]);
    const early = new Script();
    early.connect();
    early.receive(frame(FrameType.loginAccepted, LOGIN_ACCEPTED_BYTES));
    expect(early.logouts).toEqual([SessionCode.unknownType]);
  });

  it('takes each counted report once, ends on a hole, and says which were replayed', () => {
    const script = new Script();
    script.logIn(1, 2, 1);
    script.accept(1, 0, FrameFlag.replayed);
    script.accept(1, 0, FrameFlag.replayed);
    script.accept(2, 0, FrameFlag.replayed);
    script.accept(3, 0);
    expect(script.reports).toEqual([
      [1, FrameFlag.replayed],
      [2, FrameFlag.replayed],
      [3, 0],
    ]);
    script.accept(5, 0);
    expect(script.logouts).toEqual([SessionCode.sequenceGap]);
    expect(script.reports.length).toBe(3);
  });

  it('sends again what the node has not taken, and skips what was answered', () => {
    const script = new Script();
    script.logIn(1, 0, 1);
    for (let order = 0; order < 6; order++) script.cancel();
    script.accept(1, 2);
    const reject = frame(FrameType.reject, REJECT_BYTES);
    reject.setUint32(Reject.refusedType, FrameType.cancelOrder, true);
    reject.setUint32(Reject.refusedSequence, 4, true);
    reject.setUint32(Reject.code, SessionCode.throttled, true);
    script.receive(reject);
    expect(script.rejects).toEqual([[SessionCode.throttled, 4]]);
    script.client.disconnected();
    expect(script.cancel()).toBe(7);
    script.logIn(3, 1, 2);
    // 1 was taken, its answer is still to come; 2 and 4 were answered; 3, 5, 6 and 7 were lost.
    const types = script.sent.map(({ type, sequence, view }) =>
      type === FrameType.gapFill ? `fill ${view.getUint32(GapFill.nextSequence, true)}` : `send ${sequence}`,
    );
    expect(types).toEqual(['send 3', 'fill 5', 'send 5', 'send 6', 'send 7']);
    expect(script.receipts[1].resent).toBe(4);
  });

  it('goes on behind what it was refused last, when a restarted node does not remember the refusal', () => {
    const script = new Script();
    script.logIn(1, 0, 1);
    script.cancel();
    script.accept(1, 1);
    script.client.disconnected();
    script.logIn(1, 1, 2);
    expect(script.sent.map(({ type }) => type)).toEqual([FrameType.gapFill]);
    expect(script.sent[0].view.getUint32(GapFill.nextSequence, true)).toBe(2);
    expect(script.cancel()).toBe(2);
  });

  it('adopts the numbers of the node when it has lost its own', () => {
    const script = new Script();
    script.logIn(41, 100, 1);
    expect(script.cancel()).toBe(41);
    expect(script.sequences()).toEqual([41]);
    expect(script.receipts[0]).toMatchObject({ lostMessages: 0, regressed: false });
  });

  it('tells how many reports are gone, and when the node has lost history', () => {
    const script = new Script();
    script.logIn(1, 50, 31);
    expect(script.receipts[0]).toMatchObject({ lostMessages: 30, regressed: false });
    script.accept(31, 0);
    script.client.disconnected();
    script.logIn(1, 20, 21);
    expect(script.receipts[1]).toMatchObject({ lostMessages: 0, regressed: true });
    script.accept(21, 0);
    expect(script.client.lastSequenceSeen).toBe(21);
  });

  it('takes no more messages than may wait for an answer', () => {
    const script = new Script();
    script.logIn(1, 0, 1);
    const given = Array.from({ length: 10 }, () => script.cancel());
    expect(given).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 0, 0]);
    script.accept(1, 1);
    expect(script.cancel()).toBe(9);
  });

  it('sends a heartbeat when it has been silent, and notices a silent node', () => {
    const script = new Script();
    script.logIn(1, 0, 1);
    expect(script.client.tick(1.9 * SECOND)).toBe(true);
    expect(script.sent).toEqual([]);
    expect(script.client.tick(2 * SECOND)).toBe(true);
    expect(script.sent.map(({ type }) => type)).toEqual([FrameType.heartbeat]);
    expect(script.client.tick(4.9 * SECOND)).toBe(true);
    expect(script.client.tick(5 * SECOND)).toBe(false);
    script.receive(frame(FrameType.heartbeat, 24), 5 * SECOND);
    expect(script.client.tick(6 * SECOND)).toBe(true);
  });

  it('hands on the reason when the node ends the connection', () => {
    const script = new Script();
    script.logIn(1, 0, 1);
    const logout = frame(FrameType.logout, LOGOUT_BYTES);
    logout.setUint32(Logout.code, SessionCode.slowConsumer, true);
    script.receive(logout);
    expect(script.logouts).toEqual([SessionCode.slowConsumer]);
    expect(script.client.state).toBe('ended');
  });
});
