/**
 * The whole demo in one process and in no time: reference data, seeding, market driver and simulated traders on the real
 * engine, with a clock that is moved by hand. Serves tests, benchmarks and recordings as a source of lifelike flow.
 */
import { fileURLToPath } from 'node:url';
import { DemoMarket } from '#app/demo/demo-market.ts';
import type { DemoOptions } from '#app/demo/demo-market.ts';
import { marketStatesOf, marketViewOf, seedReadsOf } from '#app/engine-state.ts';
import { MarketDriver } from '#app/markets.ts';
import { drivenMarkets, intradayActivityOf } from '#app/demo-set-up.ts';
import { loadReferenceData } from '#app/reference-data.ts';
import type { DemoRole } from '#app/reference-accounts.ts';
import type { ReferenceData } from '#app/reference-data.ts';
import { DEMO_CAPACITY, seedCommands } from '#app/seed.ts';
import { writeGenesis } from '#trading/capacity.ts';
import { CommandKind, GENESIS_WORDS, Header, HEADER_WORDS, commandKind, writeHeader } from '#trading/commands.ts';
import { Engine } from '#trading/engine.ts';

/** Told of each command as it is carried out, stamped, and of the events it brought about. */
export interface SimulationObserver {
  onCommand?(words: Int32Array, lengthWords: number): void;
  onEvents?(words: Int32Array, end: number, timeMicros: number): void;
}

export interface SimulationOptions extends DemoOptions {
  /** @default SIMULATION_START_MICROS */
  readonly startMicros?: number;
  /** Kinds of traders to leave out. @default none */
  readonly without?: readonly DemoRole[];
}

const STEP_MICROS = 10_000;
const CLOCK_MICROS = 100_000;
const CLOCK_WORDS = HEADER_WORDS;

/** 2026-11-22T12:00:00Z, the begin of a cycle of the demo's calendar. */
const SIMULATION_START_MICROS = 1_795_348_800_000_000;

export class DemoSimulation {
  readonly engine: Engine;
  readonly market: DemoMarket;
  readonly driver: MarketDriver;
  readonly reference: ReferenceData;
  nowMicros: number;
  commands = 0;
  /** Commands by kind. */
  readonly kinds = new Map<number, number>();
  private readonly observer: SimulationObserver;
  private readonly clock = new Int32Array(CLOCK_WORDS);
  private lastClockMicros: number;

  constructor(options: SimulationOptions = {}, observer: SimulationObserver = {}) {
    this.observer = observer;
    this.nowMicros = options.startMicros ?? SIMULATION_START_MICROS;
    this.lastClockMicros = this.nowMicros;
    const config = fileURLToPath(new URL('../../config', import.meta.url));
    this.reference = without(options.without ?? [], loadReferenceData(config, this.nowMicros));
    const listeners: DemoMarket[] = [];
    this.engine = new Engine((words, end) => {
      observer.onEvents?.(words, end, this.nowMicros);
      for (const listener of listeners) listener.observe(words, end);
    });
    const genesis = new Int32Array(GENESIS_WORDS);
    writeGenesis(genesis, 0, DEMO_CAPACITY, this.nowMicros);
    this.engine.apply(genesis, 0);
    observer.onCommand?.(genesis, GENESIS_WORDS);
    const engine = (): Engine => this.engine;
    for (const words of seedCommands(this.reference, seedReadsOf(engine))) this.submit(words, words.length, 0);
    const administrator = {
      send: (words: Int32Array, lengthWords: number): boolean => this.submit(words, lengthWords, 0),
    };
    this.driver = new MarketDriver(drivenMarkets(this.reference), marketStatesOf(engine), administrator);
    this.market = new DemoMarket(
      this.reference,
      {
        view: marketViewOf(engine),
        orders: { send: (session, words, lengthWords) => this.submit(words, lengthWords, session) },
        administrator,
      },
      this.nowMicros,
      { activityAt: intradayActivityOf(this.reference), ...options },
    );
    listeners.push(this.market);
  }

  /** Lets `seconds` of simulated time pass. `onStep` is called after every step of 10 ms. */
  run(seconds: number, onStep?: (nowMicros: number) => void): void {
    const endMicros = this.nowMicros + Math.round(seconds * 1_000_000);
    while (this.nowMicros < endMicros) {
      this.nowMicros += STEP_MICROS;
      if (this.nowMicros - this.lastClockMicros >= CLOCK_MICROS) {
        this.lastClockMicros = this.nowMicros;
        writeHeader(this.clock, 0, CommandKind.clock, CLOCK_WORDS, 0, 0);
        this.submit(this.clock, CLOCK_WORDS, 0);
        this.driver.step(this.nowMicros);
      }
      this.market.step(this.nowMicros);
      onStep?.(this.nowMicros);
    }
  }

  /** Stamps a command and carries it out at once. */
  submit(words: Int32Array, lengthWords: number, session: number): boolean {
    words[Header.session] = session;
    words[Header.timeLow] = this.nowMicros | 0;
    words[Header.timeHigh] = Math.floor(this.nowMicros / 4294967296);
    const kind = commandKind(words, 0);
    this.commands++;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    this.observer.onCommand?.(words, lengthWords);
    this.engine.apply(words, 0);
    return true;
  }
}

function without(roles: readonly DemoRole[], reference: ReferenceData): ReferenceData {
  const participants = reference.participants.map((participant) => ({
    ...participant,
    accounts: participant.accounts.map((account) => ({
      ...account,
      plays: account.plays.filter((role) => !roles.includes(role)),
    })),
  }));
  return { ...reference, participants };
}
