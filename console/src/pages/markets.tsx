/**
 * Every listed instrument.
 */
import { Panel } from '../ui/panel.tsx';
import { InstrumentsTable } from './instruments-table.tsx';

export function MarketsPage() {
  return (
    <div className="page fixed">
      <h1 className="visually-hidden">Markets</h1>
      <Panel title="Markets" flush className="grow">
        <InstrumentsTable />
      </Panel>
    </div>
  );
}
