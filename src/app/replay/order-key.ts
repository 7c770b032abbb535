/** Names a 64-bit order id as a key of a Map: a number where it is exact, a text beyond 2^53. */

export type OrderKey = number | string;

const TWO_POW_32 = 4_294_967_296;
const HIGH_EXACT_BELOW = 0x20_0000;

export function orderKey(low: number, high: number): OrderKey {
  return high < HIGH_EXACT_BELOW ? high * TWO_POW_32 + low : `${high}:${low}`;
}
