/**
 * Honest conduct that looks like abuse, one or more for each kind: what a careless detector would take for it. Never
 * labelled: every alert on it is a false one.
 */
import { TimeInForce } from '#trading/terms.ts';
import type { Side } from '#trading/terms.ts';
import type { Cast } from './cast.ts';
import { TYPICAL_LOTS, announce, lots } from './normal.ts';
import { SECOND, type Agent, type Placed, type Trader, type World } from './world.ts';

const IOC = { tif: TimeInForce.ioc } as const;

function take(world: World, who: Trader, instrument: number, side: Side, size: number, through: number): void {
  const sign = side === 0 ? 1 : -1;
  world.place(who, instrument, side, size, world.touch(instrument, (side ^ 1) as Side) + sign * through, IOC);
}

/** Spoofing's: a large order that its owner gives up after a while, without a trade on the other side. */
function* changedMind(world: World, who: Trader, instrument: number): Agent {
  const side = world.rng.int(2) as Side;
  const sign = side === 0 ? 1 : -1;
  const order = world.place(
    who,
    instrument,
    side,
    TYPICAL_LOTS * (15 + world.rng.int(25)),
    world.touch(instrument, side) - sign * (1 + world.rng.int(4)),
  );
  yield SECOND + world.rng.exponential(5 * SECOND);
  world.cancel(order);
}

/** Layering's: a ladder of orders on both sides, moved with the market after a fill. */
function* twoSidedLadder(world: World, who: Trader, instrument: number): Agent {
  for (let round = 0; round < 12; round++) {
    const orders: (Placed | undefined)[] = [];
    for (let level = 0; level < 4; level++) {
      orders.push(world.place(who, instrument, 0, TYPICAL_LOTS * 3, world.touch(instrument, 0) - level));
      orders.push(world.place(who, instrument, 1, TYPICAL_LOTS * 3, world.touch(instrument, 1) + level));
    }
    yield 500_000 + world.rng.exponential(SECOND);
    for (const order of orders) world.cancel(order);
  }
}

/** Stuffing's: a market maker that follows a fast market with many small changes, and trades. */
function* fastRequoting(world: World, who: Trader, instrument: number): Agent {
  for (let round = 0; round < 30; round++) {
    const bid = world.place(who, instrument, 0, TYPICAL_LOTS, world.touch(instrument, 0));
    const ask = world.place(who, instrument, 1, TYPICAL_LOTS, world.touch(instrument, 1));
    yield 40_000 + world.rng.exponential(40_000);
    world.cancel(bid);
    world.cancel(ask);
  }
}

/** Pinging's: an order router that takes small pieces where they are, for one client order. */
function* smallPieces(world: World, who: Trader, instrument: number): Agent {
  const side = world.rng.int(2) as Side;
  for (let piece = 0; piece < 12; piece++) {
    take(world, who, instrument, side, 5 + world.rng.int(15), 0);
    yield 200_000 + world.rng.exponential(400_000);
  }
}

/** Smoking's: somebody improves the price, is not filled, and takes the other side later because he needs to. */
function* impatientBuyer(world: World, who: Trader, instrument: number): Agent {
  const side = world.rng.int(2) as Side;
  const sign = side === 0 ? 1 : -1;
  const order = world.place(who, instrument, side, TYPICAL_LOTS, world.touch(instrument, side) + sign);
  yield 400_000 + world.rng.exponential(SECOND);
  world.cancel(order);
  take(world, who, instrument, side, TYPICAL_LOTS, 0);
}

/** Wash trading's, self trading's: two desks of one firm meet once, by chance. */
function* accidentalMatch(world: World, desks: readonly Trader[], instrument: number): Agent {
  const price = Math.floor(world.middle(instrument));
  world.place(desks[0], instrument, 1, TYPICAL_LOTS, price);
  yield 2 * SECOND;
  take(world, desks[1], instrument, 0, TYPICAL_LOTS * 2, 0);
}

/** Pre-arrangement's: a maker's quotes that the same client takes several times in a row. */
function* loyalTaker(world: World, who: Trader, instrument: number): Agent {
  const side = world.rng.int(2) as Side;
  for (let act = 0; act < 6; act++) {
    take(world, who, instrument, side, TYPICAL_LOTS * 2, 0);
    yield 3 * SECOND + world.rng.exponential(4 * SECOND);
  }
}

/** Momentum ignition's, ramping's: an urgent buyer with a reason, who keeps what it bought. */
function* urgentBuyer(world: World, who: Trader, instrument: number): Agent {
  const side = world.rng.int(2) as Side;
  for (let act = 0; act < 5; act++) {
    take(world, who, instrument, side, lots(world, 4), 2);
    yield 400_000 + world.rng.exponential(800_000);
  }
}

/** Front-running's: a desk that trades both ways all the time beside its client's orders, and one that hedges after. */
function* busyDesk(world: World, desk: Trader, client: Trader, instrument: number): Agent {
  const side = world.rng.int(2) as Side;
  for (let act = 0; act < 6; act++) {
    take(world, desk, instrument, world.rng.int(2) as Side, lots(world), 0);
    yield world.rng.exponential(SECOND);
  }
  take(world, client, instrument, side, TYPICAL_LOTS * 25, 6);
  yield SECOND;
  take(world, desk, instrument, (side ^ 1) as Side, lots(world, 2), 0);
}

/** A client's block that nobody ran ahead of. */
function* lonelyBlock(world: World, client: Trader, instrument: number): Agent {
  const side = world.rng.int(2) as Side;
  const sign = side === 0 ? 1 : -1;
  const order = world.place(
    client,
    instrument,
    side,
    10_000 + world.rng.int(8000),
    world.touch(instrument, (side ^ 1) as Side) + sign * 4,
  );
  yield 20 * SECOND;
  world.cancel(order);
}

/** Insider trading's: news that nobody knew of. */
function* honestNews(world: World, instrument: number): Agent {
  announce(world, instrument, (world.rng.int(2) === 0 ? -1 : 1) * (60 + world.rng.int(40)));
  yield SECOND;
}

/** Cross-product manipulation's: a hedge of equal size in the linked product. */
function* equalHedge(world: World, who: Trader, instrument: number, linked: number): Agent {
  const side = world.rng.int(2) as Side;
  for (let act = 0; act < 4; act++) {
    const size = lots(world, 3);
    take(world, who, instrument, side, size, 1);
    yield 50_000;
    take(world, who, linked, (side ^ 1) as Side, size, 1);
    yield 500_000 + world.rng.exponential(SECOND);
  }
}

/** Spawns all of them at random moments of the day, about `each` of a kind in the whole market. */
export function spawnHardNegatives(world: World, cast: Cast, each: number): void {
  const { rng } = world;
  const anyTime = (): number => 30 * SECOND + rng.float() * (world.sessionMicros - 90 * SECOND);
  const some = (make: (instrument: number) => Agent): void => {
    for (let count = 0; count < each; count++) world.spawn(make(rng.int(world.instruments)), anyTime());
  };
  const bank = (): Cast['banks'][number] => cast.banks[rng.int(cast.banks.length)];
  some((at) => changedMind(world, cast.suspect(rng), at));
  some((at) => twoSidedLadder(world, cast.suspect(rng), at));
  some((at) => fastRequoting(world, cast.suspect(rng), at));
  some((at) => smallPieces(world, cast.suspect(rng), at));
  some((at) => impatientBuyer(world, cast.suspect(rng), at));
  some((at) => accidentalMatch(world, cast.split(cast.firms[rng.int(cast.firms.length)]), at));
  some((at) => loyalTaker(world, cast.suspect(rng), at));
  some((at) => urgentBuyer(world, cast.suspect(rng), at));
  some((at) => {
    const { desk, clients } = bank();
    return busyDesk(world, desk, clients[rng.int(clients.length)], at);
  });
  some((at) => lonelyBlock(world, bank().clients[0], at));
  some((at) => honestNews(world, at));
  some((at) => equalHedge(world, cast.suspect(rng), at & ~1, at | 1));
}
