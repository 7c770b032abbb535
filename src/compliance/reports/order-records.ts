/**
 * Records of orders kept for the authority: Delegated Regulation (EU) 2017/580 (RTS 24), Annex. One row for each event of
 * each order, in the journal's order. Surrogate short codes only; names stay in the regional stores.
 */
import { priceText } from '#kit/decimal.ts';
import { ExecType } from '#trading/events.ts';
import { MarkFlag, OrderType, Side, TimeInForce, sideOf, timeInForceOf, typeOf } from '#trading/terms.ts';
import type { OrderEvent } from './activity.ts';
import { csv } from './csv.ts';
import type { ReportingReference } from './reference.ts';
import { microText } from './time-text.ts';

const COLUMNS = [
  'Member LEI',
  'Client short code',
  'Investment decision short code',
  'Execution short code',
  'Date and time',
  'Order type',
  'Validity period',
  'Buy-sell indicator',
  'Instrument',
  'Price',
  'Currency',
  'Order ID',
  'ClOrdID',
  'Event',
  'Remaining quantity',
  'Traded quantity',
  'Traded price',
  'Transaction ID',
  'Liquidity provision',
  'Sequence number',
] as const;

/** RTS 24 field 21: new, triggered, replaced by the member, by the system, cancelled …, filled, expired. */
const EVENTS: Readonly<Record<number, string>> = {
  [ExecType.new]: 'NEWO',
  [ExecType.triggered]: 'TRIG',
  [ExecType.replaced]: 'REME',
  [ExecType.restated]: 'RESY',
  [ExecType.canceled]: 'CAME',
  [ExecType.rejected]: 'REMO',
  [ExecType.requestRejected]: 'REMO',
  [ExecType.expired]: 'EXPI',
  [ExecType.trade]: 'PARF',
  [ExecType.tradeCancel]: 'CAMO',
  [ExecType.tradeCorrect]: 'CHMO',
};
const VALIDITY: Readonly<Record<number, string>> = {
  [TimeInForce.day]: 'DAVY',
  [TimeInForce.gtc]: 'GTCV',
  [TimeInForce.gtd]: 'GTDV',
  [TimeInForce.ioc]: 'IOCV',
  [TimeInForce.fok]: 'FOKV',
  [TimeInForce.atOpen]: 'GATV',
  [TimeInForce.atClose]: 'GATV',
};
const TYPES: Readonly<Record<number, string>> = {
  [OrderType.limit]: 'LIMI',
  [OrderType.market]: 'MRKT',
  [OrderType.stop]: 'STOP',
  [OrderType.stopLimit]: 'STLI',
  [OrderType.pegPrimary]: 'PEGP',
  [OrderType.pegMid]: 'PEGM',
};

export function writeOrderRecords(
  events: readonly OrderEvent[],
  reference: ReportingReference,
): { text: string; rows: number } {
  return {
    text: csv(
      COLUMNS,
      events.map((event) => rowOf(event, reference)),
    ),
    rows: events.length,
  };
}

function rowOf(event: OrderEvent, reference: ReportingReference): string[] {
  const instrument = reference.instrument(event.instrument);
  const price = (ticks: number): string =>
    ticks === 0 || instrument === undefined ? '' : priceText(ticks, instrument.scale);
  const isFilled = event.execType === ExecType.trade && event.leaves === 0;
  return [
    reference.party(reference.participantOf(event.account))?.lei ?? '',
    String(event.clientCode >>> 0),
    String(event.investmentCode >>> 0),
    String(event.executionCode >>> 0),
    microText(event.timeMicros),
    TYPES[typeOf(event.terms)] ?? '',
    VALIDITY[timeInForceOf(event.terms)] ?? '',
    sideOf(event.terms) === Side.buy ? 'BUYI' : 'SELL',
    instrument?.isin ?? '',
    price(event.priceTicks),
    instrument?.currency ?? '',
    event.order,
    event.clOrdId,
    isFilled ? 'FILL' : (EVENTS[event.execType] ?? ''),
    String(event.leaves),
    event.lastQuantity === 0 ? '' : String(event.lastQuantity),
    price(event.lastTicks),
    event.tradeId === 0 ? '' : String(event.tradeId),
    String((event.marks & MarkFlag.liquidityProvision) !== 0),
    String(event.sequence),
  ];
}
