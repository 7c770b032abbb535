/**
 * What an instrument is worth while nobody can see it: the hidden value that simulated traders disagree about.
 * A random walk whose volatility itself wanders (so that calm and wild minutes cluster), with news now and then, moved a
 * little by the orders that trade, and drawn weakly back to where it began so that it stays in range for days.
 */
import type { Rng } from '#kit/rng.ts';

/** How long volatility stays away from its mean, in seconds. */
const VOLATILITY_MEMORY_SECONDS = 180;
/** Standard deviation of the logarithm of volatility. */
const VOLATILITY_SPREAD = 0.6;
/** Pieces of news an hour, and the size of one in hours' standard deviations. */
const NEWS_PER_HOUR = 5;
const NEWS_SIZE = 0.25;
/** How long it takes until news is understood, in seconds. */
const NEWS_SECONDS = 2;
/** Share of a name's movement that it has in common with the market. */
const COMMON_SHARE = 0.35;
/** How long it takes to be drawn back to the anchor, in seconds: most of a day. */
const ANCHOR_SECONDS = 60_000;
/** Movement per square root of a typical order that trades, in standard deviations of a second. */
const IMPACT = 0.015;

const HOUR_SECONDS = 3600;

export class Fundamental {
  private readonly rng: Rng;
  private readonly anchorLog: number;
  private readonly sigmaPerRootSecond: number;
  private valueLog: number;
  private volatilityLog = 0;
  /** News that is not yet in the value. */
  private pendingLog = 0;

  /**
   * @param anchorTicks the value it is drawn back to, in ticks
   * @param startTicks its value at first, in ticks
   * @param hourlyVolatility standard deviation of an hour's return, as a fraction
   */
  constructor(rng: Rng, anchorTicks: number, startTicks: number, hourlyVolatility: number) {
    this.rng = rng;
    this.anchorLog = Math.log(anchorTicks);
    this.valueLog = Math.log(startTicks);
    this.sigmaPerRootSecond = hourlyVolatility / Math.sqrt(HOUR_SECONDS);
  }

  /** Value in ticks, a fraction. */
  get ticks(): number {
    return Math.exp(this.valueLog);
  }

  /** Present volatility as a multiple of its usual one. */
  get excitement(): number {
    return Math.exp(this.volatilityLog);
  }

  /**
   * Lets `seconds` pass.
   * @param marketShock this moment's movement of the whole market, standard normal
   * @returns true when there was news
   */
  advance(seconds: number, marketShock: number): boolean {
    const { rng } = this;
    const fade = Math.exp(-seconds / VOLATILITY_MEMORY_SECONDS);
    this.volatilityLog = this.volatilityLog * fade + VOLATILITY_SPREAD * Math.sqrt(1 - fade * fade) * rng.normal(0, 1);
    const shock = Math.sqrt(COMMON_SHARE) * marketShock + Math.sqrt(1 - COMMON_SHARE) * rng.normal(0, 1);
    // Divided by the mean of exp(volatilityLog), so that the hour's volatility is the one asked for.
    const sigma = this.sigmaPerRootSecond * Math.exp(this.volatilityLog - VOLATILITY_SPREAD * VOLATILITY_SPREAD);
    this.valueLog += sigma * Math.sqrt(seconds) * shock;
    this.valueLog += ((this.anchorLog - this.valueLog) * seconds) / ANCHOR_SECONDS;
    const understood = this.pendingLog * (1 - Math.exp(-seconds / NEWS_SECONDS));
    this.pendingLog -= understood;
    this.valueLog += understood;
    if (rng.float() >= (NEWS_PER_HOUR * seconds) / HOUR_SECONDS) return false;
    this.pendingLog += NEWS_SIZE * this.sigmaPerRootSecond * Math.sqrt(HOUR_SECONDS) * rng.normal(0, 1);
    this.volatilityLog += VOLATILITY_SPREAD;
    return true;
  }

  /** Lets a trade inform the value. @param signedSize buyer-initiated positive, in typical orders */
  learn(signedSize: number): void {
    const size = Math.min(4, Math.sqrt(Math.abs(signedSize)));
    this.valueLog += Math.sign(signedSize) * IMPACT * this.sigmaPerRootSecond * size;
  }
}
