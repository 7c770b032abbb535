import { describe, expect, it } from 'vitest';
import { Drive } from './drive.ts';
import { engineSetup } from './engine-setup.ts';
import { EngineVenue } from './engine-venue.ts';
import type { FlowCommand, FlowStep } from './flow-rows.ts';
import { InstrumentPlan } from './plan.ts';
import { batchOf } from './testing.ts';
import { Book } from './book.ts';
import { OrderTable } from './order-table.ts';

const INSTRUMENT = 42;

function planOf(): InstrumentPlan {
  const plan = new InstrumentPlan(INSTRUMENT);
  const event = batchOf([
    { kind: 'add', side: 'buy', order: 1, price: 1, quantity: 1 },
    { kind: 'add', side: 'sell', order: 2, price: 1000, quantity: 1 },
  ]);
  plan.before(event, new Book(INSTRUMENT, new OrderTable()));
  return plan;
}

function venueWith(commands: readonly FlowCommand[]): EngineVenue {
  const venue = new EngineVenue(engineSetup([planOf()], 0, () => 'TEST', 0));
  for (const [at, command] of commands.entries()) venue.apply(INSTRUMENT, at, command);
  return venue;
}

const CONTINUE: FlowCommand = { kind: 'phase', phase: 'continue' };

function enter(order: number, side: number, price: number, quantity: number, immediate = false): FlowCommand {
  return { kind: 'enter', order, side, price, quantity, displayed: 0, immediate };
}

describe('the engine as a venue', () => {
  it('tells fills of resting orders, and what orders display', () => {
    const venue = venueWith([CONTINUE, enter(1, 1, 100, 5), enter(2, 0, 100, 3, true)]);
    expect(venue.takeFills()).toEqual([{ order: 1, price: 100, quantity: 3 }]);
    expect(venue.takeFills()).toEqual([]);
    expect([venue.displayed(INSTRUMENT, 1), venue.displayed(INSTRUMENT, 2)]).toEqual([2, 0]);
  });

  it('displays an iceberg slice by slice', () => {
    const iceberg: FlowCommand = {
      kind: 'enter',
      order: 1,
      side: 1,
      price: 100,
      quantity: 10,
      displayed: 4,
      immediate: false,
    };
    const venue = venueWith([CONTINUE, iceberg, enter(2, 1, 100, 1), enter(3, 0, 100, 6, true)]);
    expect(venue.takeFills().map(({ order, quantity }) => [order, quantity])).toEqual([
      [1, 4],
      [2, 1],
      [1, 1],
    ]);
    expect(venue.displayed(INSTRUMENT, 1)).toBe(3);
  });

  it('collects, uncrosses, halts and goes on', () => {
    const venue = venueWith([
      { kind: 'phase', phase: 'collect' },
      enter(1, 0, 105, 4),
      enter(2, 1, 100, 4),
      { kind: 'phase', phase: 'uncross' },
    ]);
    expect(venue.takeFills().map(({ order }) => order)).toEqual([1, 2]);
    for (const phase of ['halt', 'collect'] as const) venue.apply(INSTRUMENT, 9, { kind: 'phase', phase });
    venue.apply(INSTRUMENT, 9, enter(3, 0, 105, 1));
    venue.apply(INSTRUMENT, 9, enter(4, 1, 100, 1));
    expect(venue.takeFills()).toEqual([]);
    venue.apply(INSTRUMENT, 9, { kind: 'phase', phase: 'continue' });
    expect(venue.takeFills()).toHaveLength(2);
    expect([...venue.refusals]).toEqual([]);
  });

  it('amends without losing an order’s place when its quantity falls', () => {
    const amend = (open: number): FlowCommand => ({ kind: 'amend', order: 1, price: 100, open });
    const first = (open: number): unknown =>
      venueWith([
        CONTINUE,
        enter(1, 1, 100, 5),
        enter(2, 1, 100, 5),
        amend(open),
        enter(3, 0, 100, 1, true),
      ]).takeFills()[0]?.order;
    expect([first(4), first(6)]).toEqual([1, 2]);
  });

  it('restores behind the queue and never by trading', () => {
    const restore = (price: number): FlowCommand => ({ kind: 'restore', order: 8, side: 0, price, quantity: 2 });
    const venue = venueWith([CONTINUE, enter(1, 1, 100, 5), restore(99)]);
    expect(venue.displayed(INSTRUMENT, 8)).toBe(2);
    const crossing = venueWith([CONTINUE, enter(1, 1, 100, 5), restore(100)]);
    expect([...crossing.refusals]).toEqual([['postOnlyWouldTrade', 1]]);
    expect(crossing.takeFills()).toEqual([]);
  });

  it('counts what the engine refuses, and requests about orders it does not have', () => {
    const venue = venueWith([
      CONTINUE,
      enter(1, 0, 0, 1),
      { kind: 'cancel', order: 7 },
      { kind: 'amend', order: 7, price: 1, open: 1 },
    ]);
    expect(venue.refusals.get('unknownOrder')).toBe(2);
    expect(venue.refusals.get('badPrice')).toBe(1);
  });

  it('takes a price between two ticks as the tick that still pays it', () => {
    const venue = venueWith([
      CONTINUE,
      enter(1, 1, 100, 1),
      enter(2, 0, 99.5, 1, true),
      enter(3, 0, 98, 1),
      enter(4, 1, 98.5, 1, true),
    ]);
    expect(venue.takeFills().map(({ order }) => order)).toEqual([1, 3]);
  });

  it('clears an instrument', () => {
    const venue = venueWith([CONTINUE, enter(1, 0, 10, 1), enter(2, 1, 20, 1), { kind: 'clear' }]);
    expect([venue.displayed(INSTRUMENT, 1), venue.displayed(INSTRUMENT, 2)]).toEqual([0, 0]);
  });
});

describe('driving the engine', () => {
  const still = { instrument: INSTRUMENT, timeMicros: 0, auction: false, commands: [], fills: [], settlements: [] };

  function driven(steps: readonly Partial<FlowStep>[]) {
    const plan = planOf();
    const venue = new EngineVenue(engineSetup([plan], 0, () => 'TEST', 0));
    const drive = new Drive(venue, new Map([[INSTRUMENT, plan]]));
    for (const step of steps) drive.advance({ ...still, ...step });
    return { venue, totals: drive.totals };
  }

  it('counts a fill at another price, of another order, and none at all, each for what it is', () => {
    const { totals } = driven([
      { commands: [CONTINUE, enter(1, 1, 100, 9), enter(2, 1, 101, 9), enter(3, 1, 100, 9)] },
      { commands: [enter(10, 0, 100, 2, true)], fills: [{ order: 1, price: 101, quantity: 2 }] },
      { commands: [enter(11, 0, 100, 2, true)], fills: [{ order: 3, price: 100, quantity: 2 }] },
      { commands: [enter(12, 0, 99, 2, true)], fills: [{ order: 1, price: 99, quantity: 2 }] },
      { commands: [], fills: [{ order: 77, price: 99, quantity: 1 }] },
      { commands: [enter(13, 0, 100, 1, true)], fills: [{ order: 1, price: 100, quantity: 1 }] },
    ]);
    expect(totals.recordedVolume).toBe(8);
    expect(totals.matchedVolume).toBe(1);
    expect(totals.differences).toMatchObject({
      otherPrice: { volume: 2, fills: 1 },
      otherOrder: { volume: 2, fills: 1 },
      untraded: { volume: 2, fills: 1 },
      missingOrder: { volume: 1, fills: 1 },
    });
  });

  it('never matches more than was recorded, and counts trades in events that record none', () => {
    const { totals } = driven([
      { commands: [CONTINUE, enter(1, 1, 100, 9)] },
      { commands: [enter(10, 0, 100, 5, true)], fills: [{ order: 1, price: 100, quantity: 3 }] },
      { commands: [enter(11, 0, 100, 1, true)] },
    ]);
    expect(totals).toMatchObject({ recordedVolume: 3, matchedVolume: 3, unrecordedVolume: 1 });
  });

  it('brings the book back to the recorded one after a difference', () => {
    const settlement = { side: 1, price: 100 };
    const { venue, totals } = driven([
      {
        commands: [CONTINUE, enter(1, 1, 100, 9), enter(2, 1, 100, 9)],
        settlements: [
          { ...settlement, order: 1, displayed: 0 },
          { ...settlement, order: 2, displayed: 4 },
          { ...settlement, order: 3, displayed: 6 },
        ],
      },
    ]);
    expect([1, 2, 3].map((order) => venue.displayed(INSTRUMENT, order))).toEqual([0, 4, 6]);
    expect(totals.corrections).toEqual({ removed: 1, restored: 1, resized: 1 });
  });
});
