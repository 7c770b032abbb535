import { describe, expect, it } from 'vitest';
import type { ReplayOutcome } from './replay.ts';
import { formatPrice, replayJson, replayReport } from './report.ts';

const OUTCOME: ReplayOutcome = {
  mode: 'book',
  fileName: 'tape.itch',
  format: 'itch',
  compression: 'gzip',
  fileBytes: 1_234_567,
  plainBytes: 9,
  priceExponent: -4,
  skipped: 10,
  unknown: 2,
  totals: {
    records: 5000,
    boundaries: 9,
    suspect: 0,
    crossedAtBoundary: 1,
    crossedInAuction: 0,
    orphans: 3,
    duplicates: 1,
    contradictions: 0,
    undisplayedFills: 0,
    tradedVolume: 700,
    hiddenVolume: 50,
    auctionVolume: 60,
  },
  restingOrders: 12,
  firstMicros: 0,
  lastMicros: 120_000_000,
  instruments: 2,
  busiest: {
    instrument: 3,
    symbol: 'AAPL',
    records: 4000,
    levels: [1, 1],
    stepMicros: 60_000_000,
    tally: {
      orphans: 0,
      duplicates: 0,
      contradictions: 0,
      undisplayedFills: 0,
      tradedVolume: 0,
      hiddenVolume: 0,
      auctionVolume: 0,
    },
    samples: [60, 120].map((second, at) => ({
      timeMicros: second * 1_000_000,
      bid: 1_850_000 + at * 500,
      ask: 1_850_200 + at * 500,
      last: undefined,
      bidDepth: 300,
      askDepth: 200,
      volume: 7,
    })),
  },
  elapsedNanos: 2e9,
  drive: undefined,
};

describe('the report of a replay', () => {
  it('says what was read, what was wrong with it and what traded', () => {
    const text = replayReport(OUTCOME, 80).join('\n');
    expect(text).toContain('tape.itch  (itch, gzip, 1,234,567 bytes)');
    expect(text).toContain('2 instruments, 1970-01-01 00:00:00 to 1970-01-01 00:02:00');
    expect(text).toContain('5,000 records in 2.00 s (2,500 a second), 12 of other kinds stepped over');
    expect(text).toContain('events without their order   3');
    expect(text).toContain("crossed at an event's end    1");
    expect(text).toContain('volume of hidden orders      50');
    expect(text).toContain('orders added twice           1');
    expect(text).toContain('AAPL: price, depth');
    expect(text).toContain('185.06');
    expect(text).toContain('185.01');
  });

  it('fits the terminal', () => {
    for (const columns of [40, 80, 110]) {
      const plotted = replayReport(OUTCOME, columns).filter((line) => /[\u2800-\u28ff]/.test(line));
      expect(plotted.map((line) => line.length)).toEqual(plotted.map(() => columns));
    }
  });

  it('tells a program in book mode that nothing was matched, not that nothing matched', () => {
    expect(replayJson(OUTCOME)).toMatchObject({
      records: 5000,
      orphans: 3,
      recordedVolume: 700,
      matchedVolumeShare: null,
    });
    expect(replayJson(OUTCOME)).toMatchObject({ recordsPerSecond: 2500, seconds: 2 });
  });
});

describe('a price', () => {
  it('is written exactly, without trailing zeros', () => {
    expect(formatPrice(4_800_250_000_000, -9)).toBe('4800.25');
    expect(formatPrice(-5, -4)).toBe('-0.0005');
    expect(formatPrice(1_850_000, -4)).toBe('185');
    expect(formatPrice(0, -9)).toBe('0');
    expect(formatPrice(7, 0)).toBe('7');
  });
});
