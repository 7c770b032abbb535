/**
 * Makes reports from the records: plays the journal of a period again, writes the text, keeps the file with its digest and
 * the journal positions it came from. A preview keeps nothing. One at a time: each may read the whole journal.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import { CodedError } from '#kit/errors.ts';
import type { IdSource } from '#kit/ids.ts';
import type { Store } from '#store/open.ts';
import { findReport, keepReport, listReports } from '#store/reports.ts';
import type { KeptReport } from '#store/reports.ts';
import { playHistory } from '../history.ts';
import type { HistoryParts } from '../history.ts';
import { Activity } from './activity.ts';
import { REPORT_KINDS, findKind } from './catalogue.ts';
import type { ReportKind, WrittenReport } from './catalogue.ts';
import { REPORT_ERRORS } from './errors.ts';
import type { ReportingReference } from './reference.ts';

const PERIOD_MICROS_MAX = 31 * 86_400 * 1e6;

/** What a report tells of: what was sequenced in [fromMicros, toMicros), microseconds since the epoch. */
export interface ReportPeriod {
  readonly fromMicros: number;
  readonly toMicros: number;
}

export interface ReportServiceParts {
  readonly folder: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly history: HistoryParts;
  readonly reference: ReportingReference;
  readonly lastSequence: () => number;
}

/** A report that was written and not kept. */
export interface ReportPreview extends WrittenReport {
  readonly kind: ReportKind;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

export class ReportService {
  private readonly parts: ReportServiceParts;
  private isBusy = false;

  constructor(parts: ReportServiceParts) {
    this.parts = parts;
  }

  /** Every kind that can be made. */
  get kinds(): readonly ReportKind[] {
    return REPORT_KINDS;
  }

  /** The newest reports that were made, newest first. */
  async made(limit: number): Promise<KeptReport[]> {
    return listReports(this.parts.store, limit);
  }

  /** A report that was made, with its text. Rejects with REPORT_MISSING. */
  async find(reportId: string): Promise<{ report: KeptReport; text: string }> {
    const report = await findReport(this.parts.store, reportId);
    if (report === undefined) throw new CodedError(REPORT_ERRORS.REPORT_MISSING, reportId);
    return { report, text: await readFile(join(this.parts.folder, report.fileName), 'utf8') };
  }

  /** Writes a report and keeps nothing of it. Rejects with a REPORT_… code. */
  async preview(name: string, period: ReportPeriod): Promise<ReportPreview> {
    return this.write(name, period, 'PREVIEW');
  }

  /** Writes a report, keeps its file and its row. Rejects with a REPORT_… code; then nothing is kept. */
  async generate(name: string, period: ReportPeriod, by: string): Promise<KeptReport> {
    const { folder, store, clock, ids } = this.parts;
    const reportId = ids('rep');
    const written = await this.write(name, period, reportId);
    const bytes = Buffer.from(written.text, 'utf8');
    const report: KeptReport = {
      reportId,
      kind: name,
      ...period,
      createdMicros: clock.nowMicros(),
      createdBy: by,
      fileName: `${reportId}.${written.kind.fileExtension}`,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      records: written.records,
      exceptions: written.exceptions.length,
      firstSequence: written.firstSequence,
      lastSequence: written.lastSequence,
    };
    await mkdir(folder, { recursive: true });
    const file = join(folder, report.fileName);
    await writeFile(`${file}.draft`, bytes, { flush: true });
    await rename(`${file}.draft`, file);
    await keepReport(store, report);
    return report;
  }

  private async write(name: string, period: ReportPeriod, messageId: string): Promise<ReportPreview> {
    const { clock, reference } = this.parts;
    const kind = findKind(name);
    if (kind === undefined) throw new CodedError(REPORT_ERRORS.REPORT_UNKNOWN, name);
    const problem = problemOf(period, clock.nowMicros());
    if (problem !== undefined) throw new CodedError(REPORT_ERRORS.REPORT_BAD_PERIOD, problem);
    if (this.isBusy) throw new CodedError(REPORT_ERRORS.REPORT_BUSY);
    this.isBusy = true;
    try {
      const activity = await this.play(period);
      const written = kind.write(activity, reference, {
        messageId: messageOf(messageId),
        createdMicros: clock.nowMicros(),
      });
      if (written.records === 0 && written.exceptions.length === 0) throw new CodedError(REPORT_ERRORS.REPORT_NOTHING);
      const { firstSequence, lastSequence } = activity;
      return { ...written, kind, firstSequence, lastSequence };
    } finally {
      this.isBusy = false;
    }
  }

  private async play(period: ReportPeriod): Promise<Activity> {
    const activity = new Activity(period.fromMicros, period.toMicros);
    const { history, lastSequence } = this.parts;
    await playHistory(history, 1, lastSequence(), {
      onEvents: (words, end, command) => activity.take(words, end, command),
      isEnough: (timeMicros) => timeMicros >= period.toMicros,
    });
    if (activity.isTruncated) throw new CodedError(REPORT_ERRORS.REPORT_TOO_LARGE);
    return activity;
  }
}

function problemOf({ fromMicros, toMicros }: ReportPeriod, nowMicros: number): string | undefined {
  if (fromMicros >= toMicros) return 'it ends before it begins';
  if (toMicros - fromMicros > PERIOD_MICROS_MAX) return 'it is longer than 31 days';
  return fromMicros > nowMicros ? 'it begins in the future' : undefined;
}

/** BizMsgIdr takes 35 characters. */
function messageOf(id: string): string {
  return id.slice(0, 35);
}
