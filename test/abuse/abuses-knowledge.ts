/**
 * Abuse of knowledge and of links: ahead of a client, ahead of news, in one product for the sake of another; and the
 * cases that are looked up rather than recognised. Written from MAR art. 8 and 2016/522 Annex II, FINRA 5270, 5320.
 */
import { TimeInForce } from '#trading/terms.ts';
import type { Side } from '#trading/terms.ts';
import type { Bank } from './cast.ts';
import type { Evasion } from './evasion.ts';
import { TYPICAL_LOTS, announce } from './normal.ts';
import { SECOND, type Agent, type Trader, type World } from './world.ts';

const IOC = { tif: TimeInForce.ioc } as const;
/** FINRA 5270.01: a block is presumed from 10,000 shares. */
const BLOCK_LOTS = 10_000;

function take(world: World, who: Trader, instrument: number, side: Side, size: number, through: number): void {
  const sign = side === 0 ? 1 : -1;
  world.place(who, instrument, side, size, world.touch(instrument, (side ^ 1) as Side) + sign * through, IOC);
}

/** A desk that knows of its client's order buys first, and sells to whoever is left when the client has bought. */
export function* frontRunning(
  world: World,
  instrument: number,
  e: Evasion,
  bank: Bank,
  client: Trader,
  isBlock: boolean,
): Agent {
  const { rng } = world;
  const side = rng.int(2) as Side;
  const desks = e.name === 'split accounts' || e.isOther ? [bank.desk, bank.otherDesk] : [bank.desk];
  const acts = 2 + rng.int(2);
  const ahead = e.size(TYPICAL_LOTS * (isBlock ? 12 : 6));
  for (let act = 0; act < acts; act++) {
    take(world, desks[act % desks.length], instrument, side, ahead / acts, 2);
    yield e.wait((isBlock ? 1.5 : 0.8) * SECOND);
  }
  yield e.wait(1.5 * SECOND);
  if (isBlock) {
    const sign = side === 0 ? 1 : -1;
    const price = world.touch(instrument, (side ^ 1) as Side) + sign * 6;
    world.place(
      client,
      instrument,
      side,
      BLOCK_LOTS * (1 + rng.float()),
      price,
      e.isOther ? { displayQuantity: 1000 } : {},
    );
  } else {
    take(world, client, instrument, side, e.size(TYPICAL_LOTS * 35), 8);
  }
  yield e.wait(SECOND);
  if (isBlock && e.isOther) return;
  for (let act = 0; act < 2; act++) {
    take(world, desks[act % desks.length], instrument, (side ^ 1) as Side, ahead / 2, 4);
    yield e.wait(SECOND);
  }
}

/** Buys before news that it cannot know, and sells after. */
export function* insiderTrading(world: World, instrument: number, e: Evasion): Agent {
  const side = world.rng.int(2) as Side;
  const acts = 7 + world.rng.int(4);
  for (let act = 0; act < acts; act++) {
    if (e.isOther && act % 2 === 1)
      world.place(e.who(act), instrument, side, e.size(TYPICAL_LOTS * 4), world.touch(instrument, side));
    else take(world, e.who(act), instrument, side, e.size(TYPICAL_LOTS * 4), 1);
    yield e.wait(10 * SECOND);
  }
  announce(world, instrument, (side === 0 ? 1 : -1) * (60 + world.rng.int(40)));
  yield e.wait(15 * SECOND);
  for (let act = 0; act < 4; act++) {
    take(world, e.who(act), instrument, (side ^ 1) as Side, e.size(TYPICAL_LOTS * 5), 2);
    yield e.wait(2 * SECOND);
  }
}

/** Pushes one product while it trades a multiple of it the other way in the product that follows it. */
export function* crossProduct(world: World, instrument: number, e: Evasion, linked: number): Agent {
  const side = world.rng.int(2) as Side;
  const acts = 5 + world.rng.int(3);
  for (let act = 0; act < acts; act++) {
    take(
      world,
      e.who(act),
      instrument,
      side,
      world.depth(instrument, (side ^ 1) as Side, 1) * 0.9 + e.size(TYPICAL_LOTS),
      3,
    );
    yield e.wait(300_000);
    for (let times = 0; times < (e.isOther ? 2 : 1); times++) {
      take(world, e.who(act + 1), linked, (side ^ 1) as Side, e.size((TYPICAL_LOTS * 30) / (e.isOther ? 2 : 1)), 8);
      yield e.wait(300_000);
    }
  }
  for (let act = 0; act < 3; act++) {
    take(world, e.who(act), instrument, (side ^ 1) as Side, e.size(TYPICAL_LOTS * 6), 2);
    yield e.wait(800_000);
  }
}

/** Somebody on a restricted list enters an order. */
export function* restrictedOrder(world: World, instrument: number, e: Evasion, trader: Trader): Agent {
  const side = world.rng.int(2) as Side;
  take(world, trader, instrument, side, e.size(TYPICAL_LOTS), 0);
  yield SECOND;
}
