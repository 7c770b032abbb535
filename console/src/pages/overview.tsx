/**
 * The first page: how the platform does, what needs a decision, and the markets.
 */
import { lazy, Suspense } from 'react';
import type { StatsSample } from '../../../src/api/schemas/trades.ts';
import { useOverviewFeed } from '../data/live.ts';
import { patient } from '../data/patient.ts';
import { useStore } from '../data/store.ts';
import { Notice, Panel } from '../ui/panel.tsx';
import { Decisions } from './decisions.tsx';
import { InstrumentsTable } from './instruments-table.tsx';
import { Tiles } from './tiles.tsx';
import './overview.css';

const FlowChart = lazy(async () => ({ default: (await patient(() => import('./flow-chart.tsx'))).FlowChart }));

const FLOW_LINES = [
  { label: 'commands', color: '#8790a0', dash: [3, 3], of: (sample: StatsSample) => sample.commandsPerSecond },
  { label: 'orders', color: '#6ea0ff', of: (sample: StatsSample) => sample.ordersPerSecond },
  { label: 'trades', color: '#4cb782', of: (sample: StatsSample) => sample.tradesPerSecond },
];

const LATENCY_LINES = [
  { label: 'p50', color: '#6ea0ff', of: (sample: StatsSample) => sample.wireToAckP50Micros },
  { label: 'p99', color: '#e2b340', dash: [5, 3], of: (sample: StatsSample) => sample.wireToAckP99Micros },
];

export function OverviewPage() {
  const overview = useStore(useOverviewFeed());
  const waiting = overview.attention.length;
  return (
    <div className="page overview">
      <h1 className="visually-hidden">Overview</h1>
      <Tiles samples={overview.samples} />
      <div className="overview-middle">
        <Panel title="Last five minutes" className="overview-flow">
          {overview.samples.length < 2 ? (
            <Notice title="Waiting for the first seconds…" />
          ) : (
            <Suspense fallback={<Notice title="Loading the charts…" />}>
              <div className="flows">
                <FlowChart label="Per second" unit="rate" samples={overview.samples} lines={FLOW_LINES} />
                <FlowChart label="Wire to ack" unit="duration" log samples={overview.samples} lines={LATENCY_LINES} />
              </div>
            </Suspense>
          )}
        </Panel>
        <Panel
          title="Needs a decision"
          {...(waiting === 0 ? {} : { note: String(waiting) })}
          className="overview-decisions"
        >
          <Decisions items={overview.attention} />
        </Panel>
      </div>
      <Panel title="Markets" flush className="overview-markets">
        <InstrumentsTable />
      </Panel>
    </div>
  );
}
