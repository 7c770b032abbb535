/**
 * The figures that say at a glance how the platform does, each with the line of its last minutes.
 */
import type { StatsSample } from '../../../src/api/schemas/trades.ts';
import { duration, integer, NONE, percent, rate } from '../format/numbers.ts';
import { Sparkline } from '../ui/sparkline.tsx';
import './tiles.css';

/** A refused share above this is worth a colour. */
const REJECT_SHARE_WARN = 0.05;

interface TileProps {
  readonly name: string;
  readonly figure: string;
  readonly unit?: string;
  readonly values: readonly (number | null)[];
  readonly warn?: boolean;
}

function Tile({ name, figure, unit = '', values, warn = false }: TileProps) {
  return (
    <div className="tile" role="group" aria-label={name}>
      <div className="tile-name">{name}</div>
      <div className={warn ? 'tile-figure num tone-warn' : 'tile-figure num'}>
        {figure}
        {unit === '' ? null : <span className="tile-unit"> {unit}</span>}
        {warn ? <span className="tile-word">high</span> : null}
      </div>
      <Sparkline values={values} />
    </div>
  );
}

export function Tiles({ samples }: { samples: readonly StatsSample[] }) {
  const now = samples.at(-1);
  const p50 = duration(now?.wireToAckP50Micros);
  const p99 = duration(now?.wireToAckP99Micros);
  const durable = duration(now?.durableLagMicros);
  return (
    <div className="tiles">
      <Tile
        name="Orders"
        figure={rate(now?.ordersPerSecond)}
        unit="/s"
        values={samples.map((sample) => sample.ordersPerSecond)}
      />
      <Tile
        name="Wire to ack p50"
        figure={p50.figure}
        unit={p50.unit}
        values={samples.map((sample) => sample.wireToAckP50Micros)}
      />
      <Tile
        name="Wire to ack p99"
        figure={p99.figure}
        unit={p99.unit}
        values={samples.map((sample) => sample.wireToAckP99Micros)}
      />
      <Tile
        name="Journal durable lag"
        figure={durable.figure}
        unit={durable.unit}
        values={samples.map((sample) => sample.durableLagMicros)}
      />
      <Tile
        name="Reject rate"
        figure={now === undefined ? NONE : percent(now.rejectShare)}
        unit="%"
        warn={(now?.rejectShare ?? 0) > REJECT_SHARE_WARN}
        values={samples.map((sample) => sample.rejectShare)}
      />
      <Tile
        name="Journal head"
        figure={integer(now?.journalSequence)}
        values={samples.map((sample) => sample.commandsPerSecond)}
      />
    </div>
  );
}
