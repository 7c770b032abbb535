/**
 * Who leads the shard, whether another member could, what changes of the leader cost so far, and the way to make one.
 * Never offers the change to somebody who may not make it.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FailoverReadiness, FailoverRecord, Leadership } from '../../../src/api/schemas/failover.ts';
import { ApiRefusal, describeProblem } from '../data/client.ts';
import { abortFailover, useFailover, useFailoverRecords, useFailovers, useShardLeadership } from '../data/failover.ts';
import { useMay } from '../data/queries.ts';
import { count, durationText, integer } from '../format/numbers.ts';
import { age } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { StateMark, type Tone } from '../ui/state-mark.tsx';
import { CheckList } from './failover-checks.tsx';
import { FailoverDialog } from './failover-dialog.tsx';
import { byWhom, CostTiles, Timeline } from './failover-timeline.tsx';
import './tiles.css';
import './failover.css';

type Member = Leadership['members'][number];

const ROLES: Readonly<Record<Member['role'], { readonly tone: Tone; readonly word: string }>> = {
  leader: { tone: 'ok', word: 'leads' },
  standby: { tone: 'off', word: 'stands by' },
  refusing: { tone: 'down', word: 'refuses' },
  leaving: { tone: 'warn', word: 'is leaving' },
};

const REPLACED = { tone: 'warn', word: 'led before' } as const;

/** The controller's own measure of a member that went silent. */
const SILENT_MICROS = 2_000_000;

const STAGES = ['announced', 'draining', 'promoting', 'done'] as const;

export function FailoverPage() {
  const shard = useShardLeadership();
  const failovers = useFailovers();
  const records = useFailoverRecords();
  const problem = shard.error ?? failovers.error;
  const isAbsent = problem instanceof ApiRefusal && problem.status === 404;
  return (
    <div className="page">
      <h1 className="visually-hidden">Failover</h1>
      {problem === null ? null : (
        <Notice title={isAbsent ? 'This platform has no failover.' : 'Who leads cannot be read.'}>
          {describeProblem(problem)}
        </Notice>
      )}
      {shard.data === undefined && problem === null ? <Notice title="Asking who leads…" /> : null}
      {shard.data === undefined || shard.isError ? null : <Standing {...shard.data} />}
      {records.data === undefined ? null : <CostTiles records={records.data} />}
      {failovers.data === undefined ? null : <Timeline failovers={failovers.data} />}
    </div>
  );
}

function Standing({ led, now }: { led: Leadership; now: FailoverReadiness }) {
  return (
    <>
      {led.current === null ? null : <UnderWay failoverId={led.current} />}
      <div className="failover-top">
        <LeadershipPanel led={led} nowMicros={now.auditedMicros} />
        <ReadinessPanel now={now} isBusy={led.current !== null} />
      </div>
    </>
  );
}

function LeadershipPanel({ led, nowMicros }: { led: Leadership; nowMicros: number }) {
  return (
    <Panel title={`Who leads shard ${led.shard}`} note={`epoch ${integer(led.epoch)}`}>
      {led.leader === null ? (
        <p className="failover-nobody">
          <StateMark tone="down">Nobody leads: no order is taken</StateMark>
        </p>
      ) : null}
      <ul className="failover-members" aria-label="Members">
        {led.members.map((member) => (
          <MemberCard
            key={member.member}
            member={member}
            leader={led.leader}
            silentMicros={nowMicros - member.heardMicros}
          />
        ))}
      </ul>
      {led.members.length < 2 ? <Notice title="No standby was heard yet." /> : null}
    </Panel>
  );
}

interface MemberCardProps {
  readonly member: Member;
  readonly leader: string | null;
  readonly silentMicros: number;
}

function MemberCard({ member, leader, silentMicros }: MemberCardProps) {
  // What a lost leader said last is no second leader: the journal refuses it.
  const isReplaced = member.role === 'leader' && member.member !== leader;
  const { tone, word } = isReplaced ? REPLACED : ROLES[member.role];
  const isSilent = silentMicros > SILENT_MICROS;
  const facts: readonly (readonly [string, string])[] = [
    ['epoch', integer(member.epoch)],
    ['sequence', integer(member.lastSequence)],
    ['behind', count(member.lagCommands, 'command')],
    ['order entry', member.address],
    ['heard', silentMicros < 1_000 ? 'just now' : `${durationText(silentMicros)} ago`],
    // Adding 0 makes a 0 of −0.
    ['clock', `${integer(Math.trunc(member.clockOffsetMicros / 1_000) + 0)} ms off`],
    ['version', member.version],
  ];
  return (
    <li className={`failover-member ${isReplaced ? 'leaving' : member.role}`}>
      <div className="failover-member-head">
        <strong className="failover-name">{member.member}</strong>
        <StateMark tone={isSilent ? 'down' : tone}>
          {isSilent ? `silent for ${age(silentMicros / 1_000)}` : word}
        </StateMark>
      </div>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="facts-row">
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function ReadinessPanel({ now, isBusy }: { now: FailoverReadiness; isBusy: boolean }) {
  // Kept while the dialog is open: a change of the leader must not turn the question round.
  const [chosen, setChosen] = useState<string | null>(null);
  const mayExecute = useMay('failover.execute');
  const broken = now.checks.filter(({ holds }) => !holds).length;
  return (
    <Panel
      title="Could we fail over now?"
      actions={
        <Button
          tone="danger"
          small
          disabled={!mayExecute || isBusy || now.candidate === null}
          onClick={() => setChosen(now.candidate)}
        >
          {now.candidate === null ? 'Switch over…' : `Switch over to ${now.candidate}…`}
        </Button>
      }
    >
      <p className="failover-verdict">
        <StateMark tone={now.isReady ? 'ok' : isBusy ? 'info' : 'down'}>
          {now.isReady
            ? `yes, ${now.candidate ?? ''} could take over`
            : isBusy
              ? 'a change is under way'
              : `no: ${count(broken, 'rule')} of ${now.checks.length} not met`}
        </StateMark>
      </p>
      <CheckList label="Safety rules" checks={now.checks} />
      {mayExecute ? null : (
        <p className="failover-may muted">Changing the leader takes the permission failover.execute.</p>
      )}
      {chosen === null ? null : <FailoverDialog to={chosen} close={() => setChosen(null)} />}
    </Panel>
  );
}

function UnderWay({ failoverId }: { failoverId: string }) {
  const { data: record } = useFailover(failoverId);
  const mayExecute = useMay('failover.execute');
  const [problem, setProblem] = useState<string | null>(null);
  const client = useQueryClient();
  if (record === undefined) return null;

  async function takeBack() {
    try {
      await abortFailover(failoverId);
      setProblem(null);
    } catch (cause) {
      setProblem(describeProblem(cause));
    }
    void client.invalidateQueries({ queryKey: ['failover'] });
  }

  return (
    <Panel
      className="failover-under-way"
      title={`Under way: ${record.kind} ${record.from ?? 'nobody'} → ${record.to}`}
      note={`${record.reason}, ${byWhom(record)}`}
      actions={
        mayExecute && record.state === 'announced' ? (
          <Button small onClick={() => void takeBack()}>
            Take it back
          </Button>
        ) : undefined
      }
    >
      <Stages state={record.state} />
      {problem === null ? null : <p role="alert">{problem}</p>}
    </Panel>
  );
}

function Stages({ state }: { state: FailoverRecord['state'] }) {
  const at = STAGES.findIndex((stage) => stage === state);
  return (
    <ol className="failover-stages" aria-label="Stages">
      {STAGES.map((stage, index) => (
        <li key={stage} className={index < at ? 'past' : ''} aria-current={index === at ? 'step' : undefined}>
          <StateMark tone={index < at || state === 'done' ? 'ok' : index === at ? 'info' : 'off'}>{stage}</StateMark>
        </li>
      ))}
    </ol>
  );
}
