/**
 * Runs the real engine and the reference side by side over one script of commands, and compares after each command:
 * events, displayed books, holdings, and what must hold of either. Now and then the real engine is replaced by one
 * restored from its own snapshot, so that all that follows proves the snapshot too.
 */
import { Engine } from '#trading/engine.ts';
import { MarketState, Side } from '#trading/terms.ts';
import { describeCommand, stamp } from './commands.ts';
import type { Step } from './commands.ts';
import { ReceivedBook, decodeEvents } from './decode.ts';
import { ReferenceEngine } from './engine.ts';
import type { PlainEvent } from './events.ts';
import { holdingsOfEngine, holdingsOfReference, openSumsFault } from './inspect.ts';
import { Watch } from './watch.ts';

const START_MICROS = 1_700_000_000_000_000;

/** Where the two went apart: at which command, and how. */
export interface Difference {
  step: number;
  what: string;
  expected: unknown;
  got: unknown;
}

export interface DuelOptions {
  /** Commands between two comparisons of holdings. */
  holdingsEvery: number;
  /** Commands between two snapshots with restore; 0 for none. */
  restoreEvery: number;
}

export class Duel {
  readonly reference = new ReferenceEngine();
  private engine: Engine;
  private readonly options: DuelOptions;
  private readonly book = new ReceivedBook();
  private readonly watch = new Watch();
  private received: PlainEvent[] = [];
  private steps = 0;
  private now = START_MICROS;

  constructor(options: DuelOptions = { holdingsEvery: 1, restoreEvery: 0 }) {
    this.options = options;
    this.engine = new Engine(this.sink);
  }

  /** Time of the last command. */
  get time(): number {
    return this.now;
  }

  get stateHash(): string {
    return this.engine.stateHash();
  }

  /** Gives the real engine's memory to the next one: what it leaves behind would make that one differ. */
  end(): void {
    this.engine.release();
  }

  /** Events of the real engine for the last command. */
  get lastEvents(): readonly PlainEvent[] {
    return this.received;
  }

  /** Takes the real engine's events. */
  readonly sink = (words: Int32Array, end: number): void => decodeEvents(words, end, this.received, this.book);

  /** Lets both carry out one command; returns the first difference, if any. */
  step({ words, afterMicros }: Step): Difference | undefined {
    const step = this.steps++;
    this.now += afterMicros;
    stamp(words, this.now);
    this.received = [];
    const expected = this.reference.apply(words, 0);
    const differ = (what: string, left: unknown, right: unknown): Difference => ({
      step,
      what,
      expected: left,
      got: right,
    });
    try {
      this.engine.apply(words, 0);
    } catch (error) {
      return differ(`the engine threw: ${String(error)}`, expected, this.received);
    }
    const unequal = firstUnequal(expected, this.received);
    if (unequal >= 0)
      return differ(
        `event ${unequal}`,
        expected.slice(unequal, unequal + 3),
        this.received.slice(unequal, unequal + 3),
      );
    const books = this.compareBooks();
    if (books !== undefined) return differ(books.what, books.expected, books.got);
    const fault = this.watch.see(words, this.received) ?? this.checkHoldings(step);
    if (fault !== undefined) return differ(fault.what, fault.expected, fault.got);
    return this.restoreSometimes(step, differ);
  }

  private compareBooks(): { what: string; expected: unknown; got: unknown } | undefined {
    for (const instrument of this.reference.world.instruments) {
      if (instrument === undefined) continue;
      for (const side of [Side.buy, Side.sell]) {
        const expected = this.reference.displayed(instrument.index, side);
        const got = this.book.side(instrument.index, side);
        if (firstUnequal(expected, got) >= 0)
          return { what: `book of instrument ${instrument.index}, side ${side}`, expected, got };
      }
      if (instrument.state !== MarketState.continuous) continue;
      const bid = this.book.side(instrument.index, Side.buy)[0]?.price ?? 0;
      const ask = this.book.side(instrument.index, Side.sell)[0]?.price ?? Infinity;
      if (bid >= ask)
        return { what: `instrument ${instrument.index} is crossed in continuous trading`, expected: bid, got: ask };
    }
    return undefined;
  }

  private checkHoldings(step: number): { what: string; expected: unknown; got: unknown } | undefined {
    if (step % this.options.holdingsEvery !== 0) return undefined;
    const { world } = this.reference;
    const fault = openSumsFault(world);
    if (fault !== undefined) return { what: `reference: ${fault}`, expected: undefined, got: undefined };
    const expected = holdingsOfReference(world);
    const got = holdingsOfEngine(this.engine);
    if (JSON.stringify(expected) !== JSON.stringify(got)) return { what: 'holdings', ...onlyDifferent(expected, got) };
    return this.watch.positionsFault(got) ?? this.watch.cashFault(got);
  }

  private restoreSometimes(
    step: number,
    differ: (what: string, left: unknown, right: unknown) => Difference,
  ): Difference | undefined {
    const { restoreEvery } = this.options;
    if (restoreEvery === 0 || step % restoreEvery !== restoreEvery - 1) return undefined;
    const before = this.engine.stateHash();
    const restored = Engine.restore(this.engine.snapshot(), this.sink);
    if (restored.stateHash() !== before) return differ('state hash after restore', before, restored.stateHash());
    this.engine = restored;
    return undefined;
  }
}

function onlyDifferent(expected: object, got: object): { expected: unknown; got: unknown } {
  const left = flatten(expected);
  const right = flatten(got);
  const keys = [...new Set([...left.keys(), ...right.keys()])].filter((key) => left.get(key) !== right.get(key));
  const only = (from: Map<string, unknown>) => Object.fromEntries(keys.map((key) => [key, from.get(key)]));
  return { expected: only(left), got: only(right) };
}

function flatten(value: object, prefix = '', into = new Map<string, unknown>()): Map<string, unknown> {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null) flatten(inner, `${prefix}${key}.`, into);
    else into.set(prefix + key, inner);
  }
  return into;
}

/** Index of the first place where two lists differ, or -1. */
function firstUnequal(left: readonly object[], right: readonly object[]): number {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [
      left[index] as Record<string, unknown> | undefined,
      right[index] as Record<string, unknown> | undefined,
    ];
    if (one === undefined || other === undefined) return index;
    for (const key of Object.keys(one)) if (one[key] !== other[key]) return index;
    if (Object.keys(one).length !== Object.keys(other).length) return index;
  }
  return -1;
}

/** Runs a whole script; returns the first difference and the hash at the end. */
export function runScript(
  script: readonly Step[],
  options?: DuelOptions,
): { difference?: Difference; stateHash: string } {
  const duel = new Duel(options);
  for (const step of script) {
    const difference = duel.step(step);
    if (difference !== undefined) return { difference, stateHash: duel.stateHash };
  }
  return { stateHash: duel.stateHash };
}

/** State hash of the real engine alone after a script. */
export function replayHash(script: readonly Step[]): string {
  const engine = new Engine(() => undefined);
  let now = START_MICROS;
  for (const { words, afterMicros } of script) {
    now += afterMicros;
    stamp(words, now);
    engine.apply(words, 0);
  }
  return engine.stateHash();
}

/** A script in readable lines, with what differed at its end. */
export function tellDifference(script: readonly Step[], difference: Difference): string {
  const lines = script.map(({ words, afterMicros }, index) => `${index}. +${afterMicros}µs ${describeCommand(words)}`);
  const shown = (value: unknown): string => JSON.stringify(value, undefined, 1)?.replaceAll(/\n\s*/g, ' ') ?? 'nothing';
  return [
    ...lines,
    `differs at ${difference.step}: ${difference.what}`,
    `expected ${shown(difference.expected)}`,
    `got      ${shown(difference.got)}`,
  ].join('\n');
}
