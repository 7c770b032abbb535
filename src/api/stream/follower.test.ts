/** A follower that does not read gets a fresh picture later, or is let go; it never makes memory grow without end. */
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Principal } from '../authentication.ts';
import { StreamClose, type ServerMessage } from '../schemas/stream.ts';
import { BUFFER_SOFT_BYTES, Follower, SUBSCRIPTIONS_MAX, type SharedTopic } from './follower.ts';

class SocketStub {
  bufferedAmount = 0;
  readonly sent: string[] = [];
  closed: number | undefined;
  terminated = false;
  send(text: string): void {
    this.sent.push(text);
  }
  close(code: number): void {
    this.closed = code;
  }
  terminate(): void {
    this.terminated = true;
  }
}

function setUp(): { socket: SocketStub; follower: Follower; shared: SharedTopic } {
  const socket = new SocketStub();
  const follower = new Follower(socket as unknown as WebSocket, {} as Principal);
  let update = 0;
  const snapshot = (): ServerMessage => ({ type: 'markets.snapshot', update: update++, markets: [] });
  const shared: SharedTopic = { key: 'markets', topic: { snapshot, delta: () => undefined }, followers: new Set() };
  follower.follow(shared);
  return { socket, follower, shared };
}

describe('a follower', () => {
  it('gets the picture at once and changes after it', () => {
    const { socket, follower, shared } = setUp();
    follower.pass(shared, 'change');
    expect(socket.sent).toEqual(['{"type":"markets.snapshot","update":0,"markets":[]}', 'change']);
  });

  it('that reads slowly misses changes and gets a fresh picture once it has caught up', () => {
    const { socket, follower, shared } = setUp();
    socket.bufferedAmount = BUFFER_SOFT_BYTES + 1;
    follower.pass(shared, 'missed');
    follower.pass(shared, 'missed');
    follower.catchUp(0);
    expect(socket.sent).toHaveLength(1);
    socket.bufferedAmount = 0;
    follower.pass(shared, 'still missed: it would not fit the old picture');
    follower.catchUp(10);
    expect(socket.sent.slice(1)).toEqual(['{"type":"markets.snapshot","update":1,"markets":[]}']);
    follower.pass(shared, 'change');
    expect(socket.sent.at(-1)).toBe('change');
  });

  it('that does not read at all is let go with a reason', () => {
    const { socket, follower, shared } = setUp();
    socket.bufferedAmount = BUFFER_SOFT_BYTES + 1;
    follower.pass(shared, 'missed');
    follower.catchUp(0);
    follower.catchUp(14_000);
    expect(socket.closed).toBeUndefined();
    follower.catchUp(15_001);
    expect(socket.closed).toBe(StreamClose.slowConsumer);
    expect(socket.terminated).toBe(true);
  });

  it('whose unsent bytes pass the hard limit is let go at once', () => {
    const { socket, follower, shared } = setUp();
    socket.bufferedAmount = (8 << 20) + 1;
    follower.pass(shared, 'missed');
    follower.catchUp(0);
    expect(socket.closed).toBe(StreamClose.slowConsumer);
  });

  it('may follow a bounded number of topics', () => {
    const { follower, shared } = setUp();
    for (let index = 1; index < SUBSCRIPTIONS_MAX; index++) follower.follow({ ...shared, key: `${index}` });
    expect(follower.isFull).toBe(true);
    expect(follower.leave()).toHaveLength(SUBSCRIPTIONS_MAX);
    expect(follower.isFull).toBe(false);
  });
});
