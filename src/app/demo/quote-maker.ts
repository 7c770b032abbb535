/**
 * A market maker that quotes both sides of several instruments with mass quotes, from one account. When its protection
 * trips it stays out for a moment and then asks the platform to let it in again.
 */
import { CommandKind, PROTECTION_WORDS, Protection, writeHeader } from '#trading/commands.ts';
import { EventKind, Execution, MarketStateEvent, OrderStatus, ProtectionEvent, eventKind } from '#trading/events.ts';
import { Side, TermFlag, sideOf } from '#trading/terms.ts';
import type { ReferenceProtection } from '../reference-accounts.ts';
import { FairValue } from './fair-value.ts';
import type { QuoteRequest } from './order-desk.ts';
import type { AdministratorPort, DeskAccount } from './ports.ts';
import type { TradedInstrument } from './traded-instrument.ts';
import { SECOND_MICROS, later } from './trader.ts';
import type { Trader, TraderSetup } from './trader.ts';

/** How often it looks at its market, in seconds. */
const LOOK_SECONDS = 0.1;
/** A quote is renewed after this time even where its price still fits: its size is thought over. */
const RENEW_MICROS = 4 * SECOND_MICROS;
/** In an auction it looks less often and quotes wider. */
const AUCTION_RENEW_MICROS = SECOND_MICROS;
const AUCTION_CAUTION = 3;
const TRIPPED_SECONDS = 1.5;
/** Typical orders shown on a side. */
const SIZE_MULTIPLE = 4;

interface QuotedInstrument {
  readonly traded: TradedInstrument;
  readonly fair: FairValue;
  bidTicks: number;
  askTicks: number;
  /** A side was filled, or never quoted. */
  isIncomplete: boolean;
  renewMicros: number;
}

export class QuoteMaker implements Trader {
  dueMicros: number;
  private readonly setup: TraderSetup;
  private readonly owner: DeskAccount;
  private readonly protection: ReferenceProtection | undefined;
  private readonly administrator: AdministratorPort;
  private readonly quoted = new Map<number, QuotedInstrument>();
  private isTripped = false;

  constructor(
    setup: TraderSetup,
    owner: DeskAccount,
    instruments: readonly TradedInstrument[],
    protection: ReferenceProtection | undefined,
    administrator: AdministratorPort,
  ) {
    this.setup = setup;
    this.owner = owner;
    this.protection = protection;
    this.administrator = administrator;
    this.dueMicros = later(setup.startMicros, LOOK_SECONDS, setup.rng);
    for (const traded of instruments) {
      const fair = new FairValue(setup.rng.fork(), traded, owner.account);
      this.quoted.set(traded.instrument, {
        traded,
        fair,
        bidTicks: 0,
        askTicks: 0,
        isIncomplete: true,
        renewMicros: 0,
      });
    }
    setup.desk.onUnnamedExecution(owner.account, (words, at) => this.noteExecution(words, at));
  }

  act(nowMicros: number): void {
    const { setup } = this;
    this.dueMicros = later(nowMicros, LOOK_SECONDS / setup.pace, setup.rng);
    if (this.isTripped) {
      this.isTripped = !this.resetProtection();
      return;
    }
    const quotes: QuoteRequest[] = [];
    for (const member of this.quoted.values()) {
      const quote = member.traded.isOpen ? this.requote(member, nowMicros) : undefined;
      if (quote !== undefined) quotes.push(quote);
    }
    if (quotes.length > 0 && !setup.desk.quote(this.owner, quotes)) this.forgetQuotes();
  }

  /** Takes the engine's event at `at`: protection that tripped, an instrument that changed its state. */
  observe(words: Int32Array, at: number, nowMicros: number): void {
    const kind = eventKind(words, at);
    if (kind === EventKind.protection && words[at + ProtectionEvent.account] === this.owner.account) {
      this.isTripped = true;
      this.dueMicros = nowMicros + TRIPPED_SECONDS * SECOND_MICROS;
      this.forgetQuotes();
    } else if (kind === EventKind.marketState) {
      const member = this.quoted.get(words[at + MarketStateEvent.instrument]);
      if (member !== undefined) member.isIncomplete = true;
    }
  }

  private requote(member: QuotedInstrument, nowMicros: number): QuoteRequest | undefined {
    const { traded, fair } = member;
    const { isContinuous } = traded;
    const { bidTicks, askTicks } = fair.look(nowMicros, isContinuous ? 1 : AUCTION_CAUTION);
    const moved = bidTicks !== member.bidTicks || askTicks !== member.askTicks;
    const isDue = nowMicros >= member.renewMicros;
    if (!isDue && !(isContinuous && (moved || member.isIncomplete))) return undefined;
    member.bidTicks = bidTicks;
    member.askTicks = askTicks;
    member.isIncomplete = false;
    member.renewMicros = nowMicros + (isContinuous ? RENEW_MICROS : AUCTION_RENEW_MICROS);
    const size = SIZE_MULTIPLE * (0.6 + 0.8 * this.setup.rng.float());
    return {
      instrument: traded.instrument,
      bidTicks,
      bidQuantity: fair.lots(Side.buy, size),
      askTicks,
      askQuantity: fair.lots(Side.sell, size),
    };
  }

  private noteExecution(words: Int32Array, at: number): void {
    if ((words[at + Execution.terms] & TermFlag.quote) === 0) return;
    const member = this.quoted.get(words[at + Execution.instrument]);
    if (member === undefined || (words[at + Execution.status] & 0xff) !== OrderStatus.filled) return;
    // Zero is no price: the side is quoted again at the next look.
    if (sideOf(words[at + Execution.terms]) === Side.buy) member.bidTicks = 0;
    else member.askTicks = 0;
    member.isIncomplete = true;
  }

  private forgetQuotes(): void {
    for (const member of this.quoted.values()) {
      member.isIncomplete = true;
      member.renewMicros = 0;
    }
  }

  private resetProtection(): boolean {
    const words = new Int32Array(PROTECTION_WORDS);
    writeHeader(words, 0, CommandKind.marketMakerProtection, PROTECTION_WORDS, 0, 0);
    words[Protection.account] = this.owner.account;
    words[Protection.windowMicros] = this.protection?.windowMicros ?? 0;
    words[Protection.maxQuantity] = this.protection?.maxQuantity ?? 0;
    words[Protection.maxExecutions] = this.protection?.maxExecutions ?? 0;
    words[Protection.reset] = 1;
    return this.administrator.send(words, PROTECTION_WORDS);
  }
}
