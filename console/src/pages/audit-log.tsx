/**
 * What is in the audit log: how far it is signed and by whom, and its entries, each with the way to its proof.
 */
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type {
  AuditEntryList,
  AuditEntryView,
  AuditStatusView,
  AuditVerificationView,
  AuditWitnessList,
} from '../../../src/api/schemas/audit.ts';
import { call, describeProblem } from '../data/client.ts';
import { durationText, integer } from '../format/numbers.ts';
import { dateTime } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import './audit.css';

const ROOT = '/compliance/audit';
const TYPES = [
  { value: 'all', text: 'everything' },
  { value: 'act', text: 'acts of people' },
  { value: 'journal', text: 'trading' },
  { value: 'log', text: 'the log itself' },
] as const;
type TypeChoice = (typeof TYPES)[number]['value'];

const COLUMNS: readonly Column<AuditEntryView>[] = [
  { id: 'index', header: 'entry', align: 'end', value: (entry) => entry.index },
  { id: 'time', header: 'time (UTC)', value: (entry) => entry.timeMicros, cell: (entry) => dateTime(entry.timeMicros) },
  { id: 'kind', header: 'kind', rank: 2, value: (entry) => entry.kind },
  { id: 'title', header: 'what', wide: true, value: (entry) => entry.title },
  {
    id: 'provable',
    header: 'signed',
    rank: 2,
    value: (entry) => Number(entry.provable),
    cell: (entry) =>
      entry.provable ? <StateMark tone="ok">signed</StateMark> : <StateMark tone="info">within a second</StateMark>,
  },
  {
    id: 'proof',
    header: 'proof',
    acts: true,
    align: 'end',
    value: () => null,
    cell: (entry) => (
      <Link
        to="/verify-proof"
        search={{ entry: entry.index }}
        className="link"
        aria-label={`Proof of entry ${entry.index}`}
      >
        Proof
      </Link>
    ),
  },
];
const NOTHING: readonly AuditEntryView[] = [];

export function AuditLogPage() {
  const [type, setType] = useState<TypeChoice>('all');
  // Each look at the entries is an entry itself: they are read when asked for, not by the clock.
  const entries = useQuery({
    queryKey: ['audit-entries', type],
    queryFn: async () =>
      call<AuditEntryList>('GET', `${ROOT}/entries?limit=200${type === 'all' ? '' : `&type=${type}`}`),
  });
  return (
    <div className="page">
      <h1 className="visually-hidden">Audit log</h1>
      <div className="audit-top">
        <Condition />
        <Witnesses />
        <Whole />
      </div>
      <Panel
        title="Entries"
        note="newest first; every look at them is recorded too"
        flush
        className="audit-entries"
        actions={
          <Button small onClick={() => void entries.refetch()}>
            Read again
          </Button>
        }
      >
        <div className="audit-choice">
          <SelectField label="Show" choices={TYPES} value={type} onValue={setType} />
        </div>
        <DataTable
          label="Entries of the audit log"
          columns={COLUMNS}
          rows={entries.data?.entries ?? NOTHING}
          rowKey={(entry) => String(entry.index)}
          empty={
            <Notice
              title={
                entries.isPending
                  ? 'Reading the log…'
                  : entries.isError
                    ? describeProblem(entries.error)
                    : 'No such entry yet.'
              }
            />
          }
        />
      </Panel>
    </div>
  );
}

function Condition() {
  const status = useQuery({
    queryKey: ['audit-status'],
    queryFn: async () => call<AuditStatusView>('GET', `${ROOT}/status`),
    refetchInterval: 5000,
  });
  const { data } = status;
  if (data === undefined) {
    return (
      <Panel title="Signed so far">
        <Notice title={status.isError ? describeProblem(status.error) : 'Reading…'} />
      </Panel>
    );
  }
  return (
    <Panel title="Signed so far">
      <dl className="facts num">
        <dt>state</dt>
        <dd>
          {data.fault === null ? (
            <StateMark tone="ok">keeping up</StateMark>
          ) : (
            <StateMark tone="down">{data.fault.message}</StateMark>
          )}
        </dd>
        <dt>entries</dt>
        <dd>{integer(data.size)}</dd>
        <dt>under a signature</dt>
        <dd>{integer(data.provableSize)}</dd>
        <dt>journal up to</dt>
        <dd>{integer(data.journalSequence)}</dd>
        <dt>oldest unsigned</dt>
        <dd>{data.lagMicros === 0 ? 'none' : durationText(data.lagMicros)}</dd>
        <dt>log</dt>
        <dd className="audit-hash">{data.origin}</dd>
      </dl>
    </Panel>
  );
}

function Witnesses() {
  const witnesses = useQuery({
    queryKey: ['audit-witnesses'],
    queryFn: async () => call<AuditWitnessList>('GET', `${ROOT}/witnesses`),
    refetchInterval: 5000,
  });
  return (
    <Panel title="Witnesses" note="cosign only what continues what they saw">
      {(witnesses.data?.witnesses ?? []).map((witness) => (
        <dl className="facts num" key={witness.name}>
          <dt>{witness.name}</dt>
          <dd>
            <StateMark tone={witness.state === 'cosigned' ? 'ok' : witness.state === 'unknown' ? 'off' : 'down'}>
              {witness.state}
            </StateMark>
          </dd>
          <dt>up to entry</dt>
          <dd>{integer(witness.size)}</dd>
          {witness.detail === '' ? null : (
            <>
              <dt>detail</dt>
              <dd>{witness.detail}</dd>
            </>
          )}
        </dl>
      ))}
    </Panel>
  );
}

/** Lets the server read all of it; what a reader should believe is the check on his own machine. */
function Whole() {
  const [found, setFound] = useState<AuditVerificationView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function verify() {
    setBusy(true);
    setProblem(null);
    try {
      setFound(await call<AuditVerificationView>('POST', `${ROOT}/verify`));
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
    setBusy(false);
  }

  return (
    <Panel title="The whole log">
      <p className="soft">
        Reads every entry and tile on this server. To trust nobody here, copy the folder and run{' '}
        <code>nautilus audit verify</code>, or any program for C2SP logs.
      </p>
      <p className="api-links">
        <Button onClick={() => void verify()} disabled={busy}>
          {busy ? 'Reading…' : 'Verify all of it'}
        </Button>
      </p>
      <div role="status">
        {problem === null ? null : <StateMark tone="down">{problem}</StateMark>}
        {found === null ? null : found.findings.length === 0 ? (
          <StateMark tone="ok">{`${integer(found.size)} entries, all as they were signed`}</StateMark>
        ) : (
          found.findings.map((one) => (
            <p key={`${one.file} ${one.offsetBytes} ${one.finding}`}>
              <StateMark tone="down">{`${one.file}: ${one.finding}`}</StateMark>
            </p>
          ))
        )}
      </div>
    </Panel>
  );
}
