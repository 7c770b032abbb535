/**
 * Where clients are sent: asks for one client and shows every cluster with what spoke for and against it; the clusters as they are
 * now; the latency between sites.
 */
import { useState } from 'react';
import type { SteeringExplanation, SteeringTargetList } from '../../../src/api/schemas/steering.ts';
import { describeProblem } from '../data/client.ts';
import { useSteeringExplanation, useSteeringStatus, useSteeringTargets } from '../data/steering.ts';
import { durationText, integer, NONE, percent } from '../format/numbers.ts';
import { Button } from '../ui/button.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { TextField } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { StateMark, type Tone } from '../ui/state-mark.tsx';
import { LatencyMatrix } from './latency-matrix.tsx';
import './steering.css';

type Target = SteeringTargetList['targets'][number];
type Candidate = SteeringExplanation['candidates'][number];

const TONES: Readonly<Record<Target['state'], Tone>> = {
  healthy: 'ok',
  degraded: 'warn',
  unhealthy: 'down',
  unknown: 'off',
};
const STATE_ORDER = { healthy: 0, degraded: 1, unknown: 2, unhealthy: 3 } as const;

const TARGET_COLUMNS: readonly Column<Target>[] = [
  { id: 'target', header: 'cluster', value: (target) => target.id },
  {
    id: 'state',
    header: 'state',
    value: (target) => STATE_ORDER[target.state],
    cell: (target) => (
      <StateMark tone={target.drained ? 'info' : TONES[target.state]}>
        {target.drained ? 'drained' : target.state}
      </StateMark>
    ),
  },
  { id: 'where', header: 'provider, region', rank: 2, value: (target) => `${target.provider} ${target.region}` },
  {
    id: 'load',
    header: 'in use %',
    align: 'end',
    value: (target) => (target.sessions === null ? null : target.sessions / target.capacitySessions),
    cell: (target) => (target.sessions === null ? NONE : percent(target.sessions / target.capacitySessions, 0)),
  },
  {
    id: 'capacity',
    header: 'sessions',
    align: 'end',
    rank: 2,
    value: (target) => target.capacitySessions,
    cell: (target) => integer(target.capacitySessions),
  },
  { id: 'weight', header: 'weight', align: 'end', rank: 3, value: (target) => target.weight },
  { id: 'source', header: 'says who', wide: true, rank: 3, value: (target) => target.stateSource },
];

const CANDIDATE_COLUMNS: readonly Column<Candidate>[] = [
  {
    id: 'target',
    header: 'cluster',
    value: (candidate) => candidate.target,
    cell: (candidate) => (candidate.chosen ? <strong>{candidate.target}</strong> : candidate.target),
  },
  {
    id: 'outcome',
    header: 'outcome',
    value: (candidate) => (candidate.chosen ? 0 : candidate.allowed ? 1 : 2),
    cell: (candidate) =>
      candidate.chosen ? (
        <StateMark tone="ok">chosen</StateMark>
      ) : candidate.allowed ? (
        <StateMark tone="off">allowed</StateMark>
      ) : (
        <StateMark tone="warn">out</StateMark>
      ),
  },
  { id: 'because', header: 'because', wide: true, value: (candidate) => candidate.because },
  { id: 'stage', header: 'stage', rank: 2, value: (candidate) => candidate.stage },
  {
    id: 'trip',
    header: 'round trip',
    align: 'end',
    rank: 2,
    value: (candidate) => candidate.roundTripMicros,
    cell: (candidate) =>
      candidate.roundTripMicros === null
        ? NONE
        : `${durationText(candidate.roundTripMicros)} ${candidate.roundTripSource === 'estimated' ? '(est.)' : ''}`,
  },
  {
    id: 'ceiling',
    header: 'ceiling',
    align: 'end',
    rank: 3,
    value: (candidate) => candidate.ceilingMicros,
    cell: (candidate) => durationText(candidate.ceilingMicros),
  },
];

const NO_TARGETS: readonly Target[] = [];

export function SteeringPage() {
  const targets = useSteeringTargets();
  return (
    <div className="page">
      <h1 className="visually-hidden">Steering</h1>
      <ExplainPanel />
      <Panel title="Clusters clients can be sent to" note={`${targets.data?.length ?? 0} clusters`} flush>
        <DataTable
          label="Clusters clients can be sent to"
          columns={TARGET_COLUMNS}
          rows={targets.data ?? NO_TARGETS}
          rowKey={(target) => target.id}
          rowClass={(target) => (target.drained ? 'faded' : '')}
          empty={<Notice title={targets.isPending ? 'Reading the clusters…' : 'Steering is not configured here.'} />}
        />
      </Panel>
      <LatencyMatrix />
    </div>
  );
}

function ExplainPanel() {
  const [text, setText] = useState('');
  const [client, setClient] = useState('');
  const explanation = useSteeringExplanation(client);
  const status = useSteeringStatus().data;
  const listening =
    status === undefined ? '' : (status.problem ?? `name server on ${status.listen.join(', ') || 'no address'}`);
  return (
    <Panel title="Where does a client go?" note={listening}>
      <form
        className="steering-form"
        onSubmit={(event) => {
          event.preventDefault();
          setClient(text.trim());
        }}
      >
        <TextField
          label="Client address"
          hint="IPv4 or IPv6"
          placeholder="203.0.113.7"
          value={text}
          maxLength={45}
          problem={explanation.isError ? describeProblem(explanation.error) : undefined}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit">Explain</Button>
      </form>
      {explanation.data === undefined ? (
        <p className="muted">The answer is the one the name server would give now. Asking changes nothing.</p>
      ) : (
        <Answer answer={explanation.data} />
      )}
    </Panel>
  );
}

function Answer({ answer }: { answer: SteeringExplanation }) {
  const facts: readonly (readonly [string, string])[] = [
    ['Place', answer.country === null ? 'not in the table of locations' : `${answer.country}, ${answer.region ?? ''}`],
    ['Network', answer.network],
    ['Route', `${answer.route}, ${answer.stage}`],
    ['Decided by', answer.decidedBy],
    ['Addresses', [...answer.ipv4, ...answer.ipv6].join(', ') || NONE],
    ['Kept for', `${answer.ttlSeconds} s: ${answer.ttlBecause}`],
  ];
  return (
    <div className="steering-answer" role="region" aria-label="Decision">
      <p className="steering-verdict">
        <span className="num">{answer.client}</span> goes to <strong>{answer.target ?? 'nowhere'}</strong>
      </p>
      {answer.givenUp === null ? null : <StateMark tone="warn">{answer.givenUp}</StateMark>}
      <dl className="steering-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
      <DataTable
        label="Every cluster, and why it is in or out"
        columns={CANDIDATE_COLUMNS}
        rows={answer.candidates}
        rowKey={(candidate) => candidate.target}
        empty={null}
      />
    </div>
  );
}
