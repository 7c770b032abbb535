/**
 * What the process that started a node may tell it over their channel, and what it answers. Types only. The channel
 * belongs to the two processes alone: nobody on the network can send these.
 */
import type { PromotionSteps } from './standby.ts';

export type ControlRequest =
  | {
      readonly type: 'promote';
      readonly id: number;
      /** Where a leadership that was handed over ended: the states are compared there before the door opens. */
      readonly expected?: { readonly sequence: number; readonly stateHash: string };
    }
  | {
      readonly type: 'hand-over';
      readonly id: number;
      /** Where the next leader takes orders, `host:port`. */
      readonly leaderAddress: string;
    };

export type ControlAnswer =
  | {
      readonly type: 'promoted';
      readonly id: number;
      readonly epoch: number;
      readonly sequence: number;
      readonly caughtUp: number;
      readonly steps: PromotionSteps;
    }
  | {
      readonly type: 'handed-over';
      readonly id: number;
      readonly epoch: number;
      readonly sequence: number;
      readonly stateHash: string;
      readonly tookMicros: number;
    }
  | { readonly type: 'refused'; readonly id: number; readonly code: string; readonly message: string };

/** A node says this when it is open (leader) or follows (standby). */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly role: 'leader' | 'standby';
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  /** Of its leadership; of a standby, the highest it knows. */
  readonly epoch: number;
}
