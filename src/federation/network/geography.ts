/** Distance on the globe, and the least time light needs for it in glass. Pure arithmetic; knows no network. */

/** A place in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Mean radius of the Earth (IUGG). */
const EARTH_RADIUS_KM = 6371.0088;
/** Light in fibre, one way: refractive index 1.468 over 299,792 km/s. */
export const FIBRE_MICROS_PER_KM = 4.9;

/** Length of the great circle between two places, in kilometres (haversine, which is exact for near places too). */
export function distanceKm(one: Place, other: Place): number {
  const latitudes = radians(other.latitude - one.latitude);
  const longitudes = radians(other.longitude - one.longitude);
  const chord =
    Math.sin(latitudes / 2) ** 2 +
    Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude)) * Math.sin(longitudes / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** No signal in fibre makes the way there and back in less, in microseconds. */
export function floorRoundTripMicros(one: Place, other: Place): number {
  return 2 * FIBRE_MICROS_PER_KM * distanceKm(one, other);
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
