/** Market states: which changes are allowed and what each of them does to the orders. */
import { Code } from './codes.ts';
import { CommandKind, MarketStateCommand } from './commands.ts';
import { findClearing, uncross } from './auction.ts';
import { enterCall } from './entry.ts';
import { ExecType, OrderStatus } from './events.ts';
import { INSTRUMENT_SHIFT, Instrument, InstrumentFlag } from './instruments.ts';
import { beginVolatilityAuction } from './interruption.ts';
import { finish, restInList, withdraw } from './lifecycle.ts';
import { ORDER_SHIFT, Order, Place } from './order-store.ts';
import { isCallPhase } from './order-checks.ts';
import { s, tellLevel, touch } from './state.ts';
import { MarketState, TimeInForce, timeInForceOf } from './terms.ts';

const M = MarketState;
/** To which states each state may change. */
const ALLOWED: Record<number, readonly number[]> = {
  [M.closed]: [M.preOpen],
  [M.preOpen]: [M.openingAuction, M.continuous, M.closed],
  [M.openingAuction]: [M.continuous, M.halt],
  [M.continuous]: [M.volatilityAuction, M.halt, M.closingAuction, M.closed],
  [M.volatilityAuction]: [M.continuous, M.halt, M.closingAuction],
  [M.halt]: [M.preOpen, M.openingAuction, M.volatilityAuction, M.closed],
  [M.closingAuction]: [M.closed, M.halt],
};

export function setMarketState(words: Int32Array, at: number): Code {
  const instrument = words[at + MarketStateCommand.instrument];
  const state = words[at + MarketStateCommand.state];
  if (ALLOWED[state] === undefined) return Code.badState;
  if (instrument === -1) {
    s.output.accepted(CommandKind.marketState, instrument, changeAll(state));
    return Code.ok;
  }
  if (!s.instruments.exists(instrument)) return Code.unknownInstrument;
  const previous = stateOf(instrument);
  if (previous !== state) {
    if (!ALLOWED[previous].includes(state)) return Code.badState;
    change(instrument, state);
  }
  s.output.accepted(CommandKind.marketState, instrument, previous === state ? 0 : 1);
  return Code.ok;
}

function changeAll(state: number): number {
  let changed = 0;
  for (let instrument = 0; instrument < s.instruments.highWater; instrument++) {
    const at = instrument << INSTRUMENT_SHIFT;
    if ((s.instruments.words[at + Instrument.flags] & InstrumentFlag.listed) === 0 || !s.instruments.exists(instrument))
      continue;
    if (!ALLOWED[stateOf(instrument)].includes(state)) continue;
    change(instrument, state);
    changed++;
  }
  return changed;
}

function stateOf(instrument: number): number {
  return s.instruments.words[(instrument << INSTRUMENT_SHIFT) + Instrument.state];
}

/** Changes an instrument's state, which is allowed, and does what follows from it. */
export function change(instrument: number, state: number): void {
  const at = instrument << INSTRUMENT_SHIFT;
  const words = s.instruments.words;
  const previous = words[at + Instrument.state];
  touch(instrument);
  words[at + Instrument.indicativeTicks] = 0;
  words[at + Instrument.indicativeVolume] = 0;
  words[at + Instrument.indicativeImbalance] = 0;
  words[at + Instrument.indicativeStale] = 1;
  if (state === M.volatilityAuction) {
    beginVolatilityAuction(instrument, Code.ok);
    return;
  }
  words[at + Instrument.state] = state;
  s.output.marketState(instrument, state, previous, 0);
  if (state === M.continuous && isCallPhase(previous)) open(instrument, previous);
  else if (state === M.closingAuction) enterHeld(instrument);
  else if (state === M.halt && previous === M.closingAuction) holdAgain(instrument);
  else if (state === M.closed) close(instrument, previous);
}

function open(instrument: number, previous: number): void {
  uncross(instrument);
  const fromOpening = previous === M.openingAuction || previous === M.preOpen;
  endWhere(
    instrument,
    (place, terms) => isMarketRest(place) || (fromOpening && timeInForceOf(terms) === TimeInForce.atOpen),
  );
}

function close(instrument: number, previous: number): void {
  if (previous === M.closingAuction) uncross(instrument);
  endWhere(instrument, (place, terms) => {
    const tif = timeInForceOf(terms);
    return isMarketRest(place) || tif === TimeInForce.atOpen || tif === TimeInForce.atClose;
  });
  expireDay(instrument);
}

function isMarketRest(place: number): boolean {
  return place === Place.auctionBuys || place === Place.auctionSells;
}

function endWhere(instrument: number, ends: (place: number, terms: number) => boolean): void {
  forLive(instrument, (slot, place, terms) => {
    if (ends(place, terms)) finish(slot, ExecType.canceled, Code.auctionEnded);
  });
}

/** Expires the DAY orders of an instrument. */
export function expireDay(instrument: number): void {
  forLive(instrument, (slot, _place, terms) => {
    if (timeInForceOf(terms) === TimeInForce.day) finish(slot, ExecType.expired, Code.dayEnded);
  });
}

/** Visits an instrument's live orders in order of slots. */
function forLive(instrument: number, visit: (slot: number, place: number, terms: number) => void): void {
  const orders = s.orders.words;
  const end = s.orders.highWater;
  for (let slot = 0; slot < end; slot++) {
    const at = slot << ORDER_SHIFT;
    const place = orders[at + Order.place];
    if (place !== Place.free && orders[at + Order.instrument] === instrument)
      visit(slot, place, orders[at + Order.terms]);
  }
}

function enterHeld(instrument: number): void {
  for (
    let slot = s.instruments.listHead(instrument, Place.held);
    slot >= 0;
    slot = s.instruments.listHead(instrument, Place.held)
  ) {
    withdraw(slot);
    s.output.execution(s.orders.words, slot, ExecType.triggered, 0, OrderStatus.new);
    enterCall(slot);
  }
}

/** At-close orders of an interrupted closing auction wait for the next one, first come first again. */
function holdAgain(instrument: number): void {
  const entered: number[] = [];
  forLive(instrument, (slot, _place, terms) => {
    if (timeInForceOf(terms) === TimeInForce.atClose) entered.push(slot);
  });
  entered.sort((left, right) => (s.orders.word(left, Order.arrival) - s.orders.word(right, Order.arrival)) | 0);
  for (const slot of entered) {
    withdraw(slot);
    restInList(slot, Place.held);
  }
}

/** Tells of the indicative price and volume of every instrument in a call phase, where they changed. */
export function publishIndicatives(): void {
  tellLevel();
  const words = s.instruments.words;
  for (let instrument = 0; instrument < s.instruments.highWater; instrument++) {
    const at = instrument << INSTRUMENT_SHIFT;
    if (words[at + Instrument.indicativeStale] === 0 || !isCallPhase(words[at + Instrument.state])) continue;
    words[at + Instrument.indicativeStale] = 0;
    const { ticks, volume, imbalance } = findClearing(instrument);
    const told = saturate(volume);
    const surplus = volume === 0 ? 0 : saturate(imbalance);
    if (
      ticks === words[at + Instrument.indicativeTicks] &&
      told === words[at + Instrument.indicativeVolume] &&
      surplus === words[at + Instrument.indicativeImbalance]
    ) {
      continue;
    }
    words[at + Instrument.indicativeTicks] = ticks;
    words[at + Instrument.indicativeVolume] = told;
    words[at + Instrument.indicativeImbalance] = surplus;
    s.output.indicative(instrument, ticks, told, surplus);
  }
}

function saturate(lots: number): number {
  return Math.max(-0x7fffffff, Math.min(0x7fffffff, lots));
}
