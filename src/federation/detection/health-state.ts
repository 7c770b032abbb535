/**
 * What is shown of a member or cluster, and steered by: healthy, degraded, unhealthy, unknown. Up after two good probes,
 * down after three bad ones; what flaps must be good for longer and longer before it counts as up again. A take-over is
 * never started from here. Time is passed in.
 */

export const HEALTH_STATES = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export interface HealthPolicy {
  /** Good probes in a row until up. @default 2 */
  readonly upAfter: number;
  /** Bad probes in a row until down. @default 3 */
  readonly downAfter: number;
  /** An answer slower than this counts as slow; three slow ones in a row degrade. @default 1_000_000 */
  readonly slowMicros: number;
  /** Without a probe for so long, nothing is known. @default 3_000_000 */
  readonly staleMicros: number;
  /** Times down within this count as flapping. @default 300_000_000 */
  readonly flapWindowMicros: number;
}

export const HEALTH_DEFAULTS: HealthPolicy = {
  upAfter: 2,
  downAfter: 3,
  slowMicros: 1_000_000,
  staleMicros: 3_000_000,
  flapWindowMicros: 300_000_000,
};

/** Good probes that are asked for at most, however much it flapped. */
const UP_AFTER_MAX = 64;
/** Times down that are remembered. */
const DOWNS_MAX = 16;
/** From this many times down within the window on, it flaps. */
const FLAPS_FROM = 3;
/** Of the last probes, a share of bad ones from which a member that is up counts as degraded. */
const LOSSY_SHARE = 0.2;
const LOSS_WINDOW = 20;

export class HealthMachine {
  private readonly policy: HealthPolicy;
  private current: HealthState = 'unknown';
  private since: number;
  private goodRun = 0;
  private badRun = 0;
  private slowRun = 0;
  private lastMicros: number | undefined;
  private readonly downs: number[] = [];
  /** The last probes as bits, the newest lowest: 1 is bad. */
  private recent = 0;
  private recentCount = 0;

  constructor(policy: HealthPolicy, startMicros: number) {
    this.policy = policy;
    this.since = startMicros;
  }

  good(nowMicros: number, roundTripMicros: number): void {
    this.note(nowMicros, 0);
    this.badRun = 0;
    this.goodRun++;
    this.slowRun = roundTripMicros > this.policy.slowMicros ? this.slowRun + 1 : 0;
    const isUp = this.current === 'healthy' || this.current === 'degraded';
    if (!isUp && this.goodRun < this.upAfter(nowMicros)) return;
    const isDegraded = this.slowRun >= this.policy.downAfter || this.isLossy();
    this.become(isDegraded ? 'degraded' : 'healthy', nowMicros);
  }

  bad(nowMicros: number): void {
    this.note(nowMicros, 1);
    this.goodRun = 0;
    this.slowRun = 0;
    this.badRun++;
    if (this.badRun >= this.policy.downAfter) this.fall(nowMicros);
    else if (this.current === 'healthy' && this.isLossy()) this.become('degraded', nowMicros);
  }

  /** A probe older than one that was answered meanwhile was lost: it counts for losses, and not as a step down. */
  lost(nowMicros: number): void {
    this.note(nowMicros, 1);
    if (this.current === 'healthy' && this.isLossy()) this.become('degraded', nowMicros);
  }

  /** The state now; `unknown` where nothing was heard for a while. */
  state(nowMicros: number): HealthState {
    const isStale = this.lastMicros === undefined || nowMicros - this.lastMicros > this.policy.staleMicros;
    return isStale ? 'unknown' : this.current;
  }

  /** Since when the last probe found it so. */
  get sinceMicros(): number {
    return this.since;
  }

  isFlapping(nowMicros: number): boolean {
    return this.downsWithin(nowMicros) >= FLAPS_FROM;
  }

  private note(nowMicros: number, bit: 0 | 1): void {
    if (this.lastMicros !== undefined && nowMicros - this.lastMicros > this.policy.staleMicros) this.forget(nowMicros);
    this.lastMicros = nowMicros;
    this.recent = ((this.recent << 1) | bit) & (2 ** LOSS_WINDOW - 1);
    this.recentCount = Math.min(LOSS_WINDOW, this.recentCount + 1);
  }

  /** After a silence nothing of before counts but the times it was down. */
  private forget(nowMicros: number): void {
    this.become('unknown', nowMicros);
    this.goodRun = 0;
    this.badRun = 0;
    this.slowRun = 0;
    this.recent = 0;
    this.recentCount = 0;
  }

  private isLossy(): boolean {
    if (this.recentCount < LOSS_WINDOW) return false;
    let bad = 0;
    for (let bits = this.recent; bits !== 0; bits &= bits - 1) bad++;
    return bad / LOSS_WINDOW > LOSSY_SHARE;
  }

  private fall(nowMicros: number): void {
    if (this.current === 'unhealthy') return;
    // Coming up from nothing is no fall.
    if (this.current !== 'unknown') {
      this.downs.push(nowMicros);
      if (this.downs.length > DOWNS_MAX) this.downs.shift();
    }
    this.become('unhealthy', nowMicros);
  }

  private become(state: HealthState, nowMicros: number): void {
    if (state === this.current) return;
    this.current = state;
    this.since = nowMicros;
  }

  private upAfter(nowMicros: number): number {
    const falls = this.downsWithin(nowMicros);
    return Math.min(UP_AFTER_MAX, this.policy.upAfter * 2 ** Math.max(0, falls - 1));
  }

  private downsWithin(nowMicros: number): number {
    return this.downs.filter((at) => nowMicros - at <= this.policy.flapWindowMicros).length;
  }
}

/** The state of what consists of parts: as its best parts, less one step where not all are like them. */
export function combinedState(parts: readonly HealthState[]): HealthState {
  const known = parts.filter((state) => state !== 'unknown');
  if (known.length === 0) return 'unknown';
  if (known.every((state) => state === 'healthy')) return 'healthy';
  return known.every((state) => state === 'unhealthy') ? 'unhealthy' : 'degraded';
}
