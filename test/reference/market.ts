/**
 * Market states in the reference engine: which changes are allowed, and what each brings.
 */
import { Code } from '#trading/codes.ts';
import { MarketState, TimeInForce } from '#trading/terms.ts';
import { enterHeld } from './aftermath.ts';
import { uncross } from './auction.ts';
import { startVolatilityAuction, tellState } from './bands.ts';
import { cancel } from './lifecycle.ts';
import type { Instrument, Order, World } from './world.ts';
import { bySlot, isCallPhase } from './world.ts';

const { closed, preOpen, openingAuction, continuous, volatilityAuction, halt, closingAuction } = MarketState;

const ALLOWED: Record<number, readonly number[]> = {
  [closed]: [preOpen],
  [preOpen]: [openingAuction, continuous, closed],
  [openingAuction]: [continuous, halt],
  [continuous]: [volatilityAuction, halt, closingAuction, closed],
  [volatilityAuction]: [continuous, halt, closingAuction],
  [halt]: [preOpen, openingAuction, volatilityAuction, closed],
  [closingAuction]: [closed, halt],
};

export function mayChange(instrument: Instrument, state: number): boolean {
  return ALLOWED[instrument.state].includes(state);
}

/** Changes an instrument's state; the caller has seen that it may. */
export function changeState(world: World, instrument: Instrument, state: number, reason: number): void {
  const previous = instrument.state;
  if (state === volatilityAuction) startVolatilityAuction(world, instrument, reason);
  else tellState(world, instrument, state, reason);
  if (state === continuous && isCallPhase(previous)) leaveAuction(world, instrument, previous);
  if (state === closingAuction) enterHeld(world, instrument);
  if (state === halt && previous === closingAuction) holdAgain(world, instrument);
  if (state === closed) close(world, instrument, previous);
}

function cancelWhere(world: World, instrument: Instrument, reason: number, goes: (order: Order) => boolean): void {
  for (const order of bySlot(world.orders)) {
    if (order.instrument === instrument.index && order.place !== 'done' && goes(order)) cancel(world, order, reason);
  }
}

function leaveAuction(world: World, instrument: Instrument, previous: number): void {
  uncross(world, instrument);
  const opening = previous === openingAuction || previous === preOpen;
  cancelWhere(
    world,
    instrument,
    Code.auctionEnded,
    (order) => order.place === 'market' || (opening && order.tif === TimeInForce.atOpen),
  );
}

/** At-close orders of an interrupted closing auction wait for the next one. */
function holdAgain(world: World, instrument: Instrument): void {
  for (const order of world.orders) {
    if (order.instrument !== instrument.index || order.tif !== TimeInForce.atClose) continue;
    order.place = 'held';
    order.displayed = 0;
  }
}

function close(world: World, instrument: Instrument, previous: number): void {
  if (previous === closingAuction) uncross(world, instrument);
  cancelWhere(
    world,
    instrument,
    Code.auctionEnded,
    (order) => order.tif === TimeInForce.atClose || order.tif === TimeInForce.atOpen || order.place === 'market',
  );
  expireDayOrders(world, instrument);
}

export function expireDayOrders(world: World, instrument: Instrument): void {
  cancelWhere(world, instrument, Code.dayEnded, (order) => order.tif === TimeInForce.day);
}
