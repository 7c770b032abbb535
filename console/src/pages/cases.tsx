/** Cases of surveillance: open ones with what is needed to decide them, and the decided ones with their reasons and reports. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SurveillanceCase } from '../../../src/api/schemas/surveillance.ts';
import { call, describeProblem } from '../data/client.ts';
import { useMay } from '../data/queries.ts';
import { dateTime } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import './surveillance.css';

type Decision = NonNullable<SurveillanceCase['decision']>;

const DECISIONS = [
  { value: 'dismiss', text: 'Dismiss: no abuse' },
  { value: 'warn', text: 'Warn the firm' },
  { value: 'report STOR', text: 'Report: STOR (MAR 16)' },
  { value: 'report SAR', text: 'Report: SAR (US)' },
] as const;
const REFRESH_MS = 5000;
const NOTHING: readonly SurveillanceCase[] = [];

export function CasesPage() {
  const may = useMay('surveillance.read');
  const cases = useQuery({
    queryKey: ['surveillance', 'cases'],
    queryFn: async () => (await call<{ cases: SurveillanceCase[] }>('GET', '/compliance/cases')).cases,
    refetchInterval: REFRESH_MS,
    enabled: may,
  });
  const all = cases.data ?? NOTHING;
  const open = all.filter((file) => file.state === 'open');
  return (
    <div className="page">
      <h1 className="visually-hidden">Cases</h1>
      <Panel title="To be decided" note={String(open.length)}>
        {!may ? (
          <Notice title="Your role may not see cases." />
        ) : cases.isError ? (
          <Notice title="Cases cannot be read just now." />
        ) : open.length === 0 ? (
          <Notice title={<StateMark tone="ok">Nothing waits</StateMark>}>
            Cases are made of alerts, in Surveillance.
          </Notice>
        ) : (
          <ul className="cases">
            {open.map((file) => (
              <OpenCase key={file.caseId} file={file} />
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="Decided" flush className="grow">
        <DataTable
          label="Decided cases"
          columns={COLUMNS}
          rows={all.length === open.length ? NOTHING : all.filter((file) => file.state === 'decided')}
          rowKey={(file) => file.caseId}
          empty={<Notice title="No case was decided yet." />}
        />
      </Panel>
    </div>
  );
}

const COLUMNS: readonly Column<SurveillanceCase>[] = [
  { id: 'title', header: 'Case', value: (file) => file.title, wide: true },
  { id: 'decision', header: 'Decision', value: (file) => file.decision },
  { id: 'reason', header: 'Reason', value: (file) => file.reason, wide: true, rank: 2 },
  { id: 'by', header: 'By', value: (file) => file.decidedBy, rank: 3 },
  {
    id: 'decided',
    header: 'Decided (UTC)',
    value: (file) => file.decidedMicros,
    cell: (file) => dateTime(file.decidedMicros),
    rank: 2,
  },
  {
    id: 'due',
    header: 'Report due (UTC)',
    value: (file) => file.dueMicros,
    cell: (file) => (file.dueMicros === null ? '–' : dateTime(file.dueMicros)),
  },
];

function OpenCase({ file }: { file: SurveillanceCase }) {
  const client = useQueryClient();
  const mayWrite = useMay('surveillance.write');
  const [decision, setDecision] = useState<Decision>('dismiss');
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | null>(null);

  async function decide() {
    setProblem(null);
    try {
      await call('POST', `/compliance/cases/${encodeURIComponent(file.caseId)}/decide`, { decision, reason });
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
    void client.invalidateQueries({ queryKey: ['surveillance'] });
  }

  return (
    <li className="case">
      <div>
        <StateMark tone="warn">
          <strong>{file.title}</strong>
        </StateMark>
        <p className="muted">
          opened by {file.openedBy} at {dateTime(file.openedMicros)} UTC
        </p>
        {problem === null ? null : (
          <p role="alert">
            <StateMark tone="down">Not done</StateMark> {problem}
          </p>
        )}
      </div>
      {mayWrite ? (
        <div className="case-acts">
          <SelectField label="Decision" choices={DECISIONS} value={decision} onValue={setDecision} />
          <TextField label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
          <Button tone="primary" disabled={reason.trim().length < 3} onClick={() => void decide()}>
            Decide for good
          </Button>
        </div>
      ) : null}
    </li>
  );
}
