/**
 * Every report that can be made: what rule asks for it, when it is due, in which form, and what writes it. A report that
 * is not here cannot be made; one that is here is made from the records alone.
 */
import type { Activity } from './activity.ts';
import { writeOrderRecords } from './order-records.ts';
import { writeOrderToTrade } from './order-to-trade.ts';
import type { ReportingReference } from './reference.ts';
import { writeTransactionReport } from './transaction-report.ts';
import type { ReportException, ReportHeader } from './transaction-report.ts';

export interface WrittenReport {
  readonly text: string;
  /** Transactions, rows or events in it. */
  readonly records: number;
  readonly exceptions: readonly ReportException[];
}

export interface ReportKind {
  readonly kind: string;
  readonly title: string;
  readonly jurisdiction: string;
  readonly citation: string;
  /** Whether the rule's text was read for this, or is known from elsewhere. */
  readonly verified: boolean;
  /** When it is due, in words. */
  readonly due: string;
  readonly mediaType: string;
  readonly fileExtension: string;
  /** What a reader must know about its form. */
  readonly note: string;
  readonly write: (activity: Activity, reference: ReportingReference, header: ReportHeader) => WrittenReport;
}

export const REPORT_KINDS: readonly ReportKind[] = [
  {
    kind: 'rts22-transactions',
    title: 'Transaction reports',
    jurisdiction: 'EU',
    citation: 'Regulation (EU) No 600/2014 (MiFIR), article 26; Delegated Regulation (EU) 2017/590 (RTS 22)',
    verified: true,
    due: 'by the close of the working day after the transaction',
    mediaType: 'application/xml',
    fileExtension: 'xml',
    note: 'ISO 20022 auth.016.001.01 in the ESMA guideline 1.0.3; version 1.1.0 is in force, whose schema could not be had.',
    write(activity, reference, header) {
      const { xml, transactions, exceptions } = writeTransactionReport(activity.events, reference, header);
      return { text: xml, records: transactions, exceptions };
    },
  },
  {
    kind: 'rts24-order-records',
    title: 'Records of orders',
    jurisdiction: 'EU',
    citation: 'Regulation (EU) No 600/2014 (MiFIR), article 25; Delegated Regulation (EU) 2017/580 (RTS 24)',
    verified: false,
    due: 'kept for five years, given to the authority on request',
    mediaType: 'text/csv',
    fileExtension: 'csv',
    note: 'Our own columns by the names of the Annex; short codes, no names.',
    write(activity, reference) {
      const { text, rows } = writeOrderRecords(activity.events, reference);
      return { text, records: rows, exceptions: [] };
    },
  },
  {
    kind: 'rts9-order-to-trade',
    title: 'Ratio of unexecuted orders to transactions',
    jurisdiction: 'EU',
    citation: 'Directive 2014/65/EU, article 48(6); Delegated Regulation (EU) 2017/566 (RTS 9)',
    verified: false,
    due: 'calculated at the end of each session',
    mediaType: 'text/csv',
    fileExtension: 'csv',
    note: 'Each submission, modification and cancellation counts as one order.',
    write(activity, reference) {
      const { text, rows } = writeOrderToTrade(activity.events, reference);
      return { text, records: rows, exceptions: [] };
    },
  },
];

export function findKind(kind: string): ReportKind | undefined {
  return REPORT_KINDS.find((candidate) => candidate.kind === kind);
}
