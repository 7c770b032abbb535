/** Surveillance of a running platform: follows the replica, with what the engine and the reference data know of actors. */
import type { FastifyBaseLogger } from 'fastify';
import { MONEY_EXPONENT } from '#kit/decimal.ts';
import { symbolOf } from '#api/engine-reads.ts';
import { surveillanceMetrics } from '#compliance/surveillance/metrics.ts';
import { SurveillanceService } from '#compliance/surveillance/service.ts';
import type { Replica } from '#edge/replica.ts';
import { engineSection } from '#edge/snapshot.ts';
import type { Clock } from '#kit/clock.ts';
import type { IdSource } from '#kit/ids.ts';
import type { Journal } from '#kit/ports/journal.ts';
import type { Store } from '#store/open.ts';
import type { Registry } from '#telemetry/registry.ts';
import { ACCOUNT_SHIFT, Account } from '#trading/accounts.ts';
import { Engine } from '#trading/engine.ts';
import type { ReferenceData } from '../reference-data.ts';

export interface SurveillancePlaneParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly store: Store;
  readonly journal: Journal;
  readonly replica: Replica;
  readonly registry: Registry;
  readonly reference: ReferenceData;
  readonly logger: FastifyBaseLogger;
}

export interface SurveillancePlane {
  readonly service: SurveillanceService;
  stop(): Promise<void>;
}

const METRICS_INTERVAL_MS = 1000;

/** Begins to watch; call before the replica starts. Rejects where the store does not answer. */
export async function startSurveillance(parts: SurveillancePlaneParts): Promise<SurveillancePlane> {
  const { clock, ids, store, journal, replica, reference, logger } = parts;
  const simulated = new Set(
    reference.participants.flatMap(({ session, accounts }) =>
      session === undefined ? [] : accounts.map(({ account }) => account),
    ),
  );
  const service = new SurveillanceService({
    store,
    clock,
    ids,
    history: {
      journal,
      async openEngine(atMost, sink) {
        const snapshot = await journal.latestSnapshot(atMost);
        return snapshot === undefined
          ? { engine: new Engine(sink), nextSequence: 1 }
          : { engine: Engine.restore(engineSection(snapshot.bytes), sink), nextSequence: snapshot.sequence + 1 };
      },
    },
    metrics: parts.registry.metrics(surveillanceMetrics),
    symbolOf(instrument) {
      const state = replica.engine.view;
      return state === undefined || instrument < 0 ? '' : symbolOf(state, instrument);
    },
    accounts: () => accountsOf(replica),
    isSimulated: (account) => simulated.has(account),
    lastSequence: () => replica.sequence,
    lists: {
      // What the engine itself refuses is heard as a refusal; this is for restrictions that came after an order.
      isRestricted: () => false,
      unitsPerCurrency: 10 ** -MONEY_EXPONENT,
      // Firms of the demo are registered; clients would have to say so themselves.
      isRegisteredLargeTrader: ({ kind }) => kind === 'firm',
    },
    onFault: (fault) => logger.error({ err: fault }, 'surveillance'),
  });
  await service.open();
  const unlisten = replica.listen(service.listener);
  const timer = setInterval(() => service.tellMetrics(), METRICS_INTERVAL_MS);
  return {
    service,
    async stop() {
      clearInterval(timer);
      unlisten();
      await service.close();
    },
  };
}

function accountsOf(replica: Replica): { account: number; participant: number }[] {
  const state = replica.engine.view;
  if (state === undefined) return [];
  const found: { account: number; participant: number }[] = [];
  for (let account = 0; account < state.accounts.capacity; account++) {
    if (!state.accounts.exists(account)) continue;
    found.push({ account, participant: state.accounts.money[(account << ACCOUNT_SHIFT) + Account.participant] });
  }
  return found;
}
