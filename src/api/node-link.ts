/**
 * The node as the API uses it, over an administrator's order-entry session: commands in, answers out, and what the node
 * says of itself. Repeats nothing: a command whose answer is missing is reported as such.
 */
import type { OrderEntryClientOptions } from '#edge/client.ts';
import { RequestClient, type CommandAnswer } from '#edge/client-requests.ts';
import { EDGE_ERRORS } from '#edge/errors.ts';
import { CodedError } from '#kit/errors.ts';
import { invariant } from '#kit/invariant.ts';
import { err, ok, type Result } from '#kit/result.ts';
import type { Registry } from '#telemetry/registry.ts';
import { EventKind, eventKind } from '#trading/events.ts';
import type { TradingWrites, WriteAnswer, WriteFailure } from './ports.ts';

/** How often the node sends its metrics. */
const METRICS_INTERVAL_MS = 1000;

export interface NodeLinkOptions {
  /** Registry made with the node's groups; takes what the node sends. */
  readonly nodeRegistry: Registry;
  /** See ApiLimits. */
  readonly answerTimeoutMs: number;
  /** Hears when the node's metrics do not fit: it runs another version. */
  readonly onForeignMetrics?: () => void;
}

export class NodeLink implements TradingWrites {
  readonly requests: RequestClient;
  private readonly options: NodeLinkOptions;
  private live = false;
  private downCode: number | undefined;

  constructor(client: OrderEntryClientOptions, options: NodeLinkOptions) {
    this.options = options;
    this.requests = new RequestClient(client, {
      onLive: () => this.onLive(),
      onDown: (code) => {
        this.live = false;
        this.downCode = code;
      },
      onMetrics: (slots) => {
        if (!options.nodeRegistry.importSlots(slots)) options.onForeignMetrics?.();
      },
    });
  }

  /** True while the node takes commands from this process. */
  get connected(): boolean {
    return this.live;
  }

  /** Why the connection went down, a SessionCode, where the node said so. */
  get lastDownCode(): number | undefined {
    return this.downCode;
  }

  /** Resolves at the first login; see RequestClient.connect. */
  async connect(): Promise<void> {
    await this.requests.connect();
  }

  async close(): Promise<void> {
    await this.requests.close();
  }

  async submit(words: Int32Array): Promise<Result<WriteAnswer, WriteFailure>> {
    try {
      const answer = await this.requests.command(words, this.options.answerTimeoutMs);
      if (answer.reject !== undefined) return err({ kind: 'refused', ...answer.reject });
      return ok({ sequence: answer.journalSequence, timeMicros: answer.timeMicros, event: answeringEvent(answer) });
    } catch (error) {
      return err(failureOf(error));
    }
  }

  private onLive(): void {
    this.live = true;
    this.downCode = undefined;
    this.requests.subscribeMetrics(METRICS_INTERVAL_MS);
  }
}

/** The event about the command itself: what it was answered with, not what it did to other orders on the way. */
function answeringEvent({ events }: CommandAnswer): Int32Array {
  const answer = events.findLast((event) => {
    const kind = eventKind(event, 0);
    return kind === EventKind.accepted || kind === EventKind.refused;
  });
  const found = answer ?? events[0];
  invariant(found !== undefined, 'api.answer-without-event');
  return found;
}

/** What the client's coded errors mean for the asker. */
export function failureOf(error: unknown): WriteFailure {
  if (!(error instanceof CodedError)) throw error;
  if (error.kind === EDGE_ERRORS.EDGE_REQUEST_TIMEOUT) return { kind: 'timeout' };
  return { kind: 'unavailable' };
}
