/**
 * The nodes of one shard as processes of this machine: one that leads at the start and one that stands by, both on the
 * same journal. Starts them, asks them what they are, has them promoted or hand over. Decides nothing.
 */
import { join } from 'node:path';
import type { Endpoint } from '#edge/client-socket.ts';
import type { ReadyMessage } from '#edge/control.ts';
import { MemberProbe } from '#edge/member-probe.ts';
import type { MemberReport } from '#edge/member-state.ts';
import { TAKEOVER_ERRORS } from '#federation/takeover/errors.ts';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import type { LeadershipEnded, MemberActs, MemberNews, Promoted, Suspicion } from '#kit/ports/takeover.ts';
import { MemberRole } from '#wire/order-entry/messages.ts';
import { NodeProcess } from './node-process.ts';
import type { NodeProcessOptions } from './node-process.ts';

type SharedOptions = Pick<NodeProcessOptions, 'dataFolder' | 'databaseFile' | 'nodeClass' | 'capacity'>;

export interface ShardNodesOptions extends SharedOptions {
  readonly clock: Clock;
  readonly onNews: (news: MemberNews) => void;
  /** A process has ended unasked; `restartMs` undefined: it is not started again. */
  readonly onEnded: (member: string, detail: string, restartMs: number | undefined) => void;
  readonly log: (line: string) => void;
}

interface Member {
  readonly process: NodeProcess;
  probe: MemberProbe | undefined;
  endpoint: Endpoint | undefined;
  /** When it was last heard, and how many questions went unanswered since. */
  heardMicros: number;
  missing: number;
}

export const FIRST = 'a';
export const SECOND = 'b';
const PROBE_MS = 250;
/** Three questions in a row without an answer: on one machine, a process that is gone or does not run. */
const MISSING_MAX = 3;
const ACT_TIMEOUT_MS = 15_000;
const ROLE_NAMES = {
  [MemberRole.standby]: 'standby',
  [MemberRole.leader]: 'leader',
  [MemberRole.refusing]: 'refusing',
  [MemberRole.leaving]: 'leaving',
} as const;

export class ShardNodes implements MemberActs {
  /** Where the members take orders; grows when the standby has started. For clients, which try them in turn. */
  readonly endpoints: Endpoint[] = [];
  private readonly options: ShardNodesOptions;
  private readonly members = new Map<string, Member>();

  constructor(options: ShardNodesOptions) {
    this.options = options;
  }

  /** Starts the first node as the leader; resolves when it takes orders. Rejects with a NodeFailed. */
  async startLeader(): Promise<ReadyMessage> {
    return this.start(FIRST, 'leader', undefined);
  }

  /** Starts the other node as a standby; resolves when it follows. Rejects with a NodeFailed. */
  async startStandby(): Promise<ReadyMessage> {
    return this.start(SECOND, 'standby', this.member(FIRST).process.builtProgram);
  }

  pidOf(member: string): number | null {
    return this.members.get(member)?.process.pid ?? null;
  }

  /** What this process, as the only observer of its machine, holds against a member. */
  suspicionOf(name: string): Suspicion | undefined {
    const member = this.members.get(name);
    if (member === undefined) return undefined;
    const isQuorum = member.process.pid === null || member.missing >= MISSING_MAX;
    return { member: name, isQuorum, votes: isQuorum ? 1 : 0, observers: 1, lastHeardMicros: member.heardMicros };
  }

  async promote(name: string, expected: { sequence: number; stateHash: string } | undefined): Promise<Promoted> {
    const answer = await this.member(name).process.request(
      (id) => ({ type: 'promote', id, ...(expected === undefined ? {} : { expected }) }),
      ACT_TIMEOUT_MS,
    );
    if (answer.type !== 'promoted') throw new CodedError(TAKEOVER_ERRORS.FAILOVER_MEMBER_REFUSES, answer.type);
    const { epoch, sequence, caughtUp, steps } = answer;
    return { epoch, sequence, caughtUp, ...steps };
  }

  async handOver(name: string, leaderAddress: string): Promise<LeadershipEnded> {
    const { process } = this.member(name);
    const answer = await process.request((id) => ({ type: 'hand-over', id, leaderAddress }), ACT_TIMEOUT_MS);
    if (answer.type !== 'handed-over') throw new CodedError(TAKEOVER_ERRORS.FAILOVER_MEMBER_REFUSES, answer.type);
    return answer;
  }

  /** Ends the standby first, so that nothing takes over from a leader that is being stopped. */
  async stop(leader: string | undefined): Promise<void> {
    for (const { probe } of this.members.values()) probe?.stop();
    const names = [...this.members.keys()].toSorted((a) => (a === leader ? 1 : -1));
    for (const name of names) await this.member(name).process.stop();
  }

  private async start(
    name: string,
    firstRole: 'leader' | 'standby',
    program: string | undefined,
  ): Promise<ReadyMessage> {
    const { dataFolder, databaseFile, nodeClass, capacity, onEnded, log } = this.options;
    let role = firstRole;
    const process = new NodeProcess({
      member: name,
      dataFolder,
      nodeFolder: join(dataFolder, 'nodes', name),
      databaseFile,
      nodeClass,
      capacity,
      ...(program === undefined ? {} : { program }),
      role: () => role,
      peers: () =>
        [...this.members].flatMap(([other, { endpoint }]) =>
          other === name || endpoint === undefined ? [] : [endpoint],
        ),
      onReady: (ready) => {
        // Who leads from here on is decided by the controller: whoever comes back follows.
        role = 'standby';
        this.noteReady(name, ready);
      },
      onEnded: (detail, restartMs) => onEnded(name, detail, restartMs),
      log: (line) => log(`${name}: ${line}`),
    });
    this.members.set(name, { process, probe: undefined, endpoint: undefined, heardMicros: 0, missing: 0 });
    return process.start();
  }

  private noteReady(name: string, { host, port }: ReadyMessage): void {
    const member = this.member(name);
    member.missing = 0;
    if (member.endpoint !== undefined) return;
    const endpoint = { host, port };
    member.endpoint = endpoint;
    this.endpoints.push(endpoint);
    const { clock, onNews } = this.options;
    member.probe = new MemberProbe({
      endpoint,
      clock,
      intervalMs: PROBE_MS,
      onReport: (report) => {
        member.missing = 0;
        member.heardMicros = clock.nowMicros();
        onNews(newsOf(name, `${host}:${port}`, report, member.heardMicros));
      },
      onMissing: () => member.missing++,
    });
  }

  private member(name: string): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new CodedError(TAKEOVER_ERRORS.FAILOVER_UNKNOWN, name);
    return member;
  }
}

function newsOf(member: string, address: string, report: MemberReport, heardMicros: number): MemberNews {
  return {
    member,
    role: ROLE_NAMES[report.role],
    epoch: report.epoch,
    lastSequence: report.lastSequence,
    lastBatchMicros: report.lastBatchMicros,
    clockMicros: report.nodeTimeMicros,
    version: report.version,
    address,
    heardMicros,
  };
}
