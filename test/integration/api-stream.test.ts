/** The WebSocket stream: snapshots, deltas without gaps that add up to the books, rights, and clients that misbehave. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { serverMessageSchema, StreamClose, type ServerMessage, type Subscription } from '#api/schemas/stream.ts';
import { createLoginLink } from '#store/people.ts';
import { openTradingDay, startTestApi, trading, type TestApi, type TestUser } from './api-harness.ts';

let api: TestApi;
let admin: TestUser;
let trader: TestUser;

beforeAll(async () => {
  api = await startTestApi();
  admin = await api.user('ada', 'admin');
  trader = await api.user('tom', 'trader', [0]);
  await openTradingDay(api, admin, admin);
});
afterAll(async () => api.stop());

interface Client {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[];
  closed: { code: number; reason: string } | undefined;
  subscribe(subscription: Subscription): void;
  next(type: ServerMessage['type'], timeoutMs?: number): Promise<ServerMessage>;
  close(): void;
}

/** Connects; every message is checked against the schema of the stream. */
async function connect(headers: Record<string, string>): Promise<Client> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/v1/stream`, { headers });
  const client: Client = {
    socket,
    messages: [],
    closed: undefined,
    subscribe: (subscription) => socket.send(JSON.stringify({ op: 'subscribe', subscription })),
    async next(type, timeoutMs = 3000) {
      const end = performance.now() + timeoutMs;
      for (;;) {
        const index = client.messages.findIndex((message) => message.type === type);
        if (index >= 0) return client.messages.splice(index, 1)[0];
        if (performance.now() > end)
          throw new Error(`no ${type}; got ${JSON.stringify(client.messages).slice(0, 500)}`);
        await setTimeout(2);
      }
    },
    close: () => socket.terminate(),
  };
  socket.on('message', (data: Buffer) => client.messages.push(serverMessageSchema.parse(JSON.parse(data.toString()))));
  socket.on('close', (code, reason) => {
    client.closed = { code, reason: reason.toString() };
  });
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  socket.once('open', () => resolve(client));
  socket.once('error', reject);
  return promise;
}

async function connectAs(user: TestUser): Promise<Client> {
  return connect({ authorization: `Bearer ${user.secret}` });
}

let nextPrice = 0;
async function place(fields: object = {}): Promise<string> {
  const price = `${90 + (nextPrice++ % 9)}.00`;
  const order = { account: 0, symbol: 'NAUT', side: 'buy', quantity: 10, price, selfTrade: 'none', ...fields };
  const { status, body } = await admin.post(trading('/orders'), order);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.order.orderId;
}

function isBook(message: ServerMessage): message is Extract<ServerMessage, { type: 'book.snapshot' | 'book.delta' }> {
  return message.type === 'book.snapshot' || message.type === 'book.delta';
}

describe('the stream', () => {
  it('greets, and answers a ping', async () => {
    const client = await connectAs(admin);
    expect(await client.next('welcome')).toMatchObject({ version: '0.0.0-test', simulated: true });
    client.socket.send(JSON.stringify({ op: 'ping', id: 7 }));
    expect(await client.next('pong')).toMatchObject({ id: 7 });
    client.close();
  });

  it('sends a book whose snapshot and deltas, without a gap, add up to the book itself', async () => {
    const client = await connectAs(admin);
    client.subscribe({ channel: 'book', symbol: 'NAUT' });
    await client.next('welcome');
    const ids: string[] = [];
    for (let round = 0; round < 60; round++) {
      ids.push(
        await place({ side: round % 2 === 0 ? 'buy' : 'sell', ...(round % 2 === 1 && { price: `10${round % 9}.00` }) }),
      );
      if (round % 3 === 2) await admin.delete(trading(`/orders/${ids.shift()}`));
      if (round % 7 === 0) await setTimeout(15);
    }
    await setTimeout(60);
    const messages = client.messages.filter(isBook);
    expect(messages[0].type).toBe('book.snapshot');
    expect(messages.length).toBeGreaterThan(5);
    const bids = new Map<number, readonly number[]>();
    const asks = new Map<number, readonly number[]>();
    messages.forEach((message, index) => {
      if (index > 0) expect(message.update).toBe(messages[index - 1].update + 1);
      for (const [side, levels] of [
        [bids, message.bids],
        [asks, message.asks],
      ] as const) {
        for (const level of levels) {
          if (level[1] === 0) side.delete(level[0]);
          else side.set(level[0], level);
        }
      }
    });
    const { body } = await admin.get(trading('/books/NAUT/l2?depth=500'));
    const shape = (level: { priceTicks: number; quantity: number; orders: number }): number[] => [
      level.priceTicks,
      level.quantity,
      level.orders,
    ];
    expect([...bids.values()].toSorted((a, b) => b[0] - a[0])).toEqual(body.bids.map(shape));
    expect([...asks.values()].toSorted((a, b) => a[0] - b[0])).toEqual(body.asks.map(shape));
    client.close();
    await admin.post(trading('/orders/mass-cancel'), { symbol: 'NAUT' });
  });

  it('sends trades, candles and market rows as they happen', async () => {
    const client = await connectAs(admin);
    client.subscribe({ channel: 'trades', symbol: 'NAUT' });
    client.subscribe({ channel: 'candles', symbol: 'NAUT', interval: '1h' });
    client.subscribe({ channel: 'markets' });
    await client.next('trades.snapshot');
    await client.next('candles.snapshot');
    expect(await client.next('markets.snapshot')).toMatchObject({ markets: [{ symbol: 'NAUT', state: 'continuous' }] });
    await place({ side: 'sell', price: '105.00' });
    await place({ account: 1, side: 'buy', price: '105.00', timeInForce: 'ioc' });
    const trades = await client.next('trades.delta');
    expect(trades).toMatchObject({ trades: [{ price: '105.00', quantity: 10, aggressorSide: 'buy' }] });
    const candles = await client.next('candles.delta');
    expect(candles).toMatchObject({ candles: [{ close: '105.00' }] });
    let row: ServerMessage = await client.next('markets.delta');
    while (row.type === 'markets.delta' && row.markets[0].last === null) row = await client.next('markets.delta');
    expect(row).toMatchObject({ markets: [{ symbol: 'NAUT', last: { price: '105.00' } }] });
    client.close();
  });

  it('sends own orders to those who own them, and no others', async () => {
    const [owner, everybody] = await Promise.all([connectAs(trader), connectAs(admin)]);
    for (const client of [owner, everybody]) {
      client.subscribe({ channel: 'orders' });
      await client.next('orders.snapshot');
    }
    const foreign = await place({ account: 1 });
    const own = await place({ account: 0 });
    const delta = await owner.next('orders.delta');
    const orderIds = delta.type === 'orders.delta' ? delta.orders.map((order) => order.orderId) : [];
    expect(orderIds).toEqual([own]);
    await setTimeout(50);
    const seen = [...everybody.messages].flatMap((message) => (message.type === 'orders.delta' ? message.orders : []));
    expect(seen.map((order) => order.orderId)).toEqual(expect.arrayContaining([own, foreign]));
    expect(JSON.stringify(owner.messages)).not.toContain(`"${foreign}"`);
    await admin.delete(trading(`/orders/${own}`));
    expect(await owner.next('orders.delta')).toMatchObject({
      orders: [{ orderId: own, status: 'cancelled', live: false }],
      executions: [{ execType: 'cancelled' }],
    });
    owner.close();
    everybody.close();
  });

  it('sends the orders of one account and one instrument to those who ask for these only', async () => {
    const [one, other] = await Promise.all([connectAs(admin), connectAs(admin)]);
    one.subscribe({ channel: 'orders', account: 1, symbol: 'NAUT' });
    other.subscribe({ channel: 'orders', symbol: 'NONE' });
    expect(await other.next('error')).toMatchObject({ code: 'API_NOT_FOUND' });
    await one.next('orders.snapshot');
    const foreign = await place({ account: 0 });
    const wanted = await place({ account: 1 });
    expect(await one.next('orders.delta')).toMatchObject({ orders: [{ orderId: wanted }] });
    expect(JSON.stringify(one.messages)).not.toContain(`"${foreign}"`);
    one.close();
    other.close();
  });

  it('sends an overview every second, with what waits for a person', async () => {
    const client = await connectAs(admin);
    client.subscribe({ channel: 'overview' });
    await client.next('overview.snapshot');
    await admin.post(trading('/kill-switch/engage'), { scope: 'participant', id: 7, reason: 'just a test' });
    await expect
      .poll(async () => (await client.next('overview.delta')) as Extract<ServerMessage, { type: 'overview.delta' }>, {
        timeout: 5000,
      })
      .toMatchObject({ attention: [{ kind: 'kill-switch' }], replay: { kind: 'demo' }, samples: [{}] });
    client.close();
  });

  it('ends a subscription when it is asked to', async () => {
    const client = await connectAs(admin);
    client.subscribe({ channel: 'book', symbol: 'NAUT' });
    await client.next('book.snapshot');
    client.socket.send(JSON.stringify({ op: 'unsubscribe', subscription: { channel: 'book', symbol: 'NAUT' } }));
    await client.next('unsubscribed');
    await place();
    await setTimeout(50);
    expect(client.messages.filter(isBook)).toEqual([]);
    client.close();
  });

  it('refuses a subscription to what does not exist, and goes on', async () => {
    const client = await connectAs(admin);
    client.subscribe({ channel: 'book', symbol: 'NONE' });
    expect(await client.next('error')).toMatchObject({ code: 'API_NOT_FOUND' });
    client.subscribe({ channel: 'markets' });
    await client.next('markets.snapshot');
    client.close();
  });
});

describe('the door of the stream', () => {
  it('is closed to who has no token, and to other sites with a cookie', async () => {
    await expect(connect({})).rejects.toThrow('401');
    await expect(connect({ authorization: 'Bearer nat_wrong' })).rejects.toThrow('401');
    await expect(connect({ host: 'evil.example' })).rejects.toThrow('421');
    const cookie = await logIn();
    await expect(connect({ cookie, origin: 'http://evil.example' })).rejects.toThrow('403');
    await expect(connect({ cookie })).rejects.toThrow('403');
    const own = await connect({ cookie, origin: api.url });
    await own.next('welcome');
    own.close();
  });

  it('closes behind who logs out', async () => {
    const cookie = await logIn();
    const client = await connect({ cookie, origin: api.url });
    await client.next('welcome');
    const out = await fetch(`${api.url}/api/v1/session`, { method: 'DELETE', headers: { cookie, origin: api.url } });
    expect(out.status).toBe(204);
    await expect.poll(() => client.closed?.code, { timeout: 12_000 }).toBe(StreamClose.unauthorised);
  }, 20_000);

  it('closes for who speaks another language or too much', async () => {
    for (const text of ['hello', '{"op":"dance"}', '{"op":"subscribe","subscription":{"channel":"book"}}']) {
      const client = await connectAs(admin);
      client.socket.send(text);
      await expect.poll(() => client.closed?.code).toBe(StreamClose.badMessage);
    }
    const noisy = await connectAs(admin);
    for (let index = 0; index < 400; index++) noisy.socket.send('{"op":"ping"}');
    await expect.poll(() => noisy.closed?.code).toBe(StreamClose.badMessage);
    const large = await connectAs(admin);
    large.socket.send('x'.repeat(10_000));
    await expect.poll(() => large.closed?.code).toBe(1009);
  });

  async function logIn(): Promise<string> {
    const link = await createLoginLink(api.store, admin.user.userId);
    const response = await fetch(`${api.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: api.url },
      body: JSON.stringify({ link }),
    });
    return (response.headers.get('set-cookie') ?? '').split(';')[0];
  }
});
