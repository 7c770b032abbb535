import { describe, expect, it } from 'vitest';
import { Book } from './book.ts';
import { OrderTable } from './order-table.ts';
import { SAMPLES_MAX, Series } from './series.ts';
import { batchOf } from './testing.ts';

const MINUTE = 60_000_000;

function bookWithVolume(): { book: Book; trade: (quantity: number) => void } {
  const book = new Book(1, new OrderTable());
  book.apply(batchOf([{ kind: 'add', side: 'buy', order: 1, price: 100, quantity: 5 }]), 0);
  const trade = (quantity: number): void =>
    book.apply(batchOf([{ kind: 'trade', side: 'buy', price: 101, quantity }]), 0);
  return { book, trade };
}

describe('the series of a book', () => {
  it('has a sample for every minute, also for those in which nothing happened', () => {
    const { book, trade } = bookWithVolume();
    const series = new Series();
    series.observe(book, 10 * MINUTE + 5);
    trade(3);
    series.observe(book, 13 * MINUTE + 1);
    trade(4);
    series.finish(book, 13 * MINUTE + 9);
    expect(series.samples.map(({ timeMicros, volume }) => [timeMicros / MINUTE, volume])).toEqual([
      [11, 3],
      [12, 0],
      [13, 0],
      [13 + 9 / MINUTE, 4],
    ]);
    expect(series.samples[0]).toMatchObject({ bid: 100, ask: undefined, last: 101, bidDepth: 5, askDepth: 0 });
  });

  it('keeps its bound and its volume however long the recording is', () => {
    const { book, trade } = bookWithVolume();
    const series = new Series();
    const minutes = SAMPLES_MAX * 5;
    for (let minute = 0; minute < minutes; minute++) {
      trade(1);
      series.observe(book, minute * MINUTE + 1);
    }
    expect(series.samples.length).toBeLessThanOrEqual(SAMPLES_MAX);
    expect(series.samples.length).toBeGreaterThan(SAMPLES_MAX / 4);
    expect(series.stepMicros).toBeGreaterThan(MINUTE);
    series.finish(book, minutes * MINUTE);
    expect(series.samples.reduce((sum, sample) => sum + sample.volume, 0)).toBe(minutes);
  });

  it('survives a gap of centuries', () => {
    const { book } = bookWithVolume();
    const series = new Series();
    series.observe(book, 1);
    series.observe(book, 8e15);
    expect(series.samples.length).toBeLessThanOrEqual(SAMPLES_MAX);
  });
});
