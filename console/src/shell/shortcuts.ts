/**
 * What keys mean, as a pure function of the keys pressed so far: `g` then a letter goes to a page, `?` shows the
 * list, Ctrl-K or ⌘K opens the command bar. Never fires while someone types into a field.
 */
import { PAGES, type PagePath } from './pages.ts';

/** A `g` counts for this long. */
export const PREFIX_MS_MAX = 1_500;

export type Action =
  | { readonly kind: 'go'; readonly path: PagePath }
  | { readonly kind: 'help' }
  | { readonly kind: 'command' }
  | { readonly kind: 'prefix' }
  | { readonly kind: 'none' };

/** The parts of a keyboard event that matter. */
export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** The press landed in an input, a select or a text area. */
  readonly inField: boolean;
  readonly atMs: number;
}

/** What this press means after a `g` at `prefixAtMs` (null: there was none). */
export function interpret(press: Press, prefixAtMs: number | null): Action {
  if ((press.ctrlKey || press.metaKey) && !press.altKey && press.key.toLowerCase() === 'k') return { kind: 'command' };
  if (press.ctrlKey || press.metaKey || press.altKey || press.inField) return { kind: 'none' };
  if (prefixAtMs !== null && press.atMs - prefixAtMs <= PREFIX_MS_MAX) {
    const page = PAGES.find((candidate) => candidate.key === press.key.toLowerCase());
    if (page !== undefined) return { kind: 'go', path: page.path };
  }
  if (press.key === 'g') return { kind: 'prefix' };
  if (press.key === '?') return { kind: 'help' };
  return { kind: 'none' };
}
