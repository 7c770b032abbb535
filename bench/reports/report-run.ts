/** Makes reports from a journal: `report-run.ts JOURNAL FOLDER`. Prints how long each took as JSON, and leaves the XML in FOLDER. */
import { randomFillSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Activity } from '#compliance/reports/activity.ts';
import { ReportService } from '#compliance/reports/service.ts';
import type { ReportPreview } from '#compliance/reports/service.ts';
import type { ReportingReference } from '#compliance/reports/reference.ts';
import { playHistory } from '#compliance/history.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { createSystemClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { openStore } from '#store/open.ts';
import { Engine } from '#trading/engine.ts';
import { ExecType } from '#trading/events.ts';

const TRANSACTIONS = { '20k': 20_000, '100k': 100_000 } as const;
const EVERYTHING = Number.MAX_SAFE_INTEGER;

const [journalFolder = '', folder = ''] = process.argv.slice(2);
const clock = createSystemClock();
const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);
const ids = createIdSource(clock, fillRandom);
const journal = await openFileJournal({ folder: journalFolder, clock });
const { lastSequence } = journal.report;
const history = {
  journal,
  openEngine: async (_atMost: number, sink: (words: Int32Array, end: number) => void) => ({
    engine: new Engine(sink),
    nextSequence: 1,
  }),
};
const scale = { priceBaseTicks: 0, tickMantissa: 1, tickExponent: -2 };
const people = new Map([[1, 'GB19800101ALAN#TURIN']]);
const reference: ReportingReference = {
  operator: { name: 'Benchmark', lei: 'SIMU00OPERATOR000090', mic: 'SIMU', country: 'GB' },
  party: () => ({ lei: 'SIMU00YOURDESK000071', country: 'GB', algorithms: 'DESK', people }),
  instrument: () => ({ symbol: 'ORCA', isin: 'ZZORCA000003', currency: 'USD', isShare: true, scale }),
  participantOf: () => 1,
};
const store = await openStore({ kind: 'sqlite', file: join(folder, 'reports.db') }, { clock, ids, fillRandom });
const service = new ReportService({ folder, store, clock, ids, history, reference, lastSequence: () => lastSequence });

/** Times right after the n-th fill, so that periods have as many transactions as are wanted. */
async function endsOf(wanted: readonly number[]): Promise<{ begin: number; ends: number[]; last: number }> {
  const activity = new Activity(0, EVERYTHING);
  await playHistory(history, 1, lastSequence, {
    onEvents: (words, end, command) => activity.take(words, end, command),
  });
  const fills = activity.events.filter(({ execType }) => execType === ExecType.trade);
  const begin = activity.events[0].timeMicros;
  return {
    begin,
    ends: wanted.map((count) => fills[count - 1].timeMicros + 1),
    last: activity.events.at(-1)?.timeMicros ?? 0,
  };
}

async function timed(kind: string, from: number, to: number): Promise<{ took: number; report: ReportPreview }> {
  const begun = performance.now();
  const report = await service.preview(kind, { fromMicros: from, toMicros: to });
  return { took: performance.now() - begun, report };
}

const { begin, ends, last } = await endsOf(Object.values(TRANSACTIONS));
const figures: Record<string, number> = {};
for (const [index, name] of Object.keys(TRANSACTIONS).entries()) {
  const { took, report } = await timed('rts22-transactions', begin, ends[index]);
  if (report.exceptions.length > 0) throw new Error(report.exceptions[0].problem);
  figures[`auth016Of${name}Ms`] = took;
  writeFileSync(join(folder, `${name}.xml`), report.text);
}
let slowest = 0;
for (const { kind } of service.kinds) {
  if (kind !== 'rts22-transactions') slowest = Math.max(slowest, (await timed(kind, begin, last + 1)).took);
}
await store.close();
await journal.close();
process.stdout.write(JSON.stringify({ ...figures, slowestOtherMs: slowest, reportTypes: service.kinds.length }));
