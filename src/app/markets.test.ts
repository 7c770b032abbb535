import { describe, expect, it } from 'vitest';
import { writeGenesis } from '#trading/capacity.ts';
import type { Calendar, DailyCalendar, PhaseStart } from '#trading/calendar.ts';
import {
  CommandKind,
  GENESIS_WORDS,
  Header,
  INSTRUMENT_WORDS,
  InstrumentCommand,
  MARKET_STATE_WORDS,
  MarketStateCommand,
  writeHeader,
} from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';
import { EventKind, eventKind, eventLength } from '#trading/events.ts';
import { MARKET_STATE_NAMES, MarketState } from '#trading/terms.ts';
import { marketStatesOf } from './engine-state.ts';
import { MarketDriver } from './markets.ts';
import { DEMO_CAPACITY } from './seed.ts';

const { closed, preOpen, openingAuction, continuous, volatilityAuction, halt, closingAuction } = MarketState;
const STEP_MICROS = 250_000;
const SMALL = {
  ...DEMO_CAPACITY,
  orders: 64,
  dayOrders: 64,
  trades: 64,
  priceLeaves: 64,
  recentOrders: 64,
  sessions: 16,
};

function schedule(phases: Record<string, MarketState>): PhaseStart[] {
  return Object.entries(phases).map(([at, state]) => {
    const [hour, minute, second = 0] = at.split(':').map(Number);
    return { atSeconds: hour * 3600 + minute * 60 + second, state };
  });
}

function daily(phases: Record<string, MarketState>): DailyCalendar {
  const normal = schedule(phases);
  return {
    kind: 'daily',
    name: 'TEST',
    offsets: [{ fromMicros: 0, offsetSeconds: 0 }],
    week: [[], normal, normal, normal, normal, normal, []],
    exceptions: new Map(),
  };
}

const exchange = daily({
  '07:00': preOpen,
  '07:50': openingAuction,
  '08:00': continuous,
  '12:00': volatilityAuction,
  '12:02': continuous,
  '16:30': closingAuction,
  '16:35': closed,
});
const withLunch = daily({
  '08:00': preOpen,
  '09:00': continuous,
  '11:30': halt,
  '12:05': preOpen,
  '12:30': continuous,
  '15:25': closingAuction,
  '15:30': closed,
});
const minutes: Calendar = {
  kind: 'cycle',
  name: 'CYCLE',
  cycleSeconds: 600,
  phases: schedule({
    '00:00': preOpen,
    '00:00:10': openingAuction,
    '00:00:40': continuous,
    '00:09': closingAuction,
    '00:09:30': closed,
  }),
};

/** A driver over a real engine, with a clock moved by hand and a record of what happened. */
class Stage {
  readonly engine: Engine;
  readonly log: string[] = [];
  readonly rolls: number[] = [];
  refused = 0;
  isConnected = true;
  driver: MarketDriver;
  nowMicros: number;
  private readonly calendars: readonly Calendar[];

  constructor(start: string, ...calendars: Calendar[]) {
    this.nowMicros = Date.parse(start) * 1000;
    this.calendars = calendars;
    this.engine = new Engine((words, end) => this.note(words, end));
    const genesis = new Int32Array(GENESIS_WORDS);
    writeGenesis(genesis, 0, SMALL, this.nowMicros);
    this.apply(genesis);
    for (const instrument of calendars.keys()) {
      const words = new Int32Array(INSTRUMENT_WORDS);
      writeHeader(words, 0, CommandKind.instrument, INSTRUMENT_WORDS, 0, 0);
      words[InstrumentCommand.instrument] = instrument;
      words[InstrumentCommand.symbol] = 65 + instrument;
      words[InstrumentCommand.flags] = 1;
      words[InstrumentCommand.moneyPerTick] = 1;
      words[InstrumentCommand.referenceTicks] = 100;
      words[InstrumentCommand.lotSize] = 1;
      words[InstrumentCommand.minTicks] = 1;
      words[InstrumentCommand.maxTicks] = 1000;
      words[InstrumentCommand.currency] = 65;
      words[InstrumentCommand.tickMantissa] = 1;
      this.apply(words);
    }
    this.driver = this.newDriver();
  }

  newDriver(): MarketDriver {
    const markets = this.calendars.map((calendar, instrument) => ({
      instrument,
      symbol: String.fromCharCode(65 + instrument),
      calendar,
      volatilityAuctionMillis: 0,
    }));
    const send = (words: Int32Array): boolean => this.isConnected && this.apply(words);
    return new MarketDriver(
      markets,
      marketStatesOf(() => this.engine),
      { send },
    );
  }

  until(isoTime: string): this {
    const endMicros = Date.parse(isoTime) * 1000;
    for (; this.nowMicros <= endMicros; this.nowMicros += STEP_MICROS) this.driver.step(this.nowMicros);
    return this;
  }

  order(state: MarketState, instrument = 0): void {
    const words = new Int32Array(MARKET_STATE_WORDS);
    writeHeader(words, 0, CommandKind.marketState, MARKET_STATE_WORDS, 0, 0);
    words[MarketStateCommand.instrument] = instrument;
    words[MarketStateCommand.state] = state;
    this.apply(words);
  }

  state(instrument = 0): string {
    return MARKET_STATE_NAMES[marketStatesOf(() => this.engine).state(instrument) ?? closed];
  }

  private apply(words: Int32Array): boolean {
    words[Header.timeLow] = this.nowMicros | 0;
    words[Header.timeHigh] = Math.floor(this.nowMicros / 4294967296);
    this.engine.apply(words, 0);
    return true;
  }

  private note(words: Int32Array, end: number): void {
    for (let at = 0; at < end; at += eventLength(words, at)) {
      const kind = eventKind(words, at);
      const time = new Date(this.nowMicros / 1000).toISOString().slice(11, 19);
      if (kind === EventKind.marketState) this.log.push(`${time} ${MARKET_STATE_NAMES[words[at + 2]]}`);
      if (kind === EventKind.refused) this.refused++;
      if (kind === EventKind.accepted && words[at + 1] === CommandKind.dayRoll) this.rolls.push(words[at + 4]);
    }
  }
}

describe('the market driver', () => {
  it('takes a market through its day, each change at its second', () => {
    const stage = new Stage('2026-11-24T06:00:00Z', exchange).until('2026-11-24T17:00:00Z');
    expect(stage.log).toEqual([
      '07:00:00 pre-open',
      '07:50:00 opening auction',
      '08:00:00 continuous',
      '12:00:00 volatility auction',
      '12:02:00 continuous',
      '16:30:00 closing auction',
      '16:35:00 closed',
    ]);
    expect(stage.refused).toBe(0);
  });

  it('rolls the day before it opens, once, and not at the weekend', () => {
    const stage = new Stage('2026-11-26T06:00:00Z', exchange).until('2026-11-30T10:00:00Z');
    expect(stage.rolls).toEqual([20261126, 20261127, 20261130]);
    expect(stage.refused).toBe(0);
  });

  it('opens late with a call for orders, and goes on as planned', () => {
    const stage = new Stage('2026-11-24T10:00:00Z', exchange).until('2026-11-24T10:01:00Z');
    expect(stage.log).toEqual(['10:00:00 pre-open', '10:00:00 opening auction', '10:00:15 continuous']);
    expect(stage.rolls).toEqual([20261124]);
  });

  it('pauses for lunch and reopens through a call', () => {
    const stage = new Stage('2026-11-24T07:59:00Z', withLunch).until('2026-11-24T15:31:00Z');
    expect(stage.log).toEqual([
      '08:00:00 pre-open',
      '09:00:00 continuous',
      '11:30:00 halt',
      '12:05:00 pre-open',
      '12:30:00 continuous',
      '15:25:00 closing auction',
      '15:30:00 closed',
    ]);
    expect(stage.refused).toBe(0);
  });

  it('waits for the afternoon when it is started in the lunch break', () => {
    const stage = new Stage('2026-11-24T11:45:00Z', withLunch).until('2026-11-24T12:31:00Z');
    expect(stage.log).toEqual(['12:05:00 pre-open', '12:30:00 continuous']);
  });

  it('never ends a halt that a person ordered, but closes with it', () => {
    const stage = new Stage('2026-11-24T07:00:00Z', exchange).until('2026-11-24T09:00:00Z');
    stage.order(halt);
    stage.until('2026-11-24T16:29:00Z');
    expect(stage.state()).toBe('halt');
    expect(stage.driver.status().markets[0]).toMatchObject({ isHeld: true, state: 'halt', wantedState: 'continuous' });
    stage.until('2026-11-24T16:36:00Z');
    expect(stage.state()).toBe('closed');
  });

  it('carries on when a person lets a halted market back into a call', () => {
    const stage = new Stage('2026-11-24T07:00:00Z', exchange).until('2026-11-24T09:00:00Z');
    stage.order(halt);
    stage.until('2026-11-24T09:30:00Z');
    stage.order(openingAuction);
    stage.until('2026-11-24T09:31:00Z');
    expect(stage.log.slice(-2)).toEqual(['09:30:00 opening auction', '09:30:15 continuous']);
  });

  it('does not repeat an auction within the day that a person ended', () => {
    const stage = new Stage('2026-11-24T07:00:00Z', exchange).until('2026-11-24T12:01:00Z');
    stage.order(continuous);
    stage.until('2026-11-24T12:10:00Z');
    expect(stage.log.slice(-2)).toEqual(['12:00:00 volatility auction', '12:01:00 continuous']);
  });

  it('ends an auction that has no timer of its own', () => {
    const stage = new Stage('2026-11-24T07:00:00Z', exchange).until('2026-11-24T09:00:00Z');
    stage.order(volatilityAuction);
    stage.until('2026-11-24T09:01:00Z');
    expect(stage.log.at(-1)).toBe('09:00:15 continuous');
  });

  it('closes what was left open on an earlier day, rolls the day, and opens late', () => {
    const stage = new Stage('2026-11-24T07:00:00Z', exchange).until('2026-11-24T08:30:00Z');
    stage.nowMicros = Date.parse('2026-11-25T09:00:00Z') * 1000;
    stage.driver = stage.newDriver();
    stage.until('2026-11-25T09:01:00Z');
    expect(stage.rolls).toEqual([20261124, 20261125]);
    expect(stage.log.slice(-4)).toEqual([
      '09:00:00 closed',
      '09:00:00 pre-open',
      '09:00:00 opening auction',
      '09:00:16 continuous',
    ]);
    expect(stage.refused).toBe(0);
  });

  it('leaves an open market of the running day as it is when it starts again', () => {
    const stage = new Stage('2026-11-24T07:00:00Z', exchange).until('2026-11-24T08:30:00Z');
    const before = stage.log.length;
    stage.driver = stage.newDriver();
    stage.until('2026-11-24T08:31:00Z');
    expect(stage.log.slice(before)).toEqual([]);
  });

  it('closes a market that stayed open into the night, and goes on the next day', () => {
    const stage = new Stage('2026-11-24T07:00:00Z', exchange).until('2026-11-24T08:30:00Z');
    stage.nowMicros = Date.parse('2026-11-25T03:00:00Z') * 1000;
    stage.until('2026-11-25T07:01:00Z');
    expect(stage.log.slice(-2)).toEqual(['03:00:00 closed', '07:00:00 pre-open']);
    expect(stage.rolls).toEqual([20261124, 20261125]);
    expect(stage.refused).toBe(0);
  });

  it('keeps asking while the platform session is away', () => {
    const stage = new Stage('2026-11-24T06:59:00Z', exchange);
    stage.isConnected = false;
    stage.until('2026-11-24T07:10:00Z');
    stage.isConnected = true;
    stage.until('2026-11-24T07:10:05Z');
    expect(stage.state()).toBe('pre-open');
  });

  it('runs cycles around the clock and gives each a day of its own', () => {
    const stage = new Stage('2026-11-24T23:39:50Z', minutes, minutes).until('2026-11-25T00:10:30Z');
    expect(stage.rolls).toEqual([20261124, 20261125, 20261126, 20261127]);
    expect(stage.log.filter((line) => line.endsWith('continuous'))).toHaveLength(6);
    expect(stage.refused).toBe(0);
  });

  it('rolls no day while one market is still open', () => {
    const stage = new Stage('2026-11-24T06:00:00Z', exchange, withLunch).until('2026-11-24T16:00:00Z');
    expect(stage.rolls).toEqual([20261124]);
    expect([stage.state(0), stage.state(1)]).toEqual(['continuous', 'closed']);
    stage.until('2026-11-24T16:36:00Z');
    expect(stage.rolls).toEqual([20261124, 20261125]);
  });

  it('says when the journal is ahead of the calendar', () => {
    const stage = new Stage('2026-11-24T23:39:50Z', minutes).until('2026-11-25T00:09:45Z');
    expect(stage.driver.status().problem).toBeUndefined();
    const send = (): boolean => true;
    const later = new MarketDriver(
      [{ instrument: 0, symbol: 'A', calendar: exchange, volatilityAuctionMillis: 0 }],
      marketStatesOf(() => stage.engine),
      { send },
    );
    later.step(stage.nowMicros);
    expect(later.status().problem).toContain('is ahead of the calendar');
  });

  it('brings every state to the one wanted, without ever asking for a change the engine refuses', () => {
    const starts = ['07:20', '07:55', '09:00', '12:01', '16:31', '18:00'].map((time) => `2026-11-24T${time}:00Z`);
    const paths: MarketState[][] = [
      [],
      [preOpen],
      [preOpen, openingAuction],
      [preOpen, continuous],
      [preOpen, continuous, volatilityAuction],
      [preOpen, continuous, closingAuction],
    ];
    const astray: string[] = [];
    for (const start of starts) {
      for (const path of paths) {
        const stage = new Stage(start, exchange);
        for (const state of path) stage.order(state);
        stage.driver = stage.newDriver();
        stage.until(new Date(Date.parse(start) + 50_000).toISOString());
        const { state, wantedState } = stage.driver.status().markets[0];
        const isAuctionPast = wantedState === 'volatility auction' && state === 'continuous';
        const isRight = state === wantedState || isAuctionPast;
        if (!isRight || stage.refused > 0) astray.push(`${start} ${path.join()}: ${state}, refused ${stage.refused}`);
      }
    }
    expect(astray).toEqual([]);
  });
});
