import { describe, expect, it } from 'vitest';
import { isIsin, isLei, isMic } from './identifiers.ts';

describe('identifiers', () => {
  it('are taken with their right check digits only', () => {
    // Published ones: Apple Inc., BAE Systems, SAP.
    expect(isLei('HWUPKR0MPOU8FGXBT394')).toBe(true);
    for (const isin of ['US0378331005', 'GB0002634946', 'DE0007164600'])
      expect([isin, isIsin(isin)]).toEqual([isin, true]);
    expect(isMic('XLON')).toBe(true);
  });

  it('are refused with any one character changed', () => {
    for (const [text, check] of [
      ['HWUPKR0MPOU8FGXBT394', isLei],
      ['US0378331005', isIsin],
    ] as const) {
      for (let place = 0; place < text.length; place++) {
        const changed = text.slice(0, place) + (text[place] === '7' ? '8' : '7') + text.slice(place + 1);
        expect([changed, check(changed)]).toEqual([changed, false]);
      }
      expect(check(text.toLowerCase())).toBe(false);
      expect(check(text.slice(1))).toBe(false);
    }
  });
});
