/** A finding of the topology's check: its code, its place in the document, a sentence for people. Only data. */
import type { TopologyCode } from './errors.ts';

/** Keys and list positions from the top of the document. */
export type TopologyPath = readonly (string | number)[];

export interface Violation {
  readonly code: TopologyCode;
  readonly path: TopologyPath;
  readonly message: string;
}

export function violation(code: TopologyCode, path: TopologyPath, message: string): Violation {
  return { code, path, message };
}
