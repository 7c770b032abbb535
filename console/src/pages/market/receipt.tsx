/**
 * The answer to the last order: what became of it, or why it was refused with limit, value and used amount, or that the
 * outcome is unknown and how to find out.
 */
import type { Order, OrderResult } from '../../../../src/api/schemas/orders.ts';
import { ApiRefusal, describeProblem } from '../../data/client.ts';
import { findOrder } from '../../data/orders.ts';
import { useStatus } from '../../data/queries.ts';
import { decimal, durationText, integer } from '../../format/numbers.ts';
import { moneyText } from '../../format/price.ts';
import { Button } from '../../ui/button.tsx';
import { orderStatusTone } from '../../ui/order-status.tsx';
import { StateMark } from '../../ui/state-mark.tsx';
import './receipt.css';

export type Outcome =
  | { readonly kind: 'sending' }
  | { readonly kind: 'answered'; readonly result: OrderResult }
  | { readonly kind: 'refused'; readonly refusal: ApiRefusal }
  | { readonly kind: 'unknown'; readonly account: number; readonly clOrdId: string; readonly problem: unknown }
  | { readonly kind: 'found'; readonly order: Order }
  | { readonly kind: 'never-arrived'; readonly clOrdId: string };

/** Codes whose limit, value and used amount are money; the others count lots, ticks or messages. */
const MONEY_CODES: ReadonlySet<string> = new Set([
  'ENGINE_MAX_ORDER_VALUE',
  'ENGINE_OPEN_NOTIONAL',
  'ENGINE_BUYING_POWER',
  'ENGINE_INSUFFICIENT_FUNDS',
]);

interface ReceiptProps {
  readonly outcome: Outcome | null;
  readonly setOutcome: (outcome: Outcome) => void;
}

export function ReceiptView({ outcome, setOutcome }: ReceiptProps) {
  return (
    <div className="receipt" role="status" aria-label="Answer to the last order">
      {outcome === null ? null : <Content outcome={outcome} setOutcome={setOutcome} />}
    </div>
  );
}

function Content({ outcome, setOutcome }: { outcome: Outcome; setOutcome: (outcome: Outcome) => void }) {
  switch (outcome.kind) {
    case 'sending':
      return <p className="muted">Sending…</p>;
    case 'answered':
      return <OrderFacts order={outcome.result.order} roundTripMicros={outcome.result.roundTripMicros} />;
    case 'found':
      return <OrderFacts order={outcome.order} />;
    case 'refused':
      return <Refusal refusal={outcome.refusal} />;
    case 'never-arrived':
      return (
        <>
          <StateMark tone="info">It never arrived</StateMark>
          <p className="muted">Nothing by ClOrdID {outcome.clOrdId} is known. You may send again.</p>
        </>
      );
    case 'unknown':
      return <Unknown outcome={outcome} setOutcome={setOutcome} />;
  }
}

function OrderFacts({ order, roundTripMicros }: { order: Order; roundTripMicros?: number }) {
  return (
    <>
      <StateMark tone={orderStatusTone(order)}>{order.status.replace('-', ' ')}</StateMark>
      <dl className="facts num">
        <dt>order</dt>
        <dd>{order.orderId ?? '–'}</dd>
        <dt>executed</dt>
        <dd>
          {integer(order.cumQuantity)} of {integer(order.quantity)}
          {order.averagePrice === null ? '' : ` at ${decimal(order.averagePrice)}`}
        </dd>
        {order.reason === null ? null : (
          <>
            <dt>reason</dt>
            <dd>
              {order.reason.text} <span className="muted">{order.reason.code}</span>
            </dd>
          </>
        )}
        {roundTripMicros === undefined ? null : (
          <>
            <dt>round trip</dt>
            <dd>{durationText(roundTripMicros)}</dd>
          </>
        )}
      </dl>
    </>
  );
}

function isNumbers(detail: unknown): detail is Partial<Record<'limit' | 'value' | 'used', number>> {
  return typeof detail === 'object' && detail !== null;
}

function Refusal({ refusal }: { refusal: ApiRefusal }) {
  const moneyExponent = useStatus().data?.moneyExponent;
  const money = moneyExponent !== undefined && MONEY_CODES.has(refusal.code);
  const write = (value: number) => (money ? decimal(moneyText(value, moneyExponent)) : integer(value));
  const detail = isNumbers(refusal.detail) ? refusal.detail : {};
  const names = ['limit', 'value', 'used'] as const;
  // All three are 0 where no limit refused.
  const limited = names.some((name) => (detail[name] ?? 0) !== 0);
  const rows = limited ? names.filter((name) => typeof detail[name] === 'number') : [];
  return (
    <>
      <StateMark tone="down">refused</StateMark>
      <p>{refusal.message}</p>
      <dl className="facts num">
        <dt>code</dt>
        <dd>{refusal.code}</dd>
        {rows.map((name) => (
          <Fact key={name} name={name} value={write(detail[name] ?? 0)} />
        ))}
        {refusal.requestId === undefined ? null : <Fact name="request" value={refusal.requestId} />}
      </dl>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Unknown({
  outcome,
  setOutcome,
}: {
  outcome: Extract<Outcome, { kind: 'unknown' }>;
  setOutcome: (next: Outcome) => void;
}) {
  async function lookUp() {
    try {
      setOutcome({ kind: 'found', order: await findOrder(outcome.account, outcome.clOrdId) });
    } catch (problem) {
      const missing = problem instanceof ApiRefusal && problem.status === 404;
      setOutcome(missing ? { kind: 'never-arrived', clOrdId: outcome.clOrdId } : { ...outcome, problem });
    }
  }
  return (
    <>
      <StateMark tone="warn">outcome unknown</StateMark>
      <p>{describeProblem(outcome.problem)} The order may have arrived: look it up before sending again.</p>
      <Button small onClick={() => void lookUp()}>
        Look it up
      </Button>
    </>
  );
}
