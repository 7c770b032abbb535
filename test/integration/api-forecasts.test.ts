/** The routes of load forecasts on a real service: cold start, measured load, refusals, and who may do what. */
import { randomFillSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { LoadMeter, MINUTE_MICROS, SERVICES } from '#optimizer/data/load-meter.ts';
import { ForecastService } from '#optimizer/forecast/forecast-service.ts';
import { forecastMetrics } from '#optimizer/forecast/metrics.ts';
import { ModelRegistry } from '#optimizer/registry/model-registry.ts';
import { openStore, type Store } from '#store/open.ts';
import { createRegistry } from '#telemetry/registry.ts';
import { CommandKind } from '#trading/commands.ts';
import { startTestApi, type TestApi, type TestUser } from './api-harness.ts';

const MINUTES = 90;

let api: TestApi;
let admin: TestUser;
let auditor: TestUser;
let store: Store;
let forecasts: ForecastService;

beforeAll(async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 5) * 1000);
  const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);
  store = await openStore(
    { kind: 'sqlite', file: ':memory:' },
    { clock, ids: createIdSource(clock, fillRandom), fillRandom },
  );
  const meter = new LoadMeter();
  const metrics = createRegistry([forecastMetrics]).metrics(forecastMetrics);
  const registry = new ModelRegistry(store, 'test');
  forecasts = new ForecastService({ store, meter, registry, metrics, onFault: (fault) => expect.fail(String(fault)) });
  await forecasts.open();
  for (let minute = 0; minute <= MINUTES; minute++) {
    for (let order = 0; order < 40 + (minute % 60); order++)
      meter.countCommand(CommandKind.newOrder, clock.nowMicros());
    clock.advance(MINUTE_MICROS);
    forecasts.step(clock.nowMicros() + 6_000_000);
  }
  api = await startTestApi({}, { forecasts });
  admin = await api.user('ada', 'admin');
  auditor = await api.user('otto', 'auditor');
});
afterAll(async () => {
  await api?.stop();
  await forecasts?.stop();
  await store?.close();
});

describe('the routes of forecasts', () => {
  it('give every service at three horizons, and say that no model is there yet', async () => {
    const { status, body } = await auditor.get('/api/v1/ml/predictions/current');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'cold start', reason: expect.stringContaining(`${MINUTES} minutes`) });
    expect(body.predictions).toHaveLength(SERVICES.length * 3);
    for (const prediction of body.predictions) {
      expect(prediction).toMatchObject({ basis: 'naive', model: null, minutesKnown: MINUTES });
      const { p50, p90, p95, p99 } = prediction.quantiles;
      expect([p50, p90, p95, p99]).toEqual([p50, p90, p95, p99].toSorted((a, b) => a - b));
    }
  });

  it('give the curve, the measured load and the features of a forecast', async () => {
    const curve = await auditor.get('/api/v1/ml/predictions/risk-engine/curve?minutes=30&step=5');
    expect(curve.body.points).toHaveLength(6);
    const load = await auditor.get('/api/v1/ml/load/risk-engine?minutes=10');
    expect(load.body.minutes).toHaveLength(10);
    expect(load.body.minutes.every((minute: { value: number }) => minute.value >= 40)).toBe(true);
    const features = await auditor.get('/api/v1/ml/features/risk-engine/15m');
    expect(features.body.features.length).toBeGreaterThan(50);
  });

  it('invent no explanation, no model and no drift', async () => {
    const explanation = await auditor.get('/api/v1/ml/explanations/risk-engine/15m');
    expect(explanation.body).toMatchObject({ model: null, contributions: [] });
    expect((await auditor.get('/api/v1/ml/models')).body).toEqual({ models: [] });
    const drift = await auditor.get('/api/v1/ml/drift');
    expect(drift.body.services[0]).toMatchObject({ signals: [{ alarm: false }, { alarm: false }, { alarm: false }] });
    expect((await auditor.get('/api/v1/ml/training')).body).toMatchObject({ running: false, jobs: [] });
  });

  it('refuse what cannot be, by code', async () => {
    const early = await admin.post('/api/v1/ml/training', {});
    expect(early).toMatchObject({ status: 409, body: { error: { code: 'FORECAST_TOO_LITTLE_HISTORY' } } });
    const unknown = await auditor.get('/api/v1/ml/explanations/nobody/15m');
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'FORECAST_SERVICE_UNKNOWN' } } });
    const model = await admin.post('/api/v1/ml/models/mdl_none/promote');
    expect(model).toMatchObject({ status: 404, body: { error: { code: 'FORECAST_MODEL_UNKNOWN' } } });
    const back = await admin.post('/api/v1/ml/models/roll-back', { service: 'risk-engine', horizon: '1h' });
    expect(back).toMatchObject({ status: 409, body: { error: { code: 'FORECAST_NO_EARLIER_MODEL' } } });
    expect((await auditor.post('/api/v1/ml/training', {})).status).toBe(403);
  });
});
