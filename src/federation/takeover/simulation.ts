/**
 * A shard in virtual time for the controller's tests: members that crash, stop, resume and answer late, a journal that
 * gives each epoch once, observers with a detection delay, clocks that are off. Everything follows from one seed.
 */
import { CodedError } from '#kit/errors.ts';
import type { MemberRoleName } from '#kit/ports/takeover.ts';
import type { Rng } from '#kit/rng.ts';
import { TAKEOVER_POLICY } from './checks.ts';
import type { TakeoverPolicy } from './checks.ts';
import { TakeoverController } from './controller.ts';
import type { Act } from './controller.ts';
import type { Failover } from './failover.ts';

interface Member {
  readonly name: string;
  state: 'up' | 'stopped' | 'down';
  role: MemberRoleName;
  epoch: number;
  sequence: number;
  clockOffsetMicros: number;
  /** When it is back from being down. */
  upAtMicros: number;
  heardMicros: number;
}

interface Due {
  readonly atMicros: number;
  readonly run: () => void;
}

const STEP_MICROS = 50_000;
const RESTART_MICROS = 2_000_000;
const DETECTION_MICROS = 1_000_000;

export class ShardSimulation {
  readonly controller: TakeoverController;
  readonly members: Member[];
  readonly records = new Map<string, Failover>();
  nowMicros = 1_000_000_000;
  /** Epochs the journal has given out, with their holders. */
  readonly epochs: string[] = [];
  /** Commands in the journal, each with the epoch it was appended under. */
  readonly journal: number[] = [];
  readonly steered: { leader: string; epoch: number }[] = [];
  private readonly rng: Rng;
  private due: Due[] = [];
  private nextId = 0;

  constructor(rng: Rng, names: readonly string[], policy: Partial<TakeoverPolicy> = {}) {
    this.rng = rng;
    this.members = names.map((name) => ({
      name,
      state: 'up',
      role: 'standby',
      epoch: 0,
      sequence: 0,
      clockOffsetMicros: 0,
      upAtMicros: 0,
      heardMicros: this.nowMicros,
    }));
    this.controller = new TakeoverController({
      shard: 'test',
      preferred: names[0],
      policy: { ...TAKEOVER_POLICY, ...policy },
      newId: () => `failover-${++this.nextId}`,
    });
    this.lead(this.members[0]);
  }

  member(name: string): Member {
    const found = this.members.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`no member ${name}`);
    return found;
  }

  /** The one whose appends the journal takes, if it runs. */
  get trueLeader(): Member | undefined {
    return this.members.find(
      ({ role, state, epoch }) => role === 'leader' && state === 'up' && epoch === this.epochs.length,
    );
  }

  crash(member: Member): void {
    member.state = 'down';
    member.upAtMicros = this.nowMicros + RESTART_MICROS;
  }

  /** Lets `micros` pass in small steps. */
  run(micros: number): void {
    for (const end = this.nowMicros + micros; this.nowMicros < end;) this.step();
  }

  step(): void {
    this.nowMicros += STEP_MICROS;
    for (const member of this.members) this.live(member);
    const now = this.due.filter(({ atMicros }) => atMicros <= this.nowMicros);
    this.due = this.due.filter(({ atMicros }) => atMicros > this.nowMicros);
    for (const { run } of now) run();
    for (const { name, heardMicros } of this.members) {
      const isQuorum = this.nowMicros - heardMicros > DETECTION_MICROS;
      this.controller.suspect({
        member: name,
        isQuorum,
        votes: isQuorum ? 2 : 0,
        observers: 3,
        lastHeardMicros: heardMicros,
      });
    }
    this.carryOut(this.controller.tick(this.nowMicros));
  }

  carryOut(acts: readonly Act[]): void {
    for (const act of acts) {
      if (act.act === 'record') this.records.set(act.failover.failoverId, act.failover);
      else if (act.act === 'steer') this.steered.push({ leader: act.leader, epoch: act.epoch });
      else this.later(() => this.obey(act));
    }
  }

  private later(run: () => void): void {
    this.due.push({ atMicros: this.nowMicros + this.rng.int(400_000), run });
  }

  /** A running member appends, follows and answers probes; one that is down comes back as a standby. */
  private live(member: Member): void {
    if (member.state === 'down' && this.nowMicros >= member.upAtMicros) {
      member.state = 'up';
      member.role = 'standby';
      member.sequence = this.journal.length;
    }
    if (member.state !== 'up') return;
    if (member.role === 'leader') {
      // The journal refuses an old epoch; the member learns it only here, and ends.
      if (member.epoch !== this.epochs.length) return this.crash(member);
      this.journal.push(member.epoch);
      member.sequence = this.journal.length;
    } else if (member.role === 'standby' && this.rng.int(4) > 0) {
      member.sequence = this.journal.length;
    }
    member.heardMicros = this.nowMicros;
    const { name, role, epoch, sequence } = member;
    const acts = this.controller.hear({
      member: name,
      role,
      epoch,
      lastSequence: sequence,
      lastBatchMicros: this.nowMicros,
      clockMicros: this.nowMicros + member.clockOffsetMicros,
      version: '1',
      address: `${name}:1`,
      heardMicros: this.nowMicros,
    });
    this.carryOut(acts);
  }

  private lead(member: Member): number {
    this.epochs.push(member.name);
    member.role = 'leader';
    member.epoch = this.epochs.length;
    member.sequence = this.journal.length;
    return member.epoch;
  }

  private obey(act: Extract<Act, { member: string }>): void {
    const member = this.member(act.member);
    const { failoverId } = act;
    // Nobody answers for it: the controller must go on by time, or by what it hears later.
    if (member.state === 'stopped') return;
    if (member.state === 'down') {
      this.carryOut(this.controller.refused(failoverId, 'gone', this.nowMicros));
    } else if (act.act === 'hand-over') {
      if (member.role !== 'leader' || member.epoch !== this.epochs.length) {
        this.carryOut(this.controller.refused(failoverId, 'does not lead', this.nowMicros));
        return;
      }
      const ended = { epoch: member.epoch, sequence: this.journal.length, stateHash: 'same', tookMicros: 1000 };
      this.crash(member);
      this.later(() => this.carryOut(this.controller.handedOver(failoverId, ended, this.nowMicros)));
    } else if (member.role !== 'standby') {
      this.carryOut(this.controller.refused(failoverId, 'leads already', this.nowMicros));
    } else {
      const caughtUp = this.journal.length - member.sequence;
      const epoch = this.lead(member);
      const result = { epoch, sequence: this.journal.length, caughtUp, leadMicros: 1, verifyMicros: 1, openMicros: 1 };
      // One answer in eight is lost, and the member's own words must do.
      if (this.rng.int(8) > 0)
        this.later(() => this.carryOut(this.controller.promoted(failoverId, result, this.nowMicros)));
    }
  }
}

/** What a refused wish was refused with. */
export function codeOf(error: unknown): string {
  return error instanceof CodedError ? error.code : String(error);
}
