import { sign } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AckLevel } from '#kit/ports/journal.ts';
import { Rng } from '#kit/rng.ts';
import { SessionCode } from '#wire/order-entry/codes.ts';
import { CLIENT_FRAME_BYTES_MAX, FrameHeader, FrameType, writeFrameHeader } from '#wire/order-entry/frame.ts';
import {
  CHALLENGE_BYTES,
  HEARTBEAT_BYTES,
  LOGIN_BYTES,
  Login,
  Logout,
  ORDER_STATUS_REQUEST_BYTES,
  PLAIN_REQUEST_BYTES,
  Reject,
} from '#wire/order-entry/messages.ts';
import { loginMessage } from '#wire/order-entry/signature.ts';
import { newOrder, openMarket, startTestNode, until } from './edge-harness.ts';
import type { TestNode } from './edge-harness.ts';

let test: TestNode;
afterEach(async () => test.stop());

/** A socket without a protocol: what arrives is collected, cut into frames. */
class RawClient {
  received = Buffer.alloc(0);
  closed = false;
  readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  frames(): { type: number; bytes: Buffer }[] {
    const frames: { type: number; bytes: Buffer }[] = [];
    for (let at = 0; at + 8 <= this.received.length;) {
      const length = this.received.readUInt16LE(at);
      if (at + length > this.received.length) break;
      frames.push({ type: this.received[at + FrameHeader.type], bytes: this.received.subarray(at, at + length) });
      at += length;
    }
    return frames;
  }

  async frame(type: number): Promise<Buffer> {
    await until(() => this.frames().some((frame) => frame.type === type));
    return this.frames().find((frame) => frame.type === type)?.bytes ?? Buffer.alloc(0);
  }

  /** The code of the node's goodbye, once the connection is closed. */
  async goodbye(): Promise<number> {
    await until(() => this.closed);
    const logout = this.frames().find((frame) => frame.type === FrameType.logout);
    return logout?.bytes.readUInt32LE(Logout.code) ?? -1;
  }
}

function frame(type: number, byteLength: number, sequence = 0): Buffer {
  const bytes = Buffer.alloc(byteLength);
  writeFrameHeader(new DataView(bytes.buffer, bytes.byteOffset, byteLength), 0, byteLength, type, 0, sequence);
  return bytes;
}

function login(challenge: Buffer, session: number, change: (bytes: Buffer) => void = () => undefined): Buffer {
  const bytes = frame(FrameType.login, LOGIN_BYTES);
  bytes.writeUInt16LE(1, Login.version);
  bytes.writeUInt16LE(10, Login.heartbeatSeconds);
  bytes.writeUInt32LE(session, Login.session);
  change(bytes);
  const key = test.keys.get(session) ?? test.keys.get(2);
  if (key === undefined) throw new Error('no key');
  bytes.set(sign(null, loginMessage(challenge, bytes), key), Login.signature);
  return bytes;
}

async function loggedIn(session = 2): Promise<RawClient> {
  const client = new RawClient(test.node.port);
  client.socket.write(login(await client.frame(FrameType.challenge), session));
  await client.frame(FrameType.loginAccepted);
  return client;
}

function orderFrame(sequence: number, clOrdId: number): Buffer {
  const words = newOrder({ clOrdId });
  const bytes = frame(FrameType.newOrder, 8 + (words.length - 6) * 4, sequence);
  bytes.set(new Uint8Array(words.buffer, 24), 8);
  return bytes;
}

describe('logins that are not good', () => {
  it('are refused with a code, and the same one for a stranger and a wrong key', async () => {
    test = await startTestNode({ 2: {}, 3: { enabled: false }, 4: { ackLevel: AckLevel.replicated } });
    const cases: [string, number, (challenge: Buffer) => Buffer][] = [
      ['an unknown session', SessionCode.loginRefused, (challenge) => login(challenge, 99)],
      ['session 0', SessionCode.loginRefused, (challenge) => login(challenge, 0)],
      ['a session beyond the last', SessionCode.loginRefused, (challenge) => login(challenge, 70_000)],
      ['an ack level the journal lacks', SessionCode.ackLevelUnavailable, (challenge) => login(challenge, 4)],
      ['a disabled session', SessionCode.sessionDisabled, (challenge) => login(challenge, 3)],
      [
        'a version that is not offered',
        SessionCode.versionUnsupported,
        (challenge) => login(challenge, 2, (bytes) => bytes.writeUInt16LE(9, Login.version)),
      ],
      [
        'no heartbeat interval',
        SessionCode.malformedFrame,
        (challenge) => login(challenge, 2, (bytes) => bytes.writeUInt16LE(0, Login.heartbeatSeconds)),
      ],
      ['a signature of another challenge', SessionCode.loginRefused, () => login(Buffer.alloc(CHALLENGE_BYTES), 2)],
      [
        'a login changed after it was signed',
        SessionCode.loginRefused,
        (challenge) => {
          const bytes = login(challenge, 2);
          bytes.writeUInt32LE(7, Login.lastSequenceSeen);
          return bytes;
        },
      ],
      ['a shorter frame', SessionCode.malformedFrame, () => frame(FrameType.login, 32)],
      ['an order before the login', SessionCode.notLoggedIn, () => orderFrame(1, 1)],
      ['a heartbeat before the login', SessionCode.notLoggedIn, () => frame(FrameType.heartbeat, HEARTBEAT_BYTES)],
    ];
    for (const [what, code, make] of cases) {
      const client = new RawClient(test.node.port);
      client.socket.write(make(await client.frame(FrameType.challenge)));
      expect([what, await client.goodbye()]).toEqual([what, code]);
    }
    await openMarket(test);
  });

  it('time out when nothing is said, and do not hold a place', async () => {
    test = await startTestNode({ 2: {} }, { limits: { loginTimeoutMs: 200 } });
    const client = new RawClient(test.node.port);
    expect(await client.goodbye()).toBe(SessionCode.loginTimeout);
    await openMarket(test);
  });

  it('find the door closed when there are too many connections', async () => {
    test = await startTestNode({ 2: {} }, { limits: { connectionsMax: 3 } });
    const clients = Array.from({ length: 4 }, () => new RawClient(test.node.port));
    await Promise.all(clients.map(async (client) => client.frame(FrameType.challenge)));
    await until(() => clients.filter((client) => client.closed).length === 1);
    const refused = clients.find((client) => client.closed);
    expect(await refused?.goodbye()).toBe(SessionCode.tooManyConnections);
    for (const client of clients) client.socket.destroy();
    await until(() => clients.every((client) => client.closed));
    await openMarket(test);
  });
});

describe('a session that misbehaves', () => {
  it('is ended with a code for what cannot be trusted, and the node goes on', async () => {
    test = await startTestNode();
    const administrator = await openMarket(test);
    const tooLong = Buffer.alloc(8);
    tooLong.writeUInt16LE(CLIENT_FRAME_BYTES_MAX + 8, 0);
    const odd = orderFrame(1, 1);
    odd.writeUInt16LE(57, 0);
    const cases: [string, number, Buffer][] = [
      ['a frame that is too long', SessionCode.frameTooLong, tooLong],
      ['a length that is no multiple of 8', SessionCode.malformedFrame, odd],
      ['a length below the header', SessionCode.malformedFrame, Buffer.alloc(8)],
      ['a gap in the sequence', SessionCode.sequenceGap, orderFrame(2, 1)],
      ['sequence number 0', SessionCode.sequenceGap, orderFrame(0, 1)],
      ['a second login', SessionCode.alreadyLoggedIn, frame(FrameType.login, LOGIN_BYTES)],
      ['a type nobody knows', SessionCode.unknownType, frame(100, 16)],
      ['a type only the node sends', SessionCode.unknownType, frame(FrameType.loginAccepted, 64)],
      ['a heartbeat of the wrong length', SessionCode.malformedFrame, frame(FrameType.heartbeat, 8)],
      ['a request of the wrong length', SessionCode.malformedFrame, frame(FrameType.orderStatusRequest, 8)],
      ['a gap fill that goes back', SessionCode.malformedFrame, frame(FrameType.gapFill, 16)],
    ];
    for (const [what, code, bytes] of cases) {
      const client = await loggedIn();
      client.socket.write(bytes);
      expect([what, await client.goodbye()]).toEqual([what, code]);
    }
    expect(administrator.client.isLive).toBe(true);
    expect(test.fatal).toEqual([]);
  });

  it('gets coded rejects for what it may not send, and stays connected', async () => {
    test = await startTestNode();
    await openMarket(test);
    const client = await loggedIn();
    const short = frame(FrameType.newOrder, 16, 1);
    client.socket.write(short);
    client.socket.write(frame(21, 56, 2));
    client.socket.write(frame(8, 24, 3));
    client.socket.write(frame(0, 24, 4));
    client.socket.write(orderFrame(3, 1));
    client.socket.write(frame(FrameType.nodeStatusRequest, PLAIN_REQUEST_BYTES));
    const foreign = frame(FrameType.orderStatusRequest, ORDER_STATUS_REQUEST_BYTES);
    foreign.writeInt32LE(3, 12);
    client.socket.write(foreign);
    client.socket.write(orderFrame(5, 1));
    await client.frame(FrameType.executionReport);
    const codes = client
      .frames()
      .filter(({ type }) => type === FrameType.reject)
      .map(({ bytes }) => bytes.readUInt32LE(Reject.code));
    expect(codes).toEqual([
      SessionCode.badCommand,
      SessionCode.roleNotAllowed,
      SessionCode.roleNotAllowed,
      SessionCode.roleNotAllowed,
      SessionCode.alreadySeen,
      SessionCode.roleNotAllowed,
      SessionCode.accountNotAllowed,
    ]);
    client.socket.destroy();
  });

  it('is heard however the network cuts its bytes', async () => {
    test = await startTestNode();
    await openMarket(test);
    const client = await loggedIn();
    const stream = Buffer.concat(Array.from({ length: 30 }, (_, index) => orderFrame(index + 1, index + 1)));
    for (let at = 0; at < stream.length; at += 7) {
      client.socket.write(stream.subarray(at, at + 7));
      if (at % 70 === 0)
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
    }
    const reports = (): unknown[] => client.frames().filter(({ type }) => type === FrameType.executionReport);
    await until(() => reports().length >= 30);
    expect(reports().length).toBe(30);
    expect(client.frames().some(({ type }) => type === FrameType.reject)).toBe(false);
    client.socket.destroy();
  });

  it('is ended when it is silent for longer than two and a half heartbeats, and told so', async () => {
    test = await startTestNode();
    const client = new RawClient(test.node.port);
    const challenge = await client.frame(FrameType.challenge);
    client.socket.write(login(challenge, 2, (bytes) => bytes.writeUInt16LE(1, Login.heartbeatSeconds)));
    const startedAt = performance.now();
    await until(() => client.closed, 6000);
    expect(performance.now() - startedAt).toBeGreaterThan(2400);
    expect(await client.goodbye()).toBe(SessionCode.heartbeatMissed);
    expect(client.frames().filter(({ type }) => type === FrameType.heartbeat).length).toBeGreaterThanOrEqual(2);
  });

  it('is disconnected when it does not read, with the reason, while others trade on', async () => {
    test = await startTestNode(
      { 2: {}, 3: {} },
      { outbox: { ringBytes: 1 << 22, framesMax: 1 << 15, pendingBytesMax: 1 << 18 } },
    );
    await openMarket(test);
    const lazy = await loggedIn(2);
    lazy.socket.pause();
    let sequence = 0;
    const stop = performance.now() + 8000;
    while (!lazy.closed && performance.now() < stop) {
      const burst = Buffer.concat(Array.from({ length: 500 }, () => orderFrame(++sequence, sequence)));
      if (!lazy.socket.writable) break;
      lazy.socket.write(burst);
      await new Promise((resolve) => {
        setTimeout(resolve, 2);
      });
      if (slowConsumers() > 0) break;
    }
    expect(slowConsumers()).toBe(1);
    lazy.socket.resume();
    expect(await lazy.goodbye()).toBe(SessionCode.slowConsumer);
    const other = await test.connect(3);
    other.send(newOrder({ clOrdId: 1_000_000, price: 5 }));
    await other.until(() => other.reports.length === 1);
  });
});

function slowConsumers(): number {
  const { registry } = test.node;
  const series = registry.series.find(({ spec }) => spec.name === 'nautilus_edge_slow_consumers_total');
  return series === undefined ? -1 : registry.slots[series.slot];
}

describe('garbage', () => {
  it('never harms the node: random bytes, mutated sessions, cut connections', async () => {
    test = await startTestNode();
    const administrator = await openMarket(test);
    const rng = new Rng(7);
    for (let round = 0; round < 150; round++) {
      const client = round % 3 === 0 ? new RawClient(test.node.port) : await loggedIn();
      const stream = Buffer.concat(
        Array.from({ length: 20 }, (_, index) => orderFrame(index + 1, round * 100 + index + 1)),
      );
      const flips = 1 + rng.int(12);
      for (let flip = 0; flip < flips; flip++) stream[rng.int(stream.length)] ^= 1 << rng.int(8);
      client.socket.write(stream.subarray(0, 1 + rng.int(stream.length)));
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
      client.socket.destroy();
      await until(() => client.closed);
    }
    expect(test.fatal).toEqual([]);
    expect(administrator.client.isLive).toBe(true);
    const trader = await test.connect(3);
    trader.send(newOrder({ clOrdId: 900_000, price: 5 }));
    await trader.until(() => trader.reports.length === 1);
  });
});
