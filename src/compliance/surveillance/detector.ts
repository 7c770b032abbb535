/** What detectors hear and what they say. Only types and the plain base that answers nothing. */
import type { MarketEvents } from './market-events.ts';
import type { Market } from './market.ts';

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
  readonly rows: readonly number[];
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
