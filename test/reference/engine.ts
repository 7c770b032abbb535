/**
 * The reference engine: slow, obvious, written from docs/trading/semantics.md alone.
 * It shares nothing with src/trading but the layouts and numbers, so that a mistake has to be made twice to stay unseen.
 */
import { Code } from '#trading/codes.ts';
import { CommandKind, Genesis, Header, Semantics, commandKind, readWide } from '#trading/commands.ts';
import { MarketState } from '#trading/terms.ts';
import type { Side } from '#trading/terms.ts';
import { aftermath } from './aftermath.ts';
import { amendOrder, cancelOrder } from './amend.ts';
import { answer } from './answers.ts';
import { saturated, tellIndicatives } from './auction.ts';
import {
  killSwitch,
  marketState,
  massCancel,
  setAccount,
  setInstrument,
  setProtection,
  setRestriction,
  setRiskLimits,
  setTickTable,
} from './control.ts';
import type { DisplayedLevel, PlainEvent } from './events.ts';
import { addLocate, cancelTrade, corporateAction, correctTrade, moveFunds, rollDay } from './ledger.ts';
import type { Asker } from './lifecycle.ts';
import { cancel } from './lifecycle.ts';
import { changeState } from './market.ts';
import { newOrder } from './new-order.ts';
import { massQuote } from './quotes.ts';
import { refuse } from './refusal.ts';
import { World, bookSide } from './world.ts';

type Handler = (world: World, words: Int32Array, at: number, asker: Asker) => void;

const HANDLERS = new Map<number, Handler>([
  [CommandKind.newOrder, newOrder],
  [CommandKind.amendOrder, amendOrder],
  [CommandKind.cancelOrder, cancelOrder],
  [CommandKind.massCancel, massCancel],
  [CommandKind.massQuote, massQuote],
  [CommandKind.clock, (world) => tellIndicatives(world)],
  [CommandKind.marketState, marketState],
  [CommandKind.killSwitch, killSwitch],
  [CommandKind.instrument, setInstrument],
  [CommandKind.account, setAccount],
  [CommandKind.riskLimits, setRiskLimits],
  [CommandKind.restriction, setRestriction],
  [CommandKind.funds, moveFunds],
  [CommandKind.locate, addLocate],
  [CommandKind.tradeCancel, cancelTrade],
  [CommandKind.tradeCorrect, correctTrade],
  [CommandKind.dayRoll, rollDay],
  [CommandKind.tickTable, setTickTable],
  [CommandKind.marketMakerProtection, setProtection],
  [CommandKind.corporateAction, corporateAction],
  [CommandKind.genesis, refuseSecondGenesis],
  [CommandKind.semantics, setSemantics],
]);

const VERSION = 1;

function refuseSecondGenesis(world: World, _words: Int32Array, _at: number, asker: Asker): void {
  answer(world, CommandKind.genesis, asker, 0, 0, refuse(Code.alreadyExists));
}

function setSemantics(world: World, words: Int32Array, at: number, asker: Asker): void {
  const version = words[at + Semantics.version];
  const code = version > VERSION ? Code.semanticsTooNew : version < VERSION ? Code.badParameter : Code.ok;
  answer(world, CommandKind.semantics, asker, version, 1, code === Code.ok ? undefined : refuse(code));
}

export class ReferenceEngine {
  private born: World | undefined;

  /** Everything the engine knows, for invariants and comparison. */
  get world(): World {
    if (this.born === undefined) throw new Error('reference: the first command must be genesis');
    return this.born;
  }

  /** Carries out the command at `at`; returns what happened. The first one must be genesis. */
  apply(words: Int32Array, at = 0): PlainEvent[] {
    const kind = commandKind(words, at);
    const asker: Asker = { session: words[at + Header.session], clientSequence: words[at + Header.clientSequence] };
    const time = readWide(words, at + Header.timeLow);
    if (this.born === undefined && kind === CommandKind.genesis) {
      this.born = worldOf(words, at);
      this.born.now = time;
      return this.takeEvents();
    }
    const world = this.world;
    world.now = time;
    runTimers(world);
    const handler = HANDLERS.get(kind);
    if (handler === undefined) answer(world, kind, asker, 0, 0, refuse(Code.unknownCommand));
    else handler(world, words, at, asker);
    aftermath(world);
    return this.takeEvents();
  }

  /** The displayed book of one side, best price first. */
  displayed(instrument: number, side: Side): DisplayedLevel[] {
    const levels: DisplayedLevel[] = [];
    for (const order of bookSide(this.world, instrument, side)) {
      const level = levels.at(-1);
      if (level?.price === order.price) {
        level.quantity += order.displayed;
        level.orders++;
      } else levels.push({ price: order.price, quantity: order.displayed, orders: 1 });
    }
    return levels.map((level) => ({ ...level, quantity: saturated(level.quantity) }));
  }

  private takeEvents(): PlainEvent[] {
    const { events } = this.world;
    this.world.events = [];
    return events;
  }
}

function worldOf(words: Int32Array, at: number): World {
  return new World({
    orders: words[at + Genesis.orders],
    dayOrders: words[at + Genesis.dayOrders],
    accounts: words[at + Genesis.accounts],
    positions: words[at + Genesis.positions],
    instruments: words[at + Genesis.instruments],
    priceLeaves: words[at + Genesis.priceLeaves],
    trades: words[at + Genesis.trades],
    sessions: words[at + Genesis.sessions],
    recentOrders: words[at + Genesis.recentOrders],
    participants: words[at + Genesis.participants],
    tickTables: words[at + Genesis.tickTables],
  });
}

/** Runs what is due, in order of time and then of creation; each with its own aftermath. */
function runTimers(world: World): void {
  for (;;) {
    const due: { time: number; born: number; run: () => void }[] = [];
    for (const order of world.orders) {
      if (order.expire === 0 || order.expire > world.now) continue;
      due.push({ time: order.expire, born: order.born, run: () => cancel(world, order, Code.goodTillDatePassed) });
    }
    for (const instrument of world.instruments) {
      if (instrument === undefined || instrument.auctionEnd === 0 || instrument.auctionEnd > world.now) continue;
      const run = (): void => changeState(world, instrument, MarketState.continuous, Code.ok);
      due.push({ time: instrument.auctionEnd, born: instrument.auctionBorn, run });
    }
    const next = due.toSorted((left, right) => left.time - right.time || left.born - right.born)[0];
    if (next === undefined) return;
    next.run();
    aftermath(world);
  }
}
