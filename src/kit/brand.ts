/**
 * Integers that must not be mixed up: a price is not a quantity, a sequence is not an epoch.
 * Brands exist only in the types; at run time these are plain numbers, and never floats.
 */
import { invariant } from './invariant.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** A price as a count of the instrument's smallest price steps. May be zero or negative (spreads). */
export type PriceTicks = Branded<'PriceTicks'>;

/** A quantity as a count of the instrument's smallest tradable amounts. Never negative. */
export type QuantityLots = Branded<'QuantityLots'>;

/** Money as a count of the currency's scaled units; the scale belongs to the currency. May be negative. */
export type MoneyUnits = Branded<'MoneyUnits'>;

/** A position in a shard's journal, from 1. Zero means "before the first entry". */
export type Sequence = Branded<'Sequence'>;

/** The number of a leadership of a shard; higher wins. */
export type Epoch = Branded<'Epoch'>;

/** Microseconds since 1970-01-01T00:00:00Z, exact in a double until the year 2255. */
export type Micros = Branded<'Micros'>;

/** Brands a price; throws InvariantViolation unless it is an exact integer. */
export function priceTicks(value: number): PriceTicks {
  invariant(Number.isSafeInteger(value), 'brand.price-ticks', value);
  return value as PriceTicks;
}

/** Brands a quantity; throws InvariantViolation unless it is an exact integer of zero or more. */
export function quantityLots(value: number): QuantityLots {
  invariant(Number.isSafeInteger(value) && value >= 0, 'brand.quantity-lots', value);
  return value as QuantityLots;
}

/** Brands an amount of money; throws InvariantViolation unless it is an exact integer. */
export function moneyUnits(value: number): MoneyUnits {
  invariant(Number.isSafeInteger(value), 'brand.money-units', value);
  return value as MoneyUnits;
}

/** Brands a journal position; throws InvariantViolation unless it is an exact integer of zero or more. */
export function sequence(value: number): Sequence {
  invariant(Number.isSafeInteger(value) && value >= 0, 'brand.sequence', value);
  return value as Sequence;
}

/** Brands a leadership number; throws InvariantViolation unless it is an exact integer of zero or more. */
export function epoch(value: number): Epoch {
  invariant(Number.isSafeInteger(value) && value >= 0, 'brand.epoch', value);
  return value as Epoch;
}

/** Brands a time; throws InvariantViolation unless it is an exact integer of zero or more. */
export function micros(value: number): Micros {
  invariant(Number.isSafeInteger(value) && value >= 0, 'brand.micros', value);
  return value as Micros;
}
