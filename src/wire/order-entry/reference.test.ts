import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CommandKind } from '#trading/commands.ts';
import { FrameType } from './frame.ts';
import { checkLayout } from './layout.ts';
import { MESSAGE_LAYOUTS, renderReference } from './reference.ts';

const PAGE = new URL('../../../docs/protocols/binary.md', import.meta.url);
const BEGIN = '<!-- reference: rendered from src/wire/order-entry, do not edit by hand -->';
const END = '<!-- end of reference -->';
/** Kinds that no session may send. */
const INTERNAL_KINDS = new Set(['clock', 'genesis']);

describe('the reference of the binary protocol', () => {
  it.each(MESSAGE_LAYOUTS.map((layout) => [layout.name, layout] as const))(
    'describes every byte of %s, without holes or overlaps',
    (_name, layout) => {
      expect(() => checkLayout(layout)).not.toThrow();
    },
  );

  it('notices a field that is missing or lies on another', () => {
    const [layout] = MESSAGE_LAYOUTS;
    expect(() => checkLayout({ ...layout, fields: layout.fields.slice(1) })).toThrow('layout.hole-or-overlap');
    expect(() => checkLayout({ ...layout, byteLength: layout.byteLength + 8 })).toThrow('layout.length');
  });

  it('describes every frame type and every command a session may send, once', () => {
    const described = MESSAGE_LAYOUTS.map((layout) => layout.type);
    const wanted = new Set<number>(Object.values(FrameType));
    for (const [name, kind] of Object.entries(CommandKind)) if (!INTERNAL_KINDS.has(name)) wanted.add(kind);
    expect(described.toSorted((a, b) => a - b)).toEqual([...wanted].toSorted((a, b) => a - b));
  });

  it('is what docs/protocols/binary.md shows', () => {
    const page = readFileSync(PAGE, 'utf8');
    const begin = page.indexOf(BEGIN);
    const end = page.indexOf(END);
    expect([begin >= 0, end > begin]).toEqual([true, true]);
    const wanted = `${page.slice(0, begin)}${BEGIN}\n\n${renderReference()}\n\n${page.slice(end)}`;
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, wanted);
    else expect(page, 'run the test once with UPDATE_DOCS=1').toBe(wanted);
  });
});
