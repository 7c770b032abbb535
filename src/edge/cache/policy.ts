/**
 * What a cache promises and how it goes about it, as two independent choices, and which pairs exclude each other. A policy
 * says for which data it is, and why it was chosen.
 */
import { CodedError } from '#kit/errors.ts';
import { CACHE_ERRORS } from './errors.ts';

export const CACHE_STRATEGIES = [
  'read-through',
  'write-through',
  'write-behind',
  'write-around',
  'cache-aside',
  'refresh-ahead',
] as const;
export type CacheStrategy = (typeof CACHE_STRATEGIES)[number];

/** From the strictest to the loosest. */
export const CONSISTENCY_LEVELS = ['strong', 'bounded-staleness', 'session', 'eventual', 'weak'] as const;
export type ConsistencyLevel = (typeof CONSISTENCY_LEVELS)[number];

export type DataClass = 'market' | 'reference' | 'risk' | 'analytics' | 'strategy' | 'user';

export interface CachePolicy {
  readonly name: string;
  readonly data: DataClass;
  readonly strategy: CacheStrategy;
  readonly consistency: ConsistencyLevel;
  /** Why this strategy and level, in a sentence. */
  readonly reason: string;
  readonly itemsMax: number;
  readonly bytesMax?: number;
  /** Entries end after this; needed for weak. @default no end */
  readonly ttlMs?: number;
  /** Greatest age of an answer; needed for bounded-staleness, and only there. */
  readonly stalenessMsMax?: number;
  /** How long the absence of a key is remembered. @default 0, not at all */
  readonly negativeTtlMs?: number;
  /** Regions in which the data may be kept; undefined for everywhere. */
  readonly regions?: readonly string[];
}

/** Why two choices exclude each other; pairs that are not here are possible. */
const IMPOSSIBLE: Readonly<Partial<Record<CacheStrategy, Partial<Record<ConsistencyLevel, string>>>>> = {
  'write-behind': {
    strong: 'a write is acknowledged before the source of record has it, so that others could not read it yet',
    'bounded-staleness': 'the source may be without an acknowledged write for longer than any bound while it is down',
    session: 'a session that moves to another node would not find its own write there',
  },
  'cache-aside': {
    strong: 'whoever owns the data writes past the cache, which cannot know what is newest',
    'bounded-staleness': 'the cache does not read the source itself, and cannot tell how old what it was given is',
    session: 'the cache does not see writes, and cannot tell what a session has written',
  },
  'refresh-ahead': {
    strong: 'it answers with what it has while it reads anew, and that may be old already',
  },
};

/** Throws CACHE_POLICY_IMPOSSIBLE. */
export function checkPolicy(policy: CachePolicy): void {
  const problem = problemOf(policy);
  if (problem === undefined) return;
  throw new CodedError(CACHE_ERRORS.CACHE_POLICY_IMPOSSIBLE, `${policy.name}: ${problem}`);
}

function problemOf({ strategy, consistency, ttlMs, stalenessMsMax }: CachePolicy): string | undefined {
  const why = IMPOSSIBLE[strategy]?.[consistency];
  if (why !== undefined) return `${strategy} cannot be ${consistency}: ${why}`;
  const isBounded = consistency === 'bounded-staleness';
  if (isBounded !== (stalenessMsMax !== undefined))
    return `a greatest staleness belongs to bounded-staleness, and to it alone`;
  if (consistency === 'weak' && ttlMs === undefined)
    return 'weak entries are never told of changes and need an end (ttlMs)';
  if (strategy === 'refresh-ahead' && ttlMs === undefined) return 'refresh-ahead needs an end (ttlMs) to be ahead of';
  return undefined;
}

/** Every pair of choices with why it is impossible; null where it is possible. */
export function policyMatrix(): {
  strategy: CacheStrategy;
  consistency: ConsistencyLevel;
  impossible: string | null;
}[] {
  return CACHE_STRATEGIES.flatMap((strategy) =>
    CONSISTENCY_LEVELS.map((consistency) => ({
      strategy,
      consistency,
      impossible: IMPOSSIBLE[strategy]?.[consistency] ?? null,
    })),
  );
}
