/**
 * A simulated region of caches over one source: messages take time, nodes are cut off, crash and have clocks that drift.
 * Virtual time and seeded chance; records what each client saw.
 */
import { Cache, type CacheSession, type CacheSource, type Versioned } from '../../src/edge/cache/cache.ts';
import type { Operation } from '../../src/edge/cache/history.ts';
import type { CachePolicy } from '../../src/edge/cache/policy.ts';
import { Rng } from '../../src/kit/rng.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly policy: CachePolicy;
  readonly nodes: number;
  readonly keys: number;
  readonly operations: number;
  /** Largest part by which a node's clock runs fast or slow. */
  readonly driftMax: number;
  readonly faults: boolean;
  /** Lets the world lie on purpose, to see that the checks notice. */
  readonly dropInvalidations?: boolean;
}

const TIMEOUT_MS = 200;
const SESSIONS = 4;

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class CacheWorld {
  nowMs = 0;
  readonly history: Operation[] = [];
  /** Order of each value at the source, and how long it was the newest. */
  readonly reign = new Map<number, { fromMs: number; untilMs: number; version: number }>();
  private readonly options: WorldOptions;
  private readonly rng: Rng;
  private readonly timers: Timer[] = [];
  private timerOrder = 0;
  private readonly values = new Map<string, { value: number; version: number }>();
  private through = 0;
  private nextValue = 1;
  private readonly cut: boolean[];
  private readonly lifes: number[];
  private caches: Cache<number>[];
  private isSettling = false;
  private readonly announced: { key: string; version: number }[] = [];
  private readonly followed: number[];
  private readonly drifts: number[];
  private readonly sessions: CacheSession[] = Array.from({ length: SESSIONS }, () => ({ through: 0 }));

  constructor(options: WorldOptions) {
    this.options = options;
    this.rng = new Rng(options.seed);
    const each = Array.from({ length: options.nodes }, (_, node) => node);
    this.cut = each.map(() => false);
    this.lifes = each.map(() => 0);
    this.followed = each.map(() => 0);
    this.drifts = each.map(() => 1 + (this.rng.float() * 2 - 1) * options.driftMax);
    this.caches = each.map((node) => this.start(node));
  }

  async run(): Promise<void> {
    const { nodes, faults } = this.options;
    for (let session = 0; session < SESSIONS; session++) this.client(session);
    for (let node = 0; node < nodes; node++) {
      this.follow(node);
      if (faults) this.trouble(node);
    }
    await this.drainUntil(() => this.history.length >= this.options.operations);
  }

  /** Lets everything arrive, then reads every key on every node. */
  async settle(): Promise<ReadonlyMap<string, number[]>> {
    this.isSettling = true;
    this.cut.fill(false);
    const end = this.nowMs + 10_000;
    await this.drainUntil(() => this.nowMs >= end);
    const read = new Map<string, number[]>();
    for (const key of this.values.keys()) {
      const values: number[] = [];
      for (const cache of this.caches) {
        let value: number | undefined;
        const read = cache.get(key).then((found) => (value = found ?? 0));
        // What a lost answer leaves behind is told, not waited for.
        read.catch(() => (value = Number.NaN));
        await this.drainUntil(() => value !== undefined);
        values.push(value ?? 0);
      }
      read.set(key, [this.values.get(key)?.value ?? 0, ...values]);
    }
    return read;
  }

  private start(node: number): Cache<number> {
    const source = this.sourceOf(node);
    return new Cache<number>(this.options.policy, { source, nowMs: () => this.nowMs * this.drifts[node] }, 'here');
  }

  private sourceOf(node: number): CacheSource<number> {
    const state = (key: string) => this.values.get(key) ?? { value: 0, version: 0 };
    return {
      read: async (key) => this.remote(node, (): Versioned<number> => ({ ...state(key), through: this.through })),
      versionOf: async (key) => this.remote(node, () => state(key).version),
      write: async (key, value) => this.remote(node, () => this.write(key, value ?? 0)),
    };
  }

  private write(key: string, value: number): number {
    const before = this.values.get(key);
    const old = before === undefined ? undefined : this.reign.get(before.value);
    if (old !== undefined) old.untilMs = this.nowMs;
    this.through += 1;
    this.values.set(key, { value, version: this.through });
    this.reign.set(value, { fromMs: this.nowMs, untilMs: Infinity, version: this.through });
    this.announced.push({ key, version: this.through });
    return this.through;
  }

  /** A question to the source: on its way, there, on its way back; lost where the node is cut off on either way. */
  private async remote<Answer>(node: number, work: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error('no answer'));
      this.after(TIMEOUT_MS, late);
      this.after(this.delay(), () => {
        if (this.cut[node]) return;
        const answer = work();
        this.after(this.delay(), () => {
          if (!this.cut[node]) resolve(answer);
        });
      });
    });
  }

  /** A node follows the announced writes in order, at its pace; while cut off it waits. */
  private follow(node: number): void {
    this.after(this.delay() * 4, () => {
      if (!this.cut[node]) {
        for (; this.followed[node] < this.announced.length; this.followed[node]++) {
          const { key, version } = this.announced[this.followed[node]];
          if (this.options.dropInvalidations !== true) this.caches[node].invalidate(key, version);
        }
      }
      this.follow(node);
    });
  }

  private trouble(node: number): void {
    this.after(this.rng.exponential(400), () => {
      if (this.isSettling) return;
      const kind = this.rng.int(3);
      if (kind === 0) {
        this.lifes[node] += 1;
        this.caches[node] = this.start(node);
        this.followed[node] = this.announced.length;
      } else {
        this.cut[node] = true;
        this.after(this.rng.exponential(150), () => {
          this.cut[node] = false;
        });
      }
      this.trouble(node);
    });
  }

  private client(session: number): void {
    this.after(this.rng.exponential(15), () => {
      if (this.isSettling) return;
      void this.operate(session).finally(() => this.client(session));
    });
  }

  private async operate(session: number): Promise<void> {
    const node = this.rng.int(this.options.nodes);
    const key = `key-${this.rng.int(this.options.keys)}`;
    const kind = this.rng.int(4) === 0 ? 'write' : 'read';
    const calledMs = this.nowMs;
    const isSession = this.options.policy.consistency === 'session';
    const token = isSession ? this.sessions[session] : undefined;
    const written = kind === 'write' ? this.nextValue++ : 0;
    try {
      const cache = this.caches[node];
      const life = this.lifes[node];
      const value = kind === 'write' ? written : ((await cache.get(key, token)) ?? 0);
      if (kind === 'write') await cache.set(key, written, token);
      // The answer of a node that crashed meanwhile reaches nobody.
      if (this.lifes[node] !== life) throw new Error('crashed');
      this.history.push({ kind, key, value, calledMs, returnedMs: this.nowMs, session });
    } catch {
      if (kind === 'write') this.history.push({ kind, key, value: written, calledMs, returnedMs: Infinity, session });
    }
  }

  private delay(): number {
    return 1 + this.rng.exponential(4);
  }

  private after(ms: number, run: () => void): void {
    this.timers.push({ atMs: this.nowMs + ms, order: this.timerOrder++, run });
  }

  private async drainUntil(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      let next = 0;
      for (const [at, { atMs, order }] of this.timers.entries()) {
        const best = this.timers[next];
        if (atMs < best.atMs || (atMs === best.atMs && order < best.order)) next = at;
      }
      const [timer] = this.timers.splice(next, 1);
      this.nowMs = timer.atMs;
      timer.run();
      // Promises settle before time goes on.
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    }
  }
}
