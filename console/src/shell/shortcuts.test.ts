import { describe, expect, it } from 'vitest';
import { PAGES } from './pages.ts';
import { interpret, PREFIX_MS_MAX, type Press } from './shortcuts.ts';

function press(key: string, changes: Partial<Press> = {}): Press {
  return { key, ctrlKey: false, metaKey: false, altKey: false, inField: false, atMs: 1_000, ...changes };
}

describe('keys', () => {
  it('go to the page of the letter after a g', () => {
    for (const page of PAGES) expect(interpret(press(page.key), 900)).toEqual({ kind: 'go', path: page.path });
  });

  it('are one letter each', () => {
    expect(new Set(PAGES.map((page) => page.key)).size).toBe(PAGES.length);
  });

  it('mean nothing without the g, or too long after it', () => {
    expect(interpret(press('m'), null)).toEqual({ kind: 'none' });
    expect(interpret(press('m'), 1_000 - PREFIX_MS_MAX - 1)).toEqual({ kind: 'none' });
  });

  it('mean nothing while someone types, but the command bar opens all the same', () => {
    expect(interpret(press('g', { inField: true }), null)).toEqual({ kind: 'none' });
    expect(interpret(press('?', { inField: true }), null)).toEqual({ kind: 'none' });
    expect(interpret(press('k', { inField: true, ctrlKey: true }), null)).toEqual({ kind: 'command' });
    expect(interpret(press('K', { metaKey: true }), null)).toEqual({ kind: 'command' });
  });

  it('leave the combinations of browser and system alone', () => {
    expect(interpret(press('g', { altKey: true }), null)).toEqual({ kind: 'none' });
    expect(interpret(press('g', { ctrlKey: true }), null)).toEqual({ kind: 'none' });
  });

  it('show the list with a question mark', () => {
    expect(interpret(press('?'), null)).toEqual({ kind: 'help' });
  });
});
