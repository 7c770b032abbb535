/** How commands write: tables for people, one JSON object for programs. Results go to standard output alone. */

const GAP = '  ';

/** What a command found out: the object for programs, and the same in lines for people. */
export interface Result {
  readonly json: object;
  readonly lines: readonly string[];
}

/** Writes the result in the form that was asked for. */
export function show({ json, lines }: Result, asJson: boolean): void {
  process.stdout.write(asJson ? `${JSON.stringify(json)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** Rows under headings, each column as wide as its widest cell; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => String(row[column]).length)));
  return all.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** A moment to the second, UTC; a dash where there is none. */
export function momentText(micros: number | null): string {
  return micros === null ? '—' : `${new Date(micros / 1000).toISOString().slice(0, 19)}Z`;
}

/** Accounts as people write them. */
export function accountsText(accounts: 'all' | readonly number[]): string {
  if (accounts === 'all') return 'all';
  return accounts.length === 0 ? 'none' : accounts.join(',');
}
