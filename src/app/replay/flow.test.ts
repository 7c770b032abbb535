import { describe, expect, it } from 'vitest';
import { PRICE_NONE, TradingStatus } from '#wire/market-data/record.ts';
import { Book } from './book.ts';
import { Flow } from './flow.ts';
import type { FlowStep } from './flow-rows.ts';
import { OrderTable } from './order-table.ts';
import { InstrumentPlan } from './plan.ts';
import { PriceGrid } from './price-grid.ts';
import { batchOf, type TestRecord } from './testing.ts';

/** Plans and expands events the way the two passes do; the steps of the flow, and the plan. */
function flowOf(events: readonly (readonly TestRecord[])[], marksEvents = true) {
  const plan = new InstrumentPlan(1);
  const planned = new Book(1, new OrderTable());
  for (const records of events) {
    const event = batchOf(records);
    plan.before(event, planned);
    for (let row = 0; row < event.count; row++) planned.apply(event, row);
    plan.after(event, planned);
  }
  const flow = new Flow(plan, marksEvents, 1000);
  const book = new Book(1, new OrderTable());
  const steps: FlowStep[] = [];
  for (const records of events) {
    const event = batchOf(records);
    steps.push(flow.expand(event, book));
    for (let row = 0; row < event.count; row++) book.apply(event, row);
  }
  return { plan, steps, last: steps[steps.length - 1] };
}

const bid = (order: number, price: number, quantity: number): TestRecord => ({
  kind: 'add',
  side: 'buy',
  order,
  price,
  quantity,
});
const ask = (order: number, price: number, quantity: number): TestRecord => ({
  ...bid(order, price, quantity),
  side: 'sell',
});
const trade = (side: 'buy' | 'sell' | 'none', order: number, price: number, quantity: number): TestRecord => ({
  kind: 'trade',
  side,
  order,
  price,
  quantity,
});
const fill = (side: 'buy' | 'sell' | 'none', order: number, price: number, quantity: number): TestRecord => ({
  ...trade(side, order, price, quantity),
  kind: 'fill',
});
const gone = (side: 'buy' | 'sell', order: number, quantity: number): TestRecord => ({
  kind: 'reduce',
  side,
  order,
  quantity,
});
const now = (record: TestRecord, price: number, quantity: number): TestRecord => ({
  ...record,
  kind: 'modify',
  price,
  quantity,
});

describe('the flow of a source that marks events', () => {
  it('makes an aggressor an immediate order of all it traded, at its worst price', () => {
    const { last } = flowOf([
      [ask(1, 100, 2)],
      [ask(2, 101, 5)],
      [
        trade('buy', 9, 100, 2),
        fill('sell', 1, 100, 2),
        trade('buy', 9, 101, 3),
        fill('sell', 2, 101, 3),
        gone('sell', 1, 2),
        now(ask(2, 0, 0), 101, 2),
      ],
    ]);
    expect(last.commands).toEqual([
      { kind: 'enter', order: 9, side: 0, price: 101, quantity: 5, displayed: 0, immediate: true },
    ]);
    expect(last.fills).toEqual([
      { order: 1, price: 100, quantity: 2 },
      { order: 2, price: 101, quantity: 3 },
    ]);
    expect(last.settlements.map(({ order, displayed }) => [order, displayed])).toEqual([
      [1, 0],
      [2, 2],
    ]);
  });

  it('makes an aggressor whose rest stays in the book one limit order', () => {
    const { last } = flowOf([
      [ask(1, 100, 2)],
      [trade('buy', 9, 100, 2), fill('sell', 1, 100, 2), gone('sell', 1, 2), bid(9, 100, 4)],
    ]);
    expect(last.commands).toEqual([
      { kind: 'enter', order: 9, side: 0, price: 100, quantity: 6, displayed: 0, immediate: false },
    ]);
  });

  it('makes a resting order that fills itself first an amend through the spread', () => {
    const { last } = flowOf([
      [ask(1, 100, 2)],
      [bid(5, 98, 3)],
      [
        trade('buy', 5, 100, 2),
        fill('buy', 5, 100, 2),
        fill('sell', 1, 100, 2),
        gone('sell', 1, 2),
        now(bid(5, 0, 0), 100, 1),
      ],
    ]);
    expect(last.commands).toEqual([{ kind: 'amend', order: 5, price: 100, open: 3 }]);
    expect(last.fills).toEqual([{ order: 1, price: 100, quantity: 2 }]);
  });

  it('cancels first what the venue cancelled to prevent a self-trade, with and without other trades', () => {
    const trades = flowOf([
      [ask(1, 100, 1)],
      [ask(2, 100, 1)],
      [trade('buy', 9, 100, 1), fill('sell', 2, 100, 1), gone('sell', 1, 1), gone('sell', 2, 1)],
    ]);
    expect(trades.last.commands.map(({ kind }) => kind)).toEqual(['cancel', 'enter']);
    const none = flowOf([[ask(1, 100, 1)], [bid(9, 100, 1), gone('sell', 1, 1)]]);
    expect(none.last.commands.map(({ kind }) => kind)).toEqual(['cancel', 'enter']);
  });

  it('keeps two aggressors of one event apart, in order', () => {
    const { last } = flowOf([
      [ask(1, 100, 2)],
      [
        trade('buy', 8, 100, 1),
        fill('sell', 1, 100, 1),
        trade('buy', 9, 100, 1),
        fill('sell', 1, 100, 1),
        gone('sell', 1, 2),
      ],
    ]);
    expect(last.commands.map((command) => command.kind === 'enter' && command.order)).toEqual([8, 9]);
  });

  it('enters an order as an iceberg when its later fills show that it was one', () => {
    const { plan, steps } = flowOf([
      [bid(1, 100, 4)],
      [trade('sell', 8, 100, 9), fill('buy', 1, 100, 9), now(bid(1, 0, 0), 100, 3)],
      [trade('sell', 9, 100, 3), fill('buy', 1, 100, 3), gone('buy', 1, 3)],
    ]);
    expect(plan.icebergs.get(1)).toEqual({ hidden: 8, displayed: 3 });
    expect(steps[0].commands[1]).toMatchObject({ kind: 'enter', order: 1, quantity: 12, displayed: 4 });
  });

  it('collects orders until the uncross, which stop orders join as market orders of the side that lacks volume', () => {
    const { plan, steps, last } = flowOf([
      [bid(1, 101, 2)],
      [ask(2, 99, 5)],
      [
        trade('none', 0, 100, 5),
        fill('none', 1, 100, 2),
        fill('none', 2, 100, 5),
        fill('none', 3, 100, 3),
        gone('buy', 1, 2),
        gone('sell', 2, 5),
      ],
      [bid(4, 100, 1)],
    ]);
    expect(plan.auctions).toEqual([{ from: 0, at: 2 }]);
    expect(steps[0].commands[0]).toEqual({ kind: 'phase', phase: 'collect' });
    expect(steps[2].commands).toEqual([
      { kind: 'enter', order: 3, side: 0, price: PRICE_NONE, quantity: 3, displayed: 0, immediate: false },
      { kind: 'phase', phase: 'uncross' },
    ]);
    expect(steps[2].auction).toBe(true);
    expect(last.commands).toHaveLength(1);
  });

  it('begins a later auction where the book became crossed', () => {
    const uncross = [
      trade('none', 0, 100, 1),
      fill('none', 5, 100, 1),
      fill('none', 6, 100, 1),
      gone('buy', 5, 1),
      gone('sell', 6, 1),
    ];
    const { plan } = flowOf([
      [ask(1, 100, 1)],
      [trade('buy', 2, 100, 1), fill('sell', 1, 100, 1), gone('sell', 1, 1)],
      [bid(4, 90, 1)],
      [bid(5, 101, 1)],
      [ask(6, 99, 1)],
      uncross,
    ]);
    expect(plan.auctions).toEqual([{ from: 4, at: 5 }]);
  });

  it('begins with continuous trading where there is no auction, and gives times since the epoch', () => {
    const { steps } = flowOf([[{ ...bid(1, 100, 1), timeMicros: 7 }]]);
    expect(steps[0].commands[0]).toEqual({ kind: 'phase', phase: 'continue' });
    expect(steps[0].timeMicros).toBe(1007);
  });

  it('clears, amends, reduces and cancels as recorded', () => {
    const { steps } = flowOf([
      [bid(1, 100, 5)],
      [now(bid(1, 0, 0), 99, 6)],
      [gone('buy', 1, 2)],
      [gone('buy', 1, 4)],
      [{ kind: 'clear' }],
    ]);
    expect(steps.slice(1).map(({ commands }) => commands)).toEqual([
      [{ kind: 'amend', order: 1, price: 99, open: 6 }],
      [{ kind: 'amend', order: 1, price: 99, open: 4 }],
      [{ kind: 'cancel', order: 1 }],
      [{ kind: 'clear' }],
    ]);
  });
});

describe('the flow of a source of single facts', () => {
  it('makes the executions of one moment one immediate order on the other side', () => {
    const execute = (order: number, quantity: number): TestRecord => ({ kind: 'execute', order, quantity });
    const { last } = flowOf(
      [[ask(1, 100, 2)], [ask(2, 101, 5)], [execute(1, 2), execute(2, 3), bid(9, 101, 1)]],
      false,
    );
    expect(last.commands).toEqual([
      { kind: 'enter', order: 'aggressor:0', side: 0, price: 101, quantity: 5, displayed: 0, immediate: true },
      { kind: 'enter', order: 9, side: 0, price: 101, quantity: 1, displayed: 0, immediate: false },
    ]);
    expect(last.settlements.map(({ order, displayed }) => [order, displayed])).toEqual([
      [1, 0],
      [2, 2],
    ]);
  });

  it('makes a replacement a cancel and a new order, and an auction’s execution a cancel', () => {
    const { steps } = flowOf(
      [
        [bid(1, 100, 5)],
        [{ kind: 'replace', order: 1, other: 2, price: 101, quantity: 7 }],
        [{ kind: 'execute', order: 2, quantity: 7, price: 90, flags: ['nonPrinting'] }],
      ],
      false,
    );
    expect(steps[1].commands).toEqual([
      { kind: 'cancel', order: 1 },
      { kind: 'enter', order: 2, side: 0, price: 101, quantity: 7, displayed: 0, immediate: false },
    ]);
    expect(steps[2].commands).toEqual([{ kind: 'cancel', order: 2 }]);
  });

  it('follows halts', () => {
    const status = (quantity: number): TestRecord[] => [{ kind: 'status', quantity }];
    const { steps } = flowOf(
      [[bid(1, 1, 1)], status(TradingStatus.halted), status(TradingStatus.quoting), status(TradingStatus.trading)],
      false,
    );
    expect(steps.slice(1).flatMap(({ commands }) => commands)).toEqual([
      { kind: 'phase', phase: 'halt' },
      { kind: 'phase', phase: 'collect' },
      { kind: 'phase', phase: 'continue' },
    ]);
  });
});

describe('the price grid of a plan', () => {
  it('has the largest step that all prices are multiples of', () => {
    const { plan } = flowOf([[bid(1, 4_800_250_000_000, 1)], [bid(2, 4_801_000_000_000, 1)]]);
    const grid = new PriceGrid(plan, -9);
    expect(grid).toMatchObject({ tickMantissa: 25, tickExponent: -2, shiftTicks: 0 });
    expect(grid.toTicks(4_800_250_000_000)).toBe(19_201);
    expect(grid.toPrice(19_201)).toBe(4_800_250_000_000);
  });

  it('is shifted so that prices at zero and below are ticks from 1 on', () => {
    const { plan } = flowOf([[bid(1, -30, 1)], [bid(2, 0, 1)], [ask(3, 15, 1)]]);
    const grid = new PriceGrid(plan, 0);
    expect([-30, 0, 15].map((price) => grid.toTicks(price))).toEqual([1, 3, 4]);
    expect([1, 3, 4].map((ticks) => grid.toPrice(ticks))).toEqual([-30, 0, 15]);
  });

  it('is refused where 32 bits cannot hold it', () => {
    expect(() => flowOf([[bid(1, 1, 1)], [bid(2, 2, 1)], [bid(3, 9_000_000_000, 1)]])).toThrow('do not fit a grid');
  });
});
