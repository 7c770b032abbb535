/**
 * One observer's picture: a link and a health state for each target, and its trust in itself. Fed with the outcomes of
 * probes and with its own ticks; gives votes. Pure: who probes, and who hears the votes, is elsewhere.
 */
import { invariant } from '#kit/invariant.ts';
import { HealthMachine, type HealthPolicy } from './health-state.ts';
import { LocalHealth, type LocalHealthPolicy } from './local-health.ts';
import { PhiLink, type PhiPolicy } from './phi.ts';
import type { TargetVote, Verdict, Vote } from './vote.ts';

export interface ObservationPolicy {
  readonly phi: PhiPolicy;
  readonly health: HealthPolicy;
  readonly local: LocalHealthPolicy;
}

/** What a good probe brought. */
export interface ProbeAnswer {
  readonly sentMicros: number;
  readonly receivedMicros: number;
  /** Epoch under which the target leads, 0 where it leads nothing. */
  readonly epoch: number;
  /** The target's clock when it answered. */
  readonly targetMicros: number;
}

/** Targets one observer watches at most. */
const TARGETS_MAX = 1000;

interface Watched {
  readonly link: PhiLink;
  readonly machine: HealthMachine;
  answer: ProbeAnswer | undefined;
}

export class Observation {
  private readonly observer: string;
  private readonly policy: ObservationPolicy;
  private readonly local: LocalHealth;
  private readonly watched = new Map<string, Watched>();

  constructor(observer: string, policy: ObservationPolicy) {
    this.observer = observer;
    this.policy = policy;
    this.local = new LocalHealth(policy.local);
  }

  /** Watches exactly these from now on; what is known of those it watched already stays. */
  watch(targets: readonly string[], nowMicros: number): void {
    invariant(targets.length <= TARGETS_MAX, 'detection.targets', targets.length);
    for (const known of this.watched.keys()) if (!targets.includes(known)) this.watched.delete(known);
    for (const target of targets) {
      if (this.watched.has(target)) continue;
      const machine = new HealthMachine(this.policy.health, nowMicros);
      this.watched.set(target, { link: new PhiLink(this.policy.phi), machine, answer: undefined });
    }
  }

  /** A probe was answered. One for a target that is no longer watched is ignored. */
  good(target: string, answer: ProbeAnswer): void {
    const watched = this.watched.get(target);
    if (watched === undefined) return;
    const { receivedMicros, sentMicros } = answer;
    watched.answer = answer;
    watched.link.arrive(receivedMicros);
    watched.machine.good(receivedMicros, receivedMicros - sentMicros);
  }

  /** A probe was refused, or not answered in time. */
  bad(target: string, sentMicros: number, nowMicros: number): void {
    const watched = this.watched.get(target);
    if (watched === undefined) return;
    if (sentMicros < (watched.answer?.sentMicros ?? 0)) watched.machine.lost(nowMicros);
    else watched.machine.bad(nowMicros);
  }

  /**
   * The observer's own heartbeat.
   * @param dueMicros when it should have come
   */
  tick(nowMicros: number, dueMicros: number): void {
    const latenessMicros = Math.max(0, nowMicros - dueMicros);
    const isAway = latenessMicros > this.policy.local.latenessMicrosMax;
    let reached = 0;
    for (const { link } of this.watched.values()) {
      // What it did not see because it did not run is no silence of others.
      if (isAway) link.excuse(latenessMicros, nowMicros);
      if (!link.isSuspected(nowMicros)) reached++;
    }
    this.local.look(latenessMicros, reached, this.watched.size);
  }

  /** What a target is to this observer now. */
  verdict(target: string, nowMicros: number): Verdict {
    const link = this.watched.get(target)?.link;
    if (link === undefined || link.lastArrivalMicros === undefined) return 'unknown';
    return link.isSuspected(nowMicros) ? 'suspect' : 'up';
  }

  /** When the next target becomes suspect unless it answers; undefined when none is going to. */
  nextSuspicionMicros(nowMicros: number): number | undefined {
    let next: number | undefined;
    for (const { link } of this.watched.values()) {
      const due = link.suspicionDueMicros;
      if (due !== undefined && due > nowMicros && (next === undefined || due < next)) next = due;
    }
    return next;
  }

  /** Of its own health; 0 is well. */
  get score(): number {
    return this.local.score;
  }

  vote(nowMicros: number): Vote {
    const { score, weight } = this.local;
    const targets = [...this.watched].map(([target, watched]) => this.targetVote(target, watched, nowMicros));
    return { observer: this.observer, score, weight, targets };
  }

  private targetVote(target: string, { link, machine, answer }: Watched, nowMicros: number): TargetVote {
    return {
      target,
      verdict: this.verdict(target, nowMicros),
      phi: link.phi(nowMicros),
      state: machine.state(nowMicros),
      flapping: machine.isFlapping(nowMicros),
      lastGoodMicros: answer?.receivedMicros ?? null,
      roundTripMicros: answer === undefined ? null : answer.receivedMicros - answer.sentMicros,
      epoch: answer?.epoch ?? null,
      clockOffsetMicros: answer === undefined ? null : clockOffset(answer),
      intervalMicros: Math.round(link.meanMicros),
      deviationMicros: Math.round(link.deviationMicros),
    };
  }
}

/** The target's clock against the middle of the probe, as Cristian's algorithm has it. */
function clockOffset({ sentMicros, receivedMicros, targetMicros }: ProbeAnswer): number {
  return Math.round(targetMicros - (sentMicros + receivedMicros) / 2);
}
