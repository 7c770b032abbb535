/** Tables as comma-separated values, RFC 4180. */

/** Text of a table: a line of names, then the rows; fields that need it are quoted. */
export function csv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** A field that a spreadsheet would take for a formula is made text by an apostrophe. */
function field(text: string): string {
  const safe = /^[=+@\t]/.test(text) || /^-[^0-9]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
