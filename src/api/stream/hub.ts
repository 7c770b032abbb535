/**
 * The WebSocket stream: lets clients in, reads what they want to follow, and sends every topic's changes at a steady pace.
 * A change is made into text once, however many follow. Never holds up the replica or a route.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Asker, Principal } from '../authentication.ts';
import type { ApiContext } from '../context.ts';
import { API_ERRORS, ApiFailure } from '../errors.ts';
import { permits, type Permission } from '../permissions.ts';
import { clientMessageSchema, StreamClose, type ClientMessage, type Subscription } from '../schemas/stream.ts';
import { Follower, type SharedTopic } from './follower.ts';
import type { Overview } from './overview.ts';
import { createTopic, topicKey } from './topics.ts';

export const STREAM_PATH = '/api/v1/stream';
const CONNECTIONS_MAX = 512;
const MESSAGE_BYTES_MAX = 4096;
/** Messages a client may send within ten seconds. */
const MESSAGES_MAX = 300;
const MESSAGE_WINDOW_MS = 10_000;
/** How often it is looked whether a client may still be here. */
const RECHECK_MS = 5000;

const PERMISSIONS: Readonly<Record<Subscription['channel'], Permission>> = {
  book: 'market.read',
  trades: 'market.read',
  candles: 'market.read',
  markets: 'market.read',
  orders: 'orders.read',
  overview: 'operations.read',
};

export class StreamHub {
  private readonly context: ApiContext;
  private readonly overview: Overview;
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  private readonly topics = new Map<string, SharedTopic>();
  private readonly followers = new Map<Follower, { asker: Asker; checkedMs: number }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(context: ApiContext, overview: Overview) {
    this.context = context;
    this.overview = overview;
  }

  start(): void {
    this.timer = setInterval(() => this.flush(performance.now()), this.context.limits.streamIntervalMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    for (const follower of this.followers.keys()) follower.close(StreamClose.shuttingDown, 'the server is stopping');
    this.server.close();
  }

  /** Answers an upgrade request: lets the client in, or says no with the one error shape. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, asker: Asker): Promise<void> {
    let principal: Principal;
    try {
      principal = await this.admit(asker);
    } catch (error) {
      refuse(socket, error instanceof ApiFailure ? error : new ApiFailure(API_ERRORS.API_INTERNAL));
      return;
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.welcome(webSocket, principal, asker));
  }

  /** Sends what changed to everybody who follows it. */
  flush(nowMs: number): void {
    for (const shared of this.topics.values()) {
      const message = shared.topic.delta();
      if (message === undefined) continue;
      const text = JSON.stringify(message);
      for (const follower of shared.followers) follower.pass(shared, text);
    }
    for (const [follower, state] of this.followers) {
      follower.catchUp(nowMs);
      if (nowMs - state.checkedMs > RECHECK_MS) {
        state.checkedMs = nowMs;
        void this.recheck(follower, state.asker);
      }
    }
  }

  private async admit(asker: Asker): Promise<Principal> {
    const { authenticator } = this.context;
    authenticator.checkHost(asker);
    if (this.followers.size >= CONNECTIONS_MAX) throw new ApiFailure(API_ERRORS.API_RATE_LIMITED);
    const principal = await authenticator.identify(asker);
    if (principal === undefined) throw new ApiFailure(API_ERRORS.API_UNAUTHENTICATED);
    authenticator.checkOrigin(asker, principal.via === 'cookie');
    return principal;
  }

  private welcome(socket: WebSocket, principal: Principal, asker: Asker): void {
    const { clock, version, ids } = this.context.deps;
    const follower = new Follower(socket, principal);
    this.followers.set(follower, { asker, checkedMs: performance.now() });
    this.count();
    let windowMs = performance.now();
    let messages = 0;
    socket.on('message', (data, isBinary) => {
      const nowMs = performance.now();
      if (nowMs - windowMs > MESSAGE_WINDOW_MS) {
        windowMs = nowMs;
        messages = 0;
      }
      messages += 1;
      if (messages > MESSAGES_MAX) follower.close(StreamClose.badMessage, 'too many messages');
      // `ws` gives text as one Buffer.
      else this.receive(follower, isBinary || !Buffer.isBuffer(data) ? '' : data.toString());
    });
    socket.on('error', (error) => this.context.deps.logger?.debug({ err: error }, 'a stream connection broke'));
    socket.on('close', () => {
      this.followers.delete(follower);
      this.count();
      for (const shared of follower.leave()) this.dropWhenUnused(shared);
    });
    follower.send({
      type: 'welcome',
      version,
      connectionId: ids('con'),
      timeMicros: clock.nowMicros(),
      simulated: this.context.simulated,
    });
  }

  private count(): void {
    this.context.deps.apiMetrics.followers.set(this.followers.size);
  }

  private receive(follower: Follower, text: string): void {
    const parsed = clientMessageSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      follower.close(StreamClose.badMessage, 'not a message of this protocol');
      return;
    }
    this.act(follower, parsed.data);
  }

  private act(follower: Follower, message: ClientMessage): void {
    if (message.op === 'ping') {
      follower.send({ type: 'pong', id: message.id ?? null, timeMicros: this.context.deps.clock.nowMicros() });
      return;
    }
    const { subscription } = message;
    const key = topicKey(subscription, follower.principal);
    if (message.op === 'unsubscribe') {
      const shared = this.topics.get(key);
      if (shared !== undefined) {
        follower.unfollow(shared);
        this.dropWhenUnused(shared);
      }
      follower.send({ type: 'unsubscribed', subscription });
      return;
    }
    this.subscribe(follower, subscription, key);
  }

  private subscribe(follower: Follower, subscription: Subscription, key: string): void {
    const permission = PERMISSIONS[subscription.channel];
    if (!permits(follower.principal.role, permission)) {
      const { code, title } = API_ERRORS.API_FORBIDDEN;
      follower.send({ type: 'error', code, message: `${title}: ${permission}`, subscription });
      return;
    }
    if (follower.isFull) {
      follower.close(StreamClose.tooManySubscriptions, 'too many subscriptions');
      return;
    }
    let shared = this.topics.get(key);
    if (shared === undefined) {
      const topic = createTopic(this.context, this.overview, subscription, follower.principal);
      if (topic === undefined) {
        const { code, title } = API_ERRORS.API_NOT_FOUND;
        follower.send({ type: 'error', code, message: title, subscription });
        return;
      }
      shared = { key, topic, followers: new Set() };
      this.topics.set(key, shared);
    }
    follower.follow(shared);
  }

  private dropWhenUnused(shared: SharedTopic): void {
    if (shared.followers.size === 0) this.topics.delete(shared.key);
  }

  /** Sends away who logged out, or whose token was revoked or has expired. */
  private async recheck(follower: Follower, asker: Asker): Promise<void> {
    try {
      const principal = await this.context.authenticator.identify(asker);
      if (principal === undefined) follower.close(StreamClose.unauthorised, 'logged out');
    } catch (error) {
      this.context.deps.logger?.warn({ err: error }, 'a stream client could not be checked again');
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refuse(socket: Duplex, failure: ApiFailure): void {
  const { code, title, httpStatus } = failure.kind;
  const body = JSON.stringify({ error: { code, message: title, requestId: '' } });
  const head = [
    `HTTP/1.1 ${httpStatus} ${title}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
