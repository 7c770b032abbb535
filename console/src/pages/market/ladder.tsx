/**
 * The depth ladder: prices down the middle, what is bid on the left, what is asked on the right. Choosing a quantity
 * fills the ticket; it never sends anything.
 */
import { memo, useLayoutEffect, useRef, useState } from 'react';
import type { Instrument } from '../../../../src/api/schemas/instruments.ts';
import type { Order } from '../../../../src/api/schemas/orders.ts';
import { rungs, type Book, type Rung } from '../../data/book.ts';
import { useBookFeed } from '../../data/live.ts';
import { useStore } from '../../data/store.ts';
import { count, decimal, integer } from '../../format/numbers.ts';
import { priceText, spreadText, stepAt } from '../../format/price.ts';
import { Notice } from '../../ui/panel.tsx';
import './ladder.css';

const ROW_PIXELS = 20;
const LEVELS_MIN = 5;
const LEVELS_MAX = 40;

interface LadderProps {
  readonly instrument: Instrument;
  readonly own: readonly Order[];
  /** Where an auction would trade now; null outside call phases. */
  readonly indicativeTicks: number | null;
  readonly choose: (side: 'buy' | 'sell', price: string) => void;
}

/** How many levels a side fit the height, beside heading and spread. */
function useLevels() {
  const box = useRef<HTMLDivElement>(null);
  const [levels, setLevels] = useState(LEVELS_MIN);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = () => {
      const rows = Math.floor(element.clientHeight / ROW_PIXELS) - 2;
      setLevels(Math.max(LEVELS_MIN, Math.min(LEVELS_MAX, Math.floor(rows / 2))));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { box, levels };
}

export function Ladder({ instrument, own, indicativeTicks, choose }: LadderProps) {
  const book = useStore(useBookFeed(instrument.symbol));
  const { box, levels } = useLevels();
  const ladder = rungs(book, levels);
  const ownTicks = new Set(own.map((order) => order.priceTicks));
  const greatest = ladder.reduce((most, rung) => Math.max(most, rung.bid, rung.ask), 1);
  const bestBid = book.bids[0]?.[0];
  return (
    <div className="ladder" ref={box}>
      {ladder.length === 0 ? (
        <Notice title="The book is empty.">Orders that rest in it will stand here, best prices in the middle.</Notice>
      ) : (
        <table className="ladder-table" aria-label={`Order book of ${instrument.symbol}`}>
          <thead>
            <tr>
              <th scope="col">bid</th>
              <th scope="col">price</th>
              <th scope="col">ask</th>
            </tr>
          </thead>
          <tbody>
            {ladder.map((rung) => [
              rung.ticks === bestBid ? <SpreadRow key="spread" book={book} instrument={instrument} /> : null,
              <RungRow
                key={rung.ticks}
                rung={rung}
                price={priceText(rung.ticks, instrument)}
                bidShare={rung.bid / greatest}
                askShare={rung.ask / greatest}
                own={ownTicks.has(rung.ticks)}
                indicative={rung.ticks === indicativeTicks}
                choose={choose}
              />,
            ])}
          </tbody>
        </table>
      )}
    </div>
  );
}

function SpreadRow({ book, instrument }: { book: Book; instrument: Instrument }) {
  const bid = book.bids[0];
  const ask = book.asks[0];
  if (bid === undefined || ask === undefined) return null;
  const ticks = ask[0] - bid[0];
  // Crossed, as in a call phase: there is no spread, and the indicative price has a mark of its own.
  if (ticks <= 0) return null;
  return (
    <tr className="ladder-spread">
      <td colSpan={3}>
        {`spread ${spreadText(ticks, bid[0], instrument)} · ${count(ticks / stepAt(bid[0], instrument), 'tick')}`}
      </td>
    </tr>
  );
}

interface RungRowProps {
  readonly rung: Rung;
  readonly price: string;
  readonly bidShare: number;
  readonly askShare: number;
  readonly own: boolean;
  readonly indicative: boolean;
  readonly choose: (side: 'buy' | 'sell', price: string) => void;
}

const RungRow = memo(function RungRow({ rung, price, bidShare, askShare, own, indicative, choose }: RungRowProps) {
  const side = rung.bid > 0 && rung.ask > 0 ? '' : rung.bid > 0 ? 'buy' : 'sell';
  return (
    <tr className={`${own ? 'ladder-own' : ''} ${indicative ? 'ladder-indicative' : ''}`}>
      <Quantity side="buy" quantity={rung.bid} orders={rung.bidOrders} share={bidShare} price={price} choose={choose} />
      <th scope="row" className={side}>
        {own ? <span className="own-mark" title="your order" /> : null}
        {decimal(price)}
        {own ? <span className="visually-hidden"> your order</span> : null}
        {indicative ? (
          <span className="indicative-mark" title="the auction would trade here now">
            <span aria-hidden="true">◆</span>
            <span className="visually-hidden"> indicative</span>
          </span>
        ) : null}
      </th>
      <Quantity
        side="sell"
        quantity={rung.ask}
        orders={rung.askOrders}
        share={askShare}
        price={price}
        choose={choose}
      />
    </tr>
  );
}, sameRung);

function sameRung(a: RungRowProps, b: RungRowProps): boolean {
  return (
    a.rung.bid === b.rung.bid &&
    a.rung.ask === b.rung.ask &&
    a.rung.bidOrders === b.rung.bidOrders &&
    a.rung.askOrders === b.rung.askOrders &&
    a.bidShare === b.bidShare &&
    a.askShare === b.askShare &&
    a.price === b.price &&
    a.own === b.own &&
    a.indicative === b.indicative &&
    a.choose === b.choose
  );
}

interface QuantityProps {
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly orders: number;
  readonly share: number;
  readonly price: string;
  readonly choose: (side: 'buy' | 'sell', price: string) => void;
}

function Quantity({ side, quantity, orders, share, price, choose }: QuantityProps) {
  if (quantity === 0) return <td />;
  return (
    <td className={`ladder-${side}`}>
      <span className="ladder-bar" style={{ width: `${(share * 100).toFixed(1)}%` }} />
      <button
        type="button"
        // The keyboard's way is the price field of the ticket; forty stops of the tab key would help nobody.
        tabIndex={-1}
        title={`${orders} ${orders === 1 ? 'order' : 'orders'}`}
        aria-label={`${side} at ${price}: ${integer(quantity)} lots`}
        onClick={() => choose(side, price)}
      >
        {integer(quantity)}
      </button>
    </td>
  );
}
