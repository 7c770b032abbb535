/**
 * The queue of surveillance: what was found, the numbers that decided, and the market around it played again. Whoever may,
 * takes an alert on, dismisses it or makes a case of it.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SurveillanceAlert } from '../../../src/api/schemas/surveillance.ts';
import { call, describeProblem } from '../data/client.ts';
import { useMay } from '../data/queries.ts';
import { clockTimeMillis, dateTime } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { StateMark, type Tone } from '../ui/state-mark.tsx';
import { ReplayPicture } from './replay-picture.tsx';
import './surveillance.css';

const SEVERITY: Record<SurveillanceAlert['severity'], Tone> = { high: 'down', medium: 'warn', low: 'info' };
const REFRESH_MS = 4000;
const NOTHING: readonly SurveillanceAlert[] = [];
const STATES = [
  { value: 'open', text: 'Open' },
  { value: 'in case', text: 'In a case' },
  { value: 'closed', text: 'Closed' },
] as const;

export function SurveillancePage() {
  const may = useMay('surveillance.read');
  const [state, setState] = useState<SurveillanceAlert['state']>('open');
  const [chosen, setChosen] = useState<string | null>(null);
  const alerts = useQuery({
    queryKey: ['surveillance', 'alerts', state],
    queryFn: async () =>
      (
        await call<{ alerts: SurveillanceAlert[] }>(
          'GET',
          `/compliance/alerts?limit=200&state=${encodeURIComponent(state)}`,
        )
      ).alerts,
    refetchInterval: REFRESH_MS,
    enabled: may,
  });
  const rows = alerts.data ?? NOTHING;
  const alert = rows.find((row) => row.alertId === chosen) ?? rows[0];
  if (!may) return <NotAllowed />;
  return (
    <div className="page surveillance">
      <h1 className="visually-hidden">Surveillance</h1>
      <Panel
        title="Alerts"
        note={alerts.isError ? 'cannot be read just now' : String(rows.length)}
        flush
        className="surveillance-queue"
        actions={<SelectField label="State" choices={STATES} value={state} onValue={setState} />}
      >
        <DataTable
          label="Alerts of surveillance"
          columns={columnsOf(setChosen)}
          rows={rows}
          rowKey={(row) => row.alertId}
          rowClass={(row) => (row.alertId === alert?.alertId ? 'chosen' : '')}
          sortBy={{ id: 'found', descending: true }}
          empty={
            <Notice title={<StateMark tone="ok">Nothing {state}</StateMark>}>
              Alerts appear here within a second.
            </Notice>
          }
        />
      </Panel>
      {alert === undefined ? null : <AlertPanel key={alert.alertId} alert={alert} />}
    </div>
  );
}

function NotAllowed() {
  return (
    <div className="page">
      <h1 className="visually-hidden">Surveillance</h1>
      <Panel title="Alerts">
        <Notice title="Your role may not see surveillance." />
      </Panel>
    </div>
  );
}

function columnsOf(choose: (alertId: string) => void): readonly Column<SurveillanceAlert>[] {
  return [
    { id: 'found', header: 'Found', value: (row) => row.foundMicros, cell: (row) => clockTimeMillis(row.foundMicros) },
    {
      id: 'severity',
      header: 'Severity',
      value: (row) => row.severity,
      cell: (row) => <StateMark tone={SEVERITY[row.severity]}>{row.severity}</StateMark>,
      rank: 2,
    },
    { id: 'scenario', header: 'Scenario', value: (row) => row.scenarioName },
    { id: 'symbol', header: 'Symbol', value: (row) => row.symbol },
    {
      id: 'actor',
      header: 'Who',
      value: (row) => row.actor,
      cell: (row) => `${row.actor}${row.simulated ? ' (simulated)' : ''}`,
      rank: 2,
    },
    { id: 'assigned', header: 'Taken on by', value: (row) => row.assignedTo, rank: 3 },
    {
      id: 'look',
      header: 'Look',
      value: () => null,
      acts: true,
      cell: (row) => (
        <Button
          small
          onClick={() => choose(row.alertId)}
          aria-label={`Look at ${row.scenarioName} in ${row.symbol}, ${clockTimeMillis(row.foundMicros)}`}
        >
          Look
        </Button>
      ),
    },
  ];
}

function AlertPanel({ alert }: { alert: SurveillanceAlert }) {
  return (
    <Panel
      title={`${alert.scenarioName} · ${alert.symbol}`}
      note={alert.simulated ? `${alert.actor}, simulated` : alert.actor}
      className="surveillance-alert"
      actions={<Acts alert={alert} />}
    >
      <p className="muted">
        From {dateTime(alert.startMicros)} to {clockTimeMillis(alert.foundMicros)} UTC
        {alert.verdict === null ? '' : ` · found to be ${alert.verdict}`}
      </p>
      <dl className="surveillance-facts">
        {Object.entries(alert.facts).map(([name, value]) => (
          <div key={name}>
            <dt>{wordsOf(name)}</dt>
            <dd>{value.toLocaleString('en', { maximumFractionDigits: 2 })}</dd>
          </div>
        ))}
      </dl>
      <ReplayPicture alertId={alert.alertId} />
    </Panel>
  );
}

/** cancelledAfterMillis → cancelled after millis */
function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function Acts({ alert }: { alert: SurveillanceAlert }) {
  const client = useQueryClient();
  const mayWrite = useMay('surveillance.write');
  const [title, setTitle] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  if (!mayWrite || alert.state !== 'open') return null;

  async function act(path: string, body: object) {
    setProblem(null);
    try {
      await call('POST', path, body);
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
    void client.invalidateQueries({ queryKey: ['surveillance'] });
  }
  const path = `/compliance/alerts/${encodeURIComponent(alert.alertId)}`;
  const name = title.trim() === '' ? `${alert.scenarioName} in ${alert.symbol} by ${alert.actor}` : title;
  return (
    <div className="surveillance-acts">
      {problem === null ? null : <StateMark tone="down">{problem}</StateMark>}
      <Button small onClick={() => void act(`${path}/assign`, {})}>
        Take on
      </Button>
      <Button small onClick={() => void act(`${path}/dismiss`, {})}>
        False alarm
      </Button>
      <TextField
        label="Case title"
        placeholder="as found"
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <Button
        small
        tone="primary"
        onClick={() => void act('/compliance/cases', { title: name, alertIds: [alert.alertId] })}
      >
        Open a case
      </Button>
    </div>
  );
}
