import { describe, expect, it } from 'vitest';
import { createSystemClock } from '#kit/clock.ts';
import { DEFAULT_CAPACITY, writeGenesis } from '#trading/capacity.ts';
import { CommandKind, GENESIS_WORDS, HEADER_WORDS, writeHeader, writeWide, Header } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { Outbox } from './outbox.ts';
import { StatePoints } from './state-points.ts';

const SECOND = 1e6;
const CAPACITY = { ...DEFAULT_CAPACITY, orders: 1024, dayOrders: 4096, trades: 1024, accounts: 64, positions: 64 };

/** A member that carries out a clock command per batch and notes each place. */
function member() {
  const outbox = new Outbox({ ringBytes: 1 << 20, framesMax: 1 << 10 });
  const inbound = new Uint32Array(65_536);
  const engine = new Engine(() => undefined);
  const points = new StatePoints({ inbound, outbox });
  points.useEngine(engine);
  const words = new Int32Array(Math.max(GENESIS_WORDS, HEADER_WORDS));
  let sequence = 0;
  return {
    points,
    inbound,
    engine,
    batch: (timeMicros: number): number => {
      sequence++;
      if (sequence === 1) writeGenesis(words, 0, CAPACITY, timeMicros);
      else {
        writeHeader(words, 0, CommandKind.clock, HEADER_WORDS, 0, 0);
        writeWide(words, Header.timeLow, timeMicros);
      }
      engine.apply(words, 0);
      points.note(timeMicros, sequence);
      return sequence;
    },
  };
}

describe('the places at which members compare their states', () => {
  it('are the batches that lie in another second of journal time than the one before', () => {
    const { points, batch } = member();
    const start = createSystemClock().nowMicros();
    const base = Math.floor(start / SECOND) * SECOND;
    batch(base + 100);
    batch(base + 200);
    expect(points.last).toBeUndefined();
    const place = batch(base + SECOND);
    expect(points.last?.sequence).toBe(place);
    batch(base + SECOND + 1);
    expect(points.last?.sequence).toBe(place);
    expect(points.find(place + 1)).toBe('never');
    expect(points.find(place - 1)).toBeUndefined();
  });

  it('have equal hashes on members of equal history, and others once a single counter differs', () => {
    const [left, right] = [member(), member()];
    for (let second = 1; second <= 5; second++) {
      for (const { batch } of [left, right]) batch(second * SECOND);
      expect(left.points.last).toEqual(right.points.last);
    }
    right.inbound[7] = 1;
    let differs = 0;
    for (let second = 6; second <= 2000; second++) {
      for (const { batch } of [left, right]) batch(second * SECOND);
      if (left.points.last?.low !== right.points.last?.low) differs++;
    }
    // Each slice has its turn; the one with the counter does, too.
    expect(differs).toBeGreaterThan(0);
  });

  it('are forgotten, oldest first, so that their number stays bounded', () => {
    const { points, batch } = member();
    const places = Array.from({ length: 400 }, (_, second) => batch((second + 1) * SECOND));
    expect(points.find(places.at(-1) ?? 0)).toMatchObject({ sequence: places.at(-1) });
    expect(points.find(places[1] ?? 0)).toBeUndefined();
  });
});
