/** Where nodes should stand: a proven answer, latency against cost, and what another budget would give. */
import { useState } from 'react';
import type { PlacementRun } from '../../../src/api/schemas/edge-network.ts';
import { describeProblem } from '../data/client.ts';
import { useEdgeSites, useLatestPlacement, useStartPlacement } from '../data/edge.ts';
import { useMay } from '../data/queries.ts';
import { integer, percent } from '../format/numbers.ts';
import { Button } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import './edge.css';

type Report = Extract<NonNullable<PlacementRun['outcome']>, { kind: 'placed' }>['report'];

const STRATEGIES = ['latency', 'cost', 'balanced', 'trading-volume', 'geographic-spread', 'market-hours'] as const;
const WIDTH = 640;
const HEIGHT = 220;
const MARGIN = 46;

export function PlacementPage() {
  const latest = useLatestPlacement();
  const run = latest.data ?? undefined;
  const failure = run?.failure ?? null;
  const report = run?.outcome?.kind === 'placed' ? run.outcome.report : undefined;
  return (
    <div className="page">
      <h1 className="visually-hidden">Placement</h1>
      <Ask run={run} />
      {latest.isError ? <Notice title="Runs cannot be read.">{describeProblem(latest.error)}</Notice> : null}
      {run?.outcome?.kind === 'impossible' ? (
        <Panel title="Impossible">
          <StateMark tone="down">{run.outcome.impossible.why}</StateMark>
          <ul>
            {run.outcome.impossible.remedies.map((remedy) => (
              <li key={remedy}>{remedy}</li>
            ))}
          </ul>
        </Panel>
      ) : null}
      {failure === null ? null : <Notice title="The run failed.">{failure.detail ?? failure.code}</Notice>}
      {report === undefined ? null : (
        <>
          {report.pareto.length === 0 ? null : <Front key={run?.id} report={report} />}
          <Answer report={report} />
          <Why report={report} />
        </>
      )}
    </div>
  );
}

function Ask({ run }: { run: PlacementRun | undefined }) {
  const may = useMay('operations.write');
  const start = useStartPlacement();
  const currency = useEdgeSites().data?.currency ?? '';
  const [strategy, setStrategy] = useState<(typeof STRATEGIES)[number]>('latency');
  const [budget, setBudget] = useState('260000');
  const isRunning = run?.state === 'running';
  return (
    <Panel title="Compute a placement" note={isRunning ? 'being computed…' : 'for the demand of config/sites.yaml'}>
      <form
        className="edge-form"
        onSubmit={(event) => {
          event.preventDefault();
          const amount = Number(budget);
          start.mutate({ strategy, ...(amount > 0 ? { budget: amount } : {}) });
        }}
      >
        <SelectField
          label="Strategy"
          choices={STRATEGIES.map((value) => ({ value, text: value }))}
          value={strategy}
          onValue={setStrategy}
        />
        <TextField
          label="Budget"
          hint={`${currency} a month`}
          inputMode="numeric"
          value={budget}
          onChange={(event) => setBudget(event.target.value)}
        />
        <Button tone="primary" type="submit" disabled={!may || isRunning || start.isPending}>
          Compute
        </Button>
      </form>
      {start.isError ? <p role="alert">{describeProblem(start.error)}</p> : null}
    </Panel>
  );
}

/** Dragging the budget shows the best point it pays for; every point was computed, none is guessed between them. */
function Front({ report }: { report: Report }) {
  const { pareto } = report;
  const costs = pareto.map(({ costPerMonth }) => costPerMonth);
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const [budget, setBudget] = useState(most);
  const chosen = pareto.findLast(({ costPerMonth }) => costPerMonth <= budget) ?? pareto[0];
  const slowest = Math.max(...pareto.map(({ latencyMicros }) => latencyMicros));
  const x = (cost: number) => MARGIN + ((cost - least) / Math.max(1, most - least)) * (WIDTH - 2 * MARGIN);
  const y = (micros: number) => HEIGHT - MARGIN - (micros / slowest) * (HEIGHT - 2 * MARGIN);
  const line = pareto.map((point) => `${x(point.costPerMonth)},${y(point.latencyMicros)}`).join(' ');
  return (
    <Panel title="Latency against cost" note={`${pareto.length} proven points`}>
      <svg
        className="edge-front"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${pareto.length} points from ${integer(least)} a month to ${integer(most)} a month`}
      >
        <polyline className="line" points={line} />
        {pareto.map((point) => (
          <circle
            key={point.costPerMonth}
            className={point === chosen ? 'chosen' : 'point'}
            cx={x(point.costPerMonth)}
            cy={y(point.latencyMicros)}
            r={point === chosen ? 6 : 4}
          />
        ))}
        <text x={MARGIN} y={HEIGHT - 14}>
          {integer(least)} a month
        </text>
        <text x={WIDTH - MARGIN} y={HEIGHT - 14} textAnchor="end">
          {integer(most)} a month
        </text>
        <text x={MARGIN} y={20}>
          {slowest.toFixed(0)} µs
        </text>
      </svg>
      <label className="edge-budget">
        What if the budget were {integer(budget)} a month
        <input
          type="range"
          min={least}
          max={most}
          step={Math.max(1, Math.round((most - least) / 200))}
          value={budget}
          onChange={(event) => setBudget(Number(event.target.value))}
        />
      </label>
      {chosen === undefined ? null : (
        <p role="status">
          <span className="edge-figure">{chosen.latencyMicros.toFixed(1)} µs</span> at {integer(chosen.costPerMonth)}:{' '}
          {chosen.sites.join(', ')}
        </p>
      )}
    </Panel>
  );
}

function Answer({ report }: { report: Report }) {
  const { solution, proof, greedyExcessPercent, binding } = report;
  const proven = proof.gap === 0 ? 'proven optimal' : `within ${percent(proof.gap)} % of the bound`;
  const greedy = greedyExcessPercent === null ? 'finds nothing' : `is ${greedyExcessPercent.toFixed(2)} % worse`;
  return (
    <Panel title="Answer" note={`${proven} in ${integer(proof.solveMs)} ms · the rule of thumb ${greedy}`}>
      <p>
        <span className="edge-figure">{solution.latencyMicros.toFixed(1)} µs</span> mean one way at{' '}
        <span className="edge-figure">{integer(solution.costPerMonth)}</span> a month
      </p>
      <ScrollRegion label="Sites of the answer">
        <table className="edge-table">
          <thead>
            <tr>
              <th>site</th>
              <th className="end">nodes</th>
              <th className="end">used</th>
              <th className="end">a month</th>
            </tr>
          </thead>
          <tbody>
            {solution.sites.map(({ site, nodes, use, costPerMonth }) => (
              <tr key={site}>
                <td>{site}</td>
                <td className="end">{nodes}</td>
                <td className="end">{percent(use, 0)} %</td>
                <td className="end">{integer(costPerMonth)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <ul>
        {binding.map(({ constraint, detail }) => (
          <li key={constraint}>
            {constraint}: {detail}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Why({ report }: { report: Report }) {
  return (
    <Panel title="Why each site is in or out" flush>
      <ScrollRegion label="Why each site is in or out">
        <table className="edge-table">
          <thead>
            <tr>
              <th>site</th>
              <th>answer</th>
              <th>the other way</th>
            </tr>
          </thead>
          <tbody>
            {report.reasons.map(({ site, used, reason }) => (
              <tr key={site}>
                <td>{site}</td>
                <td>
                  <StateMark tone={used ? 'ok' : 'off'}>{used ? 'in' : 'out'}</StateMark>
                </td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}
