/**
 * The market around an alert, drawn from the journal: best bid and ask over time, what the suspect's orders did, and the
 * book at one moment, which a slider chooses. The same in words for those who do not see it.
 */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { SurveillanceReplay } from '../../../src/api/schemas/surveillance.ts';
import { call, describeProblem } from '../data/client.ts';
import { clockTimeMillis } from '../format/time.ts';
import { Notice } from '../ui/panel.tsx';

type Frame = SurveillanceReplay['frames'][number];
type Act = Frame['acts'][number];

const WIDTH = 720;
const HEIGHT = 180;
const MARGIN = 8;
const ACTS_TOLD_MAX = 40;

export function ReplayPicture({ alertId }: { alertId: string }) {
  const replay = useQuery({
    queryKey: ['surveillance', 'replay', alertId],
    queryFn: async () => call<SurveillanceReplay>('GET', `/compliance/alerts/${encodeURIComponent(alertId)}/replay`),
    staleTime: Number.POSITIVE_INFINITY,
    retry: 3,
  });
  if (replay.isPending) return <p className="muted">Playing the journal again…</p>;
  if (replay.isError) return <Notice title={describeProblem(replay.error)} />;
  if (replay.data.frames.length === 0) return <p className="muted">The book did not change around it.</p>;
  return <Frames frames={replay.data.frames} />;
}

function Frames({ frames }: { frames: readonly Frame[] }) {
  const lastAct = frames.findLastIndex((frame) => frame.acts.length > 0);
  const [at, setAt] = useState(Math.max(0, lastAct));
  const frame = frames[Math.min(at, frames.length - 1)];
  if (frame === undefined) return null;
  return (
    <div className="replay">
      <Chart frames={frames} at={at} />
      <label className="replay-slider">
        <span>
          Moment: {clockTimeMillis(frame.timeMicros)}, command {frame.sequence}
        </span>
        <input
          type="range"
          min={0}
          max={frames.length - 1}
          value={at}
          onChange={(event) => setAt(Number(event.target.value))}
        />
      </label>
      <div className="replay-detail">
        <Book frame={frame} />
        <ActList frames={frames} />
      </div>
    </div>
  );
}

function Chart({ frames, at }: { frames: readonly Frame[]; at: number }) {
  const prices = frames.flatMap(({ bids, asks, acts }) => [
    ...[bids[0]?.[0], asks[0]?.[0]].filter((price) => price !== undefined),
    ...acts.map(({ priceTicks }) => priceTicks).filter((price) => price > 0),
  ]);
  const low = Math.min(...prices);
  const high = Math.max(...prices, low + 1);
  const first = frames[0]?.timeMicros ?? 0;
  const span = Math.max(1, (frames.at(-1)?.timeMicros ?? 1) - first);
  const x = (micros: number): number => MARGIN + ((micros - first) / span) * (WIDTH - 2 * MARGIN);
  const y = (ticks: number): number => HEIGHT - MARGIN - ((ticks - low) / (high - low)) * (HEIGHT - 2 * MARGIN);
  const line = (side: 'bids' | 'asks'): string =>
    frames
      .filter((frame) => frame[side][0] !== undefined)
      .map(
        (frame, index) =>
          `${index === 0 ? 'M' : 'L'}${x(frame.timeMicros).toFixed(1)} ${y(frame[side][0]?.[0] ?? 0).toFixed(1)}`,
      )
      .join(' ');
  const acts = frames.flatMap((frame) =>
    frame.acts.map((act, index) => ({ act, micros: frame.timeMicros, key: `${frame.sequence}-${index}` })),
  );
  const moment = frames[at]?.timeMicros ?? first;
  const summary = `Best bid and ask in ${frames.length} moments, ${acts.length} acts of the suspect's orders`;
  return (
    <svg className="replay-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
      <path className="replay-bid" d={line('bids')} />
      <path className="replay-ask" d={line('asks')} />
      <line className="replay-moment" x1={x(moment)} x2={x(moment)} y1={0} y2={HEIGHT} />
      {acts.map(({ act, micros, key }) => (
        <Mark key={key} act={act} x={x(micros)} y={y(act.priceTicks === 0 ? low : act.priceTicks)} />
      ))}
    </svg>
  );
}

/** A ring enters, a dot executes, a cross is taken away. */
function Mark({ act, x, y }: { act: Act; x: number; y: number }) {
  const side = act.side === 'buy' ? 'replay-buy' : 'replay-sell';
  if (act.what === 'executes') return <circle className={`${side} filled`} cx={x} cy={y} r={4} />;
  if (act.what === 'enters' || act.what === 'changes') return <circle className={side} cx={x} cy={y} r={5} />;
  return <path className={side} d={`M${x - 4} ${y - 4}l8 8m0 -8l-8 8`} />;
}

function Book({ frame }: { frame: Frame }) {
  const rows = Math.max(frame.bids.length, frame.asks.length);
  return (
    <table className="replay-book">
      <caption>Book at that moment: lots and prices in ticks</caption>
      <thead>
        <tr>
          <th scope="col">Bid lots</th>
          <th scope="col">Bid</th>
          <th scope="col">Ask</th>
          <th scope="col">Ask lots</th>
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: rows }, (_, row) => (
          <tr key={row}>
            <td>{frame.bids[row]?.[1] ?? ''}</td>
            <td className="replay-bid-price">{frame.bids[row]?.[0] ?? ''}</td>
            <td className="replay-ask-price">{frame.asks[row]?.[0] ?? ''}</td>
            <td>{frame.asks[row]?.[1] ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ActList({ frames }: { frames: readonly Frame[] }) {
  const acts = frames.flatMap((frame) =>
    frame.acts.map((act, index) => ({ act, frame, key: `${frame.sequence}-${index}` })),
  );
  return (
    <ol className="replay-acts" aria-label="What the suspect's orders did">
      {acts.slice(0, ACTS_TOLD_MAX).map(({ act, frame, key }) => (
        <li key={key}>
          <span className="muted">{clockTimeMillis(frame.timeMicros)}</span> {act.what} {act.side}{' '}
          {act.quantity === 0 ? '' : `${act.quantity} `}at {act.priceTicks}
        </li>
      ))}
    </ol>
  );
}
