/** Times as regulations write them. */

/** UTC to the microsecond, `YYYY-MM-DDThh:mm:ss.ddddddZ` (RTS 22 field 28, RTS 24). */
export function microText(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const rest = String(Math.round(micros - seconds * 1e6)).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${rest}Z`;
}
