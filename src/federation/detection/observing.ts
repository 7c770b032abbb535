/**
 * An observer at work: probes its targets at a fixed beat, wakes up when one is due to be suspected, and publishes its
 * vote when something changed and now and then. Time, timers, probes and the way votes take are ports, so that the same
 * code runs in a process and in a simulation.
 */
import { Observation, type ObservationPolicy, type ProbeAnswer } from './observation.ts';
import type { Vote } from './vote.ts';

export interface ObservingPorts {
  nowMicros(): number;
  /** Calls `run` once at that time or soon after; the returned function prevents it. */
  schedule(atMicros: number, run: () => void): () => void;
  /** Probes the target; calls back once, with undefined for a probe that was refused or took too long. */
  probe(target: string, done: (answer: ProbeAnswer | undefined) => void): void;
  publish(vote: Vote): void;
}

export interface ObservingPolicy extends ObservationPolicy {
  /** Time between two probes of a target. @default 250_000 */
  readonly probeIntervalMicros: number;
  /** A vote goes out at least this often. @default 1_000_000 */
  readonly voteIntervalMicros: number;
}

export const OBSERVING_DEFAULTS = { probeIntervalMicros: 250_000, voteIntervalMicros: 1_000_000 } as const;

/** An alarm is set this much after the time a target is due, so that it is due for certain when it rings. */
const ALARM_SLACK_MICROS = 1;

export class Observing {
  readonly observation: Observation;
  private readonly policy: ObservingPolicy;
  private readonly ports: ObservingPorts;
  private targets: readonly string[] = [];
  private cancelBeat: (() => void) | undefined;
  private cancelAlarm: (() => void) | undefined;
  private alarmMicros = 0;
  private votedMicros = 0;
  /** What the last vote said of verdicts and of itself. */
  private said = '';
  /** When it should run again at the latest; to run later than that is to have been away. */
  private expectedMicros = 0;

  constructor(observer: string, policy: ObservingPolicy, ports: ObservingPorts) {
    this.policy = policy;
    this.ports = ports;
    this.observation = new Observation(observer, policy);
  }

  /** Watches exactly these from now on. */
  watch(targets: readonly string[]): void {
    this.targets = [...targets];
    this.observation.watch(targets, this.ports.nowMicros());
  }

  start(): void {
    this.expectedMicros = this.ports.nowMicros();
    this.beat();
  }

  /** No probe is sent and no vote published after it; answers that still come are noted. */
  stop(): void {
    this.cancelBeat?.();
    this.cancelAlarm?.();
    this.cancelBeat = undefined;
    this.cancelAlarm = undefined;
  }

  private beat(): void {
    const { ports, policy } = this;
    const now = ports.nowMicros();
    this.observation.tick(now, this.expectedMicros);
    // Beats that were missed are not made up for: one now, and the next after half an interval at the earliest.
    const next = Math.max(this.expectedMicros + policy.probeIntervalMicros, now + policy.probeIntervalMicros / 2);
    this.expectedMicros = next;
    this.cancelBeat = ports.schedule(next, () => this.beat());
    for (const target of this.targets) ports.probe(target, (answer) => this.answered(target, now, answer));
    this.look(now);
  }

  private answered(target: string, sentMicros: number, answer: ProbeAnswer | undefined): void {
    const now = this.ports.nowMicros();
    this.noticeAbsence(now);
    const wasUp = this.observation.verdict(target, now) === 'up';
    if (answer === undefined) this.observation.bad(target, sentMicros, now);
    else this.observation.good(target, answer);
    // Only an answer of one that was not up changes a verdict; most answers are of those that were.
    if (answer !== undefined && !wasUp) this.look(now);
  }

  /** Whatever runs first after a sleep counts the sleep, so that none of it is taken for the silence of others. */
  private noticeAbsence(nowMicros: number): void {
    if (nowMicros - this.expectedMicros <= this.policy.local.latenessMicrosMax) return;
    this.observation.tick(nowMicros, this.expectedMicros);
    this.expectedMicros = nowMicros;
  }

  /** Publishes what changed, and sets the alarm for the next change that time alone brings. */
  private look(nowMicros: number): void {
    this.setAlarm(nowMicros);
    const verdicts = this.targets.map((target) => this.observation.verdict(target, nowMicros));
    const says = `${this.observation.score} ${verdicts.join()}`;
    const isDue = nowMicros - this.votedMicros >= this.policy.voteIntervalMicros;
    if (says === this.said && !isDue) return;
    this.said = says;
    this.votedMicros = nowMicros;
    this.ports.publish(this.observation.vote(nowMicros));
  }

  private setAlarm(nowMicros: number): void {
    const due = this.observation.nextSuspicionMicros(nowMicros);
    // One that rings too early finds nothing and is set again: answers put the time off far more often than it comes.
    if (due === undefined || (this.cancelAlarm !== undefined && this.alarmMicros <= due + ALARM_SLACK_MICROS)) return;
    this.cancelAlarm?.();
    this.alarmMicros = Math.ceil(due) + ALARM_SLACK_MICROS;
    this.cancelAlarm = this.ports.schedule(this.alarmMicros, () => this.ring());
  }

  private ring(): void {
    const now = this.ports.nowMicros();
    this.cancelAlarm = undefined;
    this.noticeAbsence(now);
    this.look(now);
  }
}
