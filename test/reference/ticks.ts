/**
 * Prices on a tick table: bands, each with the step that its prices are multiples of.
 */

export type Bands = readonly { first: number; step: number }[];

function bandOf(bands: Bands, price: number): number {
  return bands.findLastIndex((band) => band.first <= price);
}

export function isOnTable(bands: Bands, price: number): boolean {
  const band = bands[bandOf(bands, price)];
  return band !== undefined && price % band.step === 0;
}

/** The greatest price on the table that is not above `price`, or -1. */
export function onTableDown(bands: Bands, price: number): number {
  let top = price;
  for (let band = bandOf(bands, price); band >= 0; band--) {
    const { first, step } = bands[band];
    const candidate = Math.floor(top / step) * step;
    if (candidate >= first) return candidate;
    top = first - 1;
  }
  return -1;
}

/** The smallest price on the table that is not below `price`. */
export function onTableUp(bands: Bands, price: number): number {
  let bottom = Math.max(0, price);
  for (let band = bandOf(bands, bottom); band < bands.length; band++) {
    const end = bands[band + 1]?.first ?? Infinity;
    const candidate = Math.ceil(bottom / bands[band].step) * bands[band].step;
    if (candidate < end) return candidate;
    bottom = end;
  }
  return Infinity;
}
