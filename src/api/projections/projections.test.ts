/** Projections from made-up events: what they keep, what they forget, and where pages begin and end. */
import { describe, expect, it } from 'vitest';
import { CommandKind, NEW_ORDER_EXTRAS_WORDS, NewOrder, writeHeader, writeWide } from '#trading/commands.ts';
import {
  EventKind,
  EXECUTION_REFUSED_WORDS,
  EXECUTION_WORDS,
  ExecType,
  Execution,
  OrderStatus,
  Trade,
  TRADE_WORDS,
} from '#trading/events.ts';
import { Batches } from './batches.ts';
import { Candles, CANDLES_MAX } from './candles.ts';
import { Executions, EXECUTIONS_MAX } from './executions.ts';
import { idText, orderIdText, parseId, parseOrderId, type AppliedCommand } from './feed.ts';
import { ORDER_CHANGES_MAX, OrderHistory, ORDERS_MAX } from './order-history.ts';
import { Ring } from './ring.ts';
import { Stats } from './stats.ts';
import { Tape, TAPE_TRADES_MAX } from './tape.ts';

const MINUTE = 60_000_000;

function commandAt(sequence: number, timeMicros: number, kind: CommandKind = CommandKind.newOrder): AppliedCommand {
  const words = new Int32Array(NEW_ORDER_EXTRAS_WORDS);
  writeHeader(words, 0, kind, NEW_ORDER_EXTRAS_WORDS, 0, 0);
  return { sequence, timeMicros, words, at: 0 };
}

function trade(ticks: number, quantity: number, fields: Partial<Record<keyof typeof Trade, number>> = {}): Int32Array {
  const words = new Int32Array(TRADE_WORDS);
  words[0] = EventKind.trade | (TRADE_WORDS << 16);
  words[Trade.priceTicks] = ticks;
  words[Trade.quantity] = quantity;
  for (const [field, value] of Object.entries(fields)) words[Trade[field as keyof typeof Trade]] = value;
  return words;
}

function execution(fields: Partial<Record<keyof typeof Execution, number>>, length = EXECUTION_WORDS): Int32Array {
  const words = new Int32Array(length);
  words[0] = EventKind.execution | (length << 16);
  for (const [field, value] of Object.entries(fields)) words[Execution[field as keyof typeof Execution]] = value;
  return words;
}

describe('a ring', () => {
  it('keeps the newest entries and says which', () => {
    const ring = new Ring(4, 1);
    for (let value = 0; value < 6; value++) ring.set(ring.append(), 0, value);
    expect([ring.oldest, ring.next]).toEqual([2, 6]);
    expect([ring.has(1), ring.has(2), ring.has(6)]).toEqual([false, true, false]);
    expect(ring.get(2, 0)).toBe(2);
  });
});

describe('identifiers', () => {
  it('keep 64 bits as decimal text', () => {
    expect(idText(-1, -1)).toBe('18446744073709551615');
    expect(parseId('18446744073709551615')).toEqual({ low: -1, high: -1 });
    expect(parseId('18446744073709551616')).toBeUndefined();
    expect(idText(5, 0)).toBe('5');
  });

  it('of orders are slot and generation, also of the highest generation', () => {
    expect(orderIdText(7, -1)).toBe('7-4294967295');
    expect(parseOrderId('7-4294967295')).toEqual({ slot: 7, generation: -1 });
    expect(orderIdText(7, 0)).toBeNull();
    for (const text of ['7', '7-0', '-1-1', '7-4294967296', 'x-1']) expect(parseOrderId(text)).toBeUndefined();
  });
});

describe('the tape', () => {
  it('gives the last trades page by page and forgets the oldest', () => {
    const tape = new Tape();
    for (let index = 0; index < TAPE_TRADES_MAX + 10; index++) {
      tape.onEvent(commandAt(index, index), trade(index + 1, 1), 0);
    }
    const first = tape.trades(0, 3);
    expect(first.map((row) => row.priceTicks)).toEqual([2058, 2057, 2056]);
    expect(tape.trades(0, 1, first[2].entry)[0].priceTicks).toBe(2055);
    expect(tape.trades(0, 10_000)).toHaveLength(TAPE_TRADES_MAX);
    expect(tape.tradesFrom(0, 0)[0].priceTicks).toBe(11);
    expect(tape.trades(5, 10)).toEqual([]);
  });

  it('counts the day without corrections, and begins anew at the day roll', () => {
    const tape = new Tape();
    tape.onEvent(commandAt(1, 5), trade(100, 10), 0);
    tape.onEvent(commandAt(2, 6), trade(101, 20), 0);
    tape.onEvent(commandAt(3, 7), trade(100, 10, { correction: 1 }), 0);
    expect(tape.day(0)).toEqual({ openTicks: 100, volume: 30, trades: 2, lastQuantity: 20, lastTimeMicros: 6 });
    tape.onCommand(commandAt(4, 8, CommandKind.dayRoll));
    expect(tape.day(0).volume).toBe(0);
  });
});

describe('candles', () => {
  it('open, close, reach and count what traded in their interval', () => {
    const candles = new Candles();
    const at = 10 * MINUTE;
    for (const [offset, ticks] of [
      [0, 100],
      [1, 104],
      [2, 97],
      [59_000_000, 101],
      [MINUTE, 102],
    ]) {
      candles.onEvent(commandAt(1, at + offset), trade(ticks, 5), 0);
    }
    expect(candles.candles(0, '1m', 10)).toMatchObject([
      { startMicros: at, openTicks: 100, highTicks: 104, lowTicks: 97, closeTicks: 101, volume: 20, trades: 4 },
      { startMicros: at + MINUTE, openTicks: 102, closeTicks: 102, volume: 5, trades: 1 },
    ]);
    expect(candles.candles(0, '5m', 10)).toMatchObject([{ startMicros: at, volume: 25 }]);
    expect(candles.candles(0, '1m', 1)).toMatchObject([{ openTicks: 102 }]);
  });

  it('are forgotten beyond the maximum', () => {
    const candles = new Candles();
    for (let second = 0; second < CANDLES_MAX + 5; second++) {
      candles.onEvent(commandAt(1, second * 1_000_000), trade(100, 1), 0);
    }
    expect(candles.candles(0, '1s', 1_000_000)).toHaveLength(CANDLES_MAX);
    expect(candles.candles(0, '1s', 1_000_000)[0].startMicros).toBe(5_000_000);
  });
});

describe('executions', () => {
  it('are found by account and instrument, page by page', () => {
    const executions = new Executions();
    for (let index = 0; index < 10; index++) {
      const event = execution({ account: index % 2, instrument: index % 3, lastQuantity: index % 5 });
      executions.onEvent(commandAt(index + 1, index), event, 0, 0);
    }
    const page = executions.find({ account: 0 }, 3);
    expect(page.rows.map((row) => row.sequence)).toEqual([9, 7, 5]);
    const rest = executions.find({ account: 0, before: page.next }, 3);
    expect(rest.rows.map((row) => row.sequence)).toEqual([3, 1]);
    expect(rest.next).toBeUndefined();
    expect(executions.find({ accounts: new Set([1]), tradesOnly: true }, 10).rows.map((row) => row.sequence)).toEqual([
      10, 8, 4, 2,
    ]);
  });

  it('of one command are found by its sequence, with their limits', () => {
    const executions = new Executions();
    for (let sequence = 1; sequence <= 50; sequence++) {
      for (let index = 0; index < sequence % 3; index++) {
        const event = execution({ reason: 51 }, EXECUTION_REFUSED_WORDS);
        writeWide(event, Execution.limitLow, 7_000_000_000);
        executions.onEvent(commandAt(sequence, 0), event, 0, index);
      }
    }
    expect(executions.ofCommand(3)).toEqual([]);
    expect(executions.ofCommand(5).map((row) => [row.sequence, row.index])).toEqual([
      [5, 0],
      [5, 1],
    ]);
    expect(executions.ofCommand(49)[0].limits).toEqual({ limit: 7_000_000_000, value: 0, used: 0 });
    expect(executions.ofCommand(51)).toEqual([]);
  });

  it('beyond the maximum are forgotten', () => {
    const executions = new Executions();
    const event = execution({});
    for (let sequence = 1; sequence <= EXECUTIONS_MAX + 3; sequence++) {
      executions.onEvent(commandAt(sequence, 0), event, 0, 0);
    }
    expect(executions.row(2)).toBeUndefined();
    expect(executions.row(3)?.sequence).toBe(4);
    expect(executions.ofCommand(3)).toEqual([]);
  });
});

describe('the order history', () => {
  const created = (slot: number, fields: Partial<Record<keyof typeof Execution, number>> = {}): Int32Array =>
    execution({
      execType: ExecType.new,
      orderSlot: slot,
      orderGeneration: 1,
      leavesQuantity: 10,
      clOrdIdLow: slot,
      ...fields,
    });

  it('follows an order from its entry to its end', () => {
    const orders = new OrderHistory();
    const command = commandAt(7, 100);
    command.words[NewOrder.clOrdIdLow] = 3;
    command.words[NewOrder.stopTicks] = 55;
    orders.onEvent(command, created(3, { priceTicks: 50 }), 0);
    const fill = { orderSlot: 3, orderGeneration: 1, execType: ExecType.trade, lastTicks: 50, priceTicks: 50 };
    const status = OrderStatus.partiallyFilled;
    orders.onEvent(
      commandAt(8, 200),
      execution({ ...fill, lastQuantity: 4, leavesQuantity: 6, cumQuantity: 4, status }),
      0,
    );
    expect(orders.find(3, 1)).toMatchObject({
      quantity: 10,
      leaves: 6,
      cum: 4,
      averageTicks: 50,
      stopTicks: 55,
      sequence: 7,
    });
    expect(orders.liveCount).toBe(1);
    const end = { execType: ExecType.canceled, status: OrderStatus.canceled, cumQuantity: 4, reason: 110 };
    orders.onEvent(commandAt(9, 300), execution({ orderSlot: 3, orderGeneration: 1, ...end }), 0);
    expect(orders.find(3, 1)).toMatchObject({
      quantity: 10,
      leaves: 0,
      cum: 4,
      createdMicros: 100,
      updatedMicros: 300,
    });
    expect(orders.liveCount).toBe(0);
    expect(orders.list({ status: 'done' }, 10).rows).toHaveLength(1);
    expect(orders.list({ status: 'live' }, 10).rows).toEqual([]);
  });

  it('takes a slot that is used again for another order', () => {
    const orders = new OrderHistory();
    orders.onEvent(commandAt(1, 1), created(3), 0);
    orders.onEvent(commandAt(2, 2), created(3, { orderGeneration: 2 }), 0);
    expect(orders.list({ status: 'all' }, 10).rows).toHaveLength(2);
  });

  it('leaves out refusals: they are executions, not orders', () => {
    const orders = new OrderHistory();
    orders.onEvent(commandAt(1, 1), execution({ execType: ExecType.rejected }), 0);
    orders.onEvent(
      commandAt(2, 2),
      execution({ execType: ExecType.requestRejected, orderSlot: 1, orderGeneration: 1 }),
      0,
    );
    expect(orders.list({ status: 'all' }, 10).rows).toEqual([]);
  });

  it('knows orders that were there before, but not what they traded at', () => {
    const orders = new OrderHistory();
    const order = {
      slot: 1,
      generation: 1,
      account: 0,
      instrument: 0,
      session: 0,
      terms: 0,
      clOrdIdLow: 9,
      clOrdIdHigh: 0,
    };
    const rest = {
      leaves: 5,
      cum: 5,
      priceTicks: 50,
      stopTicks: 0,
      displayQuantity: 0,
      status: OrderStatus.partiallyFilled,
    };
    orders.seed({ ...order, ...rest });
    expect(orders.findByClientId(0, 9, 0)).toMatchObject({ quantity: 10, averageTicks: 0, createdMicros: 0 });
    const fill = { orderSlot: 1, orderGeneration: 1, execType: ExecType.trade, lastTicks: 50, lastQuantity: 5 };
    orders.onEvent(commandAt(1, 1), execution({ ...fill, cumQuantity: 10, status: OrderStatus.filled }), 0);
    expect(orders.find(1, 1)?.averageTicks).toBe(0);
    expect(orders.liveCount).toBe(0);
  });

  it('carries live orders over when it is full, and forgets the oldest that ended', () => {
    const orders = new OrderHistory();
    orders.onEvent(commandAt(1, 1), created(0), 0);
    for (let slot = 1; slot <= ORDERS_MAX + 100; slot++) {
      orders.onEvent(commandAt(slot + 1, slot), created(slot), 0);
      const end = { execType: ExecType.canceled, status: OrderStatus.canceled, orderSlot: slot, orderGeneration: 1 };
      orders.onEvent(commandAt(slot + 1, slot), execution(end), 0);
    }
    expect(orders.find(0, 1)).toMatchObject({ leaves: 10, createdMicros: 1 });
    expect(orders.find(1, 1)).toBeUndefined();
    expect(orders.liveCount).toBe(1);
    expect(orders.list({ status: 'live' }, 10).rows.map((row) => row.slot)).toEqual([0]);
  });

  it('tells what changed since, until that is too long ago', () => {
    const orders = new OrderHistory();
    orders.onEvent(commandAt(1, 1), created(1), 0);
    const from = orders.nextChange;
    orders.onEvent(commandAt(2, 2), created(2), 0);
    orders.onEvent(commandAt(3, 3), execution({ execType: ExecType.replaced, orderSlot: 2, orderGeneration: 1 }), 0);
    const changed = [...(orders.changedSince(from) ?? [])].map((entry) => orders.row(entry)?.slot);
    expect(changed).toEqual([2]);
    for (let change = 0; change <= ORDER_CHANGES_MAX; change++) orders.onEvent(commandAt(4, 4), created(2), 0);
    expect(orders.changedSince(from)).toBeUndefined();
  });
});

describe('batches', () => {
  const stamps = { matchedNanos: 1, writtenNanos: 2, ackedNanos: 3 };
  it('get their stamps from the batch that follows them', () => {
    const batches = new Batches();
    batches.onBatch({
      epoch: 1,
      firstSequence: 1,
      count: 3,
      timeMicros: 10,
      previous: { matchedNanos: 0, writtenNanos: 0, ackedNanos: 0 },
    });
    expect(batches.find(2)).toMatchObject({ firstSequence: 1, stamps: undefined });
    batches.onBatch({ epoch: 1, firstSequence: 4, count: 1, timeMicros: 20, previous: stamps });
    expect(batches.find(3)).toMatchObject({ firstSequence: 1, count: 3, stamps });
    expect(batches.find(5)).toBeUndefined();
    expect(batches.find(0)).toBeUndefined();
  });

  it('get none from a batch of another leadership', () => {
    const batches = new Batches();
    batches.onBatch({ epoch: 1, firstSequence: 1, count: 3, timeMicros: 10, previous: stamps });
    batches.onBatch({ epoch: 2, firstSequence: 4, count: 1, timeMicros: 20, previous: stamps });
    expect(batches.find(1)?.stamps).toBeUndefined();
  });
});

describe('statistics', () => {
  const nothing = {
    wireToAckP50Micros: null,
    wireToAckP99Micros: null,
    durableLagMicros: null,
    replicaLagMicros: null,
    connectedSessions: null,
  };

  it('are per second of the time that went by', () => {
    const stats = new Stats();
    stats.restart(0);
    for (let index = 0; index < 10; index++) stats.onCommand(commandAt(index, 0));
    stats.onCommand(commandAt(10, 0, CommandKind.clock));
    stats.onEvent(commandAt(10, 0), execution({ execType: ExecType.rejected }), 0);
    stats.onEvent(commandAt(10, 0), trade(1, 1), 0);
    stats.close(2_000_000, { ...nothing, wireToAckP50Micros: 12.5 });
    stats.close(3_000_000, nothing);
    expect(stats.samples(10)).toMatchObject([
      { commandsPerSecond: 5.5, ordersPerSecond: 5, tradesPerSecond: 0.5, rejectShare: 0.1, wireToAckP50Micros: 12.5 },
      { commandsPerSecond: 0, rejectShare: 0, wireToAckP50Micros: null, journalSequence: 10 },
    ]);
  });

  it('leave out what was counted while catching up', () => {
    const stats = new Stats();
    for (let index = 0; index < 1000; index++) stats.onCommand(commandAt(index, 0));
    stats.restart(5_000_000);
    stats.close(6_000_000, nothing);
    expect(stats.samples(1)[0].commandsPerSecond).toBe(0);
  });
});
