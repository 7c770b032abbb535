/**
 * Call auctions: the price of greatest executable volume, then least imbalance, then nearest to the reference, then the
 * lower; and the uncross at that price. Market orders count at every price, icebergs in full.
 */
import { Account } from './accounts.ts';
import { reductionLeft, takesTrade } from './encounter.ts';
import { Code } from './codes.ts';
import { ExecType } from './events.ts';
import { execute } from './execution.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { finish } from './lifecycle.ts';
import { Order, Place } from './order-store.ts';
import { referenceTicks } from './risk.ts';
import { s } from './state.ts';
import { Side } from './terms.ts';

/** What an auction would do now: `ticks` and `volume` are 0 when nothing would trade. */
export interface Clearing {
  ticks: number;
  volume: number;
  /** Buy surplus positive, sell surplus negative. */
  imbalance: number;
}

interface Depth {
  prices: number[];
  quantities: number[];
}

/** Open lots of a list or a level, hidden parts included. */
function openLots(first: number): number {
  let sum = 0;
  for (let slot = first; slot >= 0; slot = s.orders.word(slot, Order.next)) sum += s.orders.word(slot, Order.leaves);
  return sum;
}

/** Prices of one side from its best on, with their open lots. */
function depthOf(ladder: number): Depth {
  const depth: Depth = { prices: [], quantities: [] };
  let level = s.ladders.best(ladder) === 0 ? -1 : s.ladders.bestLevel(ladder);
  for (; level >= 0; level = s.ladders.nextLevel(level)) {
    depth.prices.push(s.ladders.priceOf(level));
    depth.quantities.push(openLots(s.ladders.head(level)));
  }
  return depth;
}

export function findClearing(instrument: number): Clearing {
  const bids = depthOf(instrument << 2);
  const asks = depthOf((instrument << 2) | 1);
  const marketBuys = openLots(s.instruments.listHead(instrument, Place.auctionBuys));
  const marketSells = openLots(s.instruments.listHead(instrument, Place.auctionSells));
  const reference = referenceTicks(instrument);
  const best: Clearing = { ticks: 0, volume: 0, imbalance: 0 };
  let candidates = [...new Set([...bids.prices, ...asks.prices])].toSorted((left, right) => left - right);
  if (candidates.length === 0) candidates = [reference];
  let demand = marketBuys + bids.quantities.reduce((sum, lots) => sum + lots, 0);
  let supply = marketSells;
  let bid = bids.prices.length - 1;
  let ask = 0;
  for (const ticks of candidates) {
    while (ask < asks.prices.length && asks.prices[ask] <= ticks) supply += asks.quantities[ask++];
    while (bid >= 0 && bids.prices[bid] < ticks) demand -= bids.quantities[bid--];
    const volume = Math.min(demand, supply);
    const imbalance = demand - supply;
    if (volume === 0 || volume < best.volume) continue;
    if (volume === best.volume && !isNearer(best, ticks, imbalance, reference)) continue;
    best.ticks = ticks;
    best.volume = volume;
    best.imbalance = imbalance;
  }
  return best;
}

/** Whether a price of equal volume is the better choice; candidates come in rising order, so a tie keeps the lower. */
function isNearer(best: Clearing, ticks: number, imbalance: number, reference: number): boolean {
  const difference = Math.abs(imbalance) - Math.abs(best.imbalance);
  if (difference !== 0) return difference < 0;
  return Math.abs(ticks - reference) < Math.abs(best.ticks - reference);
}

/** The order of a side that is served next at an auction price, or -1. */
function nextServed(instrument: number, side: number, ticks: number): number {
  const market = s.instruments.listHead(instrument, Place.auctionBuys + side);
  if (market >= 0) return market;
  const ladder = (instrument << 2) | side;
  const best = s.ladders.best(ladder);
  if (best === 0 || (side === Side.buy ? best < ticks : best > ticks)) return -1;
  return s.ladders.head(s.ladders.bestLevel(ladder));
}

/** Trades everything that can trade, at one price a round, until nothing is executable. */
export function uncross(instrument: number): void {
  const at = instrument << INSTRUMENT_SHIFT;
  for (;;) {
    const clearing = findClearing(instrument);
    if (clearing.volume === 0) return;
    let left = clearing.volume;
    let traded = 0;
    while (left > 0) {
      const buy = nextServed(instrument, Side.buy, clearing.ticks);
      const sell = nextServed(instrument, Side.sell, clearing.ticks);
      if (buy < 0 || sell < 0) break;
      const quantity = pair(buy, sell, clearing.ticks, left);
      left -= quantity;
      traded += quantity;
    }
    if (traded > 0) s.instruments.words[at + Instrument.staticReferenceTicks] = clearing.ticks;
  }
}

/** Trades two orders in an auction, or ends one that may not; how many lots traded. */
function pair(buy: number, sell: number, ticks: number, most: number): number {
  for (const slot of [buy, sell]) {
    if (reductionLeft(slot) > 0) continue;
    finish(slot, ExecType.canceled, Code.reduceOnly);
    return 0;
  }
  const open = Math.min(s.orders.word(buy, Order.leaves), s.orders.word(sell, Order.leaves), most);
  const quantity = Math.min(open, reductionLeft(buy), reductionLeft(sell));
  for (const slot of [sell, buy]) if (!takesTrade(slot, ticks, quantity, Account.makerRate)) return 0;
  execute(buy, sell, ticks, quantity, true);
  return quantity;
}
