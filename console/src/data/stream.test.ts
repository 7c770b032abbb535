import { describe, expect, it } from 'vitest';
import type { ServerMessage } from '../../../src/api/schemas/stream.ts';
import { SILENCE_GIVE_UP_MS, SILENCE_PING_MS, Stream, type ConnectionState } from './stream.ts';

/** A socket whose other end is the test. */
class TestSocket {
  readonly #events = new EventTarget();
  readonly sent: { op: string; subscription?: { channel: string } }[] = [];
  closed = false;

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#events.addEventListener(type, listener as EventListener);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.#events.dispatchEvent(new Event('open'));
    this.says({ type: 'welcome', version: '1', connectionId: 'c', timeMicros: 1, simulated: true });
  }
  says(message: ServerMessage): void {
    this.#events.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
  breaks(code = 1006): void {
    this.#events.dispatchEvent(new CloseEvent('close', { code }));
  }
}

function setUp() {
  const sockets: TestSocket[] = [];
  const states: ConnectionState[] = [];
  const problems: string[] = [];
  let nowMs = 0;
  let timers: { atMs: number; run: () => void }[] = [];
  const stream = new Stream(
    () => {
      const socket = new TestSocket();
      sockets.push(socket);
      return socket;
    },
    { onState: (state) => states.push(state), onWelcome: () => undefined, onProblem: (code) => problems.push(code) },
    {
      nowMs: () => nowMs,
      after: (delayMs, run) => {
        const timer = { atMs: nowMs + delayMs, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    },
  );
  /** Lets time pass, running timers in order. */
  function pass(millis: number): void {
    const untilMs = nowMs + millis;
    for (;;) {
      const next = timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      timers = timers.filter((other) => other !== next);
      nowMs = next.atMs;
      next.run();
    }
    nowMs = untilMs;
  }
  return { stream, sockets, states, problems, pass };
}

const markets = (update: number, type: 'markets.snapshot' | 'markets.delta'): ServerMessage => ({
  type,
  update,
  markets: [],
});

describe('the stream', () => {
  it('subscribes when the connection opens, and at once when it is open', () => {
    const { stream, sockets } = setUp();
    stream.start();
    stream.subscribe({ channel: 'markets' }, () => undefined);
    expect(sockets[0]?.sent).toEqual([]);
    sockets[0]?.opens();
    stream.subscribe({ channel: 'overview' }, () => undefined);
    expect(sockets[0]?.sent.map((message) => message.subscription?.channel)).toEqual(['markets', 'overview']);
  });

  it('hands on a snapshot and the deltas that follow it', () => {
    const { stream, sockets } = setUp();
    const heard: number[] = [];
    stream.start();
    stream.subscribe({ channel: 'markets' }, (message) => heard.push(message.update));
    sockets[0]?.opens();
    sockets[0]?.says(markets(0, 'markets.snapshot'));
    sockets[0]?.says(markets(1, 'markets.delta'));
    sockets[0]?.says(markets(2, 'markets.delta'));
    expect(heard).toEqual([0, 1, 2]);
  });

  it('asks for a new snapshot at a gap and hands on nothing until it comes', () => {
    const { stream, sockets } = setUp();
    const heard: number[] = [];
    stream.start();
    stream.subscribe({ channel: 'markets' }, (message) => heard.push(message.update));
    sockets[0]?.opens();
    sockets[0]?.says(markets(0, 'markets.snapshot'));
    sockets[0]?.says(markets(2, 'markets.delta'));
    sockets[0]?.says(markets(3, 'markets.delta'));
    expect(heard).toEqual([0]);
    expect(sockets[0]?.sent.map((message) => message.op)).toEqual(['subscribe', 'unsubscribe', 'subscribe']);
    sockets[0]?.says(markets(0, 'markets.snapshot'));
    expect(heard).toEqual([0, 0]);
  });

  it('comes back after a break, waiting longer each time, and subscribes anew', () => {
    const { stream, sockets, states, pass } = setUp();
    stream.start();
    stream.subscribe({ channel: 'markets' }, () => undefined);
    sockets[0]?.opens();
    sockets[0]?.breaks();
    expect(states.at(-1)).toBe('lost');
    pass(250);
    sockets[1]?.breaks();
    pass(499);
    expect(sockets).toHaveLength(2);
    pass(1);
    sockets[2]?.opens();
    expect(states.at(-1)).toBe('live');
    expect(sockets[2]?.sent.map((message) => message.op)).toEqual(['subscribe']);
    sockets[2]?.breaks();
    pass(250);
    expect(sockets).toHaveLength(4);
  });

  it('asks a silent connection for a sign of life, then gives it up and opens another', () => {
    const { stream, sockets, states, pass } = setUp();
    stream.start();
    sockets[0]?.opens();
    pass(SILENCE_PING_MS);
    expect(sockets[0]?.sent.map((message) => message.op)).toEqual(['ping']);
    pass(SILENCE_GIVE_UP_MS);
    expect(sockets[0]?.closed).toBe(true);
    expect(states).toContain('lost');
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('stays connected as long as anything is heard', () => {
    const { stream, sockets, pass } = setUp();
    stream.start();
    sockets[0]?.opens();
    for (let second = 0; second < 60; second += 1) {
      pass(1_000);
      sockets[0]?.says({ type: 'pong', id: null, timeMicros: 1 });
    }
    expect(sockets).toHaveLength(1);
  });

  it('does not come back when nobody is logged in any more', () => {
    const { stream, sockets, states, pass } = setUp();
    stream.start();
    sockets[0]?.opens();
    sockets[0]?.breaks(4001);
    pass(60_000);
    expect(states.at(-1)).toBe('unauthorised');
    expect(sockets).toHaveLength(1);
  });

  it('neither hears nor comes back once it is stopped, and starts again when told', () => {
    const { stream, sockets, states, pass } = setUp();
    stream.start();
    sockets[0]?.opens();
    stream.stop();
    expect(sockets[0]?.closed).toBe(true);
    sockets[0]?.breaks();
    pass(60_000);
    expect(sockets).toHaveLength(1);
    stream.start();
    sockets[1]?.opens();
    expect(states.at(-1)).toBe('live');
  });

  it('passes on what the server complains about', () => {
    const { stream, sockets, problems } = setUp();
    stream.start();
    sockets[0]?.opens();
    sockets[0]?.says({ type: 'error', code: 'API_INVALID_REQUEST', message: 'no', subscription: null });
    expect(problems).toEqual(['API_INVALID_REQUEST']);
  });
});
