/**
 * How much of everything an engine holds. Chosen when a journal begins and carried by its first command, so that a
 * replay meets the same limits; memory is committed by the operating system only as it is used.
 */
import { Genesis, Header, CommandKind, GENESIS_WORDS, writeHeader } from './commands.ts';

/** The version of the engine's behaviour that this program implements. */
export const SEMANTICS_VERSION = 1;

/** @see DEFAULT_CAPACITY for what a node uses unless told otherwise */
export interface Capacity {
  /** Live orders. */
  orders: number;
  /** Orders entered in one trading day. */
  dayOrders: number;
  accounts: number;
  /** Pairs of account and instrument. */
  positions: number;
  instruments: number;
  /** Runs of 32 neighbouring prices with at least one order, over all books. */
  priceLeaves: number;
  /** Last trades of the day that can still be cancelled or corrected. */
  trades: number;
  sessions: number;
  /** Orders remembered for the duplicate window. */
  recentOrders: number;
  participants: number;
  tickTables: number;
}

export const DEFAULT_CAPACITY: Capacity = {
  orders: 1 << 18,
  dayOrders: 1 << 22,
  accounts: 1 << 14,
  positions: 1 << 16,
  instruments: 1 << 10,
  priceLeaves: 1 << 16,
  trades: 1 << 18,
  sessions: 1 << 16,
  recentOrders: 1 << 17,
  participants: 1 << 12,
  tickTables: 64,
};

/** Highest value of each capacity: what keeps indexes and array sizes inside 32 bits. */
const CAPACITY_MAX: Capacity = {
  orders: 1 << 24,
  dayOrders: 1 << 26,
  accounts: 1 << 20,
  positions: 1 << 22,
  instruments: 1 << 16,
  priceLeaves: 1 << 20,
  trades: 1 << 26,
  sessions: 1 << 20,
  recentOrders: 1 << 22,
  participants: 1 << 20,
  tickTables: 1 << 10,
};

export const CAPACITY_KEYS = Object.keys(DEFAULT_CAPACITY) as (keyof Capacity)[];

/** The first key whose value is not a whole number from 1 to its maximum, if any. */
export function invalidCapacity(capacity: Capacity): keyof Capacity | undefined {
  return CAPACITY_KEYS.find((key) => {
    const value = capacity[key];
    return !Number.isInteger(value) || value < 1 || value > CAPACITY_MAX[key];
  });
}

export function readGenesis(words: Int32Array, at: number): { semantics: number; capacity: Capacity } {
  const capacity = { ...DEFAULT_CAPACITY };
  for (const key of CAPACITY_KEYS) capacity[key] = words[at + Genesis[key]];
  return { semantics: words[at + Genesis.semantics], capacity };
}

/** Writes the first command of a journal; returns its length in words. */
export function writeGenesis(words: Int32Array, at: number, capacity: Capacity, timeMicros: number): number {
  writeHeader(words, at, CommandKind.genesis, GENESIS_WORDS, 0, 0);
  words[at + Header.timeLow] = timeMicros | 0;
  words[at + Header.timeHigh] = Math.floor(timeMicros / 4294967296);
  words[at + Genesis.semantics] = SEMANTICS_VERSION;
  for (const key of CAPACITY_KEYS) words[at + Genesis[key]] = capacity[key];
  return GENESIS_WORDS;
}
