/**
 * The registry's port: one text per key, changed only by whoever knows its revision. A driver stores and tells; it never
 * decides, merges or interprets. Reads may be stale: only a conditional write says how things are.
 */
import type { Result } from '#kit/result.ts';

export interface RegistryEntry {
  readonly key: string;
  readonly value: string;
  /** Rises with each change of the key; what a later write must name. */
  readonly revision: number;
  /** When it was stored, by the clock of whoever stores. */
  readonly storedMicros: number;
}

export interface Watch {
  stop(): Promise<void>;
}

export interface RegistryStore {
  read(key: string): Promise<RegistryEntry | undefined>;
  /** Every entry whose key begins with `prefix`. */
  list(prefix: string): Promise<readonly RegistryEntry[]>;
  /**
   * Writes if the key still has that revision, 0 for a key without entry; gives the new one. Rejects where the driver
   * cannot be reached: whether it was written is then not known.
   */
  write(key: string, value: string, expectedRevision: number): Promise<Result<number, 'conflict'>>;
  /**
   * Hears the present entries under `prefix`, then each change; of changes in quick succession maybe only the last.
   * Resolves when the present ones were heard.
   */
  watch(prefix: string, onEntry: (entry: RegistryEntry) => void): Promise<Watch>;
  close(): Promise<void>;
}

/** Longest value in characters. */
export const REGISTRY_VALUE_MAX = 65_536;
/** A key: parts of letters, digits, - and _, joined by dots. */
export const REGISTRY_KEY = /^[a-zA-Z0-9_-]{1,64}(?:\.[a-zA-Z0-9_-]{1,64}){0,4}$/;
