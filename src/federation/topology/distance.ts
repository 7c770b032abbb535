/** Great-circle distance between two places, and nothing else of geography. */

export interface Coordinates {
  /** Degrees, north positive. */
  readonly latitude: number;
  /** Degrees, east positive. */
  readonly longitude: number;
}

/** Mean radius of the earth (IUGG). */
const EARTH_RADIUS_KM = 6371.0088;
const RADIANS = Math.PI / 180;

/** Kilometres along the surface, by the haversine formula: off by 0.6 % at most, since the earth is no sphere. */
export function distanceKm(a: Coordinates, b: Coordinates): number {
  const latitudes = Math.sin(((b.latitude - a.latitude) * RADIANS) / 2) ** 2;
  const longitudes = Math.sin(((b.longitude - a.longitude) * RADIANS) / 2) ** 2;
  const haversine = latitudes + Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * longitudes;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)));
}
