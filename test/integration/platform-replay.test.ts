/** A recording on the running platform: what the recorded market did comes out of the engine, at the pace asked for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestPlatform } from '../platform.ts';
import { logIn, until, type PlatformUser } from '../platform-user.ts';
import { asDbn, asItch, SampleMarket } from './replay-recordings.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(name: string, content: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** What the recorded market displays at its end, by side and price. */
function levelsOf(market: SampleMarket): Record<'bids' | 'asks', Map<number, number>> {
  const orders = new Map<number, { side: number; price: number; displayed: number }>();
  for (const { kind, order, side, price, displayed, fills } of market.events) {
    for (const fill of fills) {
      orders.set(fill.order, {
        side: fill.side,
        price: orders.get(fill.order)?.price ?? fill.price,
        displayed: fill.displayed,
      });
    }
    if (kind !== 'uncross') orders.set(order, { side, price, displayed });
  }
  const levels = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  for (const { side, price, displayed } of orders.values()) {
    if (displayed === 0) continue;
    const book = side === 0 ? levels.bids : levels.asks;
    book.set(price, (book.get(price) ?? 0) + displayed);
  }
  return levels;
}

function volumeOf(market: SampleMarket): number {
  return market.events.flatMap(({ fills }) => fills).reduce((sum, { quantity }) => sum + quantity, 0);
}

async function finished(user: PlatformUser) {
  return until(
    'the recording is over',
    async () => {
      const { body } = await user.ask('GET', '/trading/replay');
      return body.state === 'finished' ? body : undefined;
    },
    60_000,
  );
}

async function expectRecordedMarket(user: PlatformUser, market: SampleMarket): Promise<void> {
  const { body: book } = await user.ask('GET', '/trading/books/TEST/l2?depth=100');
  const recorded = levelsOf(market);
  for (const side of ['bids', 'asks'] as const) {
    const levels = book[side].map(({ priceTicks, quantity }: Record<string, number>) => [priceTicks, quantity]);
    expect(levels).toEqual([...recorded[side]].toSorted(([a], [b]) => (side === 'bids' ? b - a : a - b)));
  }
  const { body } = await user.ask('GET', '/trading/instruments/TEST');
  expect(body).toMatchObject({ dayVolume: volumeOf(market) });
}

describe('a recording on the running platform', () => {
  it('ends with the recorded book and the recorded volume, as fast as the node takes it', async () => {
    const market = new SampleMarket({ seed: 31, events: 3000 });
    const platform = await startTestPlatform({ replayFile: saved('fast.dbn', asDbn(market, 3)), speed: 0 });
    try {
      const user = await logIn(platform);
      const status = await finished(user);
      expect(status).toMatchObject({ kind: 'replay', simulated: false, progress: 1, speed: 0 });
      expect(status.label).toContain('recording fast.dbn');
      expect(platform.output()).toContain('recording fast.dbn');
      expect(status.sent).toBeGreaterThan(2000);
      await expectRecordedMarket(user, market);
      expect((await fetch(`${platform.url}/ready`)).status).toBe(200);
    } finally {
      expect(await platform.stop()).toBe(0);
    }
  });

  it('keeps the recorded pace, stands still when paused, and takes another speed', async () => {
    const market = new SampleMarket({ seed: 32, events: 300 });
    const recordedSeconds =
      Number(market.events.at(-1)?.timeNanos ?? 0n) / 1e9 - Number(market.events[0]?.timeNanos ?? 0n) / 1e9;
    const file = saved('paced.itch', asItch(market));
    const platform = await startTestPlatform({ replayFile: file, speed: 4, paused: true });
    try {
      const user = await logIn(platform);
      const replay = async (method: string, route: string, body?: unknown) =>
        (await user.ask(method, `/trading/replay${route}`, body)).body;
      const waiting = await replay('GET', '');
      expect(waiting.state).toBe('paused');
      expect(waiting.progress).toBeLessThan(0.02);
      const { body: book } = await user.ask('GET', '/trading/books/TEST/l2');
      expect([book.bids, book.asks]).toEqual([[], []]);
      const begun = performance.now();
      expect(await replay('POST', '/resume', {})).toMatchObject({ state: 'running' });
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const early = await replay('POST', '/pause', {});
      const expected = ((performance.now() - begun) / 1000) * (4 / recordedSeconds);
      expect(early.state).toBe('paused');
      expect(early.progress).toBeGreaterThan(expected / 2);
      expect(early.progress).toBeLessThan(expected * 1.5);
      const { sent } = await replay('GET', '');
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await replay('GET', '')).sent - sent).toBeLessThanOrEqual(10);
      expect(await replay('PUT', '/speed', { speed: 1000 })).toMatchObject({ speed: 1000 });
      await replay('POST', '/resume', {});
      await finished(user);
      await expectRecordedMarket(user, market);
    } finally {
      await platform.stop();
    }
  });

  it('goes on after its node was killed, with nothing lost and nothing sent twice', async () => {
    const market = new SampleMarket({ seed: 33, events: 1500 });
    const seconds = Number((market.events.at(-1)?.timeNanos ?? 0n) - (market.events[0]?.timeNanos ?? 0n)) / 1e9;
    const file = saved('killed.dbn', asDbn(market, 2));
    const platform = await startTestPlatform({ replayFile: file, speed: seconds / 5 });
    try {
      const user = await logIn(platform);
      await until('it runs', async () =>
        (await user.ask('GET', '/trading/replay')).body.progress > 0.2 ? true : undefined,
      );
      process.kill((await user.ask('GET', '/trading/status')).body.node.pid, 'SIGKILL');
      await finished(user);
      await expectRecordedMarket(user, market);
    } finally {
      await platform.stop();
    }
  });

  it('can be run again on the same folder, beside what the demo left there', async () => {
    const dataFolder = path.join(folder, 'again');
    const demo = await startTestPlatform({ dataFolder, paused: true });
    await demo.stop();
    const market = new SampleMarket({ seed: 34, events: 400 });
    const replayFile = saved('again.dbn', asDbn(market, 1));
    for (const _run of [1, 2]) {
      const platform = await startTestPlatform({ dataFolder, replayFile, speed: 0 });
      onTestFinished(async () => platform.kill());
      const user = await logIn(platform);
      await finished(user);
      const { body } = await user.ask('GET', '/trading/instruments');
      expect(body.instruments.map(({ symbol }: { symbol: string }) => symbol)).toEqual(
        expect.arrayContaining(['ORCA', 'TEST']),
      );
      expect(body.instruments.filter(({ symbol }: { symbol: string }) => symbol === 'TEST')).toHaveLength(1);
      const { body: book } = await user.ask('GET', '/trading/books/TEST/l2?depth=100');
      const { bids } = levelsOf(market);
      expect(book.bids).toHaveLength(bids.size);
      await platform.stop();
    }
  });
});
