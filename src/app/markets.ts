/**
 * Takes markets through their trading day: asks for the market states and the day roll that the calendars call for, over
 * the platform's session. Acts on what the markets' states are, so that it can be started at any time and after any
 * interruption. Never ends a halt that a person ordered, and never opens a market while it cannot see its state.
 */
import { NEVER_MICROS, dateOfDay, dayOfDate, phaseAt } from '#trading/calendar.ts';
import type { Calendar, Phase } from '#trading/calendar.ts';
import {
  CommandKind,
  DAY_ROLL_WORDS,
  DayRoll,
  MARKET_STATE_WORDS,
  MarketStateCommand,
  writeHeader,
} from '#trading/commands.ts';
import { MARKET_STATE_NAMES, MarketState } from '#trading/terms.ts';
import { nextMarketState } from './market-phases.ts';

/** What the driver reads, possibly a few milliseconds late. */
export interface MarketStates {
  /** Undefined while the instrument is not there, or not listed. */
  state(instrument: number): MarketState | undefined;
  /** The trading day of the journal as yyyymmdd, 0 before the first. */
  tradingDay(): number;
}

/** The platform's session; false when it cannot take the command now. */
export interface MarketCommands {
  send(words: Int32Array, lengthWords: number): boolean;
}

export interface DrivenMarket {
  readonly instrument: number;
  readonly symbol: string;
  readonly calendar: Calendar;
  readonly volatilityAuctionMillis: number;
}

export interface MarketDriverOptions {
  /** Shortest call for orders before trading begins. @default 15 */
  readonly callSeconds?: number;
}

/** Where one market is and goes, for people. */
export interface DrivenMarketStatus {
  readonly instrument: number;
  readonly symbol: string;
  readonly calendar: string;
  readonly state: string | undefined;
  readonly wantedState: string;
  readonly nextState: string;
  /** Undefined when nothing is planned. */
  readonly nextAtMicros: number | undefined;
  readonly isHeld: boolean;
}

export interface MarketDriverStatus {
  readonly tradingDay: number;
  readonly markets: readonly DrivenMarketStatus[];
  /** Why the day cannot be rolled, when it cannot. */
  readonly problem: string | undefined;
}

const CALL_SECONDS = 15;
const SECOND_MICROS = 1_000_000;
/** A request that had no effect is made again after this time. */
const RETRY_MICROS = 2 * SECOND_MICROS;

interface MarketProgress {
  readonly market: DrivenMarket;
  phase: Phase | undefined;
  state: MarketState | undefined;
  sinceMicros: number;
  isHeld: boolean;
  /** Left open from an earlier trading day: it is closed, and the day rolled, before it opens for this one. */
  isLeftOver: boolean;
  askedMicros: number;
}

export class MarketDriver {
  private readonly states: MarketStates;
  private readonly commands: MarketCommands;
  private readonly callMicros: number;
  private readonly progress: MarketProgress[];
  private readonly words = new Int32Array(Math.max(MARKET_STATE_WORDS, DAY_ROLL_WORDS));
  private rollAskedMicros = -RETRY_MICROS;
  /** The day last asked for, until the journal has it; 0 when none is. */
  private askedDay = 0;
  private rolledForOpeningMicros = 0;
  private problem: string | undefined;
  private hasLookedForLeftOvers = false;

  constructor(
    markets: readonly DrivenMarket[],
    states: MarketStates,
    commands: MarketCommands,
    options: MarketDriverOptions = {},
  ) {
    this.states = states;
    this.commands = commands;
    this.callMicros = (options.callSeconds ?? CALL_SECONDS) * SECOND_MICROS;
    this.progress = markets.map((market) => ({
      market,
      phase: undefined,
      state: undefined,
      sinceMicros: 0,
      isHeld: false,
      isLeftOver: false,
      askedMicros: -RETRY_MICROS,
    }));
  }

  /** Looks at every market and asks for at most one change of each. To be called a few times a second. */
  step(nowMicros: number): void {
    for (const member of this.progress) this.look(member, nowMicros);
    this.lookForLeftOvers();
    const isRolling = this.rollDay(nowMicros);
    // An open market would stand in the way of the roll.
    if (!isRolling) for (const member of this.progress) this.advance(member, nowMicros);
  }

  status(): MarketDriverStatus {
    return {
      tradingDay: this.states.tradingDay(),
      problem: this.problem,
      markets: this.progress.map(({ market, phase, state, isHeld }) => ({
        instrument: market.instrument,
        symbol: market.symbol,
        calendar: market.calendar.name,
        state: state === undefined ? undefined : MARKET_STATE_NAMES[state],
        wantedState: MARKET_STATE_NAMES[phase?.state ?? MarketState.closed],
        nextState: MARKET_STATE_NAMES[phase?.next ?? MarketState.closed],
        nextAtMicros: phase === undefined || phase.nextAtMicros === NEVER_MICROS ? undefined : phase.nextAtMicros,
        isHeld,
      })),
    };
  }

  private look(member: MarketProgress, nowMicros: number): void {
    if (member.phase === undefined || nowMicros >= member.phase.nextAtMicros || nowMicros < member.phase.sinceMicros) {
      member.phase = phaseAt(member.market.calendar, nowMicros);
    }
    const state = this.states.state(member.market.instrument);
    if (state === member.state) return;
    member.state = state;
    if (state === MarketState.closed) member.isLeftOver = false;
    member.sinceMicros = nowMicros;
    member.askedMicros = -RETRY_MICROS;
    const isPlanned = member.phase.state === MarketState.halt || member.phase.previous === MarketState.halt;
    member.isHeld = state === MarketState.halt && !isPlanned;
  }

  /** Once, when the markets are first seen: were they left open on an earlier day, by a platform that then stopped? */
  private lookForLeftOvers(): void {
    if (this.hasLookedForLeftOvers) return;
    const open = this.progress.filter(({ state }) => state !== undefined && state !== MarketState.closed);
    if (this.progress.every(({ state }) => state === undefined)) return;
    this.hasLookedForLeftOvers = true;
    const current = this.states.tradingDay();
    const isOfLaterDay = ({ market, phase }: MarketProgress): boolean =>
      market.calendar.kind === 'daily' && phase !== undefined && phase.tradingDay > current;
    // While one of them is rightly open the day could not be rolled anyway.
    if (current !== 0 && open.every(isOfLaterDay)) for (const member of open) member.isLeftOver = true;
  }

  private advance(member: MarketProgress, nowMicros: number): void {
    const { phase, state, sinceMicros, isHeld, market } = member;
    if (phase === undefined || state === undefined || nowMicros - member.askedMicros < RETRY_MICROS) return;
    const volatilityAuctionMicros = market.volatilityAuctionMillis * 1000;
    const next = nextMarketState(
      { state, sinceMicros, isHeld, volatilityAuctionMicros },
      member.isLeftOver ? { ...phase, state: MarketState.closed } : phase,
      nowMicros,
      this.callMicros,
    );
    if (next === undefined) return;
    const { words } = this;
    writeHeader(words, 0, CommandKind.marketState, MARKET_STATE_WORDS, 0, 0);
    words[MarketStateCommand.instrument] = market.instrument;
    words[MarketStateCommand.state] = next;
    if (this.commands.send(words, MARKET_STATE_WORDS)) member.askedMicros = nowMicros;
  }

  /** Asks for the day roll when every market is closed and a new day is due. True while one is under way. */
  private rollDay(nowMicros: number): boolean {
    const opening = this.earliestOpening();
    if (opening === undefined) return false;
    const current = this.states.tradingDay();
    if (this.askedDay !== 0 && current >= this.askedDay) {
      this.askedDay = 0;
      this.rolledForOpeningMicros = opening.phase.opensAtMicros;
    }
    const day = this.dueDay(opening, current);
    if (day === undefined) return false;
    if (nowMicros - this.rollAskedMicros < RETRY_MICROS) return true;
    const { words } = this;
    writeHeader(words, 0, CommandKind.dayRoll, DAY_ROLL_WORDS, 0, 0);
    words[DayRoll.tradingDay] = day;
    words[DayRoll.reserved] = 0;
    if (this.commands.send(words, DAY_ROLL_WORDS)) {
      this.rollAskedMicros = nowMicros;
      this.askedDay = day;
    }
    return true;
  }

  /** The market that opens first, once all that are there are closed. */
  private earliestOpening(): Opening | undefined {
    let earliest: Opening | undefined;
    for (const { state, phase, market } of this.progress) {
      if (state === undefined || phase === undefined) continue;
      if (state !== MarketState.closed) return undefined;
      if (phase.opensAtMicros === NEVER_MICROS) continue;
      if (earliest === undefined || phase.opensAtMicros < earliest.phase.opensAtMicros) earliest = { phase, market };
    }
    return earliest;
  }

  /** The day to roll to, or undefined when the journal's day is the right one. */
  private dueDay({ phase, market }: Opening, current: number): number | undefined {
    this.problem = undefined;
    if (market.calendar.kind === 'daily') {
      if (phase.tradingDay < current) this.problem = `the journal's trading day ${current} is ahead of the calendar`;
      return phase.tradingDay > current ? phase.tradingDay : undefined;
    }
    // Cycles of one date follow each other within hours, and the engine's days must rise: each gets a date of its own.
    if (phase.opensAtMicros === this.rolledForOpeningMicros) return undefined;
    return current === 0 ? phase.tradingDay : Math.max(phase.tradingDay, dateOfDay(dayOfDate(current) + 1));
  }
}

interface Opening {
  readonly phase: Phase;
  readonly market: DrivenMarket;
}
