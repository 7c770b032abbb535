/**
 * The tape: the last trades, newest first. A side is a shape and a colour; corrections are said in words.
 */
import { memo } from 'react';
import type { Instrument } from '../../../../src/api/schemas/instruments.ts';
import type { Trade } from '../../../../src/api/schemas/trades.ts';
import { useTradesFeed } from '../../data/live.ts';
import { useCalm } from '../../data/store.ts';
import { decimal, integer } from '../../format/numbers.ts';
import { priceText } from '../../format/price.ts';
import { clockTimeMillis } from '../../format/time.ts';
import { Notice } from '../../ui/panel.tsx';
import { ScrollRegion } from '../../ui/scroll-region.tsx';
import './tape.css';

const SHOWN_MAX = 60;
const REFRESH_MS = 200;

const SIDES = {
  buy: { shape: '▲', word: 'buyer' },
  sell: { shape: '▼', word: 'seller' },
  auction: { shape: '◆', word: 'auction' },
} as const;

export function Tape({ instrument }: { instrument: Instrument }) {
  const { symbol } = instrument;
  const trades = useCalm(useTradesFeed(symbol), REFRESH_MS);
  if (trades.length === 0) return <Notice title="No trade yet." />;
  return (
    <ScrollRegion label={`Trades of ${symbol}, newest first`} className="tape">
      <table>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">time</th>
            <th scope="col">taken by</th>
            <th scope="col">price</th>
            <th scope="col">quantity</th>
          </tr>
        </thead>
        <tbody>
          {trades.slice(0, SHOWN_MAX).map((trade) => (
            <TapeRow
              key={`${trade.sequence}.${trade.tradeId}`}
              trade={trade}
              price={priceText(trade.priceTicks, instrument)}
            />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

const TapeRow = memo(function TapeRow({ trade, price }: { trade: Trade; price: string }) {
  const side = SIDES[trade.aggressorSide];
  return (
    <tr className={trade.correction === 'cancelled' ? 'tape-void' : ''}>
      <td className="muted">{clockTimeMillis(trade.timeMicros)}</td>
      <td className={`tape-side tape-${trade.aggressorSide}`}>
        <span aria-hidden="true">{side.shape}</span>
        <span className="visually-hidden">{side.word}</span>
      </td>
      <td className={`end tape-${trade.aggressorSide}`}>{decimal(price)}</td>
      <td className="end">
        {integer(trade.quantity)}
        {trade.correction === 'none' ? null : <span className="muted"> {trade.correction}</span>}
      </td>
    </tr>
  );
});
