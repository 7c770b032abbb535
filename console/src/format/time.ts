/**
 * Times as people read them, always UTC and said to be so where it is not obvious. Server times are microseconds.
 */
import { NONE } from './numbers.ts';

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

/** HH:MM:SS of a time in microseconds since the epoch. */
export function clockTime(micros: number | null | undefined): string {
  if (micros === null || micros === undefined || micros <= 0) return NONE;
  const date = new Date(Math.floor(micros / 1_000));
  return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

/** HH:MM:SS.mmm of a time in microseconds since the epoch. */
export function clockTimeMillis(micros: number | null | undefined): string {
  if (micros === null || micros === undefined || micros <= 0) return NONE;
  return `${clockTime(micros)}.${pad(Math.floor(micros / 1_000) % 1_000, 3)}`;
}

/** YYYY-MM-DD HH:MM:SS of a time in microseconds since the epoch. */
export function dateTime(micros: number | null | undefined): string {
  if (micros === null || micros === undefined || micros <= 0) return NONE;
  const date = new Date(Math.floor(micros / 1_000));
  return `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())} ${clockTime(micros)}`;
}

/** "12 s", "4 min", "3 h", "2 d": how long ago or how long for. */
export function age(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
