/**
 * Price bands and the volatility auctions that they lead to, in the reference engine.
 * Never touches an order.
 */
import { MarketState } from '#trading/terms.ts';
import type { Instrument, World } from './world.ts';

/** The dynamic band stays where it is while one order trades. */
export function beginBand(instrument: Instrument): void {
  instrument.bandReference = instrument.last === 0 ? instrument.reference : instrument.last;
}

export function breachesBand(instrument: Instrument, price: number): boolean {
  return (
    outside(price, instrument.bandReference, instrument.dynamicBand) ||
    outside(price, instrument.staticReference, instrument.staticBand)
  );
}

function outside(price: number, reference: number, basisPoints: number): boolean {
  if (basisPoints === 0) return false;
  return BigInt(Math.abs(price - reference)) * 10_000n > BigInt(reference) * BigInt(basisPoints);
}

/** Changes an instrument's state to volatilityAuction and sets its timer. */
export function startVolatilityAuction(world: World, instrument: Instrument, reason: number): void {
  tellState(world, instrument, MarketState.volatilityAuction, reason);
  if (instrument.volatilityMillis > 0) {
    instrument.auctionEnd = world.now + instrument.volatilityMillis * 1000;
    instrument.auctionBorn = world.serial++;
  }
}

/** Sets a new state and tells it. */
export function tellState(world: World, instrument: Instrument, state: number, reason: number): void {
  world.events.push({ kind: 'marketState', instrument: instrument.index, state, previous: instrument.state, reason });
  instrument.state = state;
  instrument.auctionEnd = 0;
  instrument.indicative = { price: 0, volume: 0, imbalance: 0 };
}
