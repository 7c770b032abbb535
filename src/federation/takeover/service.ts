/**
 * The takeover controller in real time: hears members and observers, carries out what the controller decides, keeps the
 * record, audits the readiness every minute. When it is gone, trading goes on where it is.
 */
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import type { MemberActs, MemberNews, Suspicion } from '#kit/ports/takeover.ts';
import type { Result } from '#kit/result.ts';
import { ok } from '#kit/result.ts';
import { findFailover, keepFailover, listFailovers } from '#store/failovers.ts';
import type { Store } from '#store/open.ts';
import type { BoundMetrics } from '#telemetry/registry.ts';
import type { SafetyCheck } from './checks.ts';
import type { Act, TakeoverController, Wish } from './controller.ts';
import { FailoverState, outageMicros } from './failover.ts';
import type { Failover } from './failover.ts';
import type { takeoverMetrics } from './metrics.ts';

export interface TakeoverServiceParts {
  readonly controller: TakeoverController;
  readonly members: MemberActs;
  /** What the observers hold against a member now. */
  readonly suspicionOf: (member: string) => Suspicion | undefined;
  readonly clock: Clock;
  readonly store: Store;
  /** Whether all members append to one journal: then whatever was acknowledged is there for the next leader. */
  readonly sharesJournal: boolean;
  readonly metrics: BoundMetrics<typeof takeoverMetrics.specs>;
  /** Hears who leads and where, at each change. */
  readonly onSteer: (leader: string, address: string, epoch: number) => void;
  /** Takes one line for people. */
  readonly log: (line: string) => void;
}

/** Could the standby take over now, and why not? */
export interface Readiness {
  readonly shard: string;
  readonly isReady: boolean;
  readonly auditedMicros: number;
  readonly leader: string | null;
  readonly epoch: number;
  readonly candidate: string | null;
  readonly checks: readonly SafetyCheck[];
}

/** What a change would do, without doing it. */
export interface DryRun {
  readonly shard: string;
  readonly kind: 'switchover' | 'takeover';
  readonly from: string | null;
  readonly to: string;
  readonly checks: readonly SafetyCheck[];
  /** `one`: one person may; `two`: only two people; `nobody`: a rule that cannot be passed does not hold. */
  readonly needs: 'one' | 'two' | 'nobody';
  /** Commands the new leader has to carry out first, by what both said last. */
  readonly lagCommands: number;
  /** Median outage of earlier changes of this kind, microseconds; null without any. */
  readonly expectedGapMicros: number | null;
  /** Commands acknowledged at `journaled` that would be lost at most, were the old leader gone for good. */
  readonly expectedLoss: number;
}

const TICK_MS = 100;
const AUDIT_MICROS = 60_000_000;
const HISTORY = 200;

export class TakeoverService {
  private readonly parts: TakeoverServiceParts;
  private timer: NodeJS.Timeout | undefined;
  private audited: Readiness | undefined;
  private keeping: Promise<void> = Promise.resolve();

  constructor(parts: TakeoverServiceParts) {
    this.parts = parts;
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  /** Ends without changing anything: whoever leads goes on. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.keeping;
  }

  hear(news: MemberNews): void {
    this.carryOut(this.parts.controller.hear(news));
  }

  /** Every member as last heard. */
  get members(): readonly MemberNews[] {
    return this.parts.controller.news();
  }
  get current(): Failover | undefined {
    return this.parts.controller.current;
  }

  /** The rules as they stand now, for the standby that would take over. */
  readiness(): Readiness {
    const { controller, clock } = this.parts;
    const nowMicros = clock.nowMicros();
    const candidate = controller.candidate(nowMicros);
    const other = controller.news().find(({ member }) => member !== controller.leader);
    const target = candidate ?? other?.member ?? 'standby';
    const checks = controller.checks(target, nowMicros);
    return {
      shard: controller.options.shard,
      isReady: candidate !== undefined && checks.every(({ holds }) => holds),
      auditedMicros: nowMicros,
      leader: controller.leader ?? null,
      epoch: controller.epoch,
      candidate: candidate ?? null,
      checks,
    };
  }

  /** The last audit, at most a minute old while the service runs. */
  get lastAudit(): Readiness {
    return this.audited ?? this.readiness();
  }

  async dryRun(to: string): Promise<DryRun> {
    const { controller, clock, store } = this.parts;
    const checks = controller.checks(to, clock.nowMicros());
    const broken = checks.filter(({ holds }) => !holds);
    const isPlanned = checks.some(({ name, holds }) => name === 'leader-known' && holds);
    const kind = isPlanned ? 'switchover' : 'takeover';
    const leading = controller.news().find(({ member }) => member === controller.leader);
    const target = controller.news().find(({ member }) => member === to);
    const lagCommands = Math.max(0, (leading?.lastSequence ?? 0) - (target?.lastSequence ?? 0));
    const gaps = (await listFailovers(store, HISTORY))
      .filter((kept) => kept.shard === controller.options.shard && kept.kind === kind)
      .flatMap(({ outageMicros: gap }) => (gap === null ? [] : [gap]))
      .toSorted((a, b) => a - b);
    return {
      shard: controller.options.shard,
      kind,
      from: controller.leader ?? null,
      to,
      checks,
      needs: broken.length === 0 ? 'one' : broken.every(({ canBeForced }) => canBeForced) ? 'two' : 'nobody',
      lagCommands,
      expectedGapMicros: gaps[gaps.length >> 1] ?? null,
      expectedLoss: this.parts.sharesJournal ? 0 : lagCommands,
    };
  }

  /** See TakeoverController.request. */
  request(wish: Wish): Result<Failover, CodedError> {
    const answer = this.parts.controller.request(wish, this.parts.clock.nowMicros());
    if (!answer.ok) return answer;
    this.carryOut(answer.value.acts);
    return ok(answer.value.failover);
  }

  /** See TakeoverController.abort. */
  abort(failoverId: string, by: string): Result<void, CodedError> {
    const answer = this.parts.controller.abort(failoverId, by, this.parts.clock.nowMicros());
    if (!answer.ok) return answer;
    this.carryOut(answer.value);
    return ok(undefined);
  }

  /** Back to the preferred member. */
  failback(by: readonly string[], reason: string): Result<Failover, CodedError> {
    return this.request({ to: this.parts.controller.options.preferred, by, reason });
  }

  /** Changes as recorded, newest first. */
  async failovers(limit: number): Promise<Failover[]> {
    await this.keeping;
    return (await listFailovers(this.parts.store, limit)).map(({ body }) => body as Failover);
  }

  async failover(failoverId: string): Promise<Failover | undefined> {
    await this.keeping;
    return (await findFailover(this.parts.store, failoverId))?.body as Failover | undefined;
  }

  private tick(): void {
    const { controller, clock, suspicionOf, metrics } = this.parts;
    const nowMicros = clock.nowMicros();
    for (const { member } of controller.news()) {
      const suspicion = suspicionOf(member);
      if (suspicion !== undefined) controller.suspect(suspicion);
    }
    this.carryOut(controller.tick(nowMicros));
    const audited = this.audited?.auditedMicros ?? Number.NEGATIVE_INFINITY;
    const isChanged = this.audited?.epoch !== controller.epoch || this.audited.leader !== (controller.leader ?? null);
    if (isChanged || nowMicros - audited >= AUDIT_MICROS) this.audit();
    metrics.epoch.set(controller.epoch);
  }

  private audit(): void {
    const { controller, metrics, log } = this.parts;
    const before = this.audited?.isReady;
    this.audited = this.readiness();
    const { isReady, checks, candidate } = this.audited;
    metrics.ready.set(isReady ? 1 : 0);
    const leading = controller.news().find(({ member }) => member === controller.leader);
    const standby = controller.news().find(({ member }) => member === candidate);
    metrics.lagCommands.set(
      Math.max(0, (leading?.lastSequence ?? 0) - (standby?.lastSequence ?? leading?.lastSequence ?? 0)),
    );
    if (isReady === before) return;
    const broken = checks.filter(({ holds }) => !holds).map(({ name, detail }) => `${name}: ${detail}`);
    log(isReady ? `failover ready: ${candidate} could take over now` : `no failover possible: ${broken.join('; ')}`);
  }

  private carryOut(acts: readonly Act[]): void {
    for (const act of acts) {
      if (act.act === 'record') this.keep(act.failover);
      else if (act.act === 'steer') this.parts.onSteer(act.leader, act.address, act.epoch);
      else void this.ask(act);
    }
  }

  private async ask(act: Extract<Act, { member: string }>): Promise<void> {
    const { controller, members, clock } = this.parts;
    try {
      if (act.act === 'promote') {
        const result = await members.promote(act.member, act.expected);
        this.carryOut(controller.promoted(act.failoverId, result, clock.nowMicros()));
      } else {
        const ended = await members.handOver(act.member, act.leaderAddress);
        this.carryOut(controller.handedOver(act.failoverId, ended, clock.nowMicros()));
      }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.carryOut(controller.refused(act.failoverId, `${error.code}: ${error.message}`, clock.nowMicros()));
    }
  }

  private keep(failover: Failover): void {
    const { store, metrics, log } = this.parts;
    const gap = outageMicros(failover);
    const { failoverId, shard, kind, state, requestedMicros, endedMicros, commandsLost } = failover;
    log(`${kind} ${failoverId} to ${failover.to}: ${state}${failover.failure === null ? '' : `, ${failover.failure}`}`);
    if (state === FailoverState.done) metrics.completed.increment();
    if (state === FailoverState.failed) metrics.failed.increment();
    if (gap !== null) metrics.outage.observe(gap);
    const kept = {
      failoverId,
      shard,
      kind,
      state,
      requestedMicros,
      endedMicros,
      outageMicros: gap,
      commandsLost,
      body: failover,
    };
    // One after the other, so that the last state is what stays. A store that refuses must not stop a takeover.
    this.keeping = this.keeping
      .then(async () => keepFailover(store, kept))
      .catch((error: unknown) => log(`the record of ${failoverId} could not be written: ${String(error)}`));
  }
}
