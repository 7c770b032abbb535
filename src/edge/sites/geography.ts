/**
 * What a route takes until somebody measures it, and rough outlines of countries that catch a swapped or mistyped
 * coordinate. Never says that two places are nearer than light allows.
 */
import { leastMicros } from '#kit/geography.ts';
import type { Place } from '#kit/geography.ts';

/** How much longer real routes are than the great circle, where nobody measured. */
const ROUTE_FACTOR = 1.4;

/** Microseconds one way to expect until somebody measures. */
export function expectedMicros(a: Place, b: Place, routeFactor: number = ROUTE_FACTOR): number {
  return leastMicros(a, b) * routeFactor;
}

/** South, west, north, east, in degrees. */
type Box = readonly [number, number, number, number];

/** Each country as a few boxes around its land; generous by some tens of kilometres, so that harbours are inside. */
const COUNTRIES: Readonly<Record<string, readonly Box[]>> = {
  AU: [
    [-39.3, 112.9, -10.5, 153.7],
    [-43.8, 144.5, -39.3, 148.5],
  ],
  BE: [[49.4, 2.5, 51.6, 6.5]],
  BR: [
    [-33.8, -58.0, -15.0, -39.0],
    [-15.0, -74.0, 5.3, -34.7],
  ],
  CA: [
    [41.6, -95.2, 62.6, -52.5],
    [48.9, -139.1, 70.0, -95.2],
  ],
  CH: [[45.8, 5.9, 47.9, 10.6]],
  DE: [[47.2, 5.8, 55.1, 15.1]],
  ES: [[35.9, -9.4, 43.9, 4.4]],
  FR: [[42.3, -4.9, 51.1, 8.3]],
  GB: [
    [49.8, -6.5, 55.9, 1.9],
    [54.0, -8.3, 60.9, -0.7],
  ],
  HK: [[22.1, 113.8, 22.6, 114.5]],
  IE: [[51.3, -10.7, 55.5, -5.9]],
  IN: [
    [8.0, 72.5, 28.0, 88.9],
    [21.0, 68.1, 35.7, 80.0],
  ],
  IT: [[36.6, 6.6, 47.1, 18.6]],
  JP: [
    [30.9, 129.3, 38.6, 141.2],
    [36.5, 138.5, 45.6, 145.9],
  ],
  KR: [[33.1, 125.8, 38.7, 129.7]],
  NL: [[50.7, 3.3, 53.6, 7.3]],
  SE: [[55.2, 10.9, 69.1, 24.2]],
  SG: [[1.15, 103.6, 1.48, 104.1]],
  US: [
    [25.8, -106.7, 49.1, -93.5],
    [31.2, -124.9, 49.1, -106.7],
    [24.5, -87.8, 31.2, -80.0],
    [28.8, -97.5, 49.1, -87.5],
    [31.0, -87.8, 47.0, -80.0],
    [33.5, -80.0, 45.2, -75.3],
    [38.4, -75.5, 45.3, -69.8],
    [43.0, -71.2, 47.6, -66.9],
    [18.8, -160.4, 22.4, -154.7],
    [54.5, -168.2, 71.5, -141.0],
  ],
};

/** Two-letter codes of the countries whose outline is known. */
export const COUNTRY_CODES: readonly string[] = Object.keys(COUNTRIES);

/** Whether a place lies in (or a short way off) a country; throws nothing for an unknown one, which contains nothing. */
export function isInCountry(place: Place, country: string): boolean {
  return (COUNTRIES[country] ?? []).some(
    ([south, west, north, east]) =>
      place.latitude >= south && place.latitude <= north && place.longitude >= west && place.longitude <= east,
  );
}

/** What a place over the wrong ocean was probably meant to be, or undefined. */
export function likelyMistake(place: Place, country: string): string | undefined {
  const { latitude, longitude } = place;
  if (isInCountry({ latitude, longitude: -longitude }, country)) return 'the sign of the longitude looks wrong';
  if (isInCountry({ latitude: -latitude, longitude }, country)) return 'the sign of the latitude looks wrong';
  if (isInCountry({ latitude: longitude, longitude: latitude }, country))
    return 'latitude and longitude look interchanged';
  return undefined;
}
