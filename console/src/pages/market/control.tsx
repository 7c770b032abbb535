/**
 * Changes of an instrument's market state by hand. One person may halt or close; leaving a halt is a request that
 * someone else confirms.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApprovalPending } from '../../../../src/api/schemas/identity.ts';
import type { Market, MarketStateName } from '../../../../src/api/schemas/instruments.ts';
import { call } from '../../data/client.ts';
import { Button } from '../../ui/button.tsx';
import { DangerousAction } from '../../ui/dangerous-action.tsx';
import { SelectField } from '../../ui/field.tsx';
import { marketStateWord } from '../../ui/market-state.tsx';
import { StateMark } from '../../ui/state-mark.tsx';

/** The changes that the engine allows (docs/trading/semantics.md, "Market states"). */
const NEXT: Record<MarketStateName, readonly MarketStateName[]> = {
  closed: ['pre-open'],
  'pre-open': ['opening-auction', 'continuous', 'closed'],
  'opening-auction': ['continuous', 'halt'],
  continuous: ['halt', 'volatility-auction', 'closing-auction', 'closed'],
  'volatility-auction': ['continuous', 'halt', 'closing-auction'],
  halt: ['pre-open', 'opening-auction', 'volatility-auction', 'closed'],
  'closing-auction': ['closed', 'halt'],
};

const EFFECTS: Record<MarketStateName, string> = {
  closed: 'Day orders expire; nothing is taken until the market opens again.',
  'pre-open': 'Orders are collected without trading.',
  'opening-auction': 'Orders are collected for one opening price.',
  continuous: 'Orders trade as they arrive; a running auction uncrosses first.',
  'volatility-auction': 'Continuous trading stops; orders are collected for one price.',
  halt: 'Trading stops at once. Only cancels are taken.',
  'closing-auction': 'Orders are collected for one closing price.',
};

export function MarketControl({ symbol, state }: { symbol: string; state: MarketStateName }) {
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<MarketStateName>('halt');
  const client = useQueryClient();
  const choices = NEXT[state];
  const next = choices.includes(chosen) ? chosen : (choices[0] ?? state);
  const needsSecond = state === 'halt' && next !== 'closed';

  return (
    <>
      <Button small onClick={() => setOpen(true)}>
        Market state…
      </Button>
      <DangerousAction
        open={open}
        onOpenChange={setOpen}
        title={`Market state of ${symbol}`}
        description={`Now: ${marketStateWord(state)}.`}
        confirmWord={`${next.toUpperCase()} ${symbol}`}
        actLabel={needsSecond ? 'Ask for the change' : 'Change the state'}
        preview={
          <>
            <SelectField
              label="New state"
              choices={choices.map((value) => ({ value, text: marketStateWord(value) }))}
              value={next}
              onValue={setChosen}
            />
            <p className="soft">{EFFECTS[next]}</p>
            {needsSecond ? <StateMark tone="warn">Leaving a halt needs a second person</StateMark> : null}
          </>
        }
        act={async () => {
          const answer = await call<Market | ApprovalPending>('PUT', `/trading/markets/${encodeURIComponent(symbol)}`, {
            state: next,
          });
          void client.invalidateQueries();
          if ('approval' in answer) {
            return {
              title: 'Waits for a second person',
              pending: true,
              rows: [['Approval', answer.approval.approvalId]],
            };
          }
          return { title: `${symbol} is now ${marketStateWord(answer.state)}`, rows: [] };
        }}
      />
    </>
  );
}
