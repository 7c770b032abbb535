/**
 * Decides when the leader of a shard changes, and in which steps: a pure state machine with time passed in. Hears news of
 * members, suspicions, wishes of people and what came of its acts; answers with acts. Never trusted for safety: whatever
 * it believes, only the member that gets the next epoch in the journal leads.
 */
import { CodedError } from '#kit/errors.ts';
import type { LeadershipEnded, MemberNews, Promoted, Suspicion } from '#kit/ports/takeover.ts';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import { furthestStandby, isHealthy, safetyChecks } from './checks.ts';
import type { SafetyCheck, Situation, TakeoverPolicy } from './checks.ts';
import { TAKEOVER_ERRORS } from './errors.ts';
import { FailoverKind, FailoverState } from './failover.ts';
import type { Failover, FailoverStep } from './failover.ts';

/** What the owner must carry out; the answer of each comes back through `promoted`, `handedOver` or `refused`. */
export type Act =
  | { readonly act: 'hand-over'; readonly failoverId: string; readonly member: string; readonly leaderAddress: string }
  | {
      readonly act: 'promote';
      readonly failoverId: string;
      readonly member: string;
      readonly expected: { readonly sequence: number; readonly stateHash: string } | undefined;
    }
  | { readonly act: 'steer'; readonly leader: string; readonly address: string; readonly epoch: number }
  | { readonly act: 'record'; readonly failover: Failover };

/** How long the answer of a member that leads by its own words is waited for: it brings what each step took. */
const ANSWER_MICROS_MAX = 1_000_000;

/** A person's wish. */
export interface Wish {
  readonly to: string;
  readonly by: readonly string[];
  readonly reason: string;
}

export interface ControllerOptions {
  readonly shard: string;
  /** Who leads when all is well. */
  readonly preferred: string;
  readonly policy: TakeoverPolicy;
  /** Makes ids of changes. */
  readonly newId: () => string;
}

export class TakeoverController {
  readonly options: ControllerOptions;
  private readonly members = new Map<string, MemberNews>();
  private readonly suspicions = new Map<string, Suspicion>();
  /** What the leader last said it had, before it fell silent. */
  private leading: MemberNews | undefined;
  private leaderMember: string | undefined;
  private leaderEpoch = 0;
  /** Since when nobody leads who is heard; Infinity while somebody does. */
  private leaderlessSince = Infinity;
  private preferredWellSince = Infinity;
  private present: Failover | undefined;
  private stepSince = 0;
  /** What the old leader last said it had, when the promotion began. */
  private oldSequence: number | undefined;
  private lastAutomaticMicros = Number.NEGATIVE_INFINITY;
  private acts: Act[] = [];

  constructor(options: ControllerOptions) {
    this.options = options;
  }

  /** Who leads as far as is known. */
  get leader(): string | undefined {
    return this.leaderMember;
  }
  get epoch(): number {
    return this.leaderEpoch;
  }
  /** The change that is going on. */
  get current(): Failover | undefined {
    return this.present;
  }
  news(): readonly MemberNews[] {
    return [...this.members.values()];
  }

  situation(nowMicros: number): Situation {
    const { members, suspicions, leaderMember: leader, present } = this;
    return { members, suspicions, leader, busyWith: present?.failoverId, nowMicros };
  }

  /** A member said what it is. */
  hear(news: MemberNews): Act[] {
    this.members.set(news.member, news);
    const leads = news.role === 'leader' || news.role === 'refusing';
    if (leads && news.epoch >= this.leaderEpoch) this.noteLeader(news);
    return this.take();
  }

  /** What the observers hold against a member now. */
  suspect(suspicion: Suspicion): void {
    this.suspicions.set(suspicion.member, suspicion);
  }

  /** Lets time pass: timeouts, notices, and what happens by itself. */
  tick(nowMicros: number): Act[] {
    this.watchLeader(nowMicros);
    this.watchPreferred(nowMicros);
    const { present } = this;
    if (present === undefined) {
      this.actByItself(nowMicros);
    } else if (present.state === FailoverState.announced) {
      if (nowMicros - this.stepSince >= this.options.policy.noticeMicros) this.begin(present, nowMicros);
    } else if (this.leadsAlready(present, nowMicros)) {
      this.finish(this.leaderEpoch, undefined, nowMicros);
    } else if (nowMicros - this.stepSince > this.options.policy.stepMicrosMax) {
      this.fail('the member did not answer in time', nowMicros);
    }
    return this.take();
  }

  /** Every rule for a change to `target` as it stands. */
  checks(target: string, nowMicros: number): SafetyCheck[] {
    return safetyChecks(this.situation(nowMicros), target, this.isPlanned(nowMicros), this.options.policy);
  }

  /** The member that would be promoted now. */
  candidate(nowMicros: number): string | undefined {
    return furthestStandby(this.situation(nowMicros), this.options.policy);
  }

  /**
   * A person wants `to` to lead. One person is enough where every rule holds; two different ones may pass those that can
   * be forced. The change is announced first, or begins at once where there is no leader to drain.
   */
  request(wish: Wish, nowMicros: number): Result<{ failover: Failover; acts: Act[] }, CodedError> {
    if (this.present !== undefined) {
      return err(new CodedError(TAKEOVER_ERRORS.FAILOVER_BUSY, this.present.failoverId));
    }
    const broken = this.checks(wish.to, nowMicros).filter(({ holds }) => !holds);
    const isForced = new Set(wish.by).size >= 2 && broken.length > 0;
    const blocking = isForced ? broken.filter(({ canBeForced }) => !canBeForced) : broken;
    if (blocking.length > 0) {
      const text = blocking.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
      return err(new CodedError(TAKEOVER_ERRORS.FAILOVER_REFUSED, text));
    }
    const isPlanned = this.isPlanned(nowMicros);
    const kind = isPlanned ? FailoverKind.switchover : FailoverKind.takeover;
    const failover = this.announce(
      kind,
      wish,
      isForced,
      isPlanned ? nowMicros : this.silentSince(nowMicros),
      nowMicros,
    );
    if (!isPlanned) this.begin(failover, nowMicros);
    return ok({ failover: this.present ?? failover, acts: this.take() });
  }

  /** Takes an announced change back. */
  abort(failoverId: string, by: string, nowMicros: number): Result<Act[], CodedError> {
    const { present } = this;
    if (present?.failoverId !== failoverId) return err(new CodedError(TAKEOVER_ERRORS.FAILOVER_UNKNOWN, failoverId));
    if (present.state !== FailoverState.announced) {
      return err(new CodedError(TAKEOVER_ERRORS.FAILOVER_TOO_LATE, present.state));
    }
    this.end({ ...present, state: FailoverState.aborted, endedMicros: nowMicros, failure: `aborted by ${by}` });
    return ok(this.take());
  }

  /** The old leader has ended its leadership in good order. */
  handedOver(failoverId: string, ended: LeadershipEnded, nowMicros: number): Act[] {
    const { present } = this;
    if (present?.failoverId !== failoverId || present.state !== FailoverState.draining) return this.take();
    const step: FailoverStep = {
      name: 'drain',
      tookMicros: ended.tookMicros,
      detail: `ended at sequence ${ended.sequence}`,
    };
    const { epoch: epochBefore, sequence, stateHash } = ended;
    this.promote(
      { ...present, epochBefore, sequence, steps: [...present.steps, step] },
      { sequence, stateHash },
      nowMicros,
    );
    return this.take();
  }

  promoted(failoverId: string, result: Promoted, nowMicros: number): Act[] {
    if (this.present?.failoverId === failoverId) this.finish(result.epoch, result, nowMicros);
    return this.take();
  }

  /** An act was refused, or its member is gone. */
  refused(failoverId: string, why: string, nowMicros: number): Act[] {
    if (this.present?.failoverId === failoverId) this.fail(why, nowMicros);
    return this.take();
  }

  private isPlanned(nowMicros: number): boolean {
    return (
      this.leaderMember !== undefined && isHealthy(this.situation(nowMicros), this.leaderMember, this.options.policy)
    );
  }

  /** Its answer was lost: what the member says of itself is as good. */
  private leadsAlready({ state, to }: Failover, nowMicros: number): boolean {
    if (state !== FailoverState.promoting || nowMicros - this.stepSince < ANSWER_MICROS_MAX) return false;
    return this.leaderMember === to;
  }

  private noteLeader(news: MemberNews): void {
    const isNew = news.epoch > this.leaderEpoch || this.leaderMember !== news.member;
    this.leading = news;
    this.leaderMember = news.member;
    this.leaderEpoch = news.epoch;
    if (isNew && this.present === undefined) {
      this.acts.push({ act: 'steer', leader: news.member, address: news.address, epoch: news.epoch });
    }
  }

  private watchLeader(nowMicros: number): void {
    const role = this.leaderMember === undefined ? undefined : this.members.get(this.leaderMember)?.role;
    // It came back as a standby: nobody has to be suspected.
    if (role === 'standby' || role === 'leaving') this.leaderMember = undefined;
    if (this.leaderMember !== undefined) this.leaderlessSince = Infinity;
    else this.leaderlessSince = Math.min(this.leaderlessSince, nowMicros);
  }

  private watchPreferred(nowMicros: number): void {
    const { preferred, policy } = this.options;
    const isWell =
      this.leaderMember !== preferred &&
      this.isPlanned(nowMicros) &&
      this.checks(preferred, nowMicros).every(({ holds }) => holds);
    if (!isWell) this.preferredWellSince = Infinity;
    else this.preferredWellSince = Math.min(this.preferredWellSince, nowMicros);
    if (this.present !== undefined || nowMicros - this.preferredWellSince < policy.stableMicros) return;
    this.preferredWellSince = Infinity;
    const wish = { to: preferred, by: ['automatic'], reason: 'the preferred member is well again' };
    this.announce(FailoverKind.failback, wish, false, nowMicros, nowMicros);
  }

  private actByItself(nowMicros: number): void {
    const { policy } = this.options;
    const leader = this.leaderMember;
    const suspicion = leader === undefined ? undefined : this.suspicions.get(leader);
    const isLeaderless = nowMicros - this.leaderlessSince >= policy.leaderlessMicros;
    if (suspicion?.isQuorum !== true && !isLeaderless) return;
    if (nowMicros - this.lastAutomaticMicros < policy.cooldownMicros) return;
    const to = this.candidate(nowMicros);
    // A leader that is heard but suspected drains nothing: it may be cut off from everyone else.
    if (to === undefined || safetyChecks(this.situation(nowMicros), to, false, policy).some(({ holds }) => !holds))
      return;
    this.lastAutomaticMicros = nowMicros;
    const reason = isLeaderless
      ? 'nobody leads'
      : `${leader} is suspected by ${suspicion?.votes ?? 0} of ${suspicion?.observers ?? 0} observers`;
    const began = this.silentSince(nowMicros);
    const failover = this.announce(FailoverKind.takeover, { to, by: ['automatic'], reason }, false, began, nowMicros);
    this.begin(failover, nowMicros);
  }

  private silentSince(nowMicros: number): number {
    const { leading } = this;
    if (leading === undefined) return nowMicros;
    return Math.min(nowMicros, this.suspicions.get(leading.member)?.lastHeardMicros ?? leading.heardMicros);
  }

  private announce(
    kind: FailoverKind,
    wish: Wish,
    isForced: boolean,
    beganMicros: number,
    nowMicros: number,
  ): Failover {
    const failover: Failover = {
      failoverId: this.options.newId(),
      shard: this.options.shard,
      kind,
      state: FailoverState.announced,
      by: wish.by,
      reason: wish.reason,
      isForced,
      from: this.leading?.member ?? null,
      to: wish.to,
      beganMicros,
      requestedMicros: nowMicros,
      endedMicros: null,
      epochBefore: this.leaderEpoch,
      epochAfter: null,
      sequence: null,
      commandsLost: null,
      steps: [],
      failure: null,
    };
    this.stepSince = nowMicros;
    this.change(failover);
    return failover;
  }

  private begin(failover: Failover, nowMicros: number): void {
    if (failover.kind === FailoverKind.takeover) {
      const detail = failover.reason;
      const step: FailoverStep = { name: 'suspect', tookMicros: Math.max(0, nowMicros - failover.beganMicros), detail };
      this.promote({ ...failover, steps: [step] }, undefined, nowMicros);
      return;
    }
    const situation = { ...this.situation(nowMicros), busyWith: undefined };
    const broken = safetyChecks(situation, failover.to, true, this.options.policy).filter(
      ({ holds, canBeForced }) => !holds && !(failover.isForced && canBeForced),
    );
    if (broken.length > 0) {
      this.fail(broken.map(({ name, detail }) => `${name}: ${detail}`).join('; '), nowMicros);
      return;
    }
    this.stepSince = nowMicros;
    this.change({ ...failover, state: FailoverState.draining });
    const leaderAddress = this.members.get(failover.to)?.address ?? '';
    this.acts.push({ act: 'hand-over', failoverId: failover.failoverId, member: failover.from ?? '', leaderAddress });
  }

  private promote(
    failover: Failover,
    expected: { sequence: number; stateHash: string } | undefined,
    nowMicros: number,
  ): void {
    this.stepSince = nowMicros;
    this.oldSequence = this.leading?.member === failover.from ? this.leading.lastSequence : undefined;
    this.change({ ...failover, state: FailoverState.promoting });
    this.acts.push({ act: 'promote', failoverId: failover.failoverId, member: failover.to, expected });
  }

  private finish(epoch: number, result: Promoted | undefined, nowMicros: number): void {
    const { present } = this;
    if (present === undefined) return;
    const steps: FailoverStep[] = [...present.steps];
    if (result !== undefined) {
      steps.push(
        { name: 'append-epoch', tookMicros: result.leadMicros, detail: `epoch ${result.epoch}` },
        {
          name: 'verify-tail',
          tookMicros: result.verifyMicros,
          detail: `${result.caughtUp} commands to sequence ${result.sequence}`,
        },
        { name: 'accept-clients', tookMicros: result.openMicros, detail: 'the door is open' },
      );
    }
    const news = this.members.get(present.to);
    this.leaderMember = present.to;
    this.leaderEpoch = Math.max(this.leaderEpoch, epoch);
    const sequence = result?.sequence ?? present.sequence;
    const known = this.oldSequence;
    const lost = sequence === null || known === undefined ? null : Math.max(0, known - sequence);
    if (news !== undefined) {
      this.leading = { ...news, role: 'leader', epoch };
      this.members.set(present.to, this.leading);
      this.acts.push({ act: 'steer', leader: present.to, address: news.address, epoch });
    }
    this.end({
      ...present,
      state: FailoverState.done,
      endedMicros: nowMicros,
      epochAfter: epoch,
      sequence,
      commandsLost: lost,
      steps,
    });
  }

  private fail(why: string, nowMicros: number): void {
    const { present } = this;
    if (present === undefined) return;
    // After a drain nobody leads: it must not wait for the cooldown, nor for a suspicion.
    if (present.state === FailoverState.promoting && present.kind !== FailoverKind.takeover) {
      this.leaderMember = undefined;
      this.lastAutomaticMicros = Number.NEGATIVE_INFINITY;
    }
    this.end({ ...present, state: FailoverState.failed, endedMicros: nowMicros, failure: why });
  }

  private end(failover: Failover): void {
    this.change(failover);
    this.present = undefined;
  }

  private change(failover: Failover): void {
    this.present = failover;
    this.acts.push({ act: 'record', failover });
  }

  private take(): Act[] {
    const { acts } = this;
    this.acts = [];
    return acts;
  }
}
