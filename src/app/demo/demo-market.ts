/**
 * The simulated market: all simulated traders, their common time, pause and speed. Everything it sends is simulated, and
 * its status says so. Pure but for its ports: the same seed, ports and moments give the same commands.
 */
import { invariant } from '#kit/invariant.ts';
import { Rng } from '#kit/rng.ts';
import { EventKind, Trade, eventKind, eventLength } from '#trading/events.ts';
import { Side } from '#trading/terms.ts';
import type { DemoRole, ReferenceAccount, ReferenceParticipant } from '../reference-accounts.ts';
import type { ReferenceInstrument, ReferenceTickTable } from '../reference-instruments.ts';
import { Abuser } from './abuser.ts';
import { Arrivals } from './arrivals.ts';
import { Fundamental } from './fundamental.ts';
import { Institution } from './institution.ts';
import { LadderMaker } from './ladder-maker.ts';
import { NoiseCrowd } from './noise-crowd.ts';
import { OrderDesk } from './order-desk.ts';
import type { AdministratorPort, DeskAccount, MarketView, OrderPort } from './ports.ts';
import { PriceSteps } from './price-steps.ts';
import { QuoteMaker } from './quote-maker.ts';
import { SpecialOrders } from './special-orders.ts';
import { TradedInstrument } from './traded-instrument.ts';
import { SECOND_MICROS } from './trader.ts';
import type { Trader, TraderSetup } from './trader.ts';
import { TrendTrader } from './trend-trader.ts';

export interface DemoOptions {
  /** @default 1 */
  readonly seed?: number;
  /** Commands a second of all traders together, averaged over the day. @default 500 */
  readonly messagesPerSecond?: number;
  /** Activity at a moment of real time as a multiple of the day's mean, at most INTRADAY_ACTIVITY_MAX. @default 1 */
  readonly activityAt?: (wallMicros: number) => number;
}

export interface DemoReference {
  readonly tickTables: readonly ReferenceTickTable[];
  readonly instruments: readonly ReferenceInstrument[];
  readonly participants: readonly ReferenceParticipant[];
}

export interface DemoPorts {
  readonly view: MarketView;
  readonly orders: OrderPort;
  readonly administrator: AdministratorPort;
}

export interface DemoStatus {
  /** Always true: nothing here was traded by anyone. */
  readonly simulated: true;
  readonly state: 'running' | 'paused';
  /** 1 is real time. */
  readonly speed: number;
  readonly instruments: number;
  readonly traders: number;
  readonly openOrders: number;
  readonly sent: number;
  readonly dropped: number;
  readonly refused: number;
  readonly executions: number;
}

const SPEED_MIN = 0.1;
const SPEED_MAX = 20;

const MESSAGES_PER_SECOND = 500;
/** Messages a second that everyone but the noise crowds sends at the usual pace, for 8 instruments; measured. */
const OTHERS_PER_SECOND_AND_INSTRUMENT = 11;
const NOISE_SHARE_MIN = 0.2;
/** Hidden values move in steps of this length. */
const VALUE_MICROS = 50_000;
/** Time that a step may catch up; what a stopped machine missed beyond it is skipped. */
const CATCH_UP_MICROS_MAX = 500_000;
/** Actions of one step; whoever is due after that acts in the next one. */
const ACTIONS_PER_STEP_MAX = 20_000;
/** Arrivals that a piece of news brings about. */
const NEWS_ARRIVALS = 25;

export class DemoMarket {
  private readonly rng: Rng;
  private readonly desk: OrderDesk;
  private readonly instruments = new Map<number, TradedInstrument>();
  private readonly crowds = new Map<number, NoiseCrowd[]>();
  private readonly quoteMakers: QuoteMaker[] = [];
  private readonly traders: Trader[] = [];
  private readonly owners: DeskAccount[] = [];
  private readonly activityAt: (wallMicros: number) => number;
  private wallMicros: number;
  /** The traders' own time: stands still while paused, runs faster with speed. */
  private nowMicros: number;
  private valueMicros: number;
  private speed = 1;
  private isPaused = false;
  private hasBegun = false;

  /** @param startMicros the first moment; later ones are given to `step` */
  constructor(reference: DemoReference, ports: DemoPorts, startMicros: number, options: DemoOptions = {}) {
    this.rng = new Rng(options.seed ?? 1);
    this.desk = new OrderDesk(ports.orders, Math.floor(startMicros / SECOND_MICROS));
    this.activityAt = options.activityAt ?? (() => 1);
    this.wallMicros = startMicros;
    this.nowMicros = startMicros;
    this.valueMicros = startMicros;
    for (const instrument of reference.instruments) this.addInstrument(instrument, reference.tickTables, ports.view);
    const wanted = options.messagesPerSecond ?? MESSAGES_PER_SECOND;
    const pace = wanted / MESSAGES_PER_SECOND;
    const others = pace * OTHERS_PER_SECOND_AND_INSTRUMENT * this.instruments.size;
    const noise = Math.max(wanted * NOISE_SHARE_MIN, wanted - others);
    for (const { session, accounts } of reference.participants) {
      if (session === undefined) continue;
      for (const account of accounts) this.addTraders(account, session, pace, noise, ports.administrator);
    }
  }

  /** Lets the traders do what is due up to `wallMicros`, which never runs back. */
  step(wallMicros: number): void {
    const passed = Math.min(wallMicros - this.wallMicros, CATCH_UP_MICROS_MAX);
    invariant(passed >= 0, 'demo.time-ran-back', passed);
    this.wallMicros = wallMicros;
    if (this.isPaused) return;
    if (!this.hasBegun) {
      this.hasBegun = true;
      for (const owner of this.owners) this.desk.cancelAll(owner);
    }
    this.nowMicros += Math.round(passed * this.speed);
    this.moveValues();
    this.desk.sweep(this.nowMicros);
    for (let action = 0; action < ACTIONS_PER_STEP_MAX; action++) {
      const trader = this.mostDue();
      if (trader === undefined || trader.dueMicros > this.nowMicros) break;
      trader.act(trader.dueMicros);
    }
  }

  /** Takes the engine's events in words [0, end), in order. */
  observe(words: Int32Array, end: number): void {
    for (let at = 0; at < end; at += eventLength(words, at)) {
      this.desk.observe(words, at);
      for (const maker of this.quoteMakers) maker.observe(words, at, this.nowMicros);
      if (eventKind(words, at) === EventKind.trade) this.observeTrade(words, at);
    }
  }

  pause(): void {
    this.isPaused = true;
  }

  /** Goes on from `wallMicros`; the time since the pause did not happen for the traders. */
  resume(wallMicros: number): void {
    this.isPaused = false;
    this.wallMicros = Math.max(this.wallMicros, wallMicros);
  }

  /** Sets how fast the traders' time runs: 1 is real time, 0.1 the least, 20 the most. Returns the speed it took. */
  setSpeed(wanted: number): number {
    invariant(Number.isFinite(wanted), 'demo.speed', wanted);
    this.speed = Math.min(SPEED_MAX, Math.max(SPEED_MIN, wanted));
    return this.speed;
  }

  status(): DemoStatus {
    return {
      simulated: true,
      state: this.isPaused ? 'paused' : 'running',
      speed: this.speed,
      instruments: this.instruments.size,
      traders: this.traders.length,
      openOrders: this.desk.openOrders,
      ...this.desk.counts,
    };
  }

  private mostDue(): Trader | undefined {
    let earliest: Trader | undefined;
    for (const trader of this.traders) {
      if (earliest === undefined || trader.dueMicros < earliest.dueMicros) earliest = trader;
    }
    return earliest;
  }

  private moveValues(): void {
    while (this.valueMicros + VALUE_MICROS <= this.nowMicros) {
      this.valueMicros += VALUE_MICROS;
      const marketShock = this.rng.normal(0, 1);
      for (const [instrument, { fundamental }] of this.instruments) {
        const isNews = fundamental.advance(VALUE_MICROS / SECOND_MICROS, marketShock);
        if (isNews) for (const crowd of this.crowds.get(instrument) ?? []) crowd.excite(NEWS_ARRIVALS);
      }
    }
  }

  private observeTrade(words: Int32Array, at: number): void {
    const traded = this.instruments.get(words[at + Trade.instrument]);
    const aggressor = words[at + Trade.aggressorSide];
    if (traded === undefined || words[at + Trade.correction] !== 0) return;
    const quantity = words[at + Trade.quantity];
    traded.tradedQuantity += quantity;
    if (aggressor !== Side.buy && aggressor !== Side.sell) return;
    traded.lastAggressor = aggressor;
    traded.fundamental.learn((aggressor === Side.buy ? quantity : -quantity) / traded.traits.typicalQuantity);
  }

  private addInstrument(
    reference: ReferenceInstrument,
    tickTables: readonly ReferenceTickTable[],
    view: MarketView,
  ): void {
    const { instrument, demo, minTicks, maxTicks, referenceTicks } = reference;
    if (demo === undefined) return;
    const table = tickTables.find((candidate) => candidate.table === reference.tickTable);
    const steps = new PriceSteps(table?.bands ?? [], minTicks, maxTicks);
    const last = view.lastTicks(instrument);
    const fundamental = new Fundamental(
      this.rng.fork(),
      referenceTicks,
      last === 0 ? referenceTicks : last,
      demo.hourlyVolatility / 100,
    );
    this.instruments.set(instrument, new TradedInstrument(reference, demo, steps, fundamental, view));
  }

  private addTraders(
    account: ReferenceAccount,
    session: number,
    pace: number,
    noisePerSecond: number,
    administrator: AdministratorPort,
  ): void {
    const isMarketMaker = account.plays.includes('quotes') || account.plays.includes('ladder');
    const owner: DeskAccount = { account: account.account, session, isMarketMaker };
    const instruments = [...this.instruments.values()].filter(({ currency }) => currency === account.currency);
    if (account.plays.length === 0 || instruments.length === 0) return;
    this.owners.push(owner);
    if (account.plays.includes('quotes')) {
      const maker = new QuoteMaker(this.setup(pace), owner, instruments, account.protection, administrator);
      this.quoteMakers.push(maker);
      this.traders.push(maker);
    }
    if (account.plays.includes('abuser')) this.traders.push(new Abuser(this.setup(pace), owner, instruments));
    for (const traded of instruments) {
      for (const role of account.plays) this.addTrader(role, owner, traded, pace, noisePerSecond);
    }
  }

  private addTrader(
    role: DemoRole,
    owner: DeskAccount,
    traded: TradedInstrument,
    pace: number,
    noisePerSecond: number,
  ): void {
    const setup = this.setup(pace);
    switch (role) {
      case 'ladder':
        this.traders.push(new LadderMaker(setup, owner, traded));
        break;
      case 'institution':
        this.traders.push(new Institution(setup, owner, traded));
        break;
      case 'momentum':
      case 'reversion':
        this.traders.push(new TrendTrader(setup, owner, traded, role));
        break;
      case 'specials':
        this.traders.push(new SpecialOrders(setup, owner, traded));
        break;
      case 'noise':
        this.addCrowd(setup, owner, traded, noisePerSecond);
        break;
      case 'quotes':
      case 'abuser':
        break;
    }
  }

  private addCrowd(setup: TraderSetup, owner: DeskAccount, traded: TradedInstrument, noisePerSecond: number): void {
    let activity = 0;
    for (const { traits } of this.instruments.values()) activity += traits.activity;
    const crowd = new NoiseCrowd(
      setup,
      owner,
      traded,
      new Arrivals(setup.rng.fork(), setup.startMicros),
      (noisePerSecond * traded.traits.activity) / activity,
      () => this.activityAt(this.wallMicros),
    );
    this.traders.push(crowd);
    const { instrument } = traded;
    this.crowds.set(instrument, [...(this.crowds.get(instrument) ?? []), crowd]);
  }

  private setup(pace: number): TraderSetup {
    return { rng: this.rng.fork(), desk: this.desk, startMicros: this.nowMicros, pace };
  }
}
