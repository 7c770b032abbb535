/**
 * All scenarios over one stream of events: keeps the market, calls the detectors, merges what belongs together, and hands
 * out alerts with the orders that show it. No I/O and no clock: time is in the stream.
 */
import type { CommandWords } from './market.ts';
import { findScenario, parametersOf, type ScenarioSettings } from './catalogue.ts';
import type { Detector, Finding, WatchLists } from './detector.ts';
import type { MarketEvents } from './market-events.ts';
import { bursts } from './detectors/bursts.ts';
import { deceptiveOrders } from './detectors/deceptive-orders.ts';
import { pinging, smoking } from './detectors/hidden-interest.ts';
import { frontRunning, insiderWindow } from './detectors/knowledge.ts';
import { largeTrader, lateReports, restrictedList } from './detectors/look-ups.ts';
import { matchedTrades, prearrangedTrades } from './detectors/matched-trades.ts';
import { orderToTrade, quoteStuffing } from './detectors/message-floods.ts';
import { bestExecution, fatFinger, unusualPrice, unusualVolume } from './detectors/outliers.ts';
import { markingTheClose, markingTheOpen, ramping, squeeze } from './detectors/price-pressure.ts';
import type { ActorName } from './actors.ts';
import { Market } from './market.ts';

const MICROS = 1_000_000;
/** Alerts that later findings may still belong to. */
const OPEN_ALERTS_MAX = 1 << 14;
const ALERT_ORDERS_MAX = 64;
const LEVELS_SHOWN = 5;

/** An order as evidence names it. */
export interface AlertOrder {
  readonly orderId: string;
  readonly account: number;
  readonly side: 'buy' | 'sell';
  readonly priceTicks: number;
  readonly quantity: number;
  readonly filled: number;
  readonly enteredMicros: number;
}

/** What surveillance found, as it hands it out. */
export interface MonitorAlert {
  readonly scenario: string;
  readonly actor: ActorName;
  readonly otherActor: ActorName | null;
  readonly instrument: number;
  readonly startMicros: number;
  /** When it was found, in the stream's time. */
  readonly foundMicros: number;
  readonly facts: Readonly<Record<string, number>>;
  readonly orders: readonly AlertOrder[];
  /** Best levels when it was found: price and quantity, bids then asks. */
  readonly book: {
    readonly bids: readonly (readonly [number, number])[];
    readonly asks: readonly (readonly [number, number])[];
  };
}

export interface MonitorOptions {
  readonly onAlert: (alert: MonitorAlert) => void;
  /** Changes of parameters by scenario. */
  readonly settings?: ScenarioSettings;
  readonly lists?: Partial<NamedLists>;
}

/** What the venue knows beside the orders, by the names of actors. */
export interface NamedLists {
  /** Whether a client or firm must not trade the instrument. */
  isRestricted(actor: ActorName, instrument: number): boolean;
  /** Instruments whose prices follow each other. */
  linkedTo(instrument: number): readonly number[];
  /** Money units of one unit of currency. @default 100 */
  readonly unitsPerCurrency: number;
  /** Whether the actor has told the regulator that it is a large trader. */
  isRegisteredLargeTrader(actor: ActorName): boolean;
}

type Hook = keyof MarketEvents;
const HOOKS: readonly Hook[] = ['onOrder', 'onAmend', 'onEnd', 'onTrade', 'onRefusal', 'onState', 'onSecond'];

export class Monitor {
  readonly market: Market;
  private readonly detectors: readonly Detector[];
  private readonly onAlert: (alert: MonitorAlert) => void;
  private readonly open = new Map<string, number>();

  constructor(options: MonitorOptions) {
    this.onAlert = options.onAlert;
    const heard = new Map<Hook, ((...facts: never[]) => void)[]>(HOOKS.map((hook) => [hook, []]));
    const list = <Name extends Hook>(name: Name): MarketEvents[Name][] => heard.get(name) ?? [];
    const orders = list('onOrder');
    const amends = list('onAmend');
    const ends = list('onEnd');
    const trades = list('onTrade');
    const refusals = list('onRefusal');
    const states = list('onState');
    const seconds = list('onSecond');
    this.market = new Market({
      onOrder(row) {
        for (const hear of orders) hear(row);
      },
      onAmend(row, before) {
        for (const hear of amends) hear(row, before);
      },
      onEnd(row, ending) {
        for (const hear of ends) hear(row, ending);
      },
      onTrade(maker, taker, ticks, lots, side, tradeId) {
        for (const hear of trades) hear(maker, taker, ticks, lots, side, tradeId);
      },
      onRefusal(actor, instrument, reason) {
        for (const hear of refusals) hear(actor, instrument, reason);
      },
      onState(instrument, state, previous, since) {
        for (const hear of states) hear(instrument, state, previous, since);
      },
      onSecond(second) {
        for (const hear of seconds) hear(second);
      },
    });
    this.detectors = makeDetectors(this.market, options, (finding) => this.raise(finding));
    for (const detector of this.detectors) {
      for (const hook of HOOKS) {
        const hear = detector[hook];
        if (hear !== undefined) heard.get(hook)?.push(hear.bind(detector));
      }
    }
  }

  onEvents(words: Int32Array, end: number, command: CommandWords): void {
    this.market.onEvents(words, end, command);
  }

  onCommand(command: CommandWords): void {
    this.market.onCommand(command);
  }

  /** News about an instrument was published, now in the stream's time. */
  onAnnouncement(instrument: number): void {
    for (const detector of this.detectors) detector.onAnnouncement?.(instrument);
  }

  /** A trade's report was seen. */
  onReport(tradeId: number): void {
    for (const detector of this.detectors) detector.onReport?.(tradeId);
  }

  private raise(finding: Finding): void {
    const { market } = this;
    const key = `${finding.scenario}|${finding.actor}|${finding.instrument}|${finding.subject ?? ''}`;
    const until = this.open.get(key);
    const mergeMicros = (findScenario(finding.scenario)?.mergeSeconds ?? 0) * MICROS;
    if (this.open.size >= OPEN_ALERTS_MAX) this.open.clear();
    this.open.set(key, market.nowMicros + mergeMicros);
    if (until !== undefined && market.nowMicros <= until && finding.subject === undefined) return;
    const { book } = market.watch(Math.max(0, finding.instrument));
    this.onAlert({
      scenario: finding.scenario,
      actor: market.actors.nameOf(finding.actor),
      otherActor: finding.otherActor === undefined ? null : market.actors.nameOf(finding.otherActor),
      instrument: finding.instrument,
      startMicros: Math.round(finding.startMicros),
      foundMicros: market.nowMicros,
      facts: finding.facts,
      orders: [...new Set(finding.rows)].slice(-ALERT_ORDERS_MAX).map((row) => this.orderOf(row)),
      book: { bids: book.levels(0, LEVELS_SHOWN), asks: book.levels(1, LEVELS_SHOWN) },
    });
  }

  private orderOf(row: number): AlertOrder {
    const { orders } = this.market;
    return {
      orderId: `${orders.slot[row]}-${orders.generation[row]}`,
      account: orders.account[row],
      side: orders.side[row] === 0 ? 'buy' : 'sell',
      priceTicks: orders.price[row],
      quantity: orders.quantity[row],
      filled: orders.filled[row],
      enteredMicros: orders.entered[row],
    };
  }
}

function makeDetectors(market: Market, options: MonitorOptions, raise: (finding: Finding) => void): Detector[] {
  const { isRestricted, linkedTo, isRegisteredLargeTrader, unitsPerCurrency } = options.lists ?? {};
  const lists: WatchLists = {
    unitsPerCurrency: unitsPerCurrency ?? 100,
    isRestricted: (actor, instrument) => isRestricted?.(market.actors.nameOf(actor), instrument) === true,
    linkedTo: (instrument) => linkedTo?.(instrument) ?? [],
    isRegisteredLargeTrader: (actor) => isRegisteredLargeTrader?.(market.actors.nameOf(actor)) === true,
  };
  const parts = { market, raise, lists };
  const of = (id: string): Readonly<Record<string, number>> => parametersOf(id, options.settings?.[id]);
  return [
    deceptiveOrders(parts, of('spoofing'), of('layering')),
    quoteStuffing(parts, of('quote-stuffing')),
    orderToTrade(parts, of('order-to-trade')),
    pinging(parts, of('pinging')),
    smoking(parts, of('smoking')),
    matchedTrades(parts, of('wash-trades'), of('self-trades')),
    prearrangedTrades(parts, of('prearranged-trades')),
    bursts(parts, of('momentum-ignition'), of('cross-product')),
    ramping(parts, of('ramping')),
    markingTheClose(parts, of('marking-the-close')),
    markingTheOpen(parts, of('marking-the-open')),
    squeeze(parts, of('squeeze')),
    unusualVolume(parts, of('unusual-volume')),
    unusualPrice(parts, of('unusual-price')),
    fatFinger(parts, of('fat-finger')),
    bestExecution(parts, of('best-execution')),
    frontRunning(parts, of('front-running-client'), of('front-running-block')),
    insiderWindow(parts, of('insider-window')),
    restrictedList(parts),
    largeTrader(parts, of('large-trader')),
    lateReports(parts, of('late-report')),
  ];
}
