/**
 * Decides whether a crossed book is a fault or an auction.
 * A venue keeps crossed orders only while it collects them for an auction. Sources that tell the market's state are
 * taken at their word; the others show it afterwards: an auction ends in a print without an aggressor, continuous
 * trading in one with an aggressor, and whichever comes first says what the crossed boundaries before it were.
 */
import { RecordFlag, RecordKind, RecordSide, TradingStatus, type RecordBatch } from '#wire/market-data/record.ts';
import type { Book } from './book.ts';

export class Crossings {
  /** Boundaries at which the book was crossed although trading was continuous, or nothing said otherwise. */
  faulty = 0;
  /** Boundaries at which it was crossed while an auction collected orders. */
  inAuction = 0;
  private undecided = 0;
  private status: number | undefined;

  /** Looks at a record before it is applied. */
  observe(batch: RecordBatch, row: number): void {
    const kind = batch.kind[row];
    if (kind === RecordKind.status) this.status = batch.quantity[row];
    if (this.undecided === 0) return;
    if (kind === RecordKind.trade && !(batch.flags[row] & RecordFlag.hidden)) {
      if (batch.side[row] === RecordSide.none) this.inAuction += this.undecided;
      else this.faulty += this.undecided;
      this.undecided = 0;
    } else if (kind === RecordKind.execute) {
      this.faulty += this.undecided;
      this.undecided = 0;
    }
  }

  /** Looks at the book at the end of an event. */
  boundary(book: Book): void {
    if (!book.crossed()) return;
    if (this.status === undefined) this.undecided++;
    else if (this.status === TradingStatus.trading) this.faulty++;
    else this.inAuction++;
  }

  /** Nothing follows: what nothing explained was a fault. */
  finish(): void {
    this.faulty += this.undecided;
    this.undecided = 0;
  }
}
