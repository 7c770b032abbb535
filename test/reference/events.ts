/**
 * Events as plain objects, the shape in which the reference engine and the real one are compared.
 * Level events are not among them: the displayed book that results from them is compared instead.
 */

export interface ExecutionEvent {
  kind: 'execution';
  execType: number;
  reason: number;
  session: number;
  account: number;
  instrument: number;
  slot: number;
  generation: number;
  clOrdIdLow: number;
  clOrdIdHigh: number;
  terms: number;
  price: number;
  leaves: number;
  cum: number;
  lastQuantity: number;
  lastPrice: number;
  tradeId: number;
  clientSequence: number;
  status: number;
  liquidity: number;
  limit: number;
  value: number;
  used: number;
}

export interface TradeEvent {
  kind: 'trade';
  instrument: number;
  price: number;
  quantity: number;
  tradeId: number;
  aggressorSide: number;
  makerSlot: number;
  makerGeneration: number;
  takerSlot: number;
  takerGeneration: number;
  correction: number;
}

export interface MarketStateChange {
  kind: 'marketState';
  instrument: number;
  state: number;
  previous: number;
  reason: number;
}

export interface IndicativeEvent {
  kind: 'indicative';
  instrument: number;
  price: number;
  volume: number;
  imbalance: number;
}

export interface AcceptedEvent {
  kind: 'accepted';
  commandKind: number;
  session: number;
  clientSequence: number;
  subject: number;
  count: number;
}

export interface RefusedEvent {
  kind: 'refused';
  commandKind: number;
  session: number;
  clientSequence: number;
  subject: number;
  reason: number;
  limit: number;
  value: number;
  used: number;
}

export interface ProtectionTripped {
  kind: 'protection';
  account: number;
  session: number;
  canceled: number;
  quantity: number;
  executions: number;
}

export interface StatementEvent {
  kind: 'statement';
  account: number;
  instrument: number;
  net: number;
  cost: number;
  realised: number;
  fees: number;
  closePrice: number;
  tradingDay: number;
}

export type PlainEvent =
  | ExecutionEvent
  | TradeEvent
  | MarketStateChange
  | IndicativeEvent
  | AcceptedEvent
  | RefusedEvent
  | ProtectionTripped
  | StatementEvent;

/** One displayed price level; quantities stop at 2^31−1. */
export interface DisplayedLevel {
  price: number;
  quantity: number;
  orders: number;
}
