/** Regulatory reports of a running platform: from its journal, with the names of config/reporting.yaml. */
import { join } from 'node:path';
import { ReportService } from '#compliance/reports/service.ts';
import type { Replica } from '#edge/replica.ts';
import type { Clock } from '#kit/clock.ts';
import type { IdSource } from '#kit/ids.ts';
import type { Journal } from '#kit/ports/journal.ts';
import type { Store } from '#store/open.ts';
import { Engine } from '#trading/engine.ts';
import type { PlatformOptions } from '../options.ts';
import type { ReferenceData } from '../reference-data.ts';
import { loadReporting } from '../reporting.ts';

export interface ReportsPlaneParts {
  readonly options: PlatformOptions;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly journal: Journal;
  readonly replica: Replica;
  readonly reference: ReferenceData;
}

/** Throws APP_CONFIG_INVALID for mistakes in config/reporting.yaml. */
export function openReports(parts: ReportsPlaneParts): ReportService {
  const { options, store, clock, ids, journal, replica, reference } = parts;
  return new ReportService({
    folder: join(options.dataFolder, 'reports'),
    store,
    clock,
    ids,
    // From the first command on: the orders that a period begins with came before it.
    history: { journal, openEngine: async (_atMost, sink) => ({ engine: new Engine(sink), nextSequence: 1 }) },
    reference: loadReporting(options.configFolder, reference),
    lastSequence: () => replica.sequence,
  });
}
