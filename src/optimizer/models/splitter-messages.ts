/** What a fit's two threads share: the control block with its words, and where question and answer stand. Only layouts. */
import type { BinnedMatrix } from './binning.ts';
import { SPLIT_FIELDS, type SplitRules } from './histogram-shard.ts';

/** Words of the control block: whose turn, and what is asked. */
export const Control = {
  asked: 0,
  answered: 1,
  kind: 2,
  smallSlot: 3,
  parentSlot: 4,
  from: 5,
  to: 6,
  count: 7,
} as const;
export const AskKind = { root: 1, children: 2, stop: 3 } as const;
export const CONTROL_WORDS = 8;
/** Numbers that go with a question (two sums), then the answer. */
export const ANSWER_AT = 2;
export const NUMBERS = ANSWER_AT + 2 * SPLIT_FIELDS;

/** Looks before a thread goes to sleep; a division takes about as long as some thousands. */
export const LOOKS_AWAKE_MAX = 20_000;
/** What the helper thread is told of a fit. */
export interface FitMessage {
  readonly binned: BinnedMatrix;
  readonly rules: SplitRules;
  readonly order: Int32Array;
  readonly packed: Float64Array;
  readonly control: Int32Array;
  readonly numbers: Float64Array;
  readonly allowed: Uint8Array;
}
