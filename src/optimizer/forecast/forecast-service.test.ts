/** Live forecasts in virtual time: honest at the start, trained in the background, kept over a restart, watched. */
import { afterEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { Rng } from '#kit/rng.ts';
import { openStore, type Store } from '#store/open.ts';
import { readLoadBins } from '#store/forecasts.ts';
import { createRegistry } from '#telemetry/registry.ts';
import { CommandKind } from '#trading/commands.ts';
import { EventKind } from '#trading/events.ts';
import { LoadMeter, MINUTE_MICROS } from '../data/load-meter.ts';
import { ModelRegistry } from '../registry/model-registry.ts';
import { ForecastService } from './forecast-service.ts';
import { LIVE_HORIZONS, minutesNeeded } from './live-spec.ts';
import { forecastMetrics } from './metrics.ts';

const START_MICROS = Date.UTC(2026, 0, 5) * 1000;
const NEEDED = minutesNeeded(LIVE_HORIZONS[0].ahead);

interface World {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly meter: LoadMeter;
  readonly service: ForecastService;
  readonly faults: Error[];
}

const open: World[] = [];
afterEach(async () => {
  for (const { service, store } of open.splice(0)) {
    await service.stop();
    await store.close();
  }
});

async function begin(store?: Store, startMicros = START_MICROS): Promise<World> {
  const clock = createManualClock(startMicros);
  let seed = 1;
  const fillRandom = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; at++) bytes[at] = (seed = (seed * 75 + 74) % 65_537) & 0xff;
  };
  const sources = { clock, ids: createIdSource(clock, fillRandom), fillRandom };
  const used =
    store === undefined ? await openStore({ kind: 'sqlite', file: ':memory:' }, sources) : { ...store, clock };
  const meter = new LoadMeter();
  const faults: Error[] = [];
  const service = new ForecastService({
    store: used,
    meter,
    registry: new ModelRegistry(used, '1.2.3'),
    metrics: createRegistry([forecastMetrics]).metrics(forecastMetrics),
    onFault: (fault) => faults.push(fault),
  });
  await service.open();
  const world = { clock, store: used, meter, service, faults };
  if (store === undefined) open.push(world);
  return world;
}

/** Journals that many minutes of load with an hourly course, and lets the service see each. */
function run({ clock, meter, service }: World, minutes: number, rng: Rng, level = 1): void {
  for (let minute = 0; minute < minutes; minute++) {
    const phase = (Math.floor(clock.nowMicros() / MINUTE_MICROS) % 60) / 60;
    const orders = Math.round(level * 60 * (1 + 0.6 * Math.sin(2 * Math.PI * phase)) * Math.exp(rng.normal(0, 0.15)));
    for (let order = 0; order < orders; order++) {
      meter.countCommand(CommandKind.newOrder, clock.nowMicros());
      if (order % 3 === 0) meter.countEvent(EventKind.trade, 10, clock.nowMicros());
    }
    clock.advance(MINUTE_MICROS);
    service.step(clock.nowMicros() + 6_000_000);
  }
}

describe('live forecasts', () => {
  it('say that they know nothing, then little, and never invent a model', async () => {
    const world = await begin();
    expect(world.service.get('risk-engine').horizon('15m').forecast).toBeUndefined();
    run(world, 30, new Rng(1));
    expect(world.service.get('risk-engine').horizon('15m').forecast).toMatchObject({
      basis: 'coldStart',
      modelId: null,
    });
    run(world, 60, new Rng(2));
    expect(world.service.get('risk-engine').horizon('24h').forecast).toMatchObject({ basis: 'naive', modelId: null });
    expect(() => world.service.train('too early')).toThrow(`of ${NEEDED} minutes`);
    expect(() => world.service.get('nobody')).toThrow('no such service');
  });

  it('count each service’s work, and mark minutes in which nothing was journalled', async () => {
    const world = await begin();
    run(world, 3, new Rng(1));
    world.clock.advance(3 * MINUTE_MICROS);
    world.service.step(world.clock.nowMicros() + 6_000_000);
    const { history } = world.service.get('position-keeper');
    expect([...history.filled.subarray(0, history.length)]).toEqual([0, 0, 1, 1, 1]);
    expect(history.values[0]).toBeGreaterThan(10);
    world.meter.countCommand(CommandKind.newOrder, START_MICROS + MINUTE_MICROS);
    expect(world.meter.late).toBe(1);
  });

  it('are learnt once there is enough history, beat the naive one, and survive a restart', async () => {
    const world = await begin();
    run(world, NEEDED + 10, new Rng(3));
    expect(world.service.training.running).toBe(true);
    await expect.poll(() => world.service.training.running, { timeout: 60_000 }).toBe(false);
    const models = await world.service.registry.list();
    expect(models.length).toBeGreaterThanOrEqual(5);
    for (const { state, card } of models) expect(state === 'refused').toBe(!(card.validation.ratio < 1));
    const champion = models.find(({ state }) => state === 'champion')!;
    expect(champion.card.dataHash).toMatch(/^[0-9a-f]{64}$/);
    run(world, 1, new Rng(4));
    const service = world.service.get(champion.service);
    const { forecast } = service.horizon(champion.horizon);
    expect(forecast).toMatchObject({ basis: 'model', modelId: champion.modelId });
    expect(forecast!.quantiles).toEqual(forecast!.quantiles.toSorted((a, b) => a - b));
    expect(service.horizon(champion.horizon).explain(5)).toHaveLength(5);
    const curve = service.curve(60, 1);
    expect(curve).toHaveLength(60);
    expect(curve[14].value).toBeCloseTo(service.horizon('15m').forecast!.value, 6);
    expect((await world.service.jobs()).map(({ state }) => state)).toContain('done');

    await world.service.stop();
    const again = await begin(world.store, world.clock.nowMicros() + 10 * MINUTE_MICROS);
    expect(again.service.minutes).toBe(world.service.minutes);
    run(again, 3, new Rng(5));
    expect(again.service.get(champion.service).horizon(champion.horizon).forecast).toMatchObject({ basis: 'model' });
    await again.service.stop();
    expect([...world.faults, ...again.faults]).toEqual([]);
  }, 90_000);

  it('know at a moment only what was complete then', async () => {
    const world = await begin();
    run(world, 10, new Rng(6));
    await world.service.stop();
    const at = START_MICROS + 5 * MINUTE_MICROS;
    const then = await readLoadBins(world.store, 'risk-engine', at, 100);
    expect(then.every((row) => row.known_micros <= at && row.time_micros + MINUTE_MICROS <= at)).toBe(true);
    expect((await readLoadBins(world.store, 'risk-engine', Number.MAX_SAFE_INTEGER, 100)).length).toBe(9);
    expect(then.length).toBeLessThan(9);
  });
});
