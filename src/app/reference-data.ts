/**
 * Everything the three configuration files say about what is traded, by whom and when, read once at start.
 * A mistake in any of them stops the start with all mistakes listed; nothing is half used.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configError } from './config-file.ts';
import { loadCalendars } from './calendar-loader.ts';
import type { CalendarSource } from './calendar-loader.ts';
import { loadAccounts } from './reference-accounts.ts';
import type { ReferenceParticipant } from './reference-accounts.ts';
import { loadInstruments } from './reference-instruments.ts';
import type { ReferenceInstruments } from './reference-instruments.ts';

const CALENDARS_FILE = 'calendars.yaml';
const INSTRUMENTS_FILE = 'instruments.yaml';
const ACCOUNTS_FILE = 'accounts.yaml';

export interface ReferenceData extends ReferenceInstruments {
  readonly participants: readonly ReferenceParticipant[];
  readonly calendars: ReadonlyMap<string, CalendarSource>;
}

/**
 * Reads calendars, instruments and accounts from the files in `folder`.
 * Throws CodedError APP_CONFIG_INVALID with one line for each mistake, or for a file that cannot be read.
 * @param nowMicros time zones are read for the years around this moment
 */
export function loadReferenceData(folder: string, nowMicros: number): ReferenceData {
  const mistakes: string[] = [];
  const calendars = loadCalendars(textOf(folder, CALENDARS_FILE), join(folder, CALENDARS_FILE), nowMicros);
  if (!calendars.ok) throw configError(calendars.error);
  const names = new Set(calendars.value.keys());
  const instruments = loadInstruments(textOf(folder, INSTRUMENTS_FILE), join(folder, INSTRUMENTS_FILE), names);
  const participants = loadAccounts(textOf(folder, ACCOUNTS_FILE), join(folder, ACCOUNTS_FILE));
  if (!instruments.ok) mistakes.push(...instruments.error);
  if (!participants.ok) mistakes.push(...participants.error);
  if (!instruments.ok || !participants.ok) throw configError(mistakes);
  return { ...instruments.value, participants: participants.value, calendars: calendars.value };
}

/** How long before the last known holiday a warning begins. */
const HOLIDAY_WARNING_DAYS = 60;
const DAY_MICROS = 86_400_000_000;

/** One line for each calendar in use whose holidays are known for less than 60 more days, or no longer. */
export function holidayWarnings({ instruments, calendars }: ReferenceData, nowMicros: number): string[] {
  const used = new Set(instruments.map(({ calendar }) => calendar));
  return [...calendars.values()].flatMap(({ name, holidaysKnownThrough }) => {
    if (holidaysKnownThrough === undefined || !used.has(name)) return [];
    const daysLeft =
      Math.floor((Date.parse(holidaysKnownThrough) * 1000) / DAY_MICROS) - Math.floor(nowMicros / DAY_MICROS);
    if (daysLeft >= HOLIDAY_WARNING_DAYS) return [];
    return [
      `calendar ${name} lists holidays through ${holidaysKnownThrough} only: add later ones to ${CALENDARS_FILE}`,
    ];
  });
}

function textOf(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch (error) {
    throw configError([
      `${join(folder, file)}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}
