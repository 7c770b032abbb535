/** What a node is made from and what it is once it runs: the types that its start, its standby and its door share. */
import type { Clock } from '#kit/clock.ts';
import type { Journal } from '#kit/ports/journal.ts';
import type { SessionDirectory } from '#kit/ports/sessions.ts';
import type { Registry } from '#telemetry/registry.ts';
import type { Capacity } from '#trading/capacity.ts';
import type { Engine } from '#trading/engine.ts';
import type { GatewayLimits } from './gateway.ts';
import type { LeftBehind } from './left-behind.ts';
import type { ListenOptions } from './listener.ts';
import type { NodeClass } from './loop.ts';
import type { OutboxOptions } from './outbox.ts';
import type { Recovery } from './recovery.ts';

export interface NodeOptions {
  readonly listen: ListenOptions;
  /** Folder of the journal, created where it is missing. */
  readonly journalFolder: string;
  /** @default standard */
  readonly nodeClass?: NodeClass;
  /** Used when the journal is empty; a journal keeps what it began with. @default DEFAULT_CAPACITY */
  readonly capacity?: Partial<Capacity>;
  readonly limits?: Partial<GatewayLimits>;
  readonly outbox?: OutboxOptions;
  /** Commands after which a snapshot is taken; 0 for never. @default 2000000 */
  readonly snapshotEveryCommands?: number;
  /** Whether a scratch engine is run through its branches before the door opens. @default true */
  readonly warmUp?: boolean;
  /** Version of the program, told to the other members of the shard. @default none */
  readonly version?: string;
}

export interface NodeParts {
  readonly clock: Clock;
  readonly directory: SessionDirectory;
  readonly fillRandom: (bytes: Uint8Array) => void;
  /** Hears of what ends the node: fenced, or a bug. The owner ends the process. */
  readonly onFatal: (error: Error) => void;
  /** Takes one line for people about what happened. */
  readonly log: (line: string) => void;
  /** Replaces the journal in the folder. @default the file driver */
  readonly journal?: Journal;
}

/** Where a leadership ended that was given away. */
export interface HandedOver {
  readonly epoch: number;
  /** Last command of the epoch. */
  readonly sequence: number;
  /** Digest of the whole state there. */
  readonly stateHash: string;
}

export interface RunningNode {
  readonly port: number;
  readonly epoch: number;
  readonly engine: Engine;
  readonly registry: Registry;
  readonly recovery: Pick<Recovery, 'snapshotSequence' | 'replayed'>;
  /** Sequence of the last command carried out. */
  readonly lastSequence: () => number;
  /** Says goodbye to every session, makes everything durable, stores a snapshot. */
  stop(): Promise<void>;
  /**
   * Stops reading, answers what it has taken, tells every session that the leader will be at `leaderAddress`, and ends
   * the leadership in good order. The node is over then.
   */
  handOver(leaderAddress: string): Promise<HandedOver>;
  /** For a node that was fenced: ends every session, and finds what was acknowledged that the next epoch does not have. */
  leaveBehind(): Promise<LeftBehind>;
}
