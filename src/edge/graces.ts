/**
 * Cancel-on-disconnect: a session that is gone for longer than its grace has its live orders cancelled, by a journalled
 * command. Every start of a node (so also a takeover) begins all graces anew, since nobody could have been connected.
 */
import type { Clock } from '#kit/clock.ts';
import { CommandKind, MASS_CANCEL_WORDS, MassCancel, writeHeader } from '#trading/commands.ts';
import { Code } from '#trading/codes.ts';
import type { Sequencer } from './sequencer.ts';

/** What must be known of a session before its orders are cancelled. */
export interface SessionOrders {
  /** Live orders of a session. */
  liveOrdersOf(session: number): number;
}

export class Graces {
  private readonly sequencer: Sequencer;
  private readonly orders: SessionOrders;
  private readonly clock: Clock;
  /** Session → when its grace ends, monotonic nanoseconds. At most one entry per session. */
  private readonly endsAtNanos = new Map<number, number>();

  constructor(sequencer: Sequencer, orders: SessionOrders, clock: Clock) {
    this.sequencer = sequencer;
    this.orders = orders;
    this.clock = clock;
  }

  begin(session: number, graceMs: number): void {
    this.endsAtNanos.set(session, this.clock.monotonicNanos() + graceMs * 1e6);
  }

  /** The session is back. */
  cancel(session: number): void {
    this.endsAtNanos.delete(session);
  }

  /** Cancels the orders of those whose grace has run out; while the journal refuses it is tried again. */
  tick(nowNanos: number): void {
    for (const [session, endsAt] of this.endsAtNanos) {
      if (endsAt > nowNanos) continue;
      if (this.orders.liveOrdersOf(session) > 0 && !this.massCancel(session, nowNanos)) return;
      this.endsAtNanos.delete(session);
    }
  }

  private massCancel(session: number, nowNanos: number): boolean {
    const at = this.sequencer.reserve(MASS_CANCEL_WORDS);
    if (at < 0) return false;
    const { words } = this.sequencer;
    writeHeader(words, at, CommandKind.massCancel, MASS_CANCEL_WORDS, 0, 0);
    words[at + MassCancel.session] = session;
    words[at + MassCancel.account] = -1;
    words[at + MassCancel.participant] = -1;
    words[at + MassCancel.instrument] = -1;
    words[at + MassCancel.side] = -1;
    words[at + MassCancel.reason] = Code.canceledOnDisconnect;
    this.sequencer.submit(nowNanos);
    return true;
  }
}
