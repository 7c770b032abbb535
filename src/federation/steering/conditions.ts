/**
 * How the targets are, from what is reported about each: by its own cluster, by detection, by an operator. A report is believed for
 * a while and then forgotten; a target nobody reports on is `unknown`, never well.
 */
import type { Clock } from '#kit/clock.ts';
import type { SteeringConditions, TargetCondition, TargetState } from '#kit/ports/steering.ts';

/** How long a report is believed: three that are missed at one every ten seconds. */
const REPORT_VALID_MICROS = 30_000_000;
/** Name of the setting that keeps the drained targets, so that a restart does not bring them back. */
export const DRAINED_SETTING = 'steering.drained';
const UNKNOWN = {
  state: 'unknown',
  sessions: undefined,
  source: 'nobody observes it, and no report is younger than 30 seconds',
} as const;

export interface TargetReport {
  readonly state: TargetState;
  readonly sessions: number | undefined;
  readonly source: string;
}

interface Held extends TargetReport {
  readonly untilMicros: number;
}

export class ReportedConditions implements SteeringConditions {
  private readonly clock: Pick<Clock, 'nowMicros'>;
  private readonly reports = new Map<string, Held>();
  private readonly observed = new Map<string, TargetReport>();
  private readonly drained = new Set<string>();

  /** @param targets every target there is; reports about others are not kept */
  constructor(targets: readonly string[], clock: Pick<Clock, 'nowMicros'>) {
    this.clock = clock;
    for (const target of targets) this.reports.set(target, { ...UNKNOWN, untilMicros: 0 });
  }

  has(target: string): boolean {
    return this.reports.has(target);
  }

  report(target: string, report: TargetReport): void {
    if (!this.has(target)) return;
    this.reports.set(target, { ...report, untilMicros: this.clock.nowMicros() + REPORT_VALID_MICROS });
  }

  /** What the observers of this federation see now; undefined where they see nothing. Goes before what is reported. */
  observe(target: string, seen: TargetReport | undefined): void {
    if (seen === undefined || !this.has(target)) this.observed.delete(target);
    else this.observed.set(target, seen);
  }

  setDrained(target: string, isDrained: boolean): void {
    if (isDrained) this.drained.add(target);
    else this.drained.delete(target);
  }

  conditionOf(target: string): TargetCondition {
    const drained = this.drained.has(target);
    const seen = this.observed.get(target);
    if (seen !== undefined) return { ...seen, drained };
    const held = this.reports.get(target);
    if (held === undefined || held.untilMicros <= this.clock.nowMicros()) return { ...UNKNOWN, drained };
    return { state: held.state, sessions: held.sessions, drained, source: held.source };
  }

  /** Nobody measures clients' round trips yet: decisions use the estimate, and say so. */
  roundTripMicros(): number | undefined {
    return undefined;
  }
}
