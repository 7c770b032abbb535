/**
 * A stream of commands for the warm-up: every kind, every order type and instruction, ordinary and extreme values.
 * It means nothing as a market, and never reaches a real engine.
 */
import {
  ACCOUNT_WORDS,
  AMEND_ORDER_WORDS,
  AccountCommand,
  AmendOrder,
  CANCEL_ORDER_WORDS,
  CancelOrder,
  CommandKind,
  DAY_ROLL_WORDS,
  DayRoll,
  FUNDS_WORDS,
  Funds,
  INSTRUMENT_WORDS,
  InstrumentCommand,
  KILL_SWITCH_WORDS,
  KillScope,
  KillSwitch,
  MARKET_STATE_WORDS,
  MASS_CANCEL_WORDS,
  MarketStateCommand,
  MassCancel,
  MassQuote,
  NEW_ORDER_EXTRAS_WORDS,
  NEW_ORDER_WORDS,
  NewOrder,
  PROTECTION_WORDS,
  Protection,
  QUOTE_ENTRY_WORDS,
  QuoteEntry,
  RISK_LIMITS_WORDS,
  RiskLimits,
  TRADE_CANCEL_WORDS,
  TradeCancel,
  writeHeader,
  writeWide,
} from '#trading/commands.ts';
import type { Rng } from '#kit/rng.ts';
import { Code } from '#trading/codes.ts';
import { MarketState, OrderType, ShortMark, TermFlag, TimeInForce, packMarks, packTerms } from '#trading/terms.ts';
import type { SelfTrade, Side } from '#trading/terms.ts';

const INSTRUMENTS = 3;
const ACCOUNTS = 4;
/** Instrument 2 trades near the highest price there is. */
const MID_TICKS = [10_000, 500, 2_000_000_000] as const;
const OPEN_PHASES = [MarketState.preOpen, MarketState.openingAuction, MarketState.continuous] as const;
const ROUND_COMMANDS = 12_000;

export class WarmUpFlow {
  private readonly rng: Rng;
  private readonly words: Int32Array;
  private step = 0;
  private clOrdId = 0;

  /** Commands are written to `words` from 0 on. */
  constructor(rng: Rng, words: Int32Array) {
    this.rng = rng;
    this.words = words;
  }

  /** Writes the next command. */
  next(nowMicros: number): void {
    const step = this.step++;
    this.words.fill(0);
    if (step < INSTRUMENTS) this.instrument(step);
    else if (step < INSTRUMENTS + ACCOUNTS * 4) this.account((step - INSTRUMENTS) >> 2, (step - INSTRUMENTS) & 3);
    else this.traffic(step, nowMicros);
  }

  private traffic(step: number, nowMicros: number): void {
    const phase = step % ROUND_COMMANDS;
    if (phase < 200) this.marketState(OPEN_PHASES[Math.min(2, Math.floor(phase / 60))]);
    else if (phase === ROUND_COMMANDS - 40) this.marketState(MarketState.closingAuction);
    else if (phase === ROUND_COMMANDS - 2) this.marketState(MarketState.closed);
    else if (phase === ROUND_COMMANDS - 1) this.dayRoll(20_300_101 + Math.floor(step / ROUND_COMMANDS));
    else this.order(nowMicros);
  }

  private order(nowMicros: number): void {
    const draw = this.rng.int(1000);
    if (draw < 560) this.newOrder(nowMicros);
    else if (draw < 760) this.cancel();
    else if (draw < 900) this.amend();
    else if (draw < 960) this.quote();
    else if (draw < 970) this.massCancel();
    else if (draw < 975) this.killSwitch(draw & 1);
    else if (draw < 985) this.tradeCancel();
    else if (draw < 990) this.protectionReset();
    else this.marketState(MarketState.continuous);
  }

  private begin(kind: CommandKind, length: number): void {
    writeHeader(this.words, 0, kind, length, 0, 0);
  }

  private instrument(instrument: number): void {
    const { words } = this;
    this.begin(CommandKind.instrument, INSTRUMENT_WORDS);
    words[InstrumentCommand.instrument] = instrument;
    words[InstrumentCommand.symbol] = 0x4d52_4157;
    words[InstrumentCommand.flags] = instrument === 1 ? 5 : 1;
    words[InstrumentCommand.moneyPerTick] = 1;
    words[InstrumentCommand.referenceTicks] = MID_TICKS[instrument];
    words[InstrumentCommand.lotSize] = 1;
    words[InstrumentCommand.collarBasisPoints] = 2000;
    words[InstrumentCommand.dynamicBandBasisPoints] = instrument === 0 ? 100 : 0;
    words[InstrumentCommand.minTicks] = 1;
    words[InstrumentCommand.maxTicks] = 0x7fff_ffff;
    words[InstrumentCommand.tickMantissa] = 1;
  }

  private account(account: number, part: number): void {
    const { words } = this;
    if (part === 0) {
      this.begin(CommandKind.account, ACCOUNT_WORDS);
      words[AccountCommand.account] = account;
      words[AccountCommand.participant] = account >> 1;
      words[AccountCommand.selfTradeScope] = account & 1;
      words[AccountCommand.makerRate] = -20;
      words[AccountCommand.takerRate] = 30;
      words[AccountCommand.flags] = 1;
    } else if (part === 1) {
      this.begin(CommandKind.riskLimits, RISK_LIMITS_WORDS);
      words[RiskLimits.account] = account;
      words[RiskLimits.maxOrderQuantity] = 50_000;
      writeWide(words, RiskLimits.maxOrderValueLow, 4e15);
      writeWide(words, RiskLimits.maxOpenNotionalLow, 8e15);
      words[RiskLimits.maxLong] = words[RiskLimits.maxShort] = 1_000_000_000;
      words[RiskLimits.ordersPerSecond] = words[RiskLimits.messagesPerSecond] = 1_000_000_000;
      words[RiskLimits.flags] = 1;
    } else if (part === 2) {
      this.begin(CommandKind.funds, FUNDS_WORDS);
      words[Funds.account] = account;
      writeWide(words, Funds.amountLow, 4e15);
    } else {
      this.begin(CommandKind.marketMakerProtection, PROTECTION_WORDS);
      words[Protection.account] = account;
      words[Protection.windowMicros] = 1_000_000;
      words[Protection.maxQuantity] = 5000;
      words[Protection.maxExecutions] = 50;
    }
  }

  private marketState(state: number): void {
    this.begin(CommandKind.marketState, MARKET_STATE_WORDS);
    this.words[MarketStateCommand.instrument] = state === MarketState.continuous ? this.rng.int(INSTRUMENTS) : -1;
    this.words[MarketStateCommand.state] = state;
  }

  private newOrder(nowMicros: number): void {
    const { words, rng } = this;
    const plain = rng.int(3) !== 0;
    const type = plain ? OrderType.limit : rng.int(6);
    const timeInForce = plain ? (rng.int(6) === 0 ? TimeInForce.ioc : TimeInForce.day) : rng.int(7);
    const side = rng.int(2) as Side;
    const special = plain ? 0 : rng.int(6);
    const extras = plain ? 0 : TermFlag.extras;
    const flags = extras | (special === 1 ? TermFlag.postOnly : 0) | (special === 2 ? TermFlag.reduceOnly : 0);
    const instrument = rng.int(INSTRUMENTS);
    const price = this.price(instrument, side);
    this.begin(CommandKind.newOrder, plain ? NEW_ORDER_WORDS : NEW_ORDER_EXTRAS_WORDS);
    words[NewOrder.account] = rng.int(ACCOUNTS);
    words[NewOrder.instrument] = instrument;
    words[NewOrder.clOrdIdLow] = ++this.clOrdId;
    words[NewOrder.clOrdIdHigh] = this.clOrdId & 1;
    words[NewOrder.terms] = packTerms(
      side,
      type as OrderType,
      timeInForce as TimeInForce,
      rng.int(5) as SelfTrade,
      flags,
    );
    words[NewOrder.marks] = packMarks(rng.int(6), side === 1 ? ShortMark.short : ShortMark.none);
    words[NewOrder.quantity] = 1 + rng.int(special === 3 ? 40_000 : 100);
    words[NewOrder.priceTicks] = type === OrderType.market || type === OrderType.stop ? 0 : price;
    if (plain) return;
    if (type === OrderType.stop || type === OrderType.stopLimit)
      words[NewOrder.stopTicks] = this.price(instrument, side);
    if (special === 3) words[NewOrder.displayQuantity] = 1 + rng.int(20);
    if (special === 4) words[NewOrder.minimumQuantity] = 1;
    if (timeInForce === TimeInForce.gtd) writeWide(words, NewOrder.expireLow, nowMicros + 50_000);
    if (special === 5) {
      words[NewOrder.takeProfitTicks] = side === 0 ? price + 40 : price - 40;
      words[NewOrder.stopLossTicks] = side === 0 ? price - 40 : price + 40;
    } else if (rng.int(8) === 0) words[NewOrder.linkId] = 1 + rng.int(500);
  }

  private price(instrument: number, side: number): number {
    const away = this.rng.int(12) - 2;
    return MID_TICKS[instrument] + (side === 0 ? -away : away);
  }

  private cancel(): void {
    const { words } = this;
    this.begin(CommandKind.cancelOrder, CANCEL_ORDER_WORDS);
    words[CancelOrder.account] = this.rng.int(ACCOUNTS);
    words[CancelOrder.clOrdIdLow] = Math.max(1, this.clOrdId - this.rng.int(40));
    words[CancelOrder.clOrdIdHigh] = words[CancelOrder.clOrdIdLow] & 1;
  }

  private amend(): void {
    const { words } = this;
    this.begin(CommandKind.amendOrder, AMEND_ORDER_WORDS);
    words[AmendOrder.account] = this.rng.int(ACCOUNTS);
    words[AmendOrder.clOrdIdLow] = Math.max(1, this.clOrdId - this.rng.int(40));
    words[AmendOrder.clOrdIdHigh] = words[AmendOrder.clOrdIdLow] & 1;
    words[AmendOrder.quantity] = this.rng.int(3) * 60;
    words[AmendOrder.priceTicks] = this.rng.int(2) * this.price(0, 0);
  }

  private quote(): void {
    const { words } = this;
    const count = 1 + this.rng.int(INSTRUMENTS);
    this.begin(CommandKind.massQuote, MassQuote.entries + count * QUOTE_ENTRY_WORDS);
    words[MassQuote.account] = this.rng.int(ACCOUNTS);
    words[MassQuote.quoteId] = this.clOrdId;
    words[MassQuote.count] = count;
    for (let instrument = 0; instrument < count; instrument++) {
      const at = MassQuote.entries + instrument * QUOTE_ENTRY_WORDS;
      words[at + QuoteEntry.instrument] = instrument;
      words[at + QuoteEntry.bidTicks] = MID_TICKS[instrument] - 1 - this.rng.int(5);
      words[at + QuoteEntry.bidQuantity] = this.rng.int(50);
      words[at + QuoteEntry.askTicks] = MID_TICKS[instrument] + 1 + this.rng.int(5);
      words[at + QuoteEntry.askQuantity] = this.rng.int(50);
    }
  }

  private massCancel(): void {
    const { words, rng } = this;
    this.begin(CommandKind.massCancel, MASS_CANCEL_WORDS);
    words.fill(-1, MassCancel.session, MassCancel.reason);
    words[MassCancel.account] = rng.int(ACCOUNTS);
    words[MassCancel.instrument] = rng.int(INSTRUMENTS);
    words[MassCancel.side] = rng.int(3) - 1;
    words[MassCancel.reason] = Code.canceledByMassCancel;
  }

  private killSwitch(engage: number): void {
    this.begin(CommandKind.killSwitch, KILL_SWITCH_WORDS);
    this.words[KillSwitch.scope] = KillScope.account;
    this.words[KillSwitch.id] = ACCOUNTS - 1;
    this.words[KillSwitch.engage] = engage;
  }

  private tradeCancel(): void {
    this.begin(CommandKind.tradeCancel, TRADE_CANCEL_WORDS);
    this.words[TradeCancel.tradeIdLow] = 1 + this.rng.int(2000);
  }

  private protectionReset(): void {
    this.begin(CommandKind.marketMakerProtection, PROTECTION_WORDS);
    const { words } = this;
    words[Protection.account] = this.rng.int(ACCOUNTS);
    words[Protection.windowMicros] = 1_000_000;
    words[Protection.maxQuantity] = 5000;
    words[Protection.maxExecutions] = 50;
    words[Protection.reset] = 1;
  }

  private dayRoll(tradingDay: number): void {
    this.begin(CommandKind.dayRoll, DAY_ROLL_WORDS);
    this.words[DayRoll.tradingDay] = tradingDay;
  }
}
