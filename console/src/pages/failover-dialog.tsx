/**
 * Giving the leadership to another member: what it would do, the member's name typed, the receipt with every step. Never
 * says that nothing happened where the answer was lost.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FailoverDryRun, FailoverRecord } from '../../../src/api/schemas/failover.ts';
import { ApiRefusal, describeProblem } from '../data/client.ts';
import { endOfFailover, requestFailover, requestForcedFailover, useDryRun } from '../data/failover.ts';
import { count, durationText, integer } from '../format/numbers.ts';
import { dateTime } from '../format/time.ts';
import { DangerousAction, type Receipt } from '../ui/dangerous-action.tsx';
import { TextField } from '../ui/field.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { CheckList } from './failover-checks.tsx';

/** What the record must at least say. */
const REASON_LENGTH_MIN = 3;

interface FailoverDialogProps {
  readonly to: string;
  readonly close: () => void;
}

export function FailoverDialog({ to, close }: FailoverDialogProps) {
  const [reason, setReason] = useState('');
  const [isActing, setActing] = useState(false);
  const [refusedBy, setRefusedBy] = useState<readonly string[]>([]);
  // While the change goes on, the preview stays what was agreed to.
  const run = useDryRun(to, !isActing);
  const client = useQueryClient();
  const isForced = run.data?.needs === 'two';

  async function act(): Promise<Receipt> {
    setActing(true);
    setRefusedBy([]);
    try {
      if (isForced) return pendingReceipt(to, (await requestForcedFailover(to, reason.trim())).approval.approvalId);
      const { failover, auditId } = await requestFailover(to, reason.trim());
      return receiptOf(to, failover.failoverId, auditId, await endOfFailover(failover.failoverId));
    } catch (problem) {
      if (!(problem instanceof ApiRefusal)) return lostReceipt(problem);
      setRefusedBy(rulesOf(problem));
      throw problem;
    } finally {
      setActing(false);
      void client.invalidateQueries({ queryKey: ['failover'] });
    }
  }

  return (
    <DangerousAction
      open
      onOpenChange={close}
      title={`Switch over to ${to}`}
      description="Announced for a second, and can be taken back until then. Orders sent meanwhile are sent again by their clients."
      confirmWord={to}
      actLabel={isForced ? 'Ask for the forced change' : `Switch over to ${to}`}
      ready={run.data !== undefined && run.data.needs !== 'nobody' && reason.trim().length >= REASON_LENGTH_MIN}
      act={act}
      preview={
        <>
          {run.data === undefined ? (
            run.isError ? (
              <StateMark tone="warn">What it would do cannot be read just now.</StateMark>
            ) : (
              <p className="muted">Trying it without doing it…</p>
            )
          ) : (
            <DryRun run={run.data} isRefused={refusedBy.length > 0} />
          )}
          {refusedBy.length === 0 ? null : (
            <div className="failover-refused" role="group" aria-label="Rules that refused it">
              <StateMark tone="down">Refused by {count(refusedBy.length, 'rule')}</StateMark>
              <ul>
                {refusedBy.map((rule) => (
                  <li key={rule}>{rule}</li>
                ))}
              </ul>
            </div>
          )}
          <TextField
            label="Reason"
            hint="for the record"
            value={reason}
            maxLength={200}
            onChange={(event) => setReason(event.target.value)}
          />
        </>
      }
    />
  );
}

function DryRun({ run, isRefused }: { run: FailoverDryRun; isRefused: boolean }) {
  const broken = run.checks.filter(({ holds }) => !holds);
  return (
    <div className="failover-dry-run" role="group" aria-label="Dry run">
      <p className="failover-move">
        <span className="soft">{run.kind}</span>
        <strong className="num">
          {run.from ?? 'nobody'} → {run.to}
        </strong>
        {isRefused ? null : <Needs run={run} />}
      </p>
      <dl className="failover-facts">
        <div>
          <dt>Orders that move</dt>
          <dd className="num">{integer(run.liveOrders)}</dd>
        </div>
        <div>
          <dt>Commands behind</dt>
          <dd className="num">{integer(run.lagCommands)}</dd>
        </div>
        <div>
          <dt>Expected gap</dt>
          <dd className="num">
            {run.expectedGapMicros === null ? 'not measured yet' : durationText(run.expectedGapMicros)}
          </dd>
        </div>
        <div>
          <dt>Loss at journaled</dt>
          <dd className="num">{integer(run.expectedLoss.journaled)}</dd>
        </div>
        <div>
          <dt>Loss at durable</dt>
          <dd className="num">{integer(run.expectedLoss.durable)}</dd>
        </div>
      </dl>
      {broken.length === 0 ? null : <CheckList label="Rules that do not hold" checks={broken} />}
    </div>
  );
}

function Needs({ run: { needs, checks } }: { run: FailoverDryRun }) {
  if (needs === 'one') return <StateMark tone="ok">all {checks.length} rules hold</StateMark>;
  if (needs === 'two') return <StateMark tone="warn">takes two people</StateMark>;
  return <StateMark tone="down">cannot be done now</StateMark>;
}

/** The refusal names each rule as `rule: why`, one after the other. */
function rulesOf({ detail }: ApiRefusal): string[] {
  if (typeof detail !== 'object' || detail === null || !('why' in detail)) return [];
  return typeof detail.why === 'string' ? detail.why.split('; ') : [];
}

function pendingReceipt(to: string, approvalId: string): Receipt {
  return {
    title: `Member ${to} leads when a second person confirms`,
    pending: true,
    rows: [['Approval', approvalId]],
  };
}

/** Nobody answered: the change may go on all the same. */
function lostReceipt(problem: unknown): Receipt {
  return {
    title: 'The answer was lost: the change may have begun',
    pending: true,
    rows: [
      ['Why', describeProblem(problem)],
      ['See', 'the last changes on this page'],
    ],
  };
}

function receiptOf(to: string, failoverId: string, auditId: string, ended: FailoverRecord | undefined): Receipt {
  const kept = [
    ['Failover', failoverId],
    ['Record', auditId],
  ] as const;
  if (ended === undefined) {
    return { title: 'Begun; how it ended is not known yet', pending: true, rows: kept };
  }
  const steps = ended.steps.map(({ name, tookMicros }) => [name, durationText(tookMicros)] as const);
  if (ended.state !== 'done') {
    const word = ended.state === 'aborted' ? 'Taken back' : 'It failed';
    return {
      title: `${word}: ${ended.failure ?? 'no reason was given'}`,
      pending: true,
      rows: [...steps, ...kept],
    };
  }
  return {
    title: `Member ${to} leads`,
    rows: [
      ...steps,
      ['Recovery time', durationText(ended.outageMicros)],
      ['Commands lost', integer(ended.commandsLost)],
      ['Epoch', `${ended.epochBefore} → ${ended.epochAfter ?? '?'}`],
      ['At', `${dateTime(ended.endedMicros)} UTC`],
      ...kept,
    ],
  };
}
