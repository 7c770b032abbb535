/** Distance on the globe, and the least time light needs for it in glass. Pure arithmetic; knows no network and no map. */

export interface Place {
  /** Degrees north, -90 to 90. */
  readonly latitude: number;
  /** Degrees east, -180 to 180. */
  readonly longitude: number;
}

/** Mean radius of the Earth (IUGG R1). */
const EARTH_RADIUS_KM = 6371.0088;
/** One way through fibre: refractive index 1.468 over the speed of light in vacuum. */
export const FIBRE_MICROS_PER_KM = 4.9;
const DEGREE = Math.PI / 180;

/** Kilometres along the surface, by the haversine formula: off by 0.6 % at most, since the Earth is no sphere. */
export function greatCircleKm(a: Place, b: Place): number {
  const northing = Math.sin(((b.latitude - a.latitude) * DEGREE) / 2);
  const easting = Math.sin(((b.longitude - a.longitude) * DEGREE) / 2);
  const haversine =
    northing * northing + Math.cos(a.latitude * DEGREE) * Math.cos(b.latitude * DEGREE) * easting * easting;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)));
}

/** Microseconds one way that no fibre between the two can be faster than. */
export function leastMicros(a: Place, b: Place): number {
  return greatCircleKm(a, b) * FIBRE_MICROS_PER_KM;
}
