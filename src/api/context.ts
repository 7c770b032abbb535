/**
 * What every group of routes works with: the dependencies, and the few acts they share — sending a command and waiting
 * for it, finding instruments and accounts by name, noting a privileged act.
 */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { recordAct, type Act, type RecordedAct } from '#store/acts.ts';
import { EventKind, eventKind, Refused } from '#trading/events.ts';
import { readWide } from '#trading/commands.ts';
import { Code } from '#trading/codes.ts';
import type { Authenticator } from './authentication.ts';
import { principalOf } from './authentication.ts';
import { accountOf, findSymbol, instrumentOf, type AccountRow, type InstrumentRow } from './engine-reads.ts';
import { engineError } from './engine-errors.ts';
import { API_ERRORS, ApiFailure, notFound } from './errors.ts';
import { DEFAULT_LIMITS, type ApiDependencies, type ApiLimits, type WriteAnswer, type WriteFailure } from './ports.ts';

/** A Fastify instance whose routes are typed by zod schemas. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export class ApiContext {
  readonly deps: ApiDependencies;
  readonly limits: ApiLimits;
  readonly authenticator: Authenticator;
  readonly startedMicros: number;

  constructor(deps: ApiDependencies, authenticator: Authenticator) {
    this.deps = deps;
    this.limits = { ...DEFAULT_LIMITS, ...deps.limits };
    this.authenticator = authenticator;
    this.startedMicros = deps.clock.nowMicros();
  }

  /** Whether what is shown comes from a simulated or replayed market. */
  get simulated(): boolean {
    return this.deps.replay.status().simulated;
  }

  /**
   * Sends a command and waits until this server's picture has it. Throws what refused it, or that nothing is known.
   * A refusal of an order is an event of its own and is left to the caller.
   */
  async run(words: Int32Array): Promise<WriteAnswer> {
    const written = await this.deps.writes.submit(words);
    if (!written.ok) throw writeFailure(written.error);
    const { event, sequence } = written.value;
    if (!(await this.deps.view.replica.reached(sequence, this.limits.applyTimeoutMs))) {
      throw new ApiFailure(API_ERRORS.API_REPLICA_BEHIND, { sequence });
    }
    if (eventKind(event, 0) === EventKind.refused) throw refusal(event);
    return written.value;
  }

  /** The instrument of that symbol, or 404. */
  instrument(symbol: string): InstrumentRow {
    const state = this.deps.view.ready;
    const index = findSymbol(state, symbol);
    if (index < 0) throw notFound(`instrument ${symbol}`);
    return instrumentOf(state, index);
  }

  /** The account of that index, or 404. */
  account(account: number): AccountRow {
    const state = this.deps.view.ready;
    if (!state.accounts.exists(account)) throw notFound(`account ${account}`);
    return accountOf(state, account);
  }

  /** Adds to the record of privileged acts. */
  async record(
    request: FastifyRequest,
    act: Pick<Act, 'act' | 'target' | 'outcome'> & { readonly detail?: Act['detail'] },
  ): Promise<RecordedAct> {
    const { userId, name } = principalOf(request);
    return recordAct(this.deps.store, {
      userId,
      userName: name,
      act: act.act,
      target: act.target,
      outcome: act.outcome,
      detail: act.detail ?? {},
      requestId: request.id,
      address: request.ip,
    });
  }

  /** Carries out a privileged act and records how it ended, also when it fails. */
  async recorded<T>(
    request: FastifyRequest,
    act: Pick<Act, 'act' | 'target'> & { readonly detail?: Act['detail'] },
    carryOut: () => Promise<T>,
  ): Promise<{ value: T; auditId: string }> {
    let value: T;
    try {
      value = await carryOut();
    } catch (error) {
      const code = error instanceof ApiFailure ? error.code : 'API_INTERNAL';
      const outcome = error instanceof ApiFailure && error.kind.httpStatus < 500 ? 'refused' : 'failed';
      await this.record(request, { ...act, outcome, detail: { ...act.detail, code } });
      throw error;
    }
    const { auditId } = await this.record(request, { ...act, outcome: 'done' });
    return { value, auditId };
  }
}

/** What the asker is told when a command has no answer. */
export function writeFailure(failure: WriteFailure): ApiFailure {
  switch (failure.kind) {
    case 'unavailable':
      return new ApiFailure(API_ERRORS.API_NODE_UNAVAILABLE);
    case 'timeout':
      return new ApiFailure(API_ERRORS.API_NODE_TIMEOUT);
    case 'refused': {
      const { limit, value, used } = failure;
      const numbers = limit !== 0 || value !== 0 || used !== 0 ? { limit, value, used } : undefined;
      return new ApiFailure(engineError(failure.code), numbers);
    }
  }
}

function refusal(event: Int32Array): ApiFailure {
  const limit = readWide(event, Refused.limitLow);
  const value = readWide(event, Refused.valueLow);
  const used = readWide(event, Refused.usedLow);
  const reason = event[Refused.reason];
  const limited = reason >= Code.maxOrderQuantity && reason <= Code.buyingPower;
  return new ApiFailure(engineError(reason), limited ? { limit, value, used } : undefined);
}
