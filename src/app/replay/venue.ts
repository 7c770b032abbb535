/** What drive mode asks of whatever matches its flow. Prices and quantities are in the recording's units. */
import type { FlowCommand } from './flow-rows.ts';
import type { OrderKey } from './order-key.ts';

/** A trade of a resting order: against an aggressor, or one side of an uncross. */
export interface VenueFill {
  readonly order: OrderKey;
  readonly price: number;
  readonly quantity: number;
}

export interface Venue {
  /** Carries a command out at once. `timeMicros` is microseconds since the epoch and never runs back. */
  apply(instrument: number, timeMicros: number, command: FlowCommand): void;
  /** What an order displays now; 0 when it does not rest. */
  displayed(instrument: number, order: OrderKey): number;
  /** The fills since the last call, in order. */
  takeFills(): readonly VenueFill[];
  /** How many commands were refused, by the name of the reason. */
  readonly refusals: ReadonlyMap<string, number>;
}
