import { describe, expect, it } from 'vitest';
import { compileDraft, NEW_DRAFT, stepPrice, type Draft } from './draft.ts';
import { bars } from './latency.tsx';

const MARKET = {
  account: 3,
  symbol: 'NAUT',
  scale: {
    tickMantissa: 1,
    tickExponent: -2,
    priceBaseTicks: 0,
    tickBands: [
      { fromTicks: 0, stepTicks: 1 },
      { fromTicks: 20_000, stepTicks: 5 },
    ],
    referenceTicks: 10_000,
    lotSize: 10,
  },
};

function compile(changes: Partial<Draft>) {
  return compileDraft({ ...NEW_DRAFT, quantity: '100', price: '101.25', ...changes }, MARKET, '77');
}

describe('the ticket', () => {
  it('sends a limit order with its price in ticks', () => {
    expect(compile({})).toEqual({
      ok: true,
      order: {
        account: 3,
        symbol: 'NAUT',
        clOrdId: '77',
        side: 'buy',
        type: 'limit',
        timeInForce: 'day',
        quantity: 100,
        priceTicks: 10_125,
        postOnly: false,
        reduceOnly: false,
        shortMark: 'none',
      },
    });
  });

  it('sends no price with a market order, whatever stands in the field', () => {
    const compiled = compile({ type: 'market', price: 'anything' });
    expect(compiled.ok && 'priceTicks' in compiled.order).toBe(false);
    expect(compiled.ok).toBe(true);
  });

  it('sends both prices with a stop-limit order', () => {
    expect(compile({ type: 'stop-limit', stopPrice: '102' })).toMatchObject({
      order: { priceTicks: 10_125, stopTicks: 10_200 },
    });
  });

  it('names every field that is wrong, at once', () => {
    expect(compile({ quantity: '1.5', price: '101.255' })).toEqual({
      ok: false,
      problems: { quantity: 'a whole number of lots', price: 'a multiple of 0.01' },
    });
    expect(compile({ quantity: '15' })).toEqual({ ok: false, problems: { quantity: 'a multiple of 10' } });
    expect(compile({ quantity: '0' }).ok).toBe(false);
    expect(compile({ quantity: '99999999999' }).ok).toBe(false);
  });

  it('marks sales only', () => {
    expect(compile({ shortMark: 'short' })).toMatchObject({ order: { shortMark: 'none' } });
    expect(compile({ side: 'sell', shortMark: 'short' })).toMatchObject({ order: { shortMark: 'short' } });
  });

  it('makes an iceberg of a limit order and of no other', () => {
    expect(compile({ displayQuantity: '20' })).toMatchObject({ order: { displayQuantity: 20 } });
    const market = compile({ type: 'market', displayQuantity: '20' });
    expect(market.ok && 'displayQuantity' in market.order).toBe(false);
    expect(compile({ displayQuantity: 'x' })).toMatchObject({
      problems: { displayQuantity: 'a whole number of lots' },
    });
  });

  it('steps a price as its band allows and leaves alone what is no price', () => {
    expect(stepPrice('101.25', 1, MARKET.scale)).toBe('101.26');
    expect(stepPrice('0.01', -1, MARKET.scale)).toBe('0.01');
    expect(stepPrice('abc', 1, MARKET.scale)).toBe('abc');
    expect(stepPrice('200.00', 1, MARKET.scale)).toBe('200.05');
    expect(stepPrice('200.00', -1, MARKET.scale)).toBe('199.99');
  });
});

describe('the latency histogram', () => {
  it('begins and ends with buckets that hold something, and knows where each bar begins', () => {
    const buckets = [0, 3, 0, 2, 0].map((count, index) => ({ upToMicros: (index + 1) * 10, count }));
    expect(bars(buckets)).toEqual([
      { fromMicros: 10, upToMicros: 20, count: 3 },
      { fromMicros: 20, upToMicros: 30, count: 0 },
      { fromMicros: 30, upToMicros: 40, count: 2 },
    ]);
  });

  it('joins neighbours where there are too many, and loses nothing', () => {
    const buckets = Array.from({ length: 100 }, (_, index) => ({ upToMicros: index + 1, count: 1 }));
    const joined = bars(buckets, 30);
    expect(joined).toHaveLength(25);
    expect(joined.reduce((sum, bar) => sum + bar.count, 0)).toBe(100);
    expect(joined.at(-1)?.upToMicros).toBe(100);
  });

  it('is empty where nothing was measured', () => {
    expect(bars([{ upToMicros: 1, count: 0 }])).toEqual([]);
  });
});
