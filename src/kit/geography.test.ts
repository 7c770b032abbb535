/** Distances on the globe, against known ones. */
import { describe, expect, it } from 'vitest';
import { greatCircleKm } from './geography.ts';

const LONDON = { latitude: 51.5074, longitude: -0.1278 };
const SYDNEY = { latitude: -33.8688, longitude: 151.2093 };

describe('the distance of two places', () => {
  it('is that of the great circle', () => {
    expect(greatCircleKm(LONDON, SYDNEY)).toBeCloseTo(16_994, -1);
    expect(greatCircleKm(SYDNEY, LONDON)).toBe(greatCircleKm(LONDON, SYDNEY));
    expect(greatCircleKm(LONDON, LONDON)).toBe(0);
    expect(greatCircleKm({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).toBeCloseTo(111.2, 1);
    expect(greatCircleKm({ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 77 })).toBeCloseTo(20_015.1, 1);
  });
});
