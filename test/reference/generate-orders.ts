/**
 * New orders, amends, cancels and mass quotes for generated streams: mostly sensible, aimed at the present book,
 * sometimes nonsense.
 */
import type { Rng } from '#kit/rng.ts';
import { NewOrder } from '#trading/commands.ts';
import { SelfTrade, ShortMark, Side, packMarks } from '#trading/terms.ts';
import type { OrderType, TimeInForce } from '#trading/terms.ts';
import { command, orderCommand, quoteCommand } from './commands.ts';
import type { Heading, OrderWish } from './commands.ts';
import type { Profile } from './profile.ts';
import type { Order, World } from './world.ts';
import { bestPrice } from './world.ts';

const LOTS_MAX = 2 ** 31 - 1;

type TypeName = keyof typeof OrderType;
type TifName = keyof typeof TimeInForce;

const TYPES: readonly (readonly [number, TypeName])[] = [
  [64, 'limit'],
  [10, 'market'],
  [7, 'stop'],
  [6, 'stopLimit'],
  [4, 'pegPrimary'],
  [9, 'pegMid'],
];
const TIFS: readonly (readonly [number, TifName])[] = [
  [46, 'day'],
  [18, 'gtc'],
  [8, 'gtd'],
  [10, 'ioc'],
  [6, 'fok'],
  [5, 'atOpen'],
  [7, 'atClose'],
];

type Wish = { -readonly [Key in keyof OrderWish]: OrderWish[Key] };

export class OrderMaker {
  private readonly profile: Profile;
  private readonly rng: Rng;
  private nextId = 1;
  private lastOrder: Int32Array | undefined;

  constructor(profile: Profile, rng: Rng) {
    this.profile = profile;
    this.rng = rng;
  }

  private chance(percent: number): boolean {
    return this.rng.int(100) < percent;
  }

  private weighted<T>(choices: readonly (readonly [number, T])[]): T {
    let dice = this.rng.int(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, choice] of choices) {
      if (dice < weight) return choice;
      dice -= weight;
    }
    return choices[0][1];
  }

  private lots(): number {
    const { lot, huge } = this.profile;
    if (this.chance(2)) return this.rng.int(4) - 1;
    if (huge && this.chance(30)) return LOTS_MAX - (LOTS_MAX % lot) - lot * this.rng.int(3);
    if (huge && this.chance(30)) return lot << this.rng.int(27);
    if (this.chance(5)) return lot * (20 + this.rng.int(200));
    return lot * (1 + this.rng.int(12));
  }

  /** A price near the middle of things, on either side of the market. */
  private price(world: World, instrument: number, side?: Side): number {
    const { middle, huge } = this.profile;
    if (this.chance(1)) return this.rng.int(3) - 1;
    if (huge && this.chance(5)) return this.chance(50) ? LOTS_MAX - this.rng.int(3) : 1 + this.rng.int(3);
    const known = world.instruments[instrument];
    const bid = bestPrice(world, instrument, Side.buy);
    const ask = bestPrice(world, instrument, Side.sell);
    if (side !== undefined && this.chance(this.profile.patience)) return this.passive(world, instrument, side);
    const around = [middle, bid || middle, ask || middle, known?.last || middle][this.rng.int(4)];
    const spread = this.chance(6) ? 40 : 4;
    const near = around + this.rng.int(2 * spread + 1) - spread;
    return this.onTable(world, instrument, Math.max(1, Math.min(LOTS_MAX, near)));
  }

  /** A price behind the own side's best, or a little better. */
  private passive(world: World, instrument: number, side: Side): number {
    const { middle } = this.profile;
    const sign = side === Side.buy ? -1 : 1;
    const best = bestPrice(world, instrument, side) || bestPrice(world, instrument, side ^ 1) || middle;
    const price = best + sign * (this.rng.int(10) - 2);
    return this.onTable(world, instrument, Math.max(1, Math.min(LOTS_MAX, price)));
  }

  private onTable(world: World, instrument: number, price: number): number {
    const table = world.tables.get(world.instruments[instrument]?.tickTable ?? 0);
    const band = table?.findLast((one) => one.first <= price);
    if (band === undefined || this.chance(3)) return price;
    return Math.max(band.step, price - (price % band.step));
  }

  private anyAccount(): number {
    return this.chance(1) ? this.profile.accounts + 3 : this.rng.int(this.profile.accounts);
  }

  private anyInstrument(): number {
    return this.chance(1) ? this.profile.instruments + 3 : this.rng.int(this.profile.instruments);
  }

  newOrder(world: World, heading: Heading): Int32Array {
    const instrument = this.anyInstrument();
    const side = this.chance(50) ? 'buy' : 'sell';
    const type = this.weighted(TYPES);
    const wish: Wish = {
      account: this.anyAccount(),
      instrument,
      id: this.orderId(),
      side,
      type,
      tif: this.tifFor(type),
      selfTrade: this.chance(65) ? 'none' : (Object.keys(SelfTrade)[this.rng.int(5)] as keyof typeof SelfTrade),
      quantity: this.lots(),
      price: type === 'limit' || type === 'stopLimit' ? this.price(world, instrument, Side[side]) : 0,
      marks: this.marks(side),
      locateId: this.rng.int(3),
    };
    if (this.lastOrder !== undefined && this.chance(4)) return this.again(this.lastOrder);
    this.decorate(world, wish);
    if (this.chance(12)) this.reduce(world, wish);
    this.lastOrder = this.spoil(orderCommand(wish, heading));
    return this.lastOrder;
  }

  /** The same order under another ClOrdID: what the duplicate window is for. */
  private again(words: Int32Array): Int32Array {
    const copy = words.slice();
    copy[NewOrder.clOrdIdLow] = this.orderId() | 0;
    copy[NewOrder.clOrdIdHigh] = 0;
    return copy;
  }

  /** Turns an order into one that closes a position, if there is one and the order may. */
  private reduce(world: World, wish: Wish): void {
    const open = world.rows.filter((row) => Math.abs(row.net) >= this.profile.lot);
    const pegged = wish.type === 'pegPrimary' || wish.type === 'pegMid';
    if (open.length === 0 || pegged) return;
    const { account, instrument, net } = open[this.rng.int(open.length)];
    const most = Math.floor(Math.abs(net) / this.profile.lot);
    Object.assign(wish, { account, instrument, side: net > 0 ? 'sell' : 'buy', reduceOnly: true });
    wish.quantity = this.profile.lot * (this.chance(50) ? most : 1 + this.rng.int(most));
    wish.marks = this.marks(net > 0 ? 'sell' : 'buy');
    for (const field of ['display', 'minimum', 'takeProfit', 'stopLoss', 'stopLossLimit'] as const) delete wish[field];
  }

  private orderId(): number {
    if (this.chance(2)) return Math.max(0, this.nextId - this.rng.int(30));
    return this.nextId++ + (this.chance(1) ? 2 ** 40 : 0);
  }

  /** Mostly one that goes with the type. */
  private tifFor(type: TypeName): TifName {
    const tif = this.weighted(TIFS);
    if (this.chance(5) || type === 'limit') return tif;
    if (type === 'market') return tif === 'gtc' || tif === 'gtd' ? 'day' : tif;
    return tif === 'gtc' || tif === 'gtd' ? tif : 'day';
  }

  private marks(side: 'buy' | 'sell'): number {
    const capacity = this.chance(1) ? 6 : this.rng.int(6);
    if (side === 'buy') return packMarks(capacity, this.chance(1) ? ShortMark.long : ShortMark.none);
    return packMarks(
      capacity,
      [ShortMark.none, ShortMark.long, ShortMark.short, ShortMark.shortExempt][this.rng.int(4)],
    );
  }

  /** Adds what makes an order special. */
  private decorate(world: World, wish: Wish): void {
    const { type, instrument = 0 } = wish;
    const lasting = wish.tif === 'day' || wish.tif === 'gtc' || wish.tif === 'gtd';
    if (type === 'stop' || type === 'stopLimit') wish.stop = this.price(world, instrument);
    if (wish.tif === 'gtd') wish.expire = world.now + (this.chance(5) ? 0 : 1 + this.rng.int(50_000));
    if (type === 'pegPrimary') wish.pegOffset = this.rng.int(3);
    if ((type === 'pegPrimary' || type === 'pegMid') && this.chance(30)) wish.price = this.price(world, instrument);
    if (type === 'limit' && lasting && this.chance(15)) wish.postOnly = true;
    if (type === 'limit' && lasting && this.chance(15)) wish.display = this.part(wish.quantity);
    if ((type === 'limit' || type === 'market') && this.chance(7)) wish.minimum = this.part(wish.quantity);
    if (this.chance(1)) wish.reduceOnly = true;
    if (lasting && this.chance(this.profile.links)) wish.linkId = 1 + this.rng.int(4);
    if (this.chance(7) && (type === 'limit' || type === 'market')) this.bracket(world, wish);
    if (this.chance(1)) wish.pegOffset = this.rng.int(3) - 1;
    if (this.chance(1)) wish.display = this.lots();
  }

  private part(quantity: number): number {
    const { lot } = this.profile;
    return this.chance(3)
      ? quantity + lot
      : Math.max(lot, lot * (1 + this.rng.int(Math.max(1, Math.floor(quantity / lot)))));
  }

  private bracket(world: World, wish: Wish): void {
    const instrument = wish.instrument ?? 0;
    const around = wish.price === 0 || wish.price === undefined ? this.price(world, instrument) : wish.price;
    const sign = wish.side === 'sell' ? -1 : 1;
    wish.takeProfit = this.onTable(world, instrument, Math.max(1, around + sign * (1 + this.rng.int(5))));
    wish.stopLoss = this.onTable(world, instrument, Math.max(1, around - sign * (1 + this.rng.int(5))));
    if (this.chance(50))
      wish.stopLossLimit = this.onTable(world, instrument, Math.max(1, wish.stopLoss - sign * this.rng.int(3)));
    if (this.chance(90)) delete wish.linkId;
    if (this.chance(90)) delete wish.reduceOnly;
  }

  /** Now and then flips bits that nobody should set. */
  private spoil(words: Int32Array): Int32Array {
    if (this.chance(1)) words[10] ^= 1 << this.rng.int(20);
    return words;
  }

  private anyOrder(world: World): Order | undefined {
    return world.orders.length === 0 ? undefined : world.orders[this.rng.int(world.orders.length)];
  }

  /** Names an order by its id or by its ClOrdID, sometimes wrongly. */
  private named(world: World): { order: Order | undefined; names: Record<string, number> } {
    const order = this.anyOrder(world);
    if (order === undefined || this.chance(4)) {
      const byId = this.chance(50);
      const names = {
        account: this.anyAccount(),
        instrument: this.anyInstrument(),
        orderSlot: byId ? this.rng.int(40) - 1 : 0,
        orderGeneration: byId ? 1 + this.rng.int(4) : 0,
        clOrdId: this.chance(70) ? Math.max(0, this.nextId - this.rng.int(60)) : 0,
      };
      return { order: undefined, names };
    }
    const byId = (order.clOrdIdLow === 0 && order.clOrdIdHigh === 0) || this.chance(50);
    const names = {
      account: this.chance(2) ? this.anyAccount() : order.account,
      instrument: order.instrument,
      orderSlot: byId ? order.slot : 0,
      orderGeneration: byId ? order.generation : 0,
      clOrdIdLow: order.clOrdIdLow,
      clOrdIdHigh: order.clOrdIdHigh,
    };
    return { order, names };
  }

  cancel(world: World, heading: Heading): Int32Array {
    return command('cancelOrder', this.named(world).names, heading);
  }

  amend(world: World, heading: Heading): Int32Array {
    const { order, names } = this.named(world);
    const values: Record<string, number> = { ...names };
    const instrument = order?.instrument ?? 0;
    const { lot } = this.profile;
    const quantity = order === undefined ? this.lots() : order.leaves + order.cum;
    if (this.chance(55)) {
      const change = this.chance(60) ? -lot * (1 + this.rng.int(3)) : lot * this.rng.int(8);
      values['quantity'] = this.chance(4) ? this.lots() : Math.min(LOTS_MAX, quantity + change);
    }
    const priced = order === undefined || order.price !== 0 || this.chance(5);
    if (priced && this.chance(45)) values['priceTicks'] = this.price(world, instrument);
    if ((order?.stop ?? 0) !== 0 ? this.chance(50) : this.chance(2))
      values['stopTicks'] = this.price(world, instrument);
    if ((order?.display ?? 0) !== 0 ? this.chance(30) : this.chance(2)) values['displayQuantity'] = this.part(quantity);
    return command('amendOrder', values, heading);
  }

  massQuote(world: World, heading: Heading): Int32Array {
    const count = this.chance(60) ? 1 : this.chance(98) ? 1 + this.rng.int(3) : 65 * this.rng.int(2);
    const entries = Array.from({ length: count }, () => this.quoteEntry(world));
    const seen = new Set<number>();
    const single = entries.filter(
      ({ instrument }) => count > 64 || this.chance(3) || (!seen.has(instrument) && seen.add(instrument)),
    );
    return quoteCommand(this.anyAccount(), single, heading);
  }

  private quoteEntry(world: World) {
    const instrument = this.anyInstrument();
    const bid = this.price(world, instrument, Side.buy);
    const ask = this.chance(4)
      ? this.price(world, instrument)
      : this.onTable(world, instrument, Math.min(LOTS_MAX, bid + 1 + this.rng.int(6)));
    const bidQuantity = this.chance(15) ? 0 : this.lots();
    const askQuantity = this.chance(15) ? 0 : this.lots();
    return { instrument, bid, bidQuantity, ask, askQuantity };
  }
}
