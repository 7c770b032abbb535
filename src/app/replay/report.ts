/** Says what a replay found: for people as text with plots, for programs as one JSON object. Pure. */
import { plotBars, plotLine } from './plot.ts';
import type { DriveOutcome, InstrumentSummary, ReplayOutcome } from './replay.ts';
import { DEPTH_LEVELS, type Sample } from './series.ts';

const PLOT_ROWS = 8;
const LABEL_COLUMNS = 14;
const COLUMNS_MIN = 40;
const COLUMNS_MAX = 110;
const NANOS_PER_SECOND = 1e9;

/** The keys that programs rely on come first; shares are fractions of 1, and null in book mode. */
export function replayJson(outcome: ReplayOutcome): Record<string, unknown> {
  const { totals, drive } = outcome;
  const seconds = (outcome.elapsedNanos + (drive?.elapsedNanos ?? 0)) / NANOS_PER_SECOND;
  return {
    records: totals.records,
    orphans: totals.orphans,
    crossedAtBoundary: totals.crossedAtBoundary,
    recordedVolume: drive?.totals.recordedVolume ?? totals.tradedVolume,
    matchedVolumeShare: drive === undefined ? null : share(drive),
    mode: outcome.mode,
    format: outcome.format,
    crossedInAuction: totals.crossedInAuction,
    restingOrders: outcome.restingOrders,
    recordsPerSecond: Math.round(totals.records / (outcome.elapsedNanos / NANOS_PER_SECOND)),
    seconds,
    ...(drive === undefined
      ? {}
      : {
          matchedVolume: drive.totals.matchedVolume,
          differences: drive.totals.differences,
          corrections: drive.totals.corrections,
          refusals: Object.fromEntries(drive.refusals),
          stateHash: drive.stateHash,
        }),
  };
}

/** The report for a terminal of `columns` characters, one string a line. */
export function replayReport(outcome: ReplayOutcome, columns: number): string[] {
  const { busiest, drive } = outcome;
  const lines = [...headline(outcome), '', ...bookLines(outcome)];
  if (busiest !== undefined && busiest.samples.length > 1) {
    lines.push('', ...plots(busiest, outcome, Math.min(COLUMNS_MAX, Math.max(COLUMNS_MIN, columns))));
  }
  if (drive !== undefined) lines.push('', ...driveLines(drive));
  return lines;
}

/** A whole number of units of 10^exponent as a decimal, without trailing zeros. */
export function formatPrice(units: number, exponent: number): string {
  if (exponent >= 0) return String(units * 10 ** exponent);
  const digits = String(Math.abs(units)).padStart(1 - exponent, '0');
  const whole = digits.slice(0, exponent);
  const fraction = digits.slice(exponent).replace(/0+$/, '');
  return `${units < 0 ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

function share({ totals }: DriveOutcome): number {
  return totals.recordedVolume === 0 ? 1 : totals.matchedVolume / totals.recordedVolume;
}

function headline(outcome: ReplayOutcome): string[] {
  const { totals, busiest, elapsedNanos } = outcome;
  const seconds = elapsedNanos / NANOS_PER_SECOND;
  const compressed = outcome.compression === 'none' ? '' : `, ${outcome.compression}`;
  const instruments =
    outcome.instruments === 1 ? (busiest?.symbol ?? '1 instrument') : `${count(outcome.instruments)} instruments`;
  const passedOver = outcome.skipped + outcome.unknown;
  return [
    `${outcome.fileName}  (${outcome.format}${compressed}, ${count(outcome.fileBytes)} bytes)`,
    `${instruments}, ${time(outcome.firstMicros)} to ${time(outcome.lastMicros)}`,
    `${count(totals.records)} records in ${seconds.toFixed(2)} s (${count(Math.round(totals.records / seconds))} a second)` +
      (passedOver === 0 ? '' : `, ${count(passedOver)} of other kinds stepped over`),
  ];
}

function bookLines({ totals, restingOrders }: ReplayOutcome): string[] {
  const lines = [
    `orders resting at the end    ${count(restingOrders)}`,
    `events without their order   ${count(totals.orphans)}`,
    `crossed at an event's end    ${count(totals.crossedAtBoundary)}` +
      (totals.crossedInAuction === 0
        ? ''
        : `  (and ${count(totals.crossedInAuction)} while an auction collected orders)`),
    `volume traded                ${count(totals.tradedVolume)}`,
  ];
  if (totals.auctionVolume > 0) lines.push(`volume printed by auctions   ${count(totals.auctionVolume)}`);
  if (totals.hiddenVolume > 0) lines.push(`volume of hidden orders      ${count(totals.hiddenVolume)}`);
  if (totals.duplicates > 0) lines.push(`orders added twice           ${count(totals.duplicates)}`);
  if (totals.contradictions > 0) lines.push(`contradictions               ${count(totals.contradictions)}`);
  if (totals.suspect > 0) lines.push(`marked suspect by the source ${count(totals.suspect)}`);
  return lines;
}

function plots(busiest: InstrumentSummary, outcome: ReplayOutcome, columns: number): string[] {
  const { samples } = busiest;
  const width = columns - LABEL_COLUMNS;
  const prices = samples.map(middle);
  const known = prices.filter((price) => price !== undefined);
  const line = plotLine(prices, { columns: width, rows: PLOT_ROWS });
  const label = (row: number): string => {
    if (known.length === 0 || (row > 0 && row < PLOT_ROWS - 1)) return '';
    const price = row === 0 ? Math.max(...known) : Math.min(...known);
    return formatPrice(Math.round(price), outcome.priceExponent);
  };
  const bars = (name: string, values: readonly number[]): string =>
    `${name.padStart(LABEL_COLUMNS - 2)}  ${plotBars(values, width)}  ${count(Math.max(...values))}`;
  return [
    `${busiest.symbol ?? `instrument ${busiest.instrument}`}: price, depth of the best ${DEPTH_LEVELS} levels, volume`,
    ...line.map((text, row) => `${label(row).padStart(LABEL_COLUMNS - 2)}  ${text}`),
    bars(
      'bid depth',
      samples.map(({ bidDepth }) => bidDepth),
    ),
    bars(
      'ask depth',
      samples.map(({ askDepth }) => askDepth),
    ),
    bars(
      'volume',
      samples.map(({ volume }) => volume),
    ),
    ' '.repeat(LABEL_COLUMNS) + axis(samples, outcome, width),
  ];
}

function middle({ bid, ask, last }: Sample): number | undefined {
  return bid !== undefined && ask !== undefined ? (bid + ask) / 2 : last;
}

function axis(samples: readonly Sample[], outcome: ReplayOutcome, width: number): string {
  const base = outcome.lastMicros - (samples.at(-1)?.timeMicros ?? 0);
  const from = clockTime(base + (samples[0]?.timeMicros ?? 0));
  const to = clockTime(outcome.lastMicros);
  return `${from}${' '.repeat(Math.max(1, width - from.length - to.length))}${to}`;
}

const DIFFERENCE_TEXTS = {
  auction: 'one side of an auction traded otherwise',
  iceberg: 'an iceberg is involved: its hidden part is not in the recording',
  missingOrder: 'the order was not (fully) in the engine’s book',
  otherPrice: 'the order traded, at another price',
  otherOrder: 'another order traded in its stead',
  untraded: 'the engine traded less',
} as const;

function driveLines(drive: DriveOutcome): string[] {
  const { totals } = drive;
  const lines = [
    `${count(totals.commands)} commands to the engine in ${(drive.elapsedNanos / NANOS_PER_SECOND).toFixed(2)} s`,
    `recorded volume ${count(totals.recordedVolume)}, matched at the same price against the same order ` +
      `${count(totals.matchedVolume)} = ${(share(drive) * 100).toFixed(3)}%`,
  ];
  for (const [kind, { volume, fills }] of Object.entries(totals.differences)) {
    if (fills === 0) continue;
    lines.push(
      `  ${count(volume).padStart(8)} in ${count(fills)} fills: ${DIFFERENCE_TEXTS[kind as keyof typeof DIFFERENCE_TEXTS]}`,
    );
  }
  const { removed, restored, resized } = totals.corrections;
  lines.push(`book brought back to the recorded one: ${removed} removed, ${restored} restored, ${resized} resized`);
  for (const [reason, times] of drive.refusals) lines.push(`refused by the engine: ${reason} ${count(times)}`);
  lines.push(`state hash ${drive.stateHash}`);
  return lines;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function time(micros: number): string {
  return new Date(micros / 1000).toISOString().replace('T', ' ').slice(0, 19);
}

function clockTime(micros: number): string {
  return time(micros).slice(11, 16);
}
