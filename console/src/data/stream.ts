/**
 * The WebSocket connection: subscriptions kept through breaks, gaps noticed, silence noticed. It hands messages on and
 * never interprets them. Time and sockets are passed in.
 */
import type { ServerMessage, Subscription } from '../../../src/api/schemas/stream.ts';

/** Waits before each new attempt, in milliseconds; the last one repeats. */
const RETRY_MS = [250, 500, 1_000, 2_000, 4_000] as const;
/** A silent connection is asked for a sign of life after this long, and given up after the second. */
export const SILENCE_PING_MS = 4_000;
export const SILENCE_GIVE_UP_MS = 10_000;

/** The server's way to say that nobody is logged in any more. */
const CLOSE_UNAUTHORISED = 4001;

/** The parts of a WebSocket that are used. */
export interface Socket {
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'close', listener: (event: CloseEvent) => void): void;
  send(text: string): void;
  close(): void;
}

interface Timers {
  readonly nowMs: () => number;
  /** Calls once after `delayMs`; the answer cancels it. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

export type ConnectionState = 'connecting' | 'live' | 'lost' | 'unauthorised';

export interface StreamEvents {
  readonly onState: (state: ConnectionState) => void;
  readonly onWelcome: (message: Extract<ServerMessage, { type: 'welcome' }>) => void;
  /** The server refused a subscription or a message. */
  readonly onProblem: (code: string, message: string) => void;
}

type DataMessage = Extract<ServerMessage, { update: number }>;
type Receive = (message: DataMessage) => void;

interface Subscribed {
  readonly subscription: Subscription;
  readonly receive: Receive;
  /** The last `update` seen; null until the snapshot. */
  update: number | null;
}

/** One name for equal subscriptions. */
export function subscriptionKey(subscription: Subscription): string {
  switch (subscription.channel) {
    case 'book':
    case 'trades':
      return `${subscription.channel}:${subscription.symbol}`;
    case 'candles':
      return `candles:${subscription.symbol}:${subscription.interval}`;
    case 'markets':
    case 'orders':
    case 'overview':
      return subscription.channel;
  }
}

function keyOfMessage(message: DataMessage): string {
  const channel = message.type.slice(0, message.type.indexOf('.'));
  if ('interval' in message) return `${channel}:${message.symbol}:${message.interval}`;
  return 'symbol' in message ? `${channel}:${message.symbol}` : channel;
}

export class Stream {
  readonly #open: () => Socket;
  readonly #events: StreamEvents;
  readonly #timers: Timers;
  readonly #subscribed = new Map<string, Subscribed>();
  #socket: Socket | null = null;
  #ready = false;
  #stopped = true;
  #attempt = 0;
  #heardAtMs = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(open: () => Socket, events: StreamEvents, timers: Timers) {
    this.#open = open;
    this.#events = events;
    this.#timers = timers;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#drop();
  }

  /** Follows a channel until the returned function is called. A second follower of the same channel is a mistake. */
  subscribe(subscription: Subscription, receive: Receive): () => void {
    const key = subscriptionKey(subscription);
    const entry: Subscribed = { subscription, receive, update: null };
    this.#subscribed.set(key, entry);
    if (this.#ready) this.#send({ op: 'subscribe', subscription });
    return () => {
      if (this.#subscribed.get(key) !== entry) return;
      this.#subscribed.delete(key);
      if (this.#ready) this.#send({ op: 'unsubscribe', subscription });
    };
  }

  #connect(): void {
    this.#events.onState(this.#attempt === 0 ? 'connecting' : 'lost');
    const socket = this.#open();
    this.#socket = socket;
    this.#heardAtMs = this.#timers.nowMs();
    // What a dropped socket still says is not heard any more.
    socket.addEventListener('open', () => {
      if (this.#socket === socket) this.#opened();
    });
    socket.addEventListener('message', (event) => {
      if (this.#socket === socket) this.#hear(event.data);
    });
    socket.addEventListener('close', (event) => {
      if (this.#socket === socket) this.#closed(event.code);
    });
    this.#watch();
  }

  #opened(): void {
    this.#ready = true;
    for (const entry of this.#subscribed.values()) {
      entry.update = null;
      this.#send({ op: 'subscribe', subscription: entry.subscription });
    }
  }

  #hear(data: unknown): void {
    this.#heardAtMs = this.#timers.nowMs();
    const message = JSON.parse(String(data)) as ServerMessage;
    if (message.type === 'welcome') {
      this.#attempt = 0;
      this.#events.onState('live');
      this.#events.onWelcome(message);
    } else if (message.type === 'error') {
      this.#events.onProblem(message.code, message.message);
    } else if ('update' in message) {
      this.#deliver(message);
    }
  }

  #deliver(message: DataMessage): void {
    const entry = this.#subscribed.get(keyOfMessage(message));
    if (entry === undefined) return;
    const isSnapshot = message.type.endsWith('.snapshot');
    if (!isSnapshot && (entry.update === null || message.update !== entry.update + 1)) {
      // What was left before the snapshot of a renewed subscription is ignored; a real gap asks for a new snapshot.
      if (entry.update === null) return;
      entry.update = null;
      this.#send({ op: 'unsubscribe', subscription: entry.subscription });
      this.#send({ op: 'subscribe', subscription: entry.subscription });
      return;
    }
    entry.update = message.update;
    entry.receive(message);
  }

  /** Looks for silence while the connection stands. */
  #watch(): void {
    this.#cancelTimer = this.#timers.after(SILENCE_PING_MS, () => {
      const silentMs = this.#timers.nowMs() - this.#heardAtMs;
      if (silentMs >= SILENCE_GIVE_UP_MS) {
        this.#drop();
        this.#closed(0);
        return;
      }
      if (silentMs >= SILENCE_PING_MS && this.#ready) this.#send({ op: 'ping' });
      this.#watch();
    });
  }

  #closed(code: number): void {
    this.#drop();
    this.#cancelTimer();
    if (this.#stopped) return;
    if (code === CLOSE_UNAUTHORISED) {
      this.#stopped = true;
      this.#events.onState('unauthorised');
      return;
    }
    this.#events.onState('lost');
    const delayMs = RETRY_MS[Math.min(this.#attempt, RETRY_MS.length - 1)] ?? RETRY_MS[0];
    this.#attempt += 1;
    this.#cancelTimer = this.#timers.after(delayMs, () => this.#connect());
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    socket?.close();
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
