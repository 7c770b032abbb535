/**
 * Instruments and tick tables as config/instruments.yaml describes them, checked and turned into the whole numbers the
 * engine works with. Only definitions: whether an engine has an instrument already is not known here.
 */
import { z } from 'zod';
import { err, ok } from '#kit/result.ts';
import type { Result } from '#kit/result.ts';
import { TICK_BANDS_MAX } from '#trading/commands.ts';
import { MONEY_EXPONENT } from '#kit/decimal.ts';
import { readConfig } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { DECIMAL_TEXT, decimal, mantissaAndExponent, multiply, wholeUnits } from './decimal.ts';
import type { Decimal } from './decimal.ts';

const MONEY_UNIT: Decimal = { digits: 1n, places: -MONEY_EXPONENT };

const INT32_MAX = 2_147_483_647;

/** Decimal text; a YAML number is taken as it is written where that is exact. */
export const decimalText = z
  .union([z.string(), z.number().transform(String)], 'a decimal number, best in quotes')
  .pipe(z.string().regex(DECIMAL_TEXT, 'a plain decimal number, such as "184.20"'));

const positiveDecimal = decimalText.refine((text) => decimal(text).digits > 0n, 'must be more than 0');
const percent = z.number().min(0).max(100).multipleOf(0.01, 'at most two decimal places');

const tickTable = z.strictObject({
  table: z.int().min(1).max(1023),
  name: z.string().min(1),
  tick: positiveDecimal,
  bands: z
    .array(z.strictObject({ from: decimalText, step: positiveDecimal }))
    .min(1)
    .max(TICK_BANDS_MAX),
});

const demo = z.strictObject({
  activity: z.number().min(0).max(100),
  hourlyVolatility: z.number().positive().max(20),
  typicalQuantity: z.int().min(1).max(1_000_000),
  spreadSteps: z.number().min(1).max(50),
});

const instrument = z
  .strictObject({
    index: z.int().min(0).max(65_535),
    symbol: z.string().regex(/^[A-Z0-9][A-Z0-9._/-]{0,15}$/, 'a symbol is 1 to 16 of A–Z 0–9 . _ / -'),
    name: z.string().min(1),
    kind: z.enum(['share', 'future', 'crypto', 'fx']),
    calendar: z.string(),
    realCalendar: z.string().optional(),
    currency: z.string().regex(/^[A-Z]{3}$/, 'three letters of ISO 4217'),
    tickTable: z.string().optional(),
    tick: positiveDecimal.optional(),
    pointValue: positiveDecimal,
    lotSize: z.int().min(1).max(1_000_000),
    referencePrice: positiveDecimal,
    minPrice: positiveDecimal,
    maxPrice: positiveDecimal,
    maxOrderQuantity: z.int().min(0).max(INT32_MAX),
    collarPercent: percent,
    staticBandPercent: percent,
    dynamicBandPercent: percent,
    volatilityAuctionSeconds: z.number().min(0).max(3600),
    proRata: z.boolean().default(false),
    locateRequired: z.boolean().default(false),
    demo: demo.optional(),
  })
  .refine((value) => (value.tick === undefined) !== (value.tickTable === undefined), {
    path: ['tick'],
    message: 'either tick or tickTable is needed, not both',
  });

const instrumentsFile = z.strictObject({
  tickTables: z.array(tickTable).default([]),
  instruments: z.array(instrument).min(1),
});

type InstrumentsConfig = z.output<typeof instrumentsFile>;
type InstrumentConfig = InstrumentsConfig['instruments'][number];
type TickTableConfig = InstrumentsConfig['tickTables'][number];

/** How the demo plays an instrument; units in config/instruments.yaml. */
export type DemoTraits = z.output<typeof demo>;

export interface ReferenceTickTable {
  readonly table: number;
  readonly name: string;
  /** First tick of each band, and the step of prices from it on. */
  readonly bands: readonly (readonly [fromTick: number, stepTicks: number])[];
}

export interface ReferenceInstrument {
  readonly instrument: number;
  readonly symbol: string;
  readonly name: string;
  readonly kind: InstrumentConfig['kind'];
  readonly calendar: string;
  readonly currency: string;
  readonly tickTable: number;
  readonly tickMantissa: number;
  readonly tickExponent: number;
  readonly moneyPerTick: number;
  readonly lotSize: number;
  readonly referenceTicks: number;
  readonly minTicks: number;
  readonly maxTicks: number;
  readonly maxOrderQuantity: number;
  readonly collarBasisPoints: number;
  readonly staticBandBasisPoints: number;
  readonly dynamicBandBasisPoints: number;
  readonly volatilityAuctionMillis: number;
  readonly proRata: boolean;
  readonly locateRequired: boolean;
  readonly demo: DemoTraits | undefined;
}

export interface ReferenceInstruments {
  readonly tickTables: readonly ReferenceTickTable[];
  readonly instruments: readonly ReferenceInstrument[];
}

/**
 * Reads the text of an instruments file.
 * @param calendars names an instrument may choose from
 * @returns definitions in order of index, or one line for each mistake
 */
export function loadInstruments(
  text: string,
  fileName: string,
  calendars: ReadonlySet<string>,
): Result<ReferenceInstruments, string[]> {
  const read = readConfig(text, fileName, instrumentsFile);
  if (!read.ok) return read;
  const file = read.value;
  const mistakes = repeatedNames(file);
  const tables = new Map<string, TickTableConfig>();
  const tickTables: ReferenceTickTable[] = [];
  for (const [at, config] of file.value.tickTables.entries()) {
    tables.set(config.name, config);
    tickTables.push(resolveTickTable(file, config, at, mistakes));
  }
  const instruments = file.value.instruments.map((config, at) => {
    const place = ['instruments', at];
    if (!calendars.has(config.calendar)) {
      mistakes.push(file.mistake([...place, 'calendar'], unknownName('calendar', config.calendar, calendars)));
    }
    return resolveInstrument(file, config, at, tables, mistakes);
  });
  if (mistakes.length > 0) return err(mistakes);
  return ok({ tickTables, instruments: instruments.toSorted((a, b) => a.instrument - b.instrument) });
}

/** What to say about a name that nothing bears. */
export function unknownName(what: string, name: string, known: Iterable<string>): string {
  return `no ${what} is named "${name}"; there are: ${[...known].join(', ')}`;
}

/** One line for each value of `key` in a list that an earlier member has too. */
export function repeated<T>(
  file: ConfigFile<unknown>,
  list: string,
  members: readonly T[],
  key: keyof T & string,
): string[] {
  const seen = new Set<T[typeof key]>();
  return members.flatMap((member, at) => {
    if (!seen.has(member[key])) {
      seen.add(member[key]);
      return [];
    }
    return [file.mistake([list, at, key], `${String(member[key])} is used twice`)];
  });
}

function repeatedNames(file: ConfigFile<InstrumentsConfig>): string[] {
  const { tickTables, instruments } = file.value;
  return [
    ...repeated(file, 'tickTables', tickTables, 'table'),
    ...repeated(file, 'tickTables', tickTables, 'name'),
    ...repeated(file, 'instruments', instruments, 'index'),
    ...repeated(file, 'instruments', instruments, 'symbol'),
  ];
}

function resolveTickTable(
  file: ConfigFile<unknown>,
  config: TickTableConfig,
  at: number,
  mistakes: string[],
): ReferenceTickTable {
  const tick = decimal(config.tick);
  const bands = config.bands.map(({ from, step }, bandAt) => {
    const place = ['tickTables', at, 'bands', bandAt];
    return [
      unitsOrMistake(file, [...place, 'from'], decimal(from), tick, mistakes),
      unitsOrMistake(file, [...place, 'step'], decimal(step), tick, mistakes),
    ] as const;
  });
  const rises = bands.every(([from], bandAt) => (bandAt === 0 ? from === 0 : from > bands[bandAt - 1][0]));
  if (!rises) mistakes.push(file.mistake(['tickTables', at, 'bands'], 'bands must begin at 0 and rise'));
  return { table: config.table, name: config.name, bands };
}

function resolveInstrument(
  file: ConfigFile<unknown>,
  config: InstrumentConfig,
  at: number,
  tables: ReadonlyMap<string, TickTableConfig>,
  mistakes: string[],
): ReferenceInstrument {
  const place = ['instruments', at];
  const table = config.tickTable === undefined ? undefined : tables.get(config.tickTable);
  if (config.tickTable !== undefined && table === undefined) {
    mistakes.push(file.mistake([...place, 'tickTable'], unknownName('tick table', config.tickTable, tables.keys())));
  }
  const tick = decimal(config.tick ?? table?.tick ?? '1');
  const ticksOf = (key: 'referencePrice' | 'minPrice' | 'maxPrice'): number =>
    unitsOrMistake(file, [...place, key], decimal(config[key]), tick, mistakes);
  const moneyPerTick = multiply(tick, decimal(config.pointValue));
  const resolved: ReferenceInstrument = {
    instrument: config.index,
    symbol: config.symbol,
    name: config.name,
    kind: config.kind,
    calendar: config.calendar,
    currency: config.currency,
    tickTable: table?.table ?? 0,
    tickMantissa: mantissaAndExponent(tick).mantissa,
    tickExponent: mantissaAndExponent(tick).exponent,
    moneyPerTick: unitsOrMistake(file, [...place, 'pointValue'], moneyPerTick, MONEY_UNIT, mistakes),
    lotSize: config.lotSize,
    referenceTicks: ticksOf('referencePrice'),
    minTicks: ticksOf('minPrice'),
    maxTicks: ticksOf('maxPrice'),
    maxOrderQuantity: config.maxOrderQuantity,
    collarBasisPoints: Math.round(config.collarPercent * 100),
    staticBandBasisPoints: Math.round(config.staticBandPercent * 100),
    dynamicBandBasisPoints: Math.round(config.dynamicBandPercent * 100),
    volatilityAuctionMillis: Math.round(config.volatilityAuctionSeconds * 1000),
    proRata: config.proRata,
    locateRequired: config.locateRequired,
    demo: config.demo,
  };
  const { minTicks, maxTicks, referenceTicks } = resolved;
  if (minTicks > referenceTicks || referenceTicks > maxTicks) {
    mistakes.push(file.mistake([...place, 'referencePrice'], 'must lie between minPrice and maxPrice'));
  }
  return resolved;
}

/** `amount` in units of `unit`, at most 2^31-1; otherwise a mistake is noted and 1 stands in. */
function unitsOrMistake(
  file: ConfigFile<unknown>,
  path: readonly (string | number)[],
  amount: Decimal,
  unit: Decimal,
  mistakes: string[],
): number {
  const units = wholeUnits(amount, unit);
  if (units.ok && units.value <= INT32_MAX) return units.value;
  mistakes.push(file.mistake(path, units.ok ? 'is more than 2^31-1 ticks' : units.error));
  return 1;
}

/** An amount of currency in money units; refused where it is not a whole number of them. */
export function moneyUnits(text: string): Result<number, string> {
  return wholeUnits(decimal(text), MONEY_UNIT);
}
