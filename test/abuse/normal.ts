/**
 * Honest flow: market makers that requote, a crowd of clients, funds that slice large orders, momentum traders, a hedger,
 * bank desks that serve clients, traders who join a better price. What each does is what surveillance must not mistake.
 */
import { INSTRUMENT_SHIFT, Instrument } from '#trading/instruments.ts';
import { MarketState, TimeInForce } from '#trading/terms.ts';
import type { Side } from '#trading/terms.ts';
import type { Cast } from './cast.ts';
import { MINUTE, SECOND, type Agent, type Placed, type Trader, type World } from './world.ts';

/** Orders of the crowd are a few of these. */
export const TYPICAL_LOTS = 100;
const SPREAD_HALF = 2;
const MAKER_LEVELS = 3;
/** Own orders that the crowd reconsiders at each act. */
const LIVE_LOOKS = 4;
const NEWS_PER_SESSION = 0.7;
/** Standard deviation of an instrument's value after a minute, ticks. */
const VALUE_TICKS_PER_MINUTE = 8;

/** Starts everyone's day. `perSecond` is how many orders the crowd of one instrument enters a second. */
export function spawnNormal(world: World, cast: Cast, perSecond: number): void {
  for (let instrument = 0; instrument < world.instruments; instrument++) {
    const at = instrument;
    world.spawn(valueOf(world, at));
    for (const maker of cast.makers) world.spawn(marketMaker(world, maker, at), world.rng.int(SECOND));
    for (let part = 0; part < 4; part++) world.spawn(crowd(world, cast, at, perSecond / 4), world.rng.int(SECOND));
    world.spawn(joiners(world, cast, at), world.rng.int(SECOND));
    world.spawn(closers(world, cast, at), world.rng.int(SECOND));
    for (const trader of cast.momentum) world.spawn(momentum(world, trader, at), world.rng.int(30 * SECOND));
    for (let fund = 0; fund < 2; fund++) world.spawn(institution(world, cast, at), world.rng.int(3 * MINUTE));
    if (at % 2 === 0 && at + 1 < world.instruments) world.spawn(hedger(world, cast.hedger, at, at + 1), SECOND);
  }
  for (const [at, firm] of cast.firms.entries()) {
    world.spawn(tradingFirm(world, firm, at < (cast.firms.length * 2) / 3 ? 2 : 40), world.rng.int(20 * SECOND));
  }
  for (const bank of cast.banks) world.spawn(bankDesk(world, bank), world.rng.int(20 * SECOND));
}

function isOpen(world: World, instrument: number): boolean {
  return world.state.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.state] === MarketState.continuous;
}

/** Sizes with a heavy tail around the typical one. */
export function lots(world: World, multiple = 1): number {
  return Math.max(
    5,
    Math.min(TYPICAL_LOTS * multiple * 0.5 * (1 - world.rng.float()) ** (-1 / 1.8), TYPICAL_LOTS * multiple * 8),
  );
}

function* valueOf(world: World, instrument: number): Agent {
  let newsMicros = world.nowMicros + world.rng.exponential(world.sessionMicros / NEWS_PER_SESSION);
  for (;;) {
    yield SECOND / 4;
    world.value[instrument] = Math.max(
      2000,
      world.value[instrument] + world.rng.normal(0, VALUE_TICKS_PER_MINUTE / Math.sqrt(240)),
    );
    if (world.nowMicros < newsMicros || world.nowMicros > world.closeMicros - 2 * MINUTE) continue;
    newsMicros = world.nowMicros + world.rng.exponential(world.sessionMicros / NEWS_PER_SESSION);
    announce(world, instrument, (world.rng.int(2) === 0 ? -1 : 1) * (30 + world.rng.exponential(30)));
  }
}

/** News: the value jumps, everyone who knows acts. */
export function announce(world: World, instrument: number, ticks: number): void {
  world.value[instrument] += ticks;
  world.tell({ kind: 'announcement', instrument, timeMicros: world.nowMicros });
}

function* marketMaker(world: World, trader: Trader, instrument: number): Agent {
  const { rng } = world;
  let quotes: (Placed | undefined)[] = [];
  let middle = 0;
  for (;;) {
    const fair = Math.round(world.value[instrument] * 0.6 + world.middle(instrument) * 0.4);
    const isStale = Math.abs(fair - middle) >= 1 || quotes.some((quote) => world.leaves(quote) === 0);
    if (isStale && world.nowMicros < world.closeMicros) {
      for (const quote of quotes) world.cancel(quote);
      middle = fair;
      quotes = [];
      for (let level = 0; level < MAKER_LEVELS; level++) {
        const away = SPREAD_HALF + rng.int(2) + level * 2;
        const size = TYPICAL_LOTS * (2 + level) * (0.8 + rng.float() * 0.4);
        quotes.push(
          world.place(trader, instrument, 0, size, fair - away),
          world.place(trader, instrument, 1, size, fair + away),
        );
      }
    }
    yield 300_000 + rng.exponential(700_000);
  }
}

function* crowd(world: World, cast: Cast, instrument: number, perSecond: number): Agent {
  const { rng } = world;
  const live: { order: Placed; until: number }[] = [];
  let turn = 0;
  for (;;) {
    const excited = Math.abs(world.value[instrument] - world.middle(instrument)) > 10 ? 4 : 1;
    yield rng.exponential(SECOND / perSecond / excited);
    for (let looks = 0; looks < LIVE_LOOKS && live.length > 0; looks++) {
      turn = (turn + 1) % live.length;
      if (live[turn].until > world.nowMicros && world.isLive(live[turn].order)) continue;
      world.cancel(live[turn].order);
      live[turn] = live[live.length - 1];
      live.pop();
    }
    const ahead = world.value[instrument] - world.middle(instrument);
    const informed = Math.abs(ahead) > 2 && rng.float() < 0.5;
    const side = (informed ? (ahead > 0 ? 0 : 1) : rng.int(2)) as Side;
    const sign = side === 0 ? 1 : -1;
    const trader = cast.clientOn(side, instrument);
    if (rng.float() < 0.12 || (informed && rng.float() < 0.4)) {
      const through = rng.float() < 0.9 ? 1 : 4;
      world.place(
        trader,
        instrument,
        side,
        lots(world, 0.8),
        world.touch(instrument, (side ^ 1) as Side) + sign * through,
        { tif: TimeInForce.ioc },
      );
      continue;
    }
    const away = Math.min(60, Math.floor(2 * ((1 - rng.float()) ** (-1 / 1.5) - 1)));
    const improves = rng.float() < 0.08 && world.touch(instrument, 1) - world.touch(instrument, 0) > 3 ? 1 : 0;
    // Now and then somebody leaves a large order and thinks better of it.
    const size = rng.float() < 0.004 ? TYPICAL_LOTS * (8 + rng.int(25)) : lots(world);
    const order = world.place(trader, instrument, side, size, world.touch(instrument, side) - sign * (away - improves));
    if (order !== undefined && live.length < 200)
      live.push({ order, until: world.nowMicros + 200_000 + rng.exponential(12 * SECOND) });
  }
}

/** Where somebody shows a better price, others join it. */
function* joiners(world: World, cast: Cast, instrument: number): Agent {
  const { rng } = world;
  const best = [world.best(instrument, 0), world.best(instrument, 1)];
  const orders: (Placed | undefined)[] = [];
  for (;;) {
    yield 40_000 + rng.exponential(60_000);
    for (const side of [0, 1] as const) {
      const now = world.best(instrument, side);
      const improved = best[side] !== 0 && now !== 0 && (side === 0 ? now > best[side] : now < best[side]);
      best[side] = now;
      if (!improved || rng.float() > 0.5) continue;
      orders.push(world.place(cast.clientOn(side, instrument), instrument, side, lots(world, 0.8), now));
      if (orders.length > 6) world.cancel(orders.shift());
    }
  }
}

function* momentum(world: World, trader: Trader, instrument: number): Agent {
  const { rng } = world;
  let position = 0;
  let earlier = world.lastTicks[instrument];
  for (;;) {
    yield 5 * SECOND + rng.exponential(10 * SECOND);
    if (!isOpen(world, instrument)) continue;
    const moved = world.lastTicks[instrument] - earlier;
    earlier = world.lastTicks[instrument];
    const wanted = Math.max(-600, Math.min(600, moved * 40));
    const change = wanted - position;
    if (Math.abs(change) < 60) continue;
    const side = change > 0 ? 0 : 1;
    const order = world.place(trader, instrument, side, Math.abs(change), world.touch(instrument, (side ^ 1) as Side), {
      tif: TimeInForce.ioc,
    });
    if (order !== undefined) position += change;
  }
}

/** A fund works a large order in slices, now passive, now taking, sometimes as an iceberg. */
function* institution(world: World, cast: Cast, instrument: number): Agent {
  const { rng } = world;
  for (;;) {
    const fund = cast.funds[rng.int(cast.funds.length)];
    const side = rng.int(2) as Side;
    const sign = side === 0 ? 1 : -1;
    let left = TYPICAL_LOTS * (20 + rng.exponential(40));
    const slice = TYPICAL_LOTS * (0.6 + rng.float());
    while (left > 0 && world.nowMicros < world.closeMicros) {
      const size = Math.min(left, slice * (0.7 + rng.float() * 0.6));
      const takes = rng.float() < 0.4;
      const price = takes ? world.touch(instrument, (side ^ 1) as Side) : world.touch(instrument, side);
      const shown = rng.float() < 0.2 ? { displayQuantity: Math.round(TYPICAL_LOTS * 0.5) } : {};
      const order = world.place(
        fund,
        instrument,
        side,
        size * (takes ? 1 : 2),
        price,
        takes ? { tif: TimeInForce.ioc } : shown,
      );
      left -= size;
      yield 2 * SECOND + rng.exponential(4 * SECOND);
      if (!takes && order !== undefined && Math.abs(world.touch(instrument, side) - order.priceTicks) * sign > 2)
        world.cancel(order);
    }
    yield rng.exponential(2 * MINUTE);
  }
}

/** Index funds trade at the end because the close is their price: patiently, and without moving it on purpose. */
function* closers(world: World, cast: Cast, instrument: number): Agent {
  const { rng } = world;
  yield Math.max(1, world.closeMicros - 90 * SECOND - world.nowMicros);
  const fund = cast.funds[rng.int(cast.funds.length)];
  const side = rng.int(2) as Side;
  while (world.nowMicros < world.closeMicros - SECOND) {
    const takes = rng.float() < 0.5;
    const price = takes ? world.touch(instrument, (side ^ 1) as Side) : world.touch(instrument, side);
    world.place(fund, instrument, side, lots(world, 1.5), price, takes ? { tif: TimeInForce.ioc } : {});
    yield 2 * SECOND + rng.exponential(3 * SECOND);
  }
}

/** Buys one and sells the other of two linked instruments when their values drift apart. */
function* hedger(world: World, trader: Trader, one: number, other: number): Agent {
  const { rng } = world;
  for (;;) {
    yield SECOND + rng.exponential(8 * SECOND);
    const apart = world.middle(one) - world.value[one] - (world.middle(other) - world.value[other]);
    if (Math.abs(apart) < 2) continue;
    const side = apart > 0 ? 1 : 0;
    const size = lots(world);
    world.place(trader, one, side, size, world.touch(one, (side ^ 1) as Side), { tif: TimeInForce.ioc });
    yield 5000;
    world.place(trader, other, (side ^ 1) as Side, size, world.touch(other, side), { tif: TimeInForce.ioc });
  }
}

/** A bank: its desk trades for itself on both sides, its clients send orders, and the two have nothing to do with each other. */
function* bankDesk(world: World, bank: Cast['banks'][number]): Agent {
  const { rng } = world;
  const resting: (Placed | undefined)[] = [];
  for (;;) {
    yield rng.exponential(1.5 * SECOND);
    const instrument = rng.int(world.instruments);
    const side = rng.int(2) as Side;
    const isClient = rng.float() < 0.5;
    const trader = isClient
      ? bank.clients[rng.int(bank.clients.length)]
      : rng.float() < 0.5
        ? bank.desk
        : bank.otherDesk;
    const size = isClient && rng.float() < 0.1 ? lots(world, 6) : lots(world);
    if (rng.float() < 0.5) {
      const sign = side === 0 ? 1 : -1;
      world.place(trader, instrument, side, size, world.touch(instrument, (side ^ 1) as Side) + sign * rng.int(3), {
        tif: TimeInForce.ioc,
      });
    } else resting.push(world.place(trader, instrument, side, size, world.touch(instrument, side)));
    if (resting.length > 40) world.cancel(resting.shift());
  }
}

/** A firm that trades a little of everything on its own account. */
function* tradingFirm(world: World, firm: Trader, meanSeconds: number): Agent {
  const { rng } = world;
  const resting: (Placed | undefined)[] = [];
  for (;;) {
    yield rng.exponential(meanSeconds * SECOND);
    const instrument = rng.int(world.instruments);
    const side = rng.int(2) as Side;
    const takes = rng.float() < 0.5;
    const price = world.touch(instrument, (takes ? side ^ 1 : side) as Side);
    const order = world.place(firm, instrument, side, lots(world), price, takes ? { tif: TimeInForce.ioc } : {});
    if (!takes) resting.push(order);
    if (resting.length > 10) world.cancel(resting.shift());
  }
}
