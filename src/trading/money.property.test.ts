/** Money arithmetic in doubles against the same in BigInt, up to the largest values that are let in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCOUNT_SHIFT, Account, POSITION_SHIFT, Position } from './accounts.ts';
import { DEFAULT_CAPACITY } from './capacity.ts';
import { INSTRUMENT_SHIFT, Instrument } from './instruments.ts';
import { EXACT_MAX, book, feeOf, takesValue } from './money.ts';
import { State, work } from './state.ts';

const SMALL = {
  ...DEFAULT_CAPACITY,
  orders: 1,
  dayOrders: 1,
  accounts: 1,
  positions: 1,
  instruments: 1,
  priceLeaves: 1,
  trades: 1,
  sessions: 1,
  recentOrders: 1,
  participants: 1,
  tickTables: 1,
};

function bigAbs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** To the nearest whole number, ties up. */
function rounded(numerator: bigint, denominator: bigint): bigint {
  const doubled = 2n * numerator + denominator;
  const quotient = doubled / (2n * denominator);
  return doubled < 0n && quotient * 2n * denominator !== doubled ? quotient - 1n : quotient;
}

const trade = fc.record({
  side: fc.integer({ min: 0, max: 1 }),
  ticks: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 31 - 1 })),
  quantity: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1_000_000 })),
  fee: fc.integer({ min: -1000, max: 1000 }),
});

describe('fees', () => {
  it('are exact, truncated towards zero', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: -1_000_000, max: 1_000_000 }), (amount, rate) => {
        expect(BigInt(feeOf(amount, rate))).toBe((BigInt(amount) * BigInt(rate)) / 1_000_000n);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('positions', () => {
  it('follow average cost to the last unit, as long as trades are taken at all', () => {
    const state = new State(SMALL, () => undefined);
    work(state);
    state.accounts.money[Account.exists] = 1;
    const row = state.accounts.ensureRow(0, 0);
    const rows = state.accounts.rows;
    const at = row << POSITION_SHIFT;
    const words = state.instruments.words;
    fc.assert(
      fc.property(
        fc.array(trade, { maxLength: 40 }),
        fc.constantFrom(1, 7, 1000, 2 ** 20),
        fc.constantFrom(0, -100, 500, -(2 ** 31)),
        (trades, moneyPerTick, base) => {
          rows.fill(0, at + Position.net, at + Position.fees + 1);
          state.accounts.money[(0 << ACCOUNT_SHIFT) + Account.cash] = 0;
          words[(0 << INSTRUMENT_SHIFT) + Instrument.moneyPerTick] = moneyPerTick;
          words[(0 << INSTRUMENT_SHIFT) + Instrument.priceBaseTicks] = base;
          let [net, cost, realised, fees, cash] = [0n, 0n, 0n, 0n, 0n];
          for (const { side, ticks, quantity, fee } of trades) {
            const each = BigInt(base + ticks) * BigInt(moneyPerTick);
            const amount = bigAbs(each) * BigInt(quantity);
            if (amount > BigInt(EXACT_MAX) || !takesValue(0, row, Number(amount), fee)) continue;
            book(row, side, ticks, quantity, fee);
            const lots = side === 0 ? BigInt(quantity) : -BigInt(quantity);
            const closing = net * lots < 0n ? (bigAbs(net) < bigAbs(lots) ? bigAbs(net) : bigAbs(lots)) : 0n;
            const sign = lots < 0n ? -1n : 1n;
            if (closing > 0n) {
              const out = rounded(cost * closing, bigAbs(net));
              realised += -sign * each * closing - out;
              cost -= out;
            }
            cost += sign * each * (bigAbs(lots) - closing);
            net += lots;
            fees += BigInt(fee);
            cash -= sign * each * bigAbs(lots) + BigInt(fee);
          }
          const got = [Position.net, Position.cost, Position.realised, Position.fees].map((field) =>
            BigInt(rows[at + field]),
          );
          expect(got).toEqual([net, cost, realised, fees]);
          expect(BigInt(state.accounts.money[Account.cash])).toBe(cash);
          expect(cash).toBe(realised - cost - fees);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
