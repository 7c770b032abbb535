/**
 * Abuse by trades: what moves a price or pretends an interest by executions. Written from MAR Annex I, 2016/522 Annex II,
 * FINRA 5210.02 and 6140, CEA 4c; without regard to how it is found.
 */
import { OrderType, TimeInForce } from '#trading/terms.ts';
import type { Side } from '#trading/terms.ts';
import type { Evasion } from './evasion.ts';
import { TYPICAL_LOTS } from './normal.ts';
import { SECOND, type Agent, type Trader, type World } from './world.ts';

/** Below it a price has not been moved on purpose, or in vain. */
const PRICE_MOVED_TICKS = 10;
const IOC = { tif: TimeInForce.ioc } as const;

/** A price between bid and ask, where nobody else is. */
function inside(world: World, instrument: number): number {
  return Math.floor(world.middle(instrument));
}

/** One sells to the other; `done` counts those that really met. */
function* cross(
  world: World,
  instrument: number,
  [seller, buyer]: readonly [Trader, Trader],
  [sold, bought]: readonly [number, number],
  waitMicros: number,
  done: { count: number },
): Agent {
  const sellsFirst = world.rng.int(2) === 0;
  // Without room between bid and ask somebody else would be hit: they wait for it.
  for (let wait = 0; wait < 100 && world.touch(instrument, 1) - world.touch(instrument, 0) < 2; wait++) yield 100_000;
  const price = inside(world, instrument);
  const first = sellsFirst
    ? world.place(seller, instrument, 1, sold, price)
    : world.place(buyer, instrument, 0, bought, price);
  yield waitMicros;
  const before = world.leaves(first);
  if (sellsFirst) world.place(buyer, instrument, 0, bought, price, IOC);
  else world.place(seller, instrument, 1, sold, price, IOC);
  const met = before - world.leaves(first);
  if (met > 0.2 * Math.min(sold, bought)) done.count++;
  world.cancel(first);
}

/** Buys from itself, through two brokers. */
export function* washTrades(world: World, instrument: number, e: Evasion, accounts: readonly Trader[]): Agent {
  const trades = 3 + world.rng.int(3);
  const done = { count: 0 };
  for (let trade = 0; trade < trades; trade++) {
    const size = e.size(TYPICAL_LOTS * 2);
    const other = e.isOther ? size * (0.5 + world.rng.float()) : size;
    const both = [accounts[trade % accounts.length], accounts[(trade + 1) % accounts.length]] as const;
    yield* cross(world, instrument, both, [size, other], e.wait(150_000), done);
    yield e.wait(3 * SECOND);
  }
  if (done.count < 2) world.abandon();
}

/** Two who agreed before meet in the market, again and again. */
export function* prearrangedTrades(world: World, instrument: number, e: Evasion, other: Trader): Agent {
  const trades = 5 + world.rng.int(3);
  const done = { count: 0 };
  for (let trade = 0; trade < trades; trade++) {
    const isReversed = e.isOther && trade % 2 === 1;
    const size = e.size(TYPICAL_LOTS * 2);
    const both = isReversed ? ([other, e.who(trade)] as const) : ([e.who(trade), other] as const);
    yield* cross(world, instrument, both, [size, size], e.wait(120_000), done);
    yield e.wait(6 * SECOND);
  }
  if (done.count < 3) world.abandon();
}

/** Two desks of one firm trade with each other, more often than chance would have it. */
export function* selfTrades(world: World, instrument: number, e: Evasion, desks: readonly Trader[]): Agent {
  const trades = 6 + world.rng.int(4);
  const done = { count: 0 };
  for (let trade = 0; trade < trades; trade++) {
    const size = e.size(TYPICAL_LOTS);
    const turn = e.isOther ? world.rng.int(2) : 0;
    yield* cross(
      world,
      instrument,
      [desks[turn], desks[turn ^ 1]],
      [size, e.size(TYPICAL_LOTS)],
      e.wait(400_000),
      done,
    );
    yield e.wait(8 * SECOND);
  }
  if (done.count < 3) world.abandon();
}

/** Takes what is offered at the best prices and `through` ticks further. */
function push(world: World, who: Trader, instrument: number, side: Side, size: number, through: number): void {
  const sign = side === 0 ? 1 : -1;
  world.place(who, instrument, side, size, world.touch(instrument, (side ^ 1) as Side) + sign * through, IOC);
}

/** Takes so much that the price goes: everything up to `through` ticks further, and a little more. Gives what it took. */
function carry(world: World, who: Trader, instrument: number, side: Side, e: Evasion, through: number): number {
  const there = world.depth(instrument, (side ^ 1) as Side, through);
  const size = there * 0.9 + e.size(TYPICAL_LOTS);
  push(world, who, instrument, side, size, through);
  return Math.min(size, there);
}

/** Positions itself, starts a trend by a burst of taking, and closes into those who follow it. */
export function* momentumIgnition(world: World, instrument: number, e: Evasion): Agent {
  const side = world.rng.int(2) as Side;
  push(world, e.who(0), instrument, side, e.size(TYPICAL_LOTS * 4), 1);
  yield e.wait(2 * SECOND);
  let taken = 0;
  const burst = 5 + world.rng.int(3);
  for (let act = 0; act < burst; act++) {
    taken += carry(world, e.who(act), instrument, side, e, 2);
    yield e.wait(250_000);
  }
  yield e.wait(SECOND);
  const exits = 4;
  for (let act = 0; act < exits; act++) {
    push(world, e.who(act), instrument, (side ^ 1) as Side, e.size(taken * 0.15), e.isOther ? 2 : 4);
    yield e.wait(1.2 * SECOND);
  }
}

/** Lifts the price step by step over minutes. */
export function* ramping(world: World, instrument: number, e: Evasion): Agent {
  const side = world.rng.int(2) as Side;
  const steps = 14 + world.rng.int(8);
  const sign = side === 0 ? 1 : -1;
  const begin = world.middle(instrument);
  for (let step = 0; step < steps; step++) {
    carry(world, e.who(step), instrument, side, e, 1 + world.rng.int(2));
    if (e.isOther)
      world.place(e.who(step), instrument, side, e.size(TYPICAL_LOTS * 2), world.touch(instrument, side) + sign);
    yield e.wait(5 * SECOND);
  }
  if ((world.middle(instrument) - begin) * sign < PRICE_MOVED_TICKS) world.abandon();
}

/** Trades in the last moments of the session to move the price it ends at. */
export function* markingTheClose(world: World, instrument: number, e: Evasion): Agent {
  const side = world.rng.int(2) as Side;
  const beforeMicros = e.isOther ? 9 * SECOND : 30 * SECOND;
  yield Math.max(1, world.closeMicros - beforeMicros - world.nowMicros);
  const acts = 6 + world.rng.int(3);
  for (let act = 0; act < acts && world.nowMicros < world.closeMicros - SECOND / 2; act++) {
    carry(world, e.who(act), instrument, side, e, 3);
    yield Math.min(e.wait((beforeMicros / acts) * 0.8), Math.max(1, world.closeMicros - SECOND / 2 - world.nowMicros));
  }
}

/** The same at the beginning; the other way is by orders in the opening auction. */
export function* markingTheOpen(world: World, instrument: number, e: Evasion): Agent {
  const side = world.rng.int(2) as Side;
  const sign = side === 0 ? 1 : -1;
  if (e.isOther) {
    for (let act = 0; act < 3; act++) {
      world.place(
        e.who(act),
        instrument,
        side,
        e.size(TYPICAL_LOTS * 12),
        world.value[instrument] + sign * (25 + world.rng.int(15)),
      );
      yield SECOND;
    }
  }
  yield Math.max(1, world.openMicros + SECOND / 2 - world.nowMicros);
  const acts = 5 + world.rng.int(3);
  for (let act = 0; act < acts; act++) {
    carry(world, e.who(act), instrument, side, e, 3);
    yield e.wait(2 * SECOND);
  }
}

/** Takes most of what is for sale until it holds what others must buy back, and the price follows. */
export function* squeeze(world: World, instrument: number, e: Evasion): Agent {
  const acts = 40 + world.rng.int(12);
  const begin = world.middle(instrument);
  for (let act = 0; act < acts; act++) {
    carry(world, e.who(act), instrument, 0, e, e.isOther ? 1 : 2);
    yield e.wait(4 * SECOND);
  }
  if (world.middle(instrument) - begin < PRICE_MOVED_TICKS) world.abandon();
}

/** Somebody who trades little trades very much for a minute. */
export function* unusualVolume(world: World, instrument: number, e: Evasion): Agent {
  const acts = 12 + world.rng.int(5);
  for (let act = 0; act < acts; act++) {
    const side = (e.isOther ? world.rng.int(2) : 0) as Side;
    push(world, e.who(act), instrument, side, e.size(TYPICAL_LOTS * 10), 2);
    yield e.wait(3 * SECOND);
  }
}

/** One order goes through the whole book and prints where nobody thought to trade. */
export function* unusualPrice(world: World, instrument: number, e: Evasion): Agent {
  const side = world.rng.int(2) as Side;
  const pieces = e.isOther || e.name === 'split accounts' ? 3 : 1;
  for (let piece = 0; piece < pieces; piece++) {
    const depth = world.depth(instrument, (side ^ 1) as Side, 45 + world.rng.int(25));
    push(world, e.who(piece), instrument, side, e.size(depth / pieces), 90 + world.rng.int(40));
    yield e.wait(30_000);
  }
}

/** A slip of the hand: a digit too many in the quantity, or a price far through the market. Taken back if it can be. */
export function* fatFinger(world: World, instrument: number, e: Evasion): Agent {
  const side = world.rng.int(2) as Side;
  const sign = side === 0 ? 1 : -1;
  const isPrice = world.rng.int(2) === 0;
  const price = isPrice
    ? world.touch(instrument, (side ^ 1) as Side) * (1 + sign * (0.08 + world.rng.float() * 0.3))
    : world.touch(instrument, side) - sign * (e.isOther ? 5 : 0);
  const order = world.place(
    e.who(0),
    instrument,
    side,
    isPrice ? e.size(TYPICAL_LOTS) : e.size(TYPICAL_LOTS * 200),
    price,
  );
  yield e.wait(3 * SECOND);
  world.cancel(order);
}

/** A broker throws a client's order at the market, whatever the price. */
export function* bestExecution(world: World, instrument: number, e: Evasion): Agent {
  const side = world.rng.int(2) as Side;
  const size = world.depth(instrument, (side ^ 1) as Side, 25 + world.rng.int(15)) + e.size(TYPICAL_LOTS);
  if (e.isOther) push(world, e.who(0), instrument, side, size, 40);
  else world.place(e.who(0), instrument, side, size, 0, { type: OrderType.market, tif: TimeInForce.ioc });
  yield SECOND;
}
