/**
 * How far an observer may trust itself (after Dadgar, Phillips, Currey: "Lifeguard: Local Health Awareness for More
 * Accurate Failure Detection", 2018): one that wakes up late, or that reaches hardly anyone, is more likely unwell itself
 * than everybody else is. Its word then counts for less; it recovers by behaving well. Never judges a target.
 */

export interface LocalHealthPolicy {
  /** A tick that is later than this is a sign of being unwell. @default 100_000 */
  readonly latenessMicrosMax: number;
  /** Reaching this share of its targets or less is another. @default 0.5 */
  readonly reachShareMin: number;
  /** Targets below which reach says nothing. @default 3 */
  readonly reachTargetsMin: number;
}

export const LOCAL_HEALTH_DEFAULTS: LocalHealthPolicy = {
  latenessMicrosMax: 100_000,
  reachShareMin: 0.5,
  reachTargetsMin: 3,
};

/** Worst score: the word then counts for a ninth. */
const SCORE_MAX = 8;
/** One tick that is late by this many times what is allowed costs more than one point. */
const LATENESS_STEPS_MAX = 4;

export class LocalHealth {
  private readonly policy: LocalHealthPolicy;
  private points = 0;

  constructor(policy: LocalHealthPolicy) {
    this.policy = policy;
  }

  /**
   * One look at itself, at every tick.
   * @param latenessMicros how much later than planned the tick came
   * @param reached of `targets`, those that are not suspected
   */
  look(latenessMicros: number, reached: number, targets: number): void {
    const { latenessMicrosMax, reachShareMin, reachTargetsMin } = this.policy;
    const late = Math.min(LATENESS_STEPS_MAX, Math.floor(latenessMicros / latenessMicrosMax));
    const cutOff = targets >= reachTargetsMin && reached <= targets * reachShareMin ? 1 : 0;
    const worse = late + cutOff;
    this.points = worse > 0 ? Math.min(SCORE_MAX, this.points + worse) : Math.max(0, this.points - 1);
  }

  /** 0 is well. */
  get score(): number {
    return this.points;
  }

  /** What its word counts for, 1 when well. */
  get weight(): number {
    return 1 / (1 + this.points);
  }
}
