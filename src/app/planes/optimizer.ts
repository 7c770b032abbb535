/**
 * Forecasts of a running platform: counts load from the replica, steps the service every second, and ends both. Holds no
 * rule of forecasting.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Replica } from '#edge/replica.ts';
import { LoadMeter } from '#optimizer/data/load-meter.ts';
import { ForecastService } from '#optimizer/forecast/forecast-service.ts';
import { forecastMetrics } from '#optimizer/forecast/metrics.ts';
import { ModelRegistry } from '#optimizer/registry/model-registry.ts';
import type { Store } from '#store/open.ts';
import type { Registry } from '#telemetry/registry.ts';
import { EventKind, eventKind, eventLength, Trade } from '#trading/events.ts';
import { VERSION } from '../version.ts';

export interface OptimizerPlaneParts {
  readonly store: Store;
  readonly replica: Replica;
  readonly registry: Registry;
  readonly logger: FastifyBaseLogger;
}

export interface OptimizerPlane {
  readonly forecasts: ForecastService;
  stop(): Promise<void>;
}

const STEP_MS = 1000;

/** Reads back what was measured before, and begins to count and to forecast. */
export async function startOptimizer({
  store,
  replica,
  registry,
  logger,
}: OptimizerPlaneParts): Promise<OptimizerPlane> {
  const meter = new LoadMeter();
  const onFault = (fault: Error): void => logger.error({ err: fault }, 'load forecasts');
  const models = new ModelRegistry(store, VERSION);
  const metrics = registry.metrics(forecastMetrics);
  const forecasts = new ForecastService({ store, meter, registry: models, metrics, onFault });
  await forecasts.open();
  const deafen = replica.listen({
    onCommand: ({ kind, timeMicros }) => meter.countCommand(kind, timeMicros),
    onEvents: (words, end, { timeMicros }) => {
      for (let at = 0; at < end; at += eventLength(words, at)) {
        const kind = eventKind(words, at);
        meter.countEvent(kind, kind === EventKind.trade ? words[at + Trade.quantity] : 0, timeMicros);
      }
    },
  });
  const timer = setInterval(() => forecasts.step(store.clock.nowMicros()), STEP_MS);
  return {
    forecasts,
    async stop() {
      clearInterval(timer);
      deafen();
      await forecasts.stop();
    },
  };
}
