/**
 * Journals the passing of time when nobody trades: often while something waits for it (timers that come due, auctions
 * whose indicative price is published), seldom otherwise. The engine knows no other clock.
 */
import { CommandKind, HEADER_WORDS, writeHeader } from '#trading/commands.ts';
import type { Engine } from '#trading/engine.ts';
import { INSTRUMENT_SHIFT, Instrument } from '#trading/instruments.ts';
import { isCallPhase } from '#trading/order-checks.ts';
import type { Sequencer } from './sequencer.ts';

/** Between clock commands while something waits, and when nothing does. */
const BUSY_NANOS = 100e6;
const IDLE_NANOS = 1000e6;

export class Clockwork {
  private readonly sequencer: Sequencer;
  private readonly engine: Engine;
  private lastNanos = Number.NEGATIVE_INFINITY;

  constructor(sequencer: Sequencer, engine: Engine) {
    this.sequencer = sequencer;
    this.engine = engine;
  }

  /** Submits a clock command when one is due. */
  tick(nowNanos: number): void {
    const waited = nowNanos - this.lastNanos;
    if (waited < BUSY_NANOS || (waited < IDLE_NANOS && !this.isAwaited())) return;
    this.sequencer.probe();
    const at = this.sequencer.reserve(HEADER_WORDS);
    if (at < 0) return;
    this.lastNanos = nowNanos;
    writeHeader(this.sequencer.words, at, CommandKind.clock, HEADER_WORDS, 0, 0);
    this.sequencer.submit(nowNanos);
  }

  private isAwaited(): boolean {
    const { view } = this.engine;
    if (view === undefined) return false;
    if (view.timers.next <= this.sequencer.lastTimeMicros + IDLE_NANOS / 1000 + BUSY_NANOS / 1000) return true;
    const { words, capacity } = view.instruments;
    for (let instrument = 0; instrument < capacity; instrument++) {
      const at = instrument << INSTRUMENT_SHIFT;
      if (words[at + Instrument.exists] === 1 && isCallPhase(words[at + Instrument.state])) return true;
    }
    return false;
  }
}
