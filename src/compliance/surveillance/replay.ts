/** The market around an alert, frame by frame, from the journal: book, trades, and what the suspect did. */
import { EventKind, ExecType, Execution, Level, Trade } from '#trading/events.ts';
import { playHistory, type HistoryParts, type PastCommand } from '../history.ts';
import { SurveyedBook } from './book.ts';
import type { Engine } from '#trading/engine.ts';

const FRAMES_MAX = 400;
const LEVELS = 8;
/** Frames without an act of the suspect are this far apart at least, so that a busy market leaves room. */
const QUIET_FRAME_MICROS = 50_000;

export interface ReplayAct {
  readonly what: 'enters' | 'changes' | 'cancels' | 'executes' | 'ends';
  readonly orderId: string;
  readonly side: 'buy' | 'sell';
  readonly priceTicks: number;
  readonly quantity: number;
}

export interface ReplayFrame {
  readonly sequence: number;
  readonly timeMicros: number;
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
  /** Trades since the frame before: price, lots. */
  readonly trades: readonly (readonly [number, number])[];
  /** What the alert's orders did. */
  readonly acts: readonly ReplayAct[];
}

export interface ReplayRequest {
  readonly instrument: number;
  readonly first: number;
  readonly last: number;
  /** Orders of the alert, `slot-generation`. */
  readonly orderIds: ReadonlySet<string>;
}

const WHAT: Readonly<Record<number, ReplayAct['what']>> = {
  [ExecType.new]: 'enters',
  [ExecType.replaced]: 'changes',
  [ExecType.restated]: 'changes',
  [ExecType.canceled]: 'cancels',
  [ExecType.trade]: 'executes',
  [ExecType.expired]: 'ends',
};

/** Plays the journal and takes pictures; at most FRAMES_MAX, the suspect's acts first. */
export async function replayAround(parts: HistoryParts, request: ReplayRequest): Promise<ReplayFrame[]> {
  const book = new SurveyedBook();
  const frames: ReplayFrame[] = [];
  let trades: (readonly [number, number])[] = [];
  let acts: ReplayAct[] = [];
  let hasChanged = false;
  let lastMicros = 0;
  await playHistory(parts, request.first, request.last, {
    onStart: (engine) => fillBook(book, engine, request.instrument),
    onEvents(words, end) {
      for (let at = 0; at < end; at += words[at] >>> 16) {
        const kind = words[at] & 0xff;
        if (kind === EventKind.level && words[at + Level.instrument] === request.instrument) {
          book.set(words[at + Level.side], words[at + Level.priceTicks], words[at + Level.quantity]);
          hasChanged = true;
        } else if (kind === EventKind.trade && words[at + Trade.instrument] === request.instrument) {
          trades.push([words[at + Trade.priceTicks], words[at + Trade.quantity]]);
          hasChanged = true;
        } else if (kind === EventKind.execution) {
          const act = actOf(words, at, request.orderIds);
          if (act !== undefined) acts.push(act);
        }
      }
    },
    onCommand(command: PastCommand) {
      const isDue = acts.length > 0 || (hasChanged && command.timeMicros - lastMicros >= QUIET_FRAME_MICROS);
      if (!isDue || frames.length >= FRAMES_MAX) return;
      frames.push({
        sequence: command.sequence,
        timeMicros: command.timeMicros,
        bids: book.levels(0, LEVELS),
        asks: book.levels(1, LEVELS),
        trades,
        acts,
      });
      trades = [];
      acts = [];
      hasChanged = false;
      lastMicros = command.timeMicros;
    },
  });
  return frames;
}

function actOf(words: Int32Array, at: number, orderIds: ReadonlySet<string>): ReplayAct | undefined {
  const orderId = `${words[at + Execution.orderSlot]}-${words[at + Execution.orderGeneration]}`;
  const what = WHAT[words[at + Execution.execType]];
  if (what === undefined || !orderIds.has(orderId)) return undefined;
  const executed = words[at + Execution.lastQuantity];
  return {
    what,
    orderId,
    side: (words[at + Execution.terms] & 1) === 0 ? 'buy' : 'sell',
    priceTicks: words[at + Execution.priceTicks],
    quantity: what === 'executes' ? executed : words[at + Execution.leavesQuantity],
  };
}

/** The engine's book at the beginning: what level events built before. */
function fillBook(book: SurveyedBook, engine: Engine, instrument: number): void {
  const ladders = engine.view?.ladders;
  if (ladders === undefined) return;
  for (const side of [0, 1]) {
    for (let level = ladders.bestLevel((instrument << 2) | side), count = 0; level >= 0 && count < 64; count++) {
      book.set(side, ladders.priceOf(level), ladders.quantities[level]);
      level = ladders.nextLevel(level);
    }
  }
}
