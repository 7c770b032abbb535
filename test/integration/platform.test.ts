/** The platform as its user meets it: started as a program, logged in to, traded on, stopped and started again. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../platform.ts';
import { logIn, openMarket, until, type PlatformUser } from '../platform-user.ts';

const SYMBOL = 'ORCA';
const ACCOUNT = 1;
const OTHER_ACCOUNT = 2;

let platform: TestPlatform;
let owner: PlatformUser;

beforeAll(async () => {
  platform = await startTestPlatform({ paused: true });
  owner = await logIn(platform);
});
afterAll(async () => {
  await platform?.stop();
});

async function place(user: PlatformUser, account: number, side: string, quantity: number, price: string, rest = {}) {
  const order = { account, symbol: SYMBOL, side, type: 'limit', quantity, price, ...rest };
  return user.ask('POST', '/trading/orders', order);
}

describe('a started platform', () => {
  it('says where it is, in the terminal and in the data folder, and nothing goes wrong aloud', async () => {
    expect(platform.output()).toContain(`${platform.url}/api/v1`);
    expect(platform.output()).toMatch(/Market +demo market, every order in it is simulated/);
    expect(platform.output()).not.toMatch(/warn|error/i);
    const note = readFileSync(path.join(platform.dataFolder, 'platform.json'), 'utf8');
    expect(JSON.parse(note)).toMatchObject({ url: platform.url, pid: platform.pid });
    expect(note).not.toContain('nlk_');
  });

  it('is healthy and ready', async () => {
    const health = await fetch(`${platform.url}/health`);
    expect({ status: health.status, body: await health.json() }).toMatchObject({ status: 200, body: { status: 'ok' } });
    const ready = await fetch(`${platform.url}/ready`);
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({ status: 200, body: { ready: true } });
  });

  it('lets the owner in by the link once, and nobody without', async () => {
    expect((await owner.ask('GET', '/whoami')).body).toMatchObject({ name: 'owner', role: 'admin' });
    await expect(logIn(platform)).rejects.toThrow(/login: 401/);
    const stranger = await fetch(`${platform.url}/api/v1/trading/orders`);
    expect(stranger.status).toBe(401);
  });

  it('trades: one order meets another, and what rests is cancelled', async () => {
    await openMarket(owner, SYMBOL);
    const resting = await place(owner, ACCOUNT, 'sell', 30, '184.20', { shortMark: 'short', locateId: 1 });
    expect(resting).toMatchObject({ status: 201, body: { order: { status: 'new', leavesQuantity: 30 } } });
    const taking = await place(owner, OTHER_ACCOUNT, 'buy', 10, '184.20', { selfTrade: 'none' });
    expect(taking).toMatchObject({ status: 201, body: { order: { status: 'filled', cumQuantity: 10 } } });
    const { orderId } = resting.body.order;
    const partly = await owner.ask('GET', `/trading/orders/${orderId}`);
    expect(partly.body).toMatchObject({ status: 'partially-filled', leavesQuantity: 20 });
    const gone = await owner.ask('DELETE', `/trading/orders/${orderId}`);
    expect(gone).toMatchObject({ status: 200, body: { order: { status: 'cancelled', leavesQuantity: 0 } } });
    const trades = await owner.ask('GET', `/trading/trades/${SYMBOL}`);
    expect(trades.body.trades[0]).toMatchObject({ quantity: 10, price: '184.2000' });
  });

  it('refuses an order beyond the limits of its account, with the code that says so', async () => {
    await openMarket(owner, SYMBOL);
    const refused = await place(owner, ACCOUNT, 'buy', 1_000_000, '184.00');
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body.error.code).toMatch(/^ENGINE_|^TRADING_|^RISK_/);
  });
});

describe('a platform that is started again on its folder', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-again-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('still has the order that rested, after a stop and after a kill', async () => {
    const dataFolder = path.join(folder, 'data');
    const start = async (): Promise<TestPlatform> => {
      const started = await startTestPlatform({ paused: true, dataFolder });
      onTestFinished(async () => started.kill());
      return started;
    };
    const first = await start();
    const user = await logIn(first);
    await openMarket(user, SYMBOL);
    const { body } = await place(user, ACCOUNT, 'buy', 7, '183.50', { timeInForce: 'gtc' });
    expect(body.order.status).toBe('new');
    expect(await first.stop()).toBe(0);
    expect(first.output()).toContain('every order is in the journal');

    const second = await start();
    const again = await (await logIn(second)).ask('GET', `/trading/orders/${body.order.orderId}`);
    expect(again.body).toMatchObject({ status: 'new', leavesQuantity: 7, price: '183.5000' });
    await second.kill();

    const third = await start();
    const afterKill = await (await logIn(third)).ask('GET', `/trading/orders/${body.order.orderId}`);
    expect(afterKill.body).toMatchObject({ status: 'new', leavesQuantity: 7, price: '183.5000' });
    expect(await third.stop()).toBe(0);
  });
});

describe('a node that is killed while the demo runs', () => {
  it('comes back by itself, with everything, and the API trades on', async () => {
    const running = await startTestPlatform();
    try {
      const user = await logIn(running);
      await openMarket(user, SYMBOL);
      const { body } = await place(user, ACCOUNT, 'buy', 5, '180.00', { timeInForce: 'gtc' });
      const { pid } = (await user.ask('GET', '/trading/status')).body.node;
      await until('the demo has sent orders', async () => {
        return (await user.ask('GET', '/trading/replay')).body.sent > 200 ? true : undefined;
      });
      process.kill(pid, 'SIGKILL');
      await until('another node is ready', async () => {
        const { node } = (await user.ask('GET', '/trading/status')).body;
        return node.pid !== pid && node.state === 'ready' ? true : undefined;
      });
      const kept = await user.ask('GET', `/trading/orders/${body.order.orderId}`);
      expect(kept.body).toMatchObject({ status: 'new', leavesQuantity: 5 });
      const { sent } = (await user.ask('GET', '/trading/replay')).body;
      await until('the demo goes on', async () => {
        return (await user.ask('GET', '/trading/replay')).body.sent > sent ? true : undefined;
      });
      const next = await place(user, ACCOUNT, 'buy', 3, '180.00');
      expect(next).toMatchObject({ status: 201, body: { order: { status: 'new' } } });
      expect((await fetch(`${running.url}/ready`)).status).toBe(200);
    } finally {
      await running.stop();
    }
  });
});
