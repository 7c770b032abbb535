/**
 * Abuse by orders: what is entered to be seen, not to be executed. Written from MAR Annex I and the indicators of
 * 2016/522 Annex II, FINRA 5210.03 and RTS 9; without regard to how it is found.
 */
import { TimeInForce } from '#trading/terms.ts';
import type { Side } from '#trading/terms.ts';
import type { Evasion } from './evasion.ts';
import { TYPICAL_LOTS } from './normal.ts';
import { SECOND, type Agent, type Placed, type World } from './world.ts';

/** Trades on `side` by a small order at the best price, and takes what is there when nobody comes. */
function* genuineTrade(world: World, instrument: number, side: Side, e: Evasion): Agent {
  const sign = side === 0 ? 1 : -1;
  const room = world.touch(instrument, 1) - world.touch(instrument, 0) > 1 ? 1 : 0;
  const order = world.place(
    e.who(0),
    instrument,
    side,
    e.size(TYPICAL_LOTS),
    world.touch(instrument, side) + sign * room,
  );
  const full = world.leaves(order);
  const patienceMicros = world.nowMicros + 4 * SECOND;
  while (world.leaves(order) > full * 0.5 && world.nowMicros < patienceMicros) yield 50_000;
  if (world.leaves(order) < full) {
    world.cancel(order);
    return;
  }
  world.cancel(order);
  world.place(
    e.who(1),
    instrument,
    side,
    e.size(TYPICAL_LOTS),
    world.touch(instrument, (side ^ 1) as Side) + sign * 2,
    { tif: TimeInForce.ioc },
  );
}

function* takeAway(world: World, orders: readonly (Placed | undefined)[], e: Evasion, amends: boolean): Agent {
  const entered = orders.reduce((sum, order) => sum + (order?.quantity ?? 0), 0);
  const there = orders.reduce((sum, order) => sum + world.leaves(order), 0);
  if (there < entered * 0.8) world.abandon();
  for (const order of orders) {
    const sign = order?.side === 0 ? 1 : -1;
    if (amends) world.amend(order, (order?.priceTicks ?? 0) - sign * (150 + world.rng.int(100)));
    else world.cancel(order);
    yield e.wait(20_000);
  }
}

/** A large order on one side makes others believe in it; a small one on the other side is executed; the large one goes. */
export function* spoofing(world: World, instrument: number, e: Evasion): Agent {
  const genuine = world.rng.int(2) as Side;
  const fake = (genuine ^ 1) as Side;
  const sign = fake === 0 ? 1 : -1;
  const pieces = e.name === 'split accounts' || e.isOther ? 2 : 1;
  const away = 4 + world.rng.int(4);
  const large: (Placed | undefined)[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    const size = e.size((TYPICAL_LOTS * (16 + world.rng.int(20))) / pieces);
    large.push(world.place(e.who(piece + 1), instrument, fake, size, world.touch(instrument, fake) - sign * away));
    yield e.wait(100_000);
  }
  yield e.wait(300_000);
  yield* genuineTrade(world, instrument, genuine, e);
  yield e.wait(400_000);
  yield* takeAway(world, large, e, e.isOther);
}

/** The same with several orders at several prices. */
export function* layering(world: World, instrument: number, e: Evasion): Agent {
  const genuine = world.rng.int(2) as Side;
  const fake = (genuine ^ 1) as Side;
  const sign = fake === 0 ? 1 : -1;
  const layers = 4 + world.rng.int(3);
  const orders: (Placed | undefined)[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const price = world.touch(instrument, fake) - sign * (4 + layer);
    orders.push(world.place(e.who(layer), instrument, fake, e.size(TYPICAL_LOTS * 5), price));
    yield e.wait(80_000);
  }
  yield e.wait(300_000);
  yield* genuineTrade(world, instrument, genuine, e);
  yield e.wait(300_000);
  yield* takeAway(world, e.isOther ? orders.toReversed() : orders, e, e.isOther);
}

/** Floods the market with orders and cancels that serve nobody. */
export function* quoteStuffing(world: World, instrument: number, e: Evasion): Agent {
  const { rng } = world;
  const side = rng.int(2) as Side;
  const count = 110 + rng.int(40);
  for (let act = 0; act < count; act++) {
    const at = e.isOther ? (((side + (act % 2)) % 2) as Side) : side;
    const away = (at === 0 ? 1 : -1) * (2 + rng.int(8));
    const order = world.place(e.who(act), instrument, at, e.size(10), world.touch(instrument, at) - away);
    yield e.wait(3000);
    world.cancel(order);
    yield e.wait(2000);
  }
}

/** Small orders that look for hidden interest, and a large one when it is found. */
export function* pinging(world: World, instrument: number, e: Evasion): Agent {
  const { rng } = world;
  const side = rng.int(2) as Side;
  const other = (side ^ 1) as Side;
  const pings = 8 + rng.int(6);
  for (let ping = 0; ping < pings; ping++) {
    const sign = side === 0 ? 1 : -1;
    const inside = world.touch(instrument, other) - sign * (rng.float() < 0.6 ? 1 : 0);
    if (e.isOther) {
      const order = world.place(e.who(ping), instrument, side, e.size(6), inside);
      yield e.wait(30_000);
      world.cancel(order);
    } else world.place(e.who(ping), instrument, side, e.size(6), inside, { tif: TimeInForce.ioc });
    yield e.wait(150_000);
  }
  const through = side === 0 ? 2 : -2;
  world.place(e.who(0), instrument, side, e.size(TYPICAL_LOTS * 6), world.touch(instrument, other) + through, {
    tif: TimeInForce.ioc,
  });
}

/** FINRA 5210.03 (B): an order inside the spread lures others to its price, is taken away, and they are traded against. */
export function* smoking(world: World, instrument: number, e: Evasion): Agent {
  const { rng } = world;
  let hits = 0;
  for (let attempt = 0; attempt < 25 && hits < 3; attempt++) {
    yield e.wait(800_000);
    const side = rng.int(2) as Side;
    const sign = side === 0 ? 1 : -1;
    if (world.touch(instrument, 1) - world.touch(instrument, 0) < 2) continue;
    const lure = world.touch(instrument, side) + sign;
    const bait = world.place(e.who(attempt), instrument, side, e.size(60), lure);
    yield e.wait(250_000);
    const untouched = world.isLive(bait ?? noOrder) && world.leaves(bait) === bait?.quantity;
    if (e.isOther) world.amend(bait, lure - sign * 40);
    else world.cancel(bait);
    if (!untouched || world.best(instrument, side) !== lure) continue;
    yield e.wait(40_000);
    if (world.best(instrument, side) !== lure) continue;
    world.place(
      e.who(attempt + 1),
      instrument,
      (side ^ 1) as Side,
      Math.min(e.size(120), world.bestQuantity(instrument, side)),
      lure,
      {
        tif: TimeInForce.ioc,
      },
    );
    hits++;
  }
  if (hits < 2) world.abandon();
}
const noOrder: Placed = {
  slot: -1,
  generation: 0,
  trader: { account: 0, participant: 0, client: 0 },
  instrument: 0,
  side: 0,
  priceTicks: 0,
  quantity: 0,
};

/** RTS 9: far more orders than trades over the day, a few a second, never fast enough to be a flood. */
export function* orderToTrade(world: World, instrument: number, e: Evasion): Agent {
  const { rng } = world;
  const count = 130 + rng.int(40);
  for (let act = 0; act < count; act++) {
    const side = rng.int(2) as Side;
    const sign = side === 0 ? 1 : -1;
    const order = world.place(
      e.who(act),
      instrument,
      side,
      e.size(30),
      world.touch(instrument, side) - sign * (8 + rng.int(20)),
    );
    yield e.wait(600_000);
    if (e.isOther && world.amend(order, world.touch(instrument, side) - sign * 30)) yield e.wait(300_000);
    world.cancel(order);
    yield e.wait(900_000);
  }
}
