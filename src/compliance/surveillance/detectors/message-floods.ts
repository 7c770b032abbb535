/** Quote stuffing (a flood of messages in a second) and RTS 9's order-to-trade ratio (too many over the day). */
import { MarketState } from '#trading/terms.ts';
import type { Detector, DetectorParts, Parameters } from '../detector.ts';
import { Ending } from '../market-events.ts';

const MICROS = 1_000_000;

export function quoteStuffing({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { orders } = market;
  let rates = new Float64Array(1 << 12);
  let trades = new Float64Array(1 << 12);
  let last = new Float64Array(1 << 12);
  const quietMicros = new Map<number, number>();

  function fade(pair: number): void {
    if (pair >= rates.length) {
      rates = grown(rates, pair);
      trades = grown(trades, pair);
      last = grown(last, pair);
    }
    const passed = (market.nowMicros - last[pair]) / (terms.windowSeconds * MICROS);
    last[pair] = market.nowMicros;
    if (passed <= 0) return;
    const left = passed > 20 ? 0 : Math.exp(-passed);
    rates[pair] *= left;
    trades[pair] *= left;
  }

  function note(row: number, messages: number): void {
    const pair = orders.pair[row];
    fade(pair);
    rates[pair] += messages;
    if (rates[pair] < terms.messages) return;
    const instrument = orders.instrument[row];
    const share = rates[pair] / terms.windowSeconds / market.watch(instrument).messageRate;
    if (share < terms.share || trades[pair] > terms.tradesShare * rates[pair]) return;
    if (market.nowMicros < (quietMicros.get(pair) ?? 0)) return;
    quietMicros.set(pair, market.nowMicros + 5 * MICROS);
    raise({
      scenario: 'quote-stuffing',
      actor: orders.actor[row],
      instrument,
      startMicros: market.nowMicros - terms.windowSeconds * MICROS,
      facts: { messages: rates[pair], shareOfMessages: Math.min(1, share), executions: trades[pair] },
      rows: [row],
    });
  }

  return {
    onOrder: (row) => note(row, 1),
    onAmend: (row) => note(row, 1),
    onEnd(row, ending) {
      if (ending === Ending.byOwner) note(row, 1);
    },
    onTrade(maker, taker) {
      for (const row of [maker, taker]) {
        fade(orders.pair[row]);
        trades[orders.pair[row]]++;
      }
    },
  };
}

export function orderToTrade({ market, raise }: DetectorParts, terms: Parameters): Detector {
  const { pairs } = market;
  return {
    onState(instrument, state) {
      if (state === MarketState.preOpen) pairs.beginDay(instrument);
      if (state !== MarketState.closed) return;
      for (let pair = pairs.firstOf(instrument); pair >= 0; pair = pairs.nextOfInstrument[pair]) {
        const messages = pairs.dayMessages[pair];
        const trades = pairs.dayTrades[pair];
        const ratio = messages / Math.max(1, trades) - 1;
        if (messages < terms.messages || ratio <= terms.ratio) continue;
        raise({
          scenario: 'order-to-trade',
          actor: pairs.actor[pair],
          instrument,
          startMicros: market.nowMicros,
          facts: { messages, trades, ratio },
          rows: [],
        });
      }
      pairs.beginDay(instrument);
    },
  };
}

function grown(from: Float64Array, index: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(Math.max(from.length * 2, index + 1));
  to.set(from);
  return to;
}
