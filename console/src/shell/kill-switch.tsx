/**
 * The kill switch: choose whom it stops, see what that cancels, type the word, keep the receipt. One person may stop;
 * letting go again is a request that someone else confirms (on the Risk limits page).
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { KillScopeName } from '../../../src/api/schemas/accounts.ts';
import { engageKillSwitch, useAccounts, useInstruments, useKillPreview } from '../data/queries.ts';
import { count } from '../format/numbers.ts';
import { dateTime } from '../format/time.ts';
import { DangerousAction, type Receipt } from '../ui/dangerous-action.tsx';
import { Segments, SelectField, TextField, type Choice } from '../ui/field.tsx';
import { StateMark } from '../ui/state-mark.tsx';

const SCOPES: readonly Choice<KillScopeName>[] = [
  { value: 'account', text: 'Account' },
  { value: 'participant', text: 'Participant' },
  { value: 'instrument', text: 'Instrument' },
];

/** What the record must at least say. */
const REASON_LENGTH_MIN = 3;

interface KillSwitchDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function KillSwitchDialog({ open, onOpenChange }: KillSwitchDialogProps) {
  const [scope, setScope] = useState<KillScopeName>('account');
  const [chosen, setChosen] = useState('');
  const [reason, setReason] = useState('');
  const targets = useTargets(scope);
  const target = targets.find((candidate) => candidate.value === chosen) ?? targets[0];
  const id = target === undefined ? null : scope === 'instrument' ? target.value : Number(target.value);
  const preview = useKillPreview(scope, open ? id : null);
  const client = useQueryClient();

  async function act(): Promise<Receipt> {
    if (id === null) throw new Error('Nobody is chosen.');
    const receipt = await engageKillSwitch({ scope, id, reason: reason.trim() });
    setReason('');
    void client.invalidateQueries();
    return {
      title: `Kill switch is on for ${receipt.scope} ${receipt.name}`,
      rows: [
        ['Cancelled', count(receipt.cancelled, 'order')],
        ['At', `${dateTime(receipt.timeMicros)} UTC`],
        ['Record', receipt.auditId],
      ],
    };
  }

  return (
    <DangerousAction
      open={open}
      onOpenChange={onOpenChange}
      title="Kill switch"
      description="Cancels every resting order and refuses new ones, at once. Letting go needs a second person."
      confirmWord={`KILL ${preview.data?.name ?? ''}`.trim()}
      actLabel="Stop trading"
      ready={preview.data !== undefined && reason.trim().length >= REASON_LENGTH_MIN}
      act={act}
      preview={
        <>
          <Segments label="Stop whom" choices={SCOPES} value={scope} onValue={setScope} />
          <SelectField
            label={scope === 'account' ? 'Account' : scope === 'participant' ? 'Participant' : 'Instrument'}
            choices={targets}
            value={target?.value ?? ''}
            onValue={setChosen}
          />
          <TextField
            label="Reason"
            hint="for the record"
            value={reason}
            maxLength={200}
            onChange={(event) => setReason(event.target.value)}
          />
          <PreviewText preview={preview} />
        </>
      }
    />
  );
}

function PreviewText({ preview }: { preview: ReturnType<typeof useKillPreview> }) {
  const { data } = preview;
  if (preview.isError) return <StateMark tone="warn">What it would cancel cannot be read just now.</StateMark>;
  if (data === undefined) return <p className="muted">Reading what it would cancel…</p>;
  const affected = data.accounts.filter((account) => account.openOrders > 0);
  return (
    <div aria-live="polite">
      <StateMark tone={data.engaged ? 'warn' : 'info'}>
        {data.engaged ? 'It is on already. ' : ''}
        Cancels {count(data.openOrders, 'resting order')} of {count(affected.length, 'account')}
      </StateMark>
      {affected.length === 0 ? null : (
        <p className="muted">
          {affected
            .slice(0, 6)
            .map((account) => `${account.name} ${account.openOrders}`)
            .join(' · ')}
          {affected.length > 6 ? ` · and ${affected.length - 6} more` : ''}
        </p>
      )}
    </div>
  );
}

function useTargets(scope: KillScopeName): readonly Choice<string>[] {
  const accounts = useAccounts().data ?? [];
  const instruments = useInstruments().data ?? [];
  switch (scope) {
    case 'account':
      return accounts.map((account) => ({ value: String(account.account), text: account.name }));
    case 'participant':
      return [...new Set(accounts.map((account) => account.participant))]
        .toSorted((a, b) => a - b)
        .map((participant) => {
          const names = accounts
            .filter((account) => account.participant === participant)
            .map((account) => account.name);
          return { value: String(participant), text: `${participant} (${names.join(', ')})` };
        });
    case 'instrument':
      return instruments.map((instrument) => ({ value: instrument.symbol, text: instrument.symbol }));
  }
}
