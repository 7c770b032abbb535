/**
 * Where pegged orders stand: their price follows the displayed best prices.
 * Never displayed, and never trades by itself; see aftermath.ts for pegs that meet.
 */
import { OrderType, Side } from '#trading/terms.ts';
import { onTableDown, onTableUp } from './ticks.ts';
import type { Order, World } from './world.ts';
import { bestPrice } from './world.ts';

/** Best displayed prices of an instrument; 0 where a side is empty. */
export interface BestPrices {
  bid: number;
  ask: number;
}

export function bestPrices(world: World, instrument: number): BestPrices {
  return { bid: bestPrice(world, instrument, Side.buy), ask: bestPrice(world, instrument, Side.sell) };
}

/** The price of a peg, or undefined where it has none and does not trade. */
export function pegPrice(world: World, order: Order, bests: BestPrices): number | undefined {
  const instrument = world.instruments[order.instrument];
  const isBuy = order.side === Side.buy;
  const wanted = unrounded(order, bests);
  if (wanted === undefined) return undefined;
  const capped = order.price === 0 ? wanted : isBuy ? Math.min(wanted, order.price) : Math.max(wanted, order.price);
  const bands = world.tables.get(instrument.tickTable)!;
  const price = isBuy ? onTableDown(bands, capped) : onTableUp(bands, capped);
  return price >= instrument.minTicks && price <= instrument.maxTicks ? price : undefined;
}

function unrounded(order: Order, { bid, ask }: BestPrices): number | undefined {
  const isBuy = order.side === Side.buy;
  if (order.type === OrderType.pegPrimary) {
    const own = isBuy ? bid : ask;
    if (own === 0) return undefined;
    return isBuy ? own - order.pegOffset : own + order.pegOffset;
  }
  if (bid === 0 || ask === 0) return undefined;
  return isBuy ? Math.floor((bid + ask) / 2) : Math.ceil((bid + ask) / 2);
}
