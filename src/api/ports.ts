/**
 * What the API needs from the rest of the platform process. Only types: `app` connects them, tests connect their own.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { AuditService } from '#compliance/audit/service.ts';
import type { ReportService } from '#compliance/reports/service.ts';
import type { SurveillanceService } from '#compliance/surveillance/service.ts';
import type { EdgeNetwork } from '#edge/sites/service.ts';
import type { FederationPicture } from '#federation/picture.ts';
import type { TakeoverService } from '#federation/takeover/service.ts';
import type { NetworkService } from '#federation/network/service.ts';
import type { SteeringService } from '#federation/steering/service.ts';
import type { Clock } from '#kit/clock.ts';
import type { IdSource } from '#kit/ids.ts';
import type { ForecastService } from '#optimizer/forecast/forecast-service.ts';
import type { Result } from '#kit/result.ts';
import type { Store } from '#store/open.ts';
import type { MetricSource } from '#telemetry/exposition.ts';
import type { BoundApiMetrics } from './metrics.ts';
import type { TradingView } from './view.ts';

/** The node's answer to a command: it is in the journal at the level of the session. */
export interface WriteAnswer {
  /** Position of the command in the journal. */
  readonly sequence: number;
  readonly timeMicros: number;
  /** Words of the first event that answers the command (execution, accepted or refused). */
  readonly event: Int32Array;
}

/** Why there is no answer. */
export type WriteFailure =
  /** Nothing was sent. */
  | { readonly kind: 'unavailable' }
  /** It was sent, and what became of it is not known. */
  | { readonly kind: 'timeout' }
  /** The gateway refused it before the engine saw it; `code` is a SessionCode. */
  | {
      readonly kind: 'refused';
      readonly code: number;
      readonly limit: number;
      readonly value: number;
      readonly used: number;
    };

/** The way in for commands: an administrator's order-entry session of the platform. */
export interface TradingWrites {
  /** Sends one command (kind and length in its first word; session, time and sequence are the node's). Never throws. */
  submit(words: Int32Array): Promise<Result<WriteAnswer, WriteFailure>>;
}

export interface NodeStatusReport {
  readonly state: 'ready' | 'starting' | 'stopped' | 'fault';
  readonly pid: number | null;
  readonly orderEntryAddress: string | null;
  /** What is wrong, in a sentence. */
  readonly detail: string | null;
}

export interface JournalReport {
  readonly epoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly durableSequence: number | null;
  readonly segments: number;
  readonly bytes: number | null;
  readonly tornBytes: number;
  readonly snapshotSequence: number;
  readonly fault: { readonly code: string; readonly message: string } | null;
}

export interface SnapshotReport {
  readonly sequence: number;
  readonly bytes: number;
  readonly createdMicros: number;
}

/** The node that owns the shard, seen from the platform process. */
export interface NodePort {
  status(): NodeStatusReport;
  journal(): Promise<JournalReport>;
  /** Newest first. */
  snapshots(): Promise<readonly SnapshotReport[]>;
  /** Asks the node for a snapshot and waits until it is stored. */
  takeSnapshot(): Promise<Result<SnapshotReport, WriteFailure>>;
  /** Sessions that are logged in now; undefined while the node does not say. */
  liveSessions(): Promise<ReadonlySet<number> | undefined>;
  /** Ends a session's connection, if it has one. */
  dropSession(session: number): Promise<void>;
  /** Connected sessions and age of the oldest command that is not durable, as last heard; null while not known. */
  readonly connectedSessions: number | null;
  readonly durableLagMicros: number | null;
}

export interface ReplayReport {
  readonly kind: 'none' | 'demo' | 'replay';
  readonly state: 'idle' | 'running' | 'paused' | 'finished';
  readonly label: string | null;
  readonly simulated: boolean;
  readonly speed: number;
  readonly sent: number;
  readonly total: number | null;
  readonly progress: number | null;
}

/** The running demo market or replay. */
export interface ReplayControl {
  status(): ReplayReport;
  pause(): void;
  resume(): void;
  /** @param speed 1 is real time */
  setSpeed(speed: number): void;
}

/** Everything that `buildApi` is made from. */
export interface ApiDependencies {
  readonly version: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly fillRandom: (bytes: Uint8Array) => void;
  readonly store: Store;
  readonly view: TradingView;
  readonly writes: TradingWrites;
  readonly node: NodePort;
  readonly replay: ReplayControl;
  /** Traffic steering, where it is configured. */
  readonly steering?: SteeringService | undefined;
  /** The network between sites, where a topology is configured. */
  readonly network?: NetworkService | undefined;
  /** The audit log, where this process keeps one. */
  readonly audit?: AuditService;
  /** Changes of the leader, where a shard of this process has a standby. */
  readonly takeover?: TakeoverService;
  /** Clusters, members and observers, where this process knows of them. */
  readonly federation?: FederationPicture;
  /** Regulatory reports, where this process makes them. */
  readonly reports?: ReportService;
  /** Market-abuse surveillance, where this process runs it. */
  readonly surveillance?: SurveillanceService;
  /** Forecasts of the platform's load, where this process makes them. */
  readonly forecasts?: ForecastService;
  /** Sites, placement, caches and performance, where the configuration lists sites. */
  readonly edgeNetwork?: EdgeNetwork | undefined;
  /** This process's and the node's metrics. */
  readonly metrics: readonly MetricSource[];
  /** This process's registry bound to the API's own metrics. */
  readonly apiMetrics: BoundApiMetrics;
  /** Address that people open, without a slash at the end, e.g. `http://localhost:8000`. */
  readonly publicUrl: () => string;
  /** Host names (without port) this server answers under; loopback names are always among them. */
  readonly allowedHosts?: readonly string[];
  /** Folder of the built console; without one only the API is served. */
  readonly consoleFolder?: string | undefined;
  readonly logger?: FastifyBaseLogger;
  readonly limits?: Partial<ApiLimits>;
  /** Checks every answer against its schema, at a price; for tests. @default false */
  readonly checkAnswers?: boolean;
}

/** Bounds of what clients may do. */
export interface ApiLimits {
  /** Requests a second of one token, browser session or address. @default 200 */
  readonly requestsPerSecond: number;
  /** Attempts to log in a minute of one address. @default 20 */
  readonly loginsPerMinute: number;
  /** How long a command may go unanswered. @default 2000 */
  readonly answerTimeoutMs: number;
  /** How long a written command may take to show up in the replica. @default 2000 */
  readonly applyTimeoutMs: number;
  /** Time between two messages of one subscription of the stream. @default 100 */
  readonly streamIntervalMs: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  requestsPerSecond: 200,
  loginsPerMinute: 20,
  answerTimeoutMs: 2000,
  applyTimeoutMs: 2000,
  streamIntervalMs: 100,
};
