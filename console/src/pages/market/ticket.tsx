/**
 * The order ticket: one order by hand, and the answer to the last one. It sends one request per press, with a ClOrdID
 * of its own, so that a lost answer can be looked up and never becomes a second order.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState, type KeyboardEvent } from 'react';
import type { Account } from '../../../../src/api/schemas/accounts.ts';
import type { Instrument } from '../../../../src/api/schemas/instruments.ts';
import { ApiRefusal } from '../../data/client.ts';
import { newClOrdId, placeOrder } from '../../data/orders.ts';
import { decimal } from '../../format/numbers.ts';
import { priceText } from '../../format/price.ts';
import { Button } from '../../ui/button.tsx';
import { Segments, SelectField, TextField, type Choice } from '../../ui/field.tsx';
import {
  compileDraft,
  hasPrice,
  hasStopPrice,
  stepPrice,
  type Draft,
  type OrderTypeName,
  type Problems,
  type ShortMarkName,
  type TimeInForceName,
} from './draft.ts';
import { ReceiptView, type Outcome } from './receipt.tsx';
import './ticket.css';

const SIDES: readonly Choice<'buy' | 'sell'>[] = [
  { value: 'buy', text: 'Buy' },
  { value: 'sell', text: 'Sell' },
];
const TYPES: readonly Choice<OrderTypeName>[] = [
  { value: 'limit', text: 'Limit' },
  { value: 'market', text: 'Market' },
  { value: 'stop', text: 'Stop' },
  { value: 'stop-limit', text: 'Stop limit' },
  { value: 'peg-primary', text: 'Peg to own side' },
  { value: 'peg-mid', text: 'Peg to mid' },
];
const TIMES: readonly Choice<TimeInForceName>[] = [
  { value: 'day', text: 'Day' },
  { value: 'gtc', text: 'Till cancelled' },
  { value: 'ioc', text: 'Immediate or cancel' },
  { value: 'fok', text: 'Fill or kill' },
  { value: 'at-open', text: 'At the open' },
  { value: 'at-close', text: 'At the close' },
];
const MARKS: readonly Choice<ShortMarkName>[] = [
  { value: 'none', text: 'Not marked' },
  { value: 'long', text: 'Long' },
  { value: 'short', text: 'Short' },
];

interface TicketProps {
  readonly instrument: Instrument;
  readonly accounts: readonly Account[];
  readonly account: number;
  readonly setAccount: (account: number) => void;
  readonly draft: Draft;
  readonly setDraft: (draft: Draft) => void;
  /** Price texts of the best levels, to begin with. */
  readonly bestBid: string | null;
  readonly bestAsk: string | null;
}

export function Ticket(props: TicketProps) {
  const { instrument, accounts, account, setAccount, draft, setDraft } = props;
  const [problems, setProblems] = useState<Problems>({});
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const client = useQueryClient();
  const change = (part: Partial<Draft>) => {
    setProblems({});
    setDraft({ ...draft, ...part });
  };

  async function send() {
    const clOrdId = newClOrdId((words) => crypto.getRandomValues(words));
    const compiled = compileDraft(draft, { account, symbol: instrument.symbol, scale: instrument }, clOrdId);
    if (!compiled.ok) {
      setProblems(compiled.problems);
      return;
    }
    setOutcome({ kind: 'sending' });
    try {
      setOutcome({ kind: 'answered', result: await placeOrder(compiled.order) });
    } catch (problem) {
      // Refused by the engine or the API before it: nothing lives. Anything else: the order may or may not have arrived.
      const refused = problem instanceof ApiRefusal && problem.status < 500;
      setOutcome(refused ? { kind: 'refused', refusal: problem } : { kind: 'unknown', account, clOrdId, problem });
    }
    void client.invalidateQueries({ queryKey: ['orders'] });
  }

  return (
    <form
      className={`ticket ticket-${draft.side}`}
      aria-label="Order ticket"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Segments
        label="Side"
        choices={SIDES}
        value={draft.side}
        onValue={(side) => change({ side })}
        className="sides"
      />
      <SelectField
        label="Account"
        choices={accounts.map((candidate) => ({ value: String(candidate.account), text: candidate.name }))}
        value={String(account)}
        onValue={(value) => setAccount(Number(value))}
      />
      <div className="ticket-pair">
        <SelectField label="Type" choices={TYPES} value={draft.type} onValue={(type) => change({ type })} />
        <SelectField
          label="Time in force"
          choices={TIMES}
          value={draft.timeInForce}
          onValue={(timeInForce) => change({ timeInForce })}
        />
      </div>
      <Amounts {...props} problems={problems} change={change} />
      <More draft={draft} change={change} problems={problems} />
      <Button type="submit" tone={draft.side} className="ticket-send" disabled={outcome?.kind === 'sending'}>
        {sendLabel(draft, instrument)}
      </Button>
      <ReceiptView outcome={outcome} setOutcome={setOutcome} />
    </form>
  );
}

function sendLabel(draft: Draft, instrument: Instrument): string {
  const verb = draft.side === 'buy' ? 'Buy' : 'Sell';
  const price = hasPrice(draft.type) && draft.price !== '' ? ` at ${decimal(draft.price)}` : '';
  return `${verb} ${draft.quantity} ${instrument.symbol}${price}`.replace(/\s+/g, ' ');
}

interface PartProps {
  readonly draft: Draft;
  readonly problems: Problems;
  readonly change: (part: Partial<Draft>) => void;
}

function Amounts({ instrument, draft, problems, change, bestBid, bestAsk }: TicketProps & PartProps) {
  const step = (field: 'price' | 'stopPrice') => (event: KeyboardEvent) => {
    const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : null;
    if (direction === null) return;
    event.preventDefault();
    change({ [field]: stepPrice(draft[field], direction, instrument) });
  };
  const placeholder = (draft.side === 'buy' ? bestBid : bestAsk) ?? priceText(instrument.referenceTicks, instrument);
  return (
    <div className="ticket-pair">
      <TextField
        label="Quantity"
        hint={instrument.lotSize === 1 ? 'lots' : `× ${instrument.lotSize}`}
        inputMode="numeric"
        value={draft.quantity}
        problem={problems.quantity}
        onChange={(event) => change({ quantity: event.target.value })}
      />
      {hasPrice(draft.type) ? (
        <TextField
          label="Price"
          hint={instrument.currency}
          inputMode="decimal"
          placeholder={placeholder}
          value={draft.price}
          problem={problems.price}
          onKeyDown={step('price')}
          onChange={(event) => change({ price: event.target.value })}
        />
      ) : null}
      {hasStopPrice(draft.type) ? (
        <TextField
          label="Stop price"
          hint={instrument.currency}
          inputMode="decimal"
          value={draft.stopPrice}
          problem={problems.stopPrice}
          onKeyDown={step('stopPrice')}
          onChange={(event) => change({ stopPrice: event.target.value })}
        />
      ) : null}
    </div>
  );
}

function More({ draft, problems, change }: PartProps) {
  return (
    <details className="ticket-more">
      <summary>More terms</summary>
      <div className="ticket-pair">
        {draft.type === 'limit' ? (
          <TextField
            label="Shown at a time"
            hint="iceberg"
            inputMode="numeric"
            value={draft.displayQuantity}
            problem={problems.displayQuantity}
            onChange={(event) => change({ displayQuantity: event.target.value })}
          />
        ) : null}
        {draft.side === 'sell' ? (
          <SelectField
            label="Short mark"
            choices={MARKS}
            value={draft.shortMark}
            onValue={(shortMark) => change({ shortMark })}
          />
        ) : null}
      </div>
      {draft.type === 'limit' ? (
        <label className="check">
          <input
            type="checkbox"
            checked={draft.postOnly}
            onChange={(event) => change({ postOnly: event.target.checked })}
          />
          Post only
        </label>
      ) : null}
      <label className="check">
        <input
          type="checkbox"
          checked={draft.reduceOnly}
          onChange={(event) => change({ reduceOnly: event.target.checked })}
        />
        Reduce only
      </label>
    </details>
  );
}
