import { beforeAll, describe, expect, it } from 'vitest';
import { PriceSteps } from '#app/demo/price-steps.ts';
import type { DemoRole } from '#app/reference-accounts.ts';
import { DemoMarket } from '#app/demo/demo-market.ts';
import { marketViewOf } from '#app/engine-state.ts';
import { POSITION_SHIFT, Position } from '#trading/accounts.ts';
import { Code } from '#trading/codes.ts';
import {
  CommandKind,
  MARKET_STATE_WORDS,
  MarketStateCommand,
  NewOrder,
  commandKind,
  writeHeader,
} from '#trading/commands.ts';
import {
  EventKind,
  ExecType,
  Execution,
  Indicative,
  MarketStateEvent,
  Trade,
  eventKind,
  eventLength,
} from '#trading/events.ts';
import { MarkFlag, MarketState, OrderType, Side, TimeInForce, timeInForceOf, typeOf } from '#trading/terms.ts';
import { Rng } from '#kit/rng.ts';
import { DemoSimulation } from './demo-simulation.ts';
import { autocorrelation, dispersion, kurtosis, logReturns, mean, median, quantile } from './stylised-facts.ts';

const HOUR_SECONDS = 3600;
const DEPTH_STEPS = 12;

/** What one simulated hour, from the opening auction to the next day roll, looked like. */
class Hour {
  readonly simulation: DemoSimulation;
  /** Per instrument, once a second of continuous trading: best prices' distance in steps, their middle, depth by step. */
  readonly spreads: number[][] = [];
  readonly middles: number[][] = [];
  readonly depths: number[][] = [];
  readonly signs: number[][] = [];
  readonly auctionTrades: number[] = [];
  readonly indicatives: number[] = [];
  readonly auctions: number[] = [];
  readonly commandsPerSecond: number[] = [];
  readonly orderTypes = new Set<number>();
  readonly timesInForce = new Set<number>();
  readonly reasons = new Map<number, number>();
  rejected = 0;
  crossed = 0;
  oneSided = 0;
  samples = 0;
  private readonly steps: PriceSteps[];

  constructor(seed: number, without: readonly DemoRole[] = []) {
    this.simulation = new DemoSimulation(
      { seed, without },
      { onEvents: (words, end) => this.noteEvents(words, end), onCommand: (words) => this.noteCommand(words) },
    );
    const { instruments, tickTables } = this.simulation.reference;
    this.steps = instruments.map(({ tickTable, minTicks, maxTicks }) => {
      const bands = tickTables.find(({ table }) => table === tickTable)?.bands ?? [];
      return new PriceSteps(bands, minTicks, maxTicks);
    });
    for (const list of [this.spreads, this.middles, this.depths, this.signs]) list.push(...instruments.map(() => []));
    for (const list of [this.auctionTrades, this.indicatives, this.auctions]) list.push(...instruments.map(() => 0));
    for (const depth of this.depths) depth.push(...Array.from({ length: DEPTH_STEPS }, () => 0));
  }

  run(seconds: number): this {
    let step = 0;
    let lastCommands = 0;
    this.simulation.run(seconds, () => {
      this.lookForCrossing();
      if (++step % 100 !== 0) return;
      this.commandsPerSecond.push(this.simulation.commands - lastCommands);
      lastCommands = this.simulation.commands;
      this.sample();
    });
    return this;
  }

  private lookForCrossing(): void {
    const view = marketViewOf(() => this.simulation.engine);
    for (const instrument of this.spreads.keys()) {
      const bid = view.bestBidTicks(instrument);
      const isCrossed = bid !== 0 && bid >= (view.bestAskTicks(instrument) || Infinity);
      if (isCrossed && view.state(instrument) === MarketState.continuous) this.crossed++;
    }
  }

  private sample(): void {
    const view = marketViewOf(() => this.simulation.engine);
    const ladders = this.simulation.engine.view?.ladders;
    for (const instrument of this.spreads.keys()) {
      if (view.state(instrument) !== MarketState.continuous) continue;
      this.samples++;
      const bid = view.bestBidTicks(instrument);
      const ask = view.bestAskTicks(instrument);
      if (bid === 0 || ask === 0) {
        this.oneSided++;
        continue;
      }
      const step = this.steps[instrument].stepAt(bid);
      this.spreads[instrument].push((ask - bid) / step);
      this.middles[instrument].push((ask + bid) / 2);
      for (let distance = 0; distance < DEPTH_STEPS; distance++) {
        const level = ladders?.find((instrument << 2) | Side.buy, bid - distance * step) ?? -1;
        if (level >= 0) this.depths[instrument][distance] += ladders?.quantities[level] ?? 0;
      }
    }
  }

  private noteCommand(words: Int32Array): void {
    if (commandKind(words, 0) !== CommandKind.newOrder) return;
    this.orderTypes.add(typeOf(words[NewOrder.terms]));
    this.timesInForce.add(timeInForceOf(words[NewOrder.terms]));
  }

  private noteEvents(words: Int32Array, end: number): void {
    for (let at = 0; at < end; at += eventLength(words, at)) {
      const kind = eventKind(words, at);
      if (kind === EventKind.trade) this.noteTrade(words, at);
      else if (kind === EventKind.indicative) this.indicatives[words[at + Indicative.instrument]]++;
      else if (kind === EventKind.marketState) {
        const state = words[at + MarketStateEvent.state];
        if (state === MarketState.volatilityAuction) this.auctions[words[at + MarketStateEvent.instrument]]++;
      } else if (kind === EventKind.execution) {
        const reason = words[at + Execution.reason];
        if (words[at + Execution.execType] === ExecType.rejected) this.rejected++;
        this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
      }
    }
  }

  private noteTrade(words: Int32Array, at: number): void {
    const instrument = words[at + Trade.instrument];
    const aggressor = words[at + Trade.aggressorSide];
    if (aggressor === Side.buy || aggressor === Side.sell) this.signs[instrument].push(aggressor === Side.buy ? 1 : -1);
    else this.auctionTrades[instrument]++;
  }
}

describe('an hour of the simulated market on the real engine', () => {
  let hour: Hour;
  beforeAll(() => {
    hour = new Hour(20_261_122).run(HOUR_SECONDS);
  });
  const symbols = (): string[] => hour.simulation.reference.instruments.map(({ symbol }) => symbol);
  /** Symbols of the instruments for which something does not hold. */
  const failing = (holds: (instrument: number) => boolean): string[] => symbols().filter((_, at) => !holds(at));

  it('sends a few hundred messages a second, most of them orders and cancels, hardly any refused', () => {
    const { commands, kinds } = hour.simulation;
    const share = (kind: number): number => (kinds.get(kind) ?? 0) / commands;
    expect(commands / HOUR_SECONDS).toBeGreaterThan(300);
    expect(commands / HOUR_SECONDS).toBeLessThan(800);
    expect(share(CommandKind.newOrder)).toBeGreaterThan(0.35);
    expect(share(CommandKind.cancelOrder)).toBeGreaterThan(0.25);
    expect(share(CommandKind.cancelOrder)).toBeLessThan(0.6);
    expect(kinds.get(CommandKind.amendOrder)).toBeGreaterThan(10_000);
    expect(kinds.get(CommandKind.massQuote)).toBeGreaterThan(10_000);
    expect(hour.rejected / commands).toBeLessThan(0.01);
  });

  it('has both sides in every book and never a crossed one', () => {
    expect(hour.samples).toBeGreaterThan(8 * 3300);
    expect(hour.oneSided / hour.samples).toBeLessThan(0.002);
    expect(hour.crossed).toBe(0);
  });

  it('has spreads of one to three steps most of the time', () => {
    const narrow = hour.spreads.map((spreads) => spreads.filter((steps) => steps <= 3).length / spreads.length);
    const widest = hour.spreads.map((spreads) => quantile(spreads, 0.99));
    expect(failing((at) => narrow[at] > 0.8)).toEqual([]);
    expect(failing((at) => widest[at] < 15)).toEqual([]);
    expect(widest.filter((steps) => steps >= 2).length).toBeGreaterThanOrEqual(6);
  });

  it('has most depth at or near the best price, less far away', () => {
    const most = hour.depths.map((depth) => depth.indexOf(Math.max(...depth)));
    expect(failing((at) => most[at] <= 4)).toEqual([]);
    expect(failing((at) => hour.depths[at][DEPTH_STEPS - 1] < 0.6 * hour.depths[at][most[at]])).toEqual([]);
    expect(most.filter((step) => step > 0).length).toBeGreaterThanOrEqual(4);
  });

  it('has returns with heavy tails that cannot be foretold, and volatility that clusters', () => {
    const returns = hour.middles.map((middles) => logReturns(middles, 5));
    const memory = returns.map((values) => autocorrelation(values, 1));
    expect(failing((at) => kurtosis(returns[at]) > 3.2)).toEqual([]);
    expect(failing((at) => Math.abs(memory[at]) < 0.3)).toEqual([]);
    expect(Math.abs(mean(memory))).toBeLessThan(0.15);
    const sizes = returns.map((values) => values.map(Math.abs));
    expect(mean(sizes.map((values) => autocorrelation(values, 1)))).toBeGreaterThan(0.05);
    expect(mean(sizes.map((values) => autocorrelation(values, 6)))).toBeGreaterThan(0.02);
  });

  it('has prices that move, and stay where they make sense', () => {
    const ranges = hour.middles.map((middles) => Math.max(...middles) / Math.min(...middles) - 1);
    expect(failing((at) => ranges[at] > 0.001 && ranges[at] < 0.12)).toEqual([]);
  });

  it('has aggressors that follow one another', () => {
    expect(failing((at) => hour.signs[at].length > 5000)).toEqual([]);
    expect(failing((at) => autocorrelation(hour.signs[at], 1) > 0.3)).toEqual([]);
    expect(failing((at) => autocorrelation(hour.signs[at], 10) > 0.03)).toEqual([]);
    expect(failing((at) => Math.abs(mean(hour.signs[at])) < 0.3)).toEqual([]);
  });

  it('has arrivals in bursts, more of them at the open and the close', () => {
    const minutes = Array.from({ length: 50 }, (_, minute) =>
      hour.commandsPerSecond.slice(minute * 60 + 240, minute * 60 + 300),
    );
    expect(median(minutes.map(dispersion))).toBeGreaterThan(2);
    const rate = (fromMinute: number, toMinute: number): number =>
      mean(hour.commandsPerSecond.slice(fromMinute * 60, toMinute * 60));
    expect(rate(1, 7)).toBeGreaterThan(1.5 * rate(25, 35));
    expect(rate(51, 58)).toBeGreaterThan(1.5 * rate(25, 35));
  });

  it('opens, pauses and closes every instrument through auctions that trade', () => {
    expect(failing((at) => hour.auctionTrades[at] > 20)).toEqual([]);
    expect(failing((at) => hour.indicatives[at] > 20)).toEqual([]);
    expect(failing((at) => hour.auctions[at] >= 1)).toEqual([]);
  });

  it('uses every order type and the times in force of each phase', () => {
    expect(Object.values(OrderType).filter((type) => !hour.orderTypes.has(type))).toEqual([]);
    const used = [TimeInForce.day, TimeInForce.ioc, TimeInForce.fok, TimeInForce.atOpen, TimeInForce.atClose];
    expect(used.filter((timeInForce) => !hour.timesInForce.has(timeInForce))).toEqual([]);
    const ends = [Code.linkedOrderDone, Code.minimumQuantityUnfilled, Code.protectionTripped, Code.quoteReplaced];
    expect(ends.filter((reason) => !hour.reasons.has(reason))).toEqual([]);
  });

  it('ends the day with positions that add up to nothing', () => {
    const accounts = hour.simulation.engine.view?.accounts;
    const nets = symbols().map(() => 0);
    let held = 0;
    for (let row = 0; row < (accounts?.rowCount ?? 0); row++) {
      const at = row << POSITION_SHIFT;
      const net = accounts?.rows[at + Position.net] ?? 0;
      nets[accounts?.rows[at + Position.instrument] ?? 0] += net;
      held += Math.abs(net);
    }
    expect(nets).toEqual(nets.map(() => 0));
    expect(held).toBeGreaterThan(0);
  });
});

describe('a market that lacks something', () => {
  it('has wide spreads without its market makers', () => {
    const alone = new Hour(1, ['quotes', 'ladder']).run(300);
    const whole = new Hour(1).run(300);
    const wide = (hour: Hour): number => mean(hour.spreads.map((spreads) => quantile(spreads, 0.9)));
    expect(wide(alone)).toBeGreaterThan(2 * wide(whole));
  });

  it('hardly trades without its crowd', () => {
    const trades = (hour: Hour): number => mean(hour.signs.map((signs) => signs.length));
    expect(trades(new Hour(1, ['noise']).run(300))).toBeLessThan(0.5 * trades(new Hour(1).run(300)));
  });
});

describe('the measures themselves', () => {
  const rng = new Rng(1);
  const normal = Array.from({ length: 5000 }, () => rng.normal(0, 1));

  it('tell a plain random walk from a market', () => {
    expect(kurtosis(normal)).toBeLessThan(3.2);
    expect(autocorrelation(normal.map(Math.abs), 1)).toBeLessThan(0.05);
    expect(kurtosis(normal.map((value) => value ** 3))).toBeGreaterThan(10);
  });

  it('see memory where there is one', () => {
    const slow = normal.map((_, at) => mean(normal.slice(Math.max(0, at - 4), at + 1)));
    expect(autocorrelation(slow, 1)).toBeGreaterThan(0.6);
    expect(Math.abs(autocorrelation(normal, 1))).toBeLessThan(0.05);
  });
});

describe('the simulation', () => {
  it('repeats itself exactly for the same seed, and differs for another', () => {
    const runs = [1, 1, 2].map((seed) => {
      const simulation = new DemoSimulation({ seed });
      simulation.run(90);
      return simulation.engine.stateHash();
    });
    expect(runs[0]).toBe(runs[1]);
    expect(runs[2]).not.toBe(runs[0]);
  });

  it('sends nothing while paused and goes on afterwards without a burst', () => {
    const simulation = new DemoSimulation({ messagesPerSecond: 400 });
    simulation.run(60);
    const sent = (): number => simulation.market.status().sent;
    simulation.market.pause();
    const before = sent();
    simulation.run(30);
    expect(sent()).toBe(before);
    expect(simulation.market.status().state).toBe('paused');
    simulation.market.resume(simulation.nowMicros);
    simulation.run(1);
    expect(sent() - before).toBeLessThan(4000);
    simulation.run(20);
    expect(sent() - before).toBeGreaterThan(4000);
  });

  it('runs faster or slower on demand', () => {
    const sentIn = (speed: number): number => {
      const simulation = new DemoSimulation();
      simulation.run(60);
      simulation.market.setSpeed(speed);
      const before = simulation.market.status().sent;
      simulation.run(30);
      return simulation.market.status().sent - before;
    };
    const usual = sentIn(1);
    expect(new DemoSimulation().market.setSpeed(1000)).toBe(20);
    expect(sentIn(4)).toBeGreaterThan(2.5 * usual);
    expect(sentIn(0.25)).toBeLessThan(0.45 * usual);
  });

  it('sends about as much as asked for', () => {
    for (const messagesPerSecond of [150, 1500]) {
      const simulation = new DemoSimulation({ messagesPerSecond, activityAt: () => 1 });
      simulation.run(60);
      const before = simulation.market.status().sent;
      simulation.run(120);
      const rate = (simulation.market.status().sent - before) / 120;
      expect(rate).toBeGreaterThan(0.6 * messagesPerSecond);
      expect(rate).toBeLessThan(1.4 * messagesPerSecond);
    }
  });

  it('says that it is simulated', () => {
    expect(new DemoSimulation().market.status()).toMatchObject({ simulated: true, instruments: 8, speed: 1 });
  });

  it('leaves a halted instrument alone', () => {
    let during = 0;
    let isHalted = false;
    const simulation = new DemoSimulation(
      {},
      {
        onCommand(words) {
          const kind = commandKind(words, 0);
          if (isHalted && kind === CommandKind.newOrder && words[NewOrder.instrument] === 0) during++;
        },
      },
    );
    simulation.run(60);
    const words = new Int32Array(MARKET_STATE_WORDS);
    writeHeader(words, 0, CommandKind.marketState, MARKET_STATE_WORDS, 0, 0);
    words[MarketStateCommand.instrument] = 0;
    words[MarketStateCommand.state] = MarketState.halt;
    simulation.submit(words, MARKET_STATE_WORDS, 0);
    isHalted = true;
    const refused = simulation.market.status().refused;
    simulation.run(60);
    expect(during).toBe(0);
    expect(simulation.market.status().refused - refused).toBeLessThan(20);
    expect(simulation.driver.status().markets[0].isHeld).toBe(true);
  });

  it('starts again within the day on the same journal, with nothing left over and no ClOrdID used twice', () => {
    const duplicates: number[] = [];
    const markets: DemoMarket[] = [];
    const simulation = new DemoSimulation(
      {},
      {
        onEvents(words, end) {
          for (const market of markets) market.observe(words, end);
          for (let at = 0; at < end; at += eventLength(words, at)) {
            const isExecution = eventKind(words, at) === EventKind.execution;
            if (isExecution && words[at + Execution.reason] === Code.duplicateClOrdId) duplicates.push(at);
          }
        },
      },
    );
    simulation.run(120);
    simulation.market.pause();
    const live = (): number => simulation.engine.view?.orders.live ?? -1;
    expect(live()).toBeGreaterThan(300);
    const administrator = { send: (words: Int32Array, length: number): boolean => simulation.submit(words, length, 0) };
    const orders = {
      send: (session: number, words: Int32Array, length: number): boolean => simulation.submit(words, length, session),
    };
    const view = marketViewOf(() => simulation.engine);
    const again = new DemoMarket(simulation.reference, { view, orders, administrator }, simulation.nowMicros);
    markets.push(again);
    again.step(simulation.nowMicros + 1000);
    expect(live()).toBeLessThan(50);
    simulation.run(60, (nowMicros) => again.step(nowMicros));
    expect(live()).toBeGreaterThan(300);
    expect(duplicates).toEqual([]);
    expect(again.status().refused).toBeLessThan(20);
  });
});

describe('orders of the simulation', () => {
  it('are marked as an algorithm’s, and a market maker’s as providing liquidity', () => {
    const marks = new Map<number, number>();
    const simulation = new DemoSimulation(
      {},
      {
        onCommand(words) {
          if (commandKind(words, 0) === CommandKind.newOrder) marks.set(words[NewOrder.account], words[NewOrder.marks]);
        },
      },
    );
    simulation.run(60);
    expect(marks.size).toBeGreaterThanOrEqual(9);
    const algorithm = MarkFlag.investmentByAlgorithm | MarkFlag.executionByAlgorithm;
    expect([...marks.values()].every((mark) => (mark & algorithm) === algorithm)).toBe(true);
    const makers = [...marks].filter(([, mark]) => (mark & MarkFlag.liquidityProvision) !== 0);
    expect(makers.map(([account]) => account).toSorted((a, b) => a - b)).toEqual([21, 22, 23]);
  });
});
