/**
 * A shard as the platform runs it, for tests and the failover benchmark: two real node processes on one journal, the real
 * takeover service, and a client that keeps a ledger of what was acknowledged. Afterwards the journal is read as a judge.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TAKEOVER_POLICY } from '#federation/takeover/checks.ts';
import type { TakeoverPolicy } from '#federation/takeover/checks.ts';
import { TakeoverController } from '#federation/takeover/controller.ts';
import type { Failover } from '#federation/takeover/failover.ts';
import { takeoverMetrics } from '#federation/takeover/metrics.ts';
import { TakeoverService } from '#federation/takeover/service.ts';
import { platformSession, simulatedSession } from '#app/session-keys.ts';
import type { OwnSession } from '#app/session-keys.ts';
import { FIRST, ShardNodes } from '#app/shard-nodes.ts';
import { OrderEntryClient } from '#edge/client.ts';
import { Replica } from '#edge/replica.ts';
import { openFileJournal } from '#journal/file-journal.ts';
import { createSystemClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { Rng } from '#kit/rng.ts';
import { openStore } from '#store/open.ts';
import type { Store } from '#store/open.ts';
import { createRegistry } from '#telemetry/registry.ts';
import { DEFAULT_CAPACITY } from '#trading/capacity.ts';
import { EventKind, ExecType, Execution, eventKind, eventLength } from '#trading/events.ts';
import { readWideAt } from '#wire/order-entry/frame.ts';
import { EVENT_AT, Stamps } from '#wire/order-entry/messages.ts';
import { newOrder, setupCommands } from './integration/edge-harness.ts';

const CAPACITY = { ...DEFAULT_CAPACITY, orders: 1 << 18, dayOrders: 1 << 21, trades: 4096, recentOrders: 4096 };
const IN_FLIGHT_MAX = 64;
const ORDERS_PER_STEP = 6;
const STEP_MS = 2;

const clock = createSystemClock();
const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);

/** One acknowledgement, as the client got it. */
interface Ack {
  readonly clOrdId: number;
  readonly journalSequence: number;
}

export interface Judgement {
  readonly acked: number;
  /** Acknowledged orders that the journal does not have, or has at another place than the answer said. */
  readonly lost: number;
  readonly twice: number;
  /** Acknowledged under a place that another epoch holds with another command. */
  readonly dualCommits: number;
  readonly epochs: number;
}

export class TestShard {
  readonly folder: string;
  readonly nodes: ShardNodes;
  readonly service: TakeoverService;
  readonly store: Store;
  readonly lines: string[] = [];
  readonly ended: { member: string; detail: string; isFinal: boolean }[] = [];
  private readonly admin: OwnSession;
  private readonly trader: OwnSession;

  private constructor(
    folder: string,
    store: Store,
    admin: OwnSession,
    trader: OwnSession,
    policy: Partial<TakeoverPolicy>,
  ) {
    this.folder = folder;
    this.store = store;
    this.admin = admin;
    this.trader = trader;
    const ids = createIdSource(clock, fillRandom);
    this.nodes = new ShardNodes({
      dataFolder: folder,
      databaseFile: join(folder, 'nautilus.db'),
      nodeClass: 'standard',
      capacity: CAPACITY,
      clock,
      onNews: (news) => this.service.hear(news),
      onEnded: (member, detail, restartMs) => this.ended.push({ member, detail, isFinal: restartMs === undefined }),
      log: (line) => this.lines.push(line),
    });
    const registry = createRegistry([takeoverMetrics]);
    this.service = new TakeoverService({
      controller: new TakeoverController({
        shard: 'main',
        preferred: FIRST,
        policy: { ...TAKEOVER_POLICY, cooldownMicros: 0, noticeMicros: 0, stableMicros: Infinity, ...policy },
        newId: () => ids('flo'),
      }),
      members: this.nodes,
      suspicionOf: (member) => this.nodes.suspicionOf(member),
      clock,
      store,
      sharesJournal: true,
      metrics: registry.metrics(takeoverMetrics),
      onSteer: () => undefined,
      log: (line) => this.lines.push(line),
    });
  }

  static async start(policy: Partial<TakeoverPolicy> = {}): Promise<TestShard> {
    const folder = mkdtempSync(join(tmpdir(), 'nautilus-shard-'));
    mkdirSync(join(folder, 'keys'));
    const ids = createIdSource(clock, fillRandom);
    const store = await openStore({ kind: 'sqlite', file: join(folder, 'nautilus.db') }, { clock, ids, fillRandom });
    const admin = await platformSession(store, join(folder, 'keys'));
    const trader = await simulatedSession(store, join(folder, 'keys'), 'trader', 0, [0, 1]);
    const shard = new TestShard(folder, store, admin, trader, policy);
    try {
      await shard.nodes.startLeader();
      await shard.nodes.startStandby();
      shard.service.start();
      await shard.openMarket();
      return shard;
    } catch (error) {
      await shard.stop();
      throw error;
    }
  }

  /** The member that leads, as the controller sees it. */
  get leader(): string {
    return this.service.readiness().leader ?? '';
  }

  async ready(timeoutMs = 30_000): Promise<void> {
    await until(
      'somebody could take over',
      () => this.service.readiness().isReady,
      timeoutMs,
      () => this.story(),
    );
  }

  story(): string {
    return JSON.stringify(
      { readiness: this.service.readiness(), ended: this.ended, lines: this.lines.slice(-12) },
      null,
      1,
    );
  }

  load(seed: number): LedgerClient {
    return new LedgerClient(this.nodes, this.trader, seed);
  }

  /** Changes that have ended, oldest first. */
  async failovers(): Promise<Failover[]> {
    return (await this.service.failovers(1000)).toReversed().filter(({ endedMicros }) => endedMicros !== null);
  }

  /** Reads the whole journal with an engine of its own and compares it with a ledger. Call it when the nodes have ended. */
  async judge(acks: readonly Ack[]): Promise<Judgement> {
    const places = new Map<number, number[]>();
    const journal = await openFileJournal({ folder: join(this.folder, 'journal'), clock });
    const fail = (fault: Error): never => {
      throw fault;
    };
    const replica = await Replica.open({ journal, clock, onFault: fail, useSnapshot: false });
    let epoch = 0;
    let fallen = 0;
    replica.listen({
      onCommand: (command) => {
        if (command.epoch < epoch) fallen++;
        epoch = command.epoch;
      },
      onEvents(words, end, command) {
        for (let at = 0; at < end; at += eventLength(words, at)) {
          if (eventKind(words, at) !== EventKind.execution || words[at + Execution.execType] !== ExecType.new) continue;
          const clOrdId = words[at + Execution.clOrdIdLow];
          places.set(clOrdId, [...(places.get(clOrdId) ?? []), command.sequence]);
        }
      },
    });
    replica.start();
    replica.stop();
    await journal.close();
    const kept = acks.filter(({ clOrdId, journalSequence }) => places.get(clOrdId)?.[0] === journalSequence);
    const elsewhere = acks.filter(({ clOrdId, journalSequence }) => {
      const [place] = places.get(clOrdId) ?? [];
      return place !== undefined && place !== journalSequence;
    });
    return {
      acked: acks.length,
      lost: acks.length - kept.length,
      twice: [...places.values()].filter(({ length }) => length > 1).length,
      dualCommits: fallen + elsewhere.length,
      epochs: epoch,
    };
  }

  /** Ends the processes; `remove` deletes the folder as well. */
  async end(): Promise<void> {
    await this.service.stop();
    await this.nodes.stop(this.leader);
  }

  async stop(): Promise<void> {
    await this.end();
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async openMarket(): Promise<void> {
    let answers = 0;
    const { session, privateKey } = this.admin;
    const client = new OrderEntryClient(
      { endpoints: this.nodes.endpoints, session, privateKey, clock },
      { onReport: () => answers++ },
    );
    await client.connect();
    const commands = setupCommands();
    for (const words of commands) client.submit(words, 0);
    await until('the market is open', () => answers >= commands.length);
    await client.close();
  }
}

/** Sends orders that trade with each other, a bounded number in flight, and notes every acknowledgement. */
export class LedgerClient {
  readonly acks: Ack[] = [];
  readonly rejects: number[] = [];
  readonly client: OrderEntryClient;
  /** Epochs of the logins, in order. */
  readonly epochs: number[] = [];
  private readonly rng: Rng;
  private readonly timer: NodeJS.Timeout;
  private waiting: ((atMillis: number) => void)[] = [];
  private sent = 0;
  private seenEpoch = 0;

  constructor(nodes: ShardNodes, { session, privateKey }: OwnSession, seed: number) {
    this.rng = new Rng(seed);
    this.client = new OrderEntryClient(
      { endpoints: nodes.endpoints, session, privateKey, clock, skipReplay: true },
      {
        onLive: ({ epoch }) => {
          this.epochs.push(epoch);
          this.seenEpoch = epoch;
        },
        onReject: (code) => this.rejects.push(code),
        onReport: (_type, _flags, view, at) => this.note(view, at),
      },
    );
    this.timer = setInterval(() => this.pump(), STEP_MS);
  }

  /** Orders that were sent and have no answer yet. */
  get unanswered(): number {
    return this.sent - this.acks.length;
  }

  /** When the first acknowledgement comes from an epoch above `epoch`, in milliseconds of `performance.now()`. */
  async firstAckAbove(epoch: number, timeoutMs: number, story: () => string): Promise<number> {
    let heardAt: number | undefined;
    this.waiting.push((atMillis) => {
      if (this.seenEpoch > epoch) heardAt ??= atMillis;
    });
    await until(`an answer from an epoch above ${epoch}`, () => heardAt !== undefined, timeoutMs, story);
    this.waiting = [];
    return heardAt ?? 0;
  }

  /** Sends nothing more and waits for the last answers. */
  async finish(story: () => string): Promise<void> {
    clearInterval(this.timer);
    await until('every order is answered', () => this.unanswered === 0, 20_000, story);
    await this.client.close();
  }

  private pump(): void {
    if (this.sent === 0 && !this.client.isLive) return;
    for (let step = 0; step < ORDERS_PER_STEP && this.unanswered < IN_FLIGHT_MAX; step++) {
      const side = this.rng.int(2) as 0 | 1;
      const price = 995 + this.rng.int(11);
      const words = newOrder({ account: side, clOrdId: this.sent + 1, side, price, quantity: 1 + this.rng.int(9) });
      if (this.client.submit(words, 0) === 0) return;
      this.sent++;
    }
  }

  private note(view: DataView, at: number): void {
    const word = (field: number): number => view.getInt32(at + EVENT_AT + field * 4, true);
    if ((word(0) & 0xff) !== EventKind.execution || word(Execution.execType) !== ExecType.new) return;
    this.acks.push({
      clOrdId: word(Execution.clOrdIdLow),
      journalSequence: readWideAt(view, at + Stamps.journalSequence),
    });
    const now = performance.now();
    for (const wait of this.waiting) wait(now);
  }
}

/** Resolves when `condition` holds; rejects with what happened so far after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean,
  timeoutMs = 15_000,
  story: () => string = () => '',
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}\n${story()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
