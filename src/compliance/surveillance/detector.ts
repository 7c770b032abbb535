/** What detectors hear and what they say. Only types and the plain base that answers nothing. */
import type { Ending, Market } from './market.ts';

/** Everything that can happen in the market, in order, with the market as it is at that moment. */
export interface MarketEvents {
  /** An order came; the book is as it was before it. */
  onOrder(slot: number): void;
  onAmend(slot: number, priceBefore: number): void;
  /** An order ended; its row is still there. */
  onEnd(slot: number, ending: Ending): void;
  /** A trade of two orders; `side` is the taker's, 2 in an auction. */
  onTrade(maker: number, taker: number, ticks: number, lots: number, side: number, tradeId: number): void;
  onRefusal(actor: number, instrument: number, reason: number): void;
  /** `sinceMicros` is when the previous state began. */
  onState(instrument: number, state: number, previous: number, sinceMicros: number): void;
  onSecond(second: number): void;
}

/** Parameters of a scenario by name, in the units the catalogue gives. */
export type Parameters = Readonly<Record<string, number>>;

/** What a detector saw. */
export interface Finding {
  readonly scenario: string;
  readonly actor: number;
  readonly instrument: number;
  /** When what is suspected began. */
  readonly startMicros: number;
  /** The numbers that decided, by name. */
  readonly facts: Readonly<Record<string, number>>;
  /** Slots of the orders that show it, at most EVIDENCE_ORDERS_MAX of them are kept. */
  readonly slots: readonly number[];
  /** Another actor who took part. */
  readonly otherActor?: number;
  /** Tells apart what is otherwise the same: a trade's id for reports. */
  readonly subject?: number;
}

export type Raise = (finding: Finding) => void;

/** One or more scenarios' code. Hooks that are not overridden cost nothing: they are not called. */
export interface Detector extends Partial<MarketEvents> {
  onAnnouncement?(instrument: number): void;
  onReport?(tradeId: number): void;
}

/** What a detector is made from. */
export interface DetectorParts {
  readonly market: Market;
  readonly raise: Raise;
  readonly lists: WatchLists;
}

/** What the venue knows beside the orders. */
export interface WatchLists {
  /** Whether a client or firm must not trade the instrument. */
  isRestricted(actor: number, instrument: number): boolean;
  /** Instruments whose prices follow each other. */
  linkedTo(instrument: number): readonly number[];
  /** Money units of one unit of currency. */
  readonly unitsPerCurrency: number;
  /** Whether the actor has told the regulator that it is a large trader. */
  isRegisteredLargeTrader(actor: number): boolean;
}
