/**
 * Streams of commands that lead into interesting corners: one seed, one stream. Looks at the reference's world to
 * aim (live orders, best prices, states), so a stream is made while it is run.
 * The same seed gives the same stream.
 */
import { Rng } from '#kit/rng.ts';
import { MarketState } from '#trading/terms.ts';
import { command, wildCommand } from './commands.ts';
import type { CommandName, Heading, Step, Values } from './commands.ts';
import { OrderMaker } from './generate-orders.ts';
import type { Profile } from './profile.ts';
import { makeProfile } from './profile.ts';
import type { Instrument, World } from './world.ts';
import { isCallPhase } from './world.ts';

const ALLOWED_NEXT: Record<number, readonly number[]> = {
  [MarketState.closed]: [MarketState.preOpen],
  [MarketState.preOpen]: [
    MarketState.openingAuction,
    MarketState.continuous,
    MarketState.continuous,
    MarketState.closed,
  ],
  [MarketState.openingAuction]: [
    MarketState.continuous,
    MarketState.continuous,
    MarketState.continuous,
    MarketState.halt,
  ],
  [MarketState.continuous]: [
    MarketState.volatilityAuction,
    MarketState.halt,
    MarketState.closingAuction,
    MarketState.closed,
  ],
  [MarketState.volatilityAuction]: [
    MarketState.continuous,
    MarketState.continuous,
    MarketState.halt,
    MarketState.closingAuction,
  ],
  [MarketState.halt]: [
    MarketState.preOpen,
    MarketState.openingAuction,
    MarketState.volatilityAuction,
    MarketState.closed,
  ],
  [MarketState.closingAuction]: [MarketState.closed, MarketState.closed, MarketState.halt],
};

type Make = (world: World) => Int32Array;

/** Makes the commands of one stream: first the set-up, then whatever the dice say. */
export class Generator {
  readonly profile: Profile;
  private readonly rng: Rng;
  private readonly orders: OrderMaker;
  private readonly pending: Int32Array[];
  private readonly menu: readonly [number, Make][];
  private day = 20260101;
  private sequence = 1;

  constructor(seed: number) {
    this.rng = new Rng(seed);
    this.profile = makeProfile(this.rng.fork());
    this.orders = new OrderMaker(this.profile, this.rng.fork());
    this.pending = [...this.profile.setup];
    this.menu = this.buildMenu();
  }

  /** The next command; `world` is undefined before the first. */
  next(world: World | undefined): Step {
    const prepared = this.pending.shift();
    if (prepared !== undefined || world === undefined) return { words: prepared!, afterMicros: 0 };
    return { words: this.choose(world), afterMicros: this.pause(world) };
  }

  private choose(world: World): Int32Array {
    const asleep = world.instruments.filter((one) => one.state !== MarketState.continuous);
    if (asleep.length > 0 && this.rng.int(100) < 12) {
      const one = asleep[this.rng.int(asleep.length)];
      const allowed = ALLOWED_NEXT[one.state];
      return this.make('marketState', { instrument: one.index, state: allowed[this.rng.int(allowed.length)] });
    }
    const calls = asleep.some((one) => isCallPhase(one.state));
    if (calls && this.rng.int(100) < 8) return this.make('clock', {});
    const remedy = this.rng.int(100) < 12 ? this.remedy(world) : undefined;
    if (remedy !== undefined) return remedy;
    const total = this.menu.reduce((sum, [weight]) => sum + weight, 0);
    let dice = this.rng.int(total);
    for (const [weight, make] of this.menu) {
      if (dice < weight) return make(world);
      dice -= weight;
    }
    throw new Error('the dice fell off the menu');
  }

  private buildMenu(): readonly [number, Make][] {
    return [
      [520, (world) => this.orders.newOrder(world, this.heading())],
      [150, (world) => this.orders.amend(world, this.heading())],
      [this.profile.cancels, (world) => this.orders.cancel(world, this.heading())],
      [80, (world) => this.orders.massQuote(world, this.heading())],
      [25, () => this.make('clock', {})],
      [5, (world) => this.changeState(world)],
      [3, (world) => this.massCancel(world)],
      [3, () => this.killSwitch()],
      [3, () => this.make('instrument', this.profile.instrumentAgain(this.rng))],
      [4, () => this.make('account', this.profile.accountAgain(this.rng))],
      [6, () => this.make('riskLimits', this.profile.limitsAgain(this.rng))],
      [3, () => this.restriction()],
      [8, () => this.funds()],
      [12, () => this.locate()],
      [8, (world) => this.tradeCancel(world)],
      [8, (world) => this.tradeCorrect(world)],
      [2, (world) => this.dayRoll(world)],
      [3, () => this.tickTable()],
      [8, () => this.protection()],
      [2, (world) => this.corporateAction(world)],
      [1, () => this.make(this.rng.int(2) === 0 ? 'genesis' : 'semantics', {})],
      [this.profile.wildness, () => wildCommand(this.rng, this.heading())],
    ];
  }

  private heading(): Heading {
    return { session: this.rng.int(4), clientSequence: this.sequence++ };
  }

  private make(name: CommandName, values: Values, tail: readonly number[] = []): Int32Array {
    return command(name, values, this.heading(), tail);
  }

  /** Mostly nothing, sometimes into the next second, sometimes to the next timer. */
  private pause(world: World): number {
    const dice = this.rng.int(100);
    if (dice < 55) return 0;
    if (dice < 85) return this.rng.int(200);
    if (dice < 95) return this.rng.int(20_000);
    if (dice < 98) return this.rng.int(1_500_000);
    const timers = world.orders.flatMap((order) => (order.expire > world.now ? [order.expire - world.now] : []));
    for (const one of Object.values(world.instruments))
      if (one.auctionEnd > world.now) timers.push(one.auctionEnd - world.now);
    return timers.length === 0 ? 0 : timers[this.rng.int(timers.length)] - this.rng.int(2);
  }

  private anyAccount(): number {
    return this.rng.int(40) === 0
      ? this.profile.accounts + this.rng.int(2) - 3 * this.rng.int(2)
      : this.rng.int(this.profile.accounts);
  }

  private anyInstrument(): number {
    return this.rng.int(40) === 0 ? this.profile.instruments + this.rng.int(3) : this.rng.int(this.profile.instruments);
  }

  private changeState(world: World): Int32Array {
    const instrument = this.rng.int(6) === 0 ? -1 : this.anyInstrument();
    const present = world.instruments[instrument]?.state ?? MarketState.continuous;
    const allowed = ALLOWED_NEXT[present];
    const state = this.rng.int(8) === 0 ? this.rng.int(9) - 1 : allowed[this.rng.int(allowed.length)];
    return this.make('marketState', { instrument, state });
  }

  private massCancel(_world: World): Int32Array {
    const maybe = (value: number): number => (this.rng.int(3) === 0 ? value : -1);
    const open = this.rng.int(10) === 0;
    return this.make('massCancel', {
      session: maybe(this.rng.int(4)),
      account: open ? -1 : this.rng.int(this.profile.accounts),
      participant: maybe(this.rng.int(this.profile.participants)),
      instrument: maybe(this.anyInstrument()),
      side: maybe(this.rng.int(2)),
      reason: 111 + this.rng.int(2),
    });
  }

  private killSwitch(): Int32Array {
    const scope = this.rng.int(20) === 0 ? this.rng.int(6) : 1 + this.rng.int(3);
    const id =
      scope === 1
        ? this.rng.int(this.profile.participants + 1)
        : scope === 2
          ? this.anyAccount()
          : this.anyInstrument();
    return this.make('killSwitch', { scope, id, engage: this.rng.int(6) === 0 ? 0 : 1 });
  }

  /** Undoes what would keep everybody from trading for long. */
  private remedy(world: World): Int32Array | undefined {
    const [participant] = world.killedParticipants;
    if (participant !== undefined) return this.make('killSwitch', { scope: 1, id: participant, engage: 0 });
    const account = Object.values(world.accounts).find((one) => one.killed || !one.enabled);
    if (account?.killed === true) return this.make('killSwitch', { scope: 2, id: account.index, engage: 0 });
    if (account !== undefined)
      return this.make('account', { account: account.index, participant: account.participant, flags: 1 });
    const instrument = Object.values(world.instruments).find((one) => one.killed || one.restricted || !one.listed);
    if (instrument?.killed === true) return this.make('killSwitch', { scope: 3, id: instrument.index, engage: 0 });
    if (instrument?.listed === false)
      return this.make('instrument', this.profile.listings[instrument.index % this.profile.instruments]);
    if (instrument !== undefined) return this.make('restriction', { account: -1, instrument: instrument.index });
    const row = world.rows.find((one) => one.restricted);
    if (row !== undefined) return this.make('restriction', { account: row.account, instrument: row.instrument });
    const tripped = Object.values(world.accounts).find((one) => one.protection.tripped);
    if (tripped === undefined) return undefined;
    const { window, maxQuantity, maxExecutions } = tripped.protection;
    return this.make('marketMakerProtection', {
      account: tripped.index,
      windowMicros: window,
      maxQuantity,
      maxExecutions,
      reset: 1,
    });
  }

  private restriction(): Int32Array {
    const account = this.rng.int(3) === 0 ? -1 : this.anyAccount();
    return this.make('restriction', {
      account,
      instrument: this.anyInstrument(),
      restricted: this.rng.int(3) === 0 ? 1 : 0,
    });
  }

  private funds(): Int32Array {
    const size = 10 ** this.rng.int(this.profile.huge ? 16 : 8);
    const amount = (this.rng.int(4) === 0 ? -1 : 1) * this.rng.int(9) * size;
    return this.make('funds', { account: this.anyAccount(), amount: Math.min(amount, 2 ** 53 - 1) });
  }

  private locate(): Int32Array {
    const quantity = this.rng.int(20) === 0 ? this.rng.int(3) - 1 : (1 + this.rng.int(30)) * this.profile.lot;
    return this.make('locate', {
      account: this.anyAccount(),
      instrument: this.anyInstrument(),
      locateId: this.rng.int(6),
      quantity,
    });
  }

  private anyTrade(world: World): number {
    const newest = world.nextTrade - 1;
    return Math.max(0, this.rng.int(4) === 0 ? this.rng.int(newest + 3) : newest - this.rng.int(12));
  }

  private tradeCancel(world: World): Int32Array {
    return this.make('tradeCancel', { tradeId: this.anyTrade(world) });
  }

  private tradeCorrect(world: World): Int32Array {
    const tradeId = this.anyTrade(world);
    const trade = world.trades.find((one) => one.id === tradeId);
    const priceTicks = (trade?.price ?? 100) + this.rng.int(7) - 3;
    const quantity = Math.max(0, (trade?.quantity ?? 5) - this.rng.int(4)) + (this.rng.int(10) === 0 ? 5 : 0);
    return this.make('tradeCorrect', { tradeId, priceTicks, quantity });
  }

  /** Closes everything first, most of the time: a day rolls only then. */
  private dayRoll(world: World): Int32Array {
    const roll = this.make('dayRoll', { tradingDay: this.rng.int(10) === 0 ? this.day : ++this.day });
    if (this.rng.int(4) === 0) return roll;
    this.pending.push(...this.closeAll(world.instruments), roll, ...this.reopen());
    return this.pending.shift()!;
  }

  /** Halts (where that is the way) and closes every instrument. */
  private closeAll(instruments: readonly Instrument[]): Int32Array[] {
    return instruments.flatMap(({ index, state }) => {
      const close = this.make('marketState', { instrument: index, state: MarketState.closed });
      const halt = this.make('marketState', { instrument: index, state: MarketState.halt });
      const viaHalt = state === MarketState.openingAuction || state === MarketState.volatilityAuction;
      const viaAuction = state === MarketState.continuous && this.rng.int(2) === 0;
      if (viaAuction)
        return [this.make('marketState', { instrument: index, state: MarketState.closingAuction }), close];
      return viaHalt ? [halt, close] : [close];
    });
  }

  private reopen(): Int32Array[] {
    return [MarketState.preOpen, MarketState.continuous].map((state) =>
      this.make('marketState', { instrument: -1, state }),
    );
  }

  private tickTable(): Int32Array {
    const bands = [
      [0, 1, 50, 5],
      [0, 2],
      [0, 1, 100, 10, 1000, 100],
      [5, 1],
      [0, 1, 50, 0],
    ][this.rng.int(5)];
    return this.make('tickTable', { table: this.rng.int(5), count: bands.length / 2 }, bands);
  }

  private protection(): Int32Array {
    return this.make('marketMakerProtection', {
      account: this.anyAccount(),
      windowMicros: this.rng.int(3) === 0 ? 0 : this.rng.int(5000),
      maxQuantity: this.rng.int(2) * this.rng.int(40),
      maxExecutions: this.rng.int(2) * this.rng.int(6),
      reset: this.rng.int(4) === 0 ? 0 : 1,
    });
  }

  private corporateAction(world: World): Int32Array {
    const instrument = this.anyInstrument();
    const isSplit = this.rng.int(2) === 0;
    const action = this.make('corporateAction', {
      instrument,
      kind: this.rng.int(20) === 0 ? 3 : isSplit ? 1 : 2,
      numerator: this.rng.int(4),
      denominator: 1 + this.rng.int(3),
      amount: this.rng.int(10) === 0 ? -1 : this.rng.int(1000),
    });
    const target = world.instruments[instrument];
    if (target === undefined || this.rng.int(4) === 0) return action;
    this.pending.push(...this.closeAll([target]), action);
    for (const state of [MarketState.preOpen, MarketState.continuous])
      this.pending.push(this.make('marketState', { instrument, state }));
    return this.pending.shift()!;
  }
}
