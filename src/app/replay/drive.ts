/**
 * Drives a venue with a recorded flow and measures how much of the recorded trading it repeats.
 * A fill counts as repeated only when the same resting order traded at the same price in the same event. After each
 * event the venue's book is brought back to the recorded one, so that a difference is counted once and not its echoes.
 */
import { invariant } from '#kit/invariant.ts';
import type { FlowStep, RecordedFill, Settlement } from './flow-rows.ts';
import type { OrderKey } from './order-key.ts';
import type { InstrumentPlan } from './plan.ts';
import type { Venue, VenueFill } from './venue.ts';

/** Why recorded volume was not repeated. */
export const DifferenceKind = {
  /** One side of an auction's uncross did not trade as recorded. */
  auction: 'auction',
  /** An iceberg is involved: how its hidden part queues is not in the recording. */
  iceberg: 'iceberg',
  /** The order was not, or no longer fully, in the engine's book: an earlier difference, or an order never seen. */
  missingOrder: 'missingOrder',
  /** The order traded, at another price. */
  otherPrice: 'otherPrice',
  /** Another order traded in its stead. */
  otherOrder: 'otherOrder',
  /** The engine traded less. */
  untraded: 'untraded',
} as const;
export type DifferenceKind = (typeof DifferenceKind)[keyof typeof DifferenceKind];

/** Volume and number of fills that were not repeated, for one reason. */
export interface Difference {
  volume: number;
  fills: number;
}

export interface DriveTotals {
  commands: number;
  recordedVolume: number;
  matchedVolume: number;
  /** Volume that the engine traded and the recording did not, in events that record no trade. */
  unrecordedVolume: number;
  differences: Record<DifferenceKind, Difference>;
  /** How often the engine's book was brought back to the recorded one. */
  corrections: { removed: number; restored: number; resized: number };
}

export class Drive {
  readonly totals: DriveTotals = {
    commands: 0,
    recordedVolume: 0,
    matchedVolume: 0,
    unrecordedVolume: 0,
    differences: {
      auction: { volume: 0, fills: 0 },
      iceberg: { volume: 0, fills: 0 },
      missingOrder: { volume: 0, fills: 0 },
      otherPrice: { volume: 0, fills: 0 },
      otherOrder: { volume: 0, fills: 0 },
      untraded: { volume: 0, fills: 0 },
    },
    corrections: { removed: 0, restored: 0, resized: 0 },
  };
  private readonly venue: Venue;
  private readonly plans: ReadonlyMap<number, InstrumentPlan>;

  constructor(venue: Venue, plans: ReadonlyMap<number, InstrumentPlan>) {
    this.venue = venue;
    this.plans = plans;
  }

  /** Carries out one step of the flow and compares what traded. */
  advance(step: FlowStep): void {
    const { venue, totals } = this;
    const plan = this.plans.get(step.instrument);
    invariant(plan !== undefined, 'replay.no-plan', step.instrument);
    const held = step.fills.map(({ order }) => venue.displayed(step.instrument, order));
    for (const command of step.commands) venue.apply(step.instrument, step.timeMicros, command);
    totals.commands += step.commands.length;
    this.compare(step, held, venue.takeFills(), plan);
    for (const settlement of step.settlements) this.settle(step.instrument, step.timeMicros, settlement, plan);
  }

  private compare(step: FlowStep, held: readonly number[], fills: readonly VenueFill[], plan: InstrumentPlan): void {
    const { totals } = this;
    // Both sides of an uncross are fills of resting orders, so each counts half.
    const weight = step.auction ? 0.5 : 1;
    const engine = new Map<string, number>();
    const engineByOrder = new Map<OrderKey, number>();
    let traded = 0;
    for (const { order, price, quantity } of fills) {
      add(engine, `${order}@${price}`, quantity);
      add(engineByOrder, order, quantity);
      traded += quantity;
    }
    if (step.fills.length === 0) totals.unrecordedVolume += traded;
    let wanted = 0;
    for (const fill of step.fills) wanted += fill.quantity;
    for (const [index, fill] of step.fills.entries()) {
      const id = `${fill.order}@${fill.price}`;
      const repeated = Math.min(fill.quantity, engine.get(id) ?? 0);
      if (repeated > 0) {
        add(engine, id, -repeated);
        add(engineByOrder, fill.order, -repeated);
      }
      totals.recordedVolume += fill.quantity * weight;
      totals.matchedVolume += repeated * weight;
      if (repeated === fill.quantity) continue;
      const kind = step.auction
        ? DifferenceKind.auction
        : explain(fill, held[index], engineByOrder, traded >= wanted, fills, plan);
      totals.differences[kind].volume += (fill.quantity - repeated) * weight;
      totals.differences[kind].fills++;
    }
  }

  /** Brings an order back to what the recording shows; an iceberg only to being there or not. */
  private settle(instrument: number, timeMicros: number, settlement: Settlement, plan: InstrumentPlan): void {
    const { corrections } = this.totals;
    const { order, price, displayed } = settlement;
    const present = this.venue.displayed(instrument, order);
    if (present === displayed) return;
    if (displayed === 0) {
      this.venue.apply(instrument, timeMicros, { kind: 'cancel', order });
      corrections.removed++;
    } else if (present === 0) {
      const { side } = settlement;
      this.venue.apply(instrument, timeMicros, { kind: 'restore', order, side, price, quantity: displayed });
      corrections.restored++;
    } else if (!plan.icebergs.has(order)) {
      this.venue.apply(instrument, timeMicros, { kind: 'amend', order, price, open: displayed });
      corrections.resized++;
    }
    this.venue.takeFills();
  }
}

function explain(
  fill: RecordedFill,
  held: number,
  engineByOrder: ReadonlyMap<OrderKey, number>,
  tradedAsMuch: boolean,
  fills: readonly VenueFill[],
  plan: InstrumentPlan,
): DifferenceKind {
  if (plan.icebergs.has(fill.order) || fills.some(({ order }) => plan.icebergs.has(order)))
    return DifferenceKind.iceberg;
  if (held < fill.quantity) return DifferenceKind.missingOrder;
  if ((engineByOrder.get(fill.order) ?? 0) > 0) return DifferenceKind.otherPrice;
  return tradedAsMuch ? DifferenceKind.otherOrder : DifferenceKind.untraded;
}

function add<Key>(sums: Map<Key, number>, key: Key, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
