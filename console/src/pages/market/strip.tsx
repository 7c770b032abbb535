/**
 * The line over a market: symbol, state, last price, best prices; in a call phase what the auction would do now.
 */
import type { ReactNode } from 'react';
import type { Instrument } from '../../../../src/api/schemas/instruments.ts';
import type { MarketRow } from '../../../../src/api/schemas/stream.ts';
import { decimal, integer, NONE } from '../../format/numbers.ts';
import { priceText, spreadText } from '../../format/price.ts';
import { isCallPhase, MarketStateMark } from '../../ui/market-state.tsx';
import { MarketControl } from './control.tsx';
import './strip.css';

interface StripProps {
  readonly instrument: Instrument;
  readonly row: MarketRow | undefined;
  readonly mayControl: boolean;
}

export function Strip({ instrument, row, mayControl }: StripProps) {
  const state = row?.state ?? instrument.state;
  const last = row === undefined ? instrument.last : row.last;
  const bid = row === undefined ? instrument.bid?.priceTicks : row.bid?.[0];
  const ask = row === undefined ? instrument.ask?.priceTicks : row.ask?.[0];
  const price = (ticks: number | null | undefined) =>
    ticks === null || ticks === undefined ? NONE : decimal(priceText(ticks, instrument));
  return (
    <header className="strip">
      <div className="strip-name">
        <h1>{instrument.symbol}</h1>
        <span className="muted">{instrument.currency}</span>
        <span className="strip-state" role="status">
          <MarketStateMark state={state} killed={instrument.killed} />
        </span>
      </div>
      <Figure name="last" className="strip-last">
        {price(last?.priceTicks)}
      </Figure>
      {isCallPhase(state) ? (
        <Auction instrument={instrument} row={row} />
      ) : (
        <>
          <Figure name="bid" className="buy">
            {price(bid)}
          </Figure>
          <Figure name="ask" className="sell">
            {price(ask)}
          </Figure>
          <Figure name="spread">
            {bid === undefined || ask === undefined ? NONE : spreadText(ask - bid, bid, instrument)}
          </Figure>
        </>
      )}
      <Figure name="volume">{integer(row?.dayVolume ?? instrument.dayVolume)}</Figure>
      {mayControl ? (
        <div className="strip-control">
          <MarketControl symbol={instrument.symbol} state={state} />
        </div>
      ) : null}
    </header>
  );
}

function Auction({ instrument, row }: { instrument: Instrument; row: MarketRow | undefined }) {
  const indicative = row?.indicative ?? null;
  const ticks = indicative?.priceTicks ?? null;
  const imbalance = indicative?.imbalance ?? 0;
  return (
    <div className="strip-auction" role="group" aria-label="Auction">
      <Figure name="indicative price" className="strip-indicative">
        {ticks === null ? 'none yet' : decimal(priceText(ticks, instrument))}
      </Figure>
      <Figure name="indicative volume">{integer(indicative?.volume)}</Figure>
      <Figure name="imbalance" className={imbalance > 0 ? 'buy' : imbalance < 0 ? 'sell' : ''}>
        {imbalance === 0 ? 'none' : `${integer(Math.abs(imbalance))} ${imbalance > 0 ? 'to buy' : 'to sell'}`}
      </Figure>
    </div>
  );
}

function Figure({ name, className = '', children }: { name: string; className?: string; children: ReactNode }) {
  return (
    <div className="strip-figure">
      <span className="muted">{name}</span>
      <span className={`num ${className}`}>{children}</span>
    </div>
  );
}
