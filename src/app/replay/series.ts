/**
 * What a book looked like minute by minute: price, depth and volume, for the report's plots.
 * Bounded: past its maximum of samples it keeps every second one and doubles its step.
 */
import { PRICE_NONE } from '#wire/market-data/record.ts';
import type { Book } from './book.ts';

const MINUTE_MICROS = 60_000_000;
/** Samples kept; a day of minutes fits. */
export const SAMPLES_MAX = 2048;
/** Levels of each side that count as depth. */
export const DEPTH_LEVELS = 10;

/** One moment of a book. Prices are in the recording's units. */
export interface Sample {
  readonly timeMicros: number;
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly last: number | undefined;
  readonly bidDepth: number;
  readonly askDepth: number;
  /** Volume traded since the sample before. */
  readonly volume: number;
}

export class Series {
  stepMicros = MINUTE_MICROS;
  private readonly kept: Sample[] = [];
  private due = 0;
  private volumeBefore = 0;

  get samples(): readonly Sample[] {
    return this.kept;
  }

  /** Takes the samples that are due by `timeMicros`, of the book as it stood until then. */
  observe(book: Book, timeMicros: number): void {
    if (timeMicros < this.due) return;
    if (this.due === 0) this.due = timeMicros - (timeMicros % this.stepMicros) + this.stepMicros;
    // Each turn adds a sample, and a full series doubles its step: a gap of centuries takes a few thousand turns.
    for (; this.due <= timeMicros; this.due += this.stepMicros) this.take(book, this.due);
  }

  /** Takes a last sample at the end of the recording. */
  finish(book: Book, timeMicros: number): void {
    this.observe(book, timeMicros);
    this.take(book, timeMicros);
  }

  private take(book: Book, timeMicros: number): void {
    if (this.kept.length === SAMPLES_MAX) this.thin();
    const volume = book.tally.tradedVolume + book.tally.hiddenVolume + book.tally.auctionVolume;
    const crossed = book.crossed();
    this.kept.push({
      timeMicros,
      bid: crossed ? undefined : book.best(0)?.price,
      ask: crossed ? undefined : book.best(1)?.price,
      last: book.lastPrice === PRICE_NONE ? undefined : book.lastPrice,
      bidDepth: book.quantityWithin(0, DEPTH_LEVELS),
      askDepth: book.quantityWithin(1, DEPTH_LEVELS),
      volume: volume - this.volumeBefore,
    });
    this.volumeBefore = volume;
  }

  private thin(): void {
    let kept = 0;
    for (let at = 1; at < this.kept.length; at += 2) {
      const sample = this.kept[at];
      this.kept[kept++] = { ...sample, volume: sample.volume + this.kept[at - 1].volume };
    }
    this.kept.length = kept;
    this.stepMicros *= 2;
  }
}
