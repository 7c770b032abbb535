/**
 * Judges recorded histories of reads and writes of single keys: whether some order explains all answers (linearizable), how
 * old answers were, and whether sessions saw their own writes and never went back. Looks only at what clients saw.
 */

/** One operation as its client saw it. Every write writes a value of its own; 0 is the value before any write. */
export interface Operation {
  readonly kind: 'read' | 'write';
  readonly key: string;
  readonly value: number;
  readonly calledMs: number;
  /** Infinity for a write whose outcome is not known. */
  readonly returnedMs: number;
  readonly session?: number;
}

/** States that are tried before a history is called too hard; far more than the simulations need. */
const STATES_MAX = 2_000_000;

/**
 * Whether one register explains the history of each key: an order in which every read gives the last write, and nothing comes
 * before what had ended when it began (Wing and Gong, 1993, with states remembered as Lowe proposed, 2017).
 * @returns the first key that no order explains, or undefined
 */
export function notLinearizable(history: readonly Operation[]): string | undefined {
  const byKey = Map.groupBy(history, ({ key }) => key);
  for (const [key, operations] of byKey) if (!isLinearizable(operations)) return key;
  return undefined;
}

function isLinearizable(operations: readonly Operation[]): boolean {
  const sorted = operations.toSorted((a, b) => a.calledMs - b.calledMs);
  const tried = new Set<string>();
  const done = new Uint8Array(sorted.length);
  const search = (left: number, value: number): boolean => {
    if (left === 0) return true;
    const state = `${value}:${done.join('')}`;
    if (tried.has(state)) return false;
    tried.add(state);
    if (tried.size > STATES_MAX) throw new RangeError('the history is too hard to judge');
    const open = sorted.flatMap((operation, at) => (done[at] === 0 ? [{ operation, at }] : []));
    if (open.every(({ operation }) => operation.returnedMs === Infinity)) return true;
    const firstReturn = Math.min(...open.map(({ operation }) => operation.returnedMs));
    for (const { operation, at } of open) {
      if (operation.calledMs > firstReturn) break;
      if (operation.kind === 'read' && operation.value !== value) continue;
      done[at] = 1;
      if (search(left - 1, operation.kind === 'write' ? operation.value : value)) return true;
      done[at] = 0;
    }
    return false;
  };
  return search(sorted.length, 0);
}

/** When each value stopped being the newest at the source. */
export type Reign = ReadonlyMap<number, { readonly fromMs: number; readonly untilMs: number }>;

/** Milliseconds by which the stalest read of the history was behind the source when it was asked for. */
export function stalestMs(history: readonly Operation[], reign: Reign): number {
  const ages = history
    .filter(({ kind }) => kind === 'read')
    .map(({ value, calledMs }) => calledMs - (reign.get(value)?.untilMs ?? Infinity));
  return Math.max(0, ...ages);
}

/** Sessions that did not see their own write, or saw something older after something newer. @param versionOf a value's order */
export function sessionViolations(history: readonly Operation[], versionOf: (value: number) => number): string[] {
  const seen = new Map<string, number>();
  const violations: string[] = [];
  for (const { kind, key, value, session, returnedMs } of history.toSorted((a, b) => a.returnedMs - b.returnedMs)) {
    if (returnedMs === Infinity) continue;
    const who = `${session} ${key}`;
    const before = seen.get(who) ?? 0;
    const version = versionOf(value);
    if (kind === 'read' && version < before) violations.push(`session ${who} read ${value} after version ${before}`);
    seen.set(who, Math.max(before, version));
  }
  return violations;
}
