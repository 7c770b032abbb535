/**
 * The safety rules of a change of leader, each with a name, an answer and a sentence. They look at what is known and do
 * nothing; the journal alone keeps two leaders apart, these keep a change from making things worse.
 */
import type { MemberNews, Suspicion } from '#kit/ports/takeover.ts';

export interface TakeoverPolicy {
  /** A member that was not heard for so long does not count as healthy. @default 2_000_000 */
  readonly heardMicrosMax: number;
  /** Commands a standby may be behind the leader. @default 100_000 */
  readonly lagCommandsMax: number;
  /** How far a member's clock may be from this one's. @default 1_000_000 */
  readonly clockSkewMicrosMax: number;
  /** Members that must be healthy beside the one that gives the leadership away. @default 1 */
  readonly healthyOthersMin: number;
  /** Between two automatic changes. @default 10_000_000 */
  readonly cooldownMicros: number;
  /** Between the announcement of a planned change and its begin. @default 1_000_000 */
  readonly noticeMicros: number;
  /** How long the preferred member must be well before it leads again; Infinity for never. @default 120_000_000 */
  readonly stableMicros: number;
  /** With nobody leading for so long, a standby is promoted. @default 1_500_000 */
  readonly leaderlessMicros: number;
  /** A step that takes longer has failed. @default 15_000_000 */
  readonly stepMicrosMax: number;
}

export const TAKEOVER_POLICY: TakeoverPolicy = {
  heardMicrosMax: 2_000_000,
  lagCommandsMax: 100_000,
  clockSkewMicrosMax: 1_000_000,
  healthyOthersMin: 1,
  cooldownMicros: 10_000_000,
  noticeMicros: 1_000_000,
  stableMicros: 120_000_000,
  leaderlessMicros: 1_500_000,
  stepMicrosMax: 15_000_000,
};

export interface SafetyCheck {
  readonly name: string;
  readonly holds: boolean;
  /** Two people may go past it; the others are never passed. */
  readonly canBeForced: boolean;
  readonly detail: string;
}

/** What the rules look at. */
export interface Situation {
  readonly members: ReadonlyMap<string, MemberNews>;
  readonly suspicions: ReadonlyMap<string, Suspicion>;
  readonly leader: string | undefined;
  /** Id of the change that is going on. */
  readonly busyWith: string | undefined;
  readonly nowMicros: number;
}

export function isHealthy(situation: Situation, member: string, policy: TakeoverPolicy): boolean {
  const news = situation.members.get(member);
  if (news === undefined || news.role === 'leaving' || news.role === 'refusing') return false;
  if (situation.suspicions.get(member)?.isQuorum === true) return false;
  return situation.nowMicros - news.heardMicros <= policy.heardMicrosMax;
}

/** The healthy standby that has most of the journal; of equals the first by name. */
export function furthestStandby(situation: Situation, policy: TakeoverPolicy): string | undefined {
  return [...situation.members.values()]
    .filter(({ member, role }) => role === 'standby' && isHealthy(situation, member, policy))
    .toSorted((a, b) => b.lastSequence - a.lastSequence || (a.member < b.member ? -1 : 1))[0]?.member;
}

/** Every rule for a change of the leader to `target`. `isPlanned`: the present leader gives its place away itself. */
export function safetyChecks(
  situation: Situation,
  target: string,
  isPlanned: boolean,
  policy: TakeoverPolicy,
): SafetyCheck[] {
  const { members, leader, nowMicros } = situation;
  const standby = members.get(target);
  const leading = leader === undefined ? undefined : members.get(leader);
  const checks: SafetyCheck[] = [
    check('one-change-at-a-time', situation.busyWith === undefined, false, describeBusy(situation.busyWith)),
    check('standby-known', standby !== undefined && target !== leader, false, describeTarget(target, leader, standby)),
    check('standby-healthy', isHealthy(situation, target, policy), false, describeHearing(standby, nowMicros)),
  ];
  if (standby !== undefined) {
    checks.push(check('standby-follows', standby.role === 'standby', false, `${target} is ${standby.role}`));
    const skew = standby.clockMicros - standby.heardMicros;
    const skewText = `the clock of ${target} is ${Math.round(skew / 1000)} ms from this one's`;
    checks.push(check('clock', Math.abs(skew) <= policy.clockSkewMicrosMax, true, skewText));
  }
  if (standby !== undefined && leading !== undefined && leader !== target) {
    const lag = Math.max(0, leading.lastSequence - standby.lastSequence);
    checks.push(
      check('lag', lag <= policy.lagCommandsMax, true, `${lag} commands behind, at most ${policy.lagCommandsMax}`),
      check(
        'version',
        standby.version === leading.version,
        false,
        `${standby.version || '?'} and ${leading.version || '?'}`,
      ),
    );
  }
  if (isPlanned) {
    const others = [...members.keys()].filter((member) => member !== leader && isHealthy(situation, member, policy));
    const enough = others.length >= policy.healthyOthersMin;
    checks.push(
      check('leader-known', leading !== undefined, false, leader === undefined ? 'nobody leads' : `${leader} leads`),
      check(
        'capacity',
        enough,
        false,
        `${others.length} healthy beside the leader, at least ${policy.healthyOthersMin}`,
      ),
    );
  }
  return checks;
}

function check(name: string, holds: boolean, canBeForced: boolean, detail: string): SafetyCheck {
  return { name, holds, canBeForced, detail };
}

function describeBusy(busyWith: string | undefined): string {
  return busyWith === undefined ? 'no other change is going on' : `${busyWith} is going on`;
}

function describeTarget(target: string, leader: string | undefined, news: MemberNews | undefined): string {
  if (target === leader) return `${target} leads already`;
  return news === undefined ? `nothing was ever heard of ${target}` : `${target} is a member`;
}

function describeHearing(news: MemberNews | undefined, nowMicros: number): string {
  if (news === undefined) return 'never heard';
  return `last heard ${Math.max(0, Math.round((nowMicros - news.heardMicros) / 1000))} ms ago`;
}
