/** What every kind of flow is made from, and what the platform may ask of it. Only types. */
import type { Logger } from 'pino';
import type { NodeLink } from '#api/node-link.ts';
import type { ReplayControl } from '#api/ports.ts';
import type { Endpoint } from '#edge/client-socket.ts';
import type { Replica } from '#edge/replica.ts';
import type { Clock } from '#kit/clock.ts';
import type { Store } from '#store/open.ts';
import type { PlatformOptions } from './options.ts';
import type { ReferenceData } from './reference-data.ts';

export interface Flow {
  /** One line for people. */
  readonly label: string;
  readonly control: ReplayControl;
  start(): void;
  stop(): Promise<void>;
}

export interface FlowParts {
  readonly options: PlatformOptions;
  readonly clock: Clock;
  readonly store: Store;
  readonly keysFolder: string;
  readonly reference: ReferenceData;
  readonly replica: Replica;
  readonly link: NodeLink;
  /** Where the nodes of the shard are; grows when another is started. */
  readonly endpoints: readonly Endpoint[];
  readonly logger: Logger;
}
