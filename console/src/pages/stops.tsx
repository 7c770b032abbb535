/**
 * What is stopped: engaged kill switches and restricted instruments. Engaging is one person's act; letting go is a
 * request that someone else confirms.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { KillSwitch, Restriction } from '../../../src/api/schemas/accounts.ts';
import type { ApprovalPending } from '../../../src/api/schemas/identity.ts';
import { call, describeProblem } from '../data/client.ts';
import {
  requestKillRelease,
  useAccounts,
  useInstruments,
  useKillSwitches,
  useMay,
  useRestrictions,
} from '../data/queries.ts';
import { dateTime } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { StateMark } from '../ui/state-mark.tsx';

export function KillSwitches() {
  const engaged = useKillSwitches();
  const mayStop = useMay('risk.stop');
  const mayChange = useMay('risk.change');
  const [releasing, setReleasing] = useState<KillSwitch | null>(null);
  return (
    <Panel title="Kill switches that are on">
      {engaged.isError ? (
        <Notice title="Kill switches cannot be read just now." />
      ) : (engaged.data ?? []).length === 0 ? (
        <Notice title={<StateMark tone="ok">None is on</StateMark>}>
          {mayStop ? 'The button at the top right stops a participant, an account or an instrument.' : undefined}
        </Notice>
      ) : (
        <ul className="stop-list">
          {(engaged.data ?? []).map((kill) => (
            <li key={`${kill.scope}:${kill.id}`}>
              <div>
                <StateMark tone="down">
                  {kill.scope} <strong className="mono">{kill.name}</strong>
                </StateMark>
                <p className="muted">
                  {kill.reason ?? 'no reason known'} · {kill.by ?? 'by the node'}
                  {kill.sinceMicros === null ? '' : ` · ${dateTime(kill.sinceMicros)} UTC`}
                </p>
              </div>
              {mayStop || mayChange ? (
                <Button small onClick={() => setReleasing(kill)}>
                  Ask for release…
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      <Dialog
        open={releasing !== null}
        onOpenChange={() => setReleasing(null)}
        title={`Ask to release ${releasing?.scope ?? ''} ${releasing?.name ?? ''}`}
        description="Nothing changes until someone else confirms it on the Approvals page."
      >
        {releasing === null ? null : <ReleaseForm kill={releasing} close={() => setReleasing(null)} />}
      </Dialog>
    </Panel>
  );
}

function ReleaseForm({ kill, close }: { kill: KillSwitch; close: () => void }) {
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState<ApprovalPending | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const client = useQueryClient();

  async function ask() {
    try {
      const id = kill.scope === 'instrument' ? kill.name : kill.id;
      setAsked(await requestKillRelease({ scope: kill.scope, id, reason: reason.trim() }));
      void client.invalidateQueries();
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
  }

  if (asked !== null) {
    return (
      <div role="status">
        <StateMark tone="warn">Waits for a second person</StateMark>
        <p className="muted">Approval {asked.approval.approvalId}</p>
        <div className="dialog-row">
          <Button onClick={close}>Close</Button>
        </div>
      </div>
    );
  }
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim().length >= 3) void ask();
      }}
    >
      <TextField
        label="Reason"
        hint="for the record"
        value={reason}
        maxLength={200}
        onChange={(event) => setReason(event.target.value)}
      />
      {problem === null ? null : (
        <p role="alert">
          <StateMark tone="down">Not asked</StateMark> {problem}
        </p>
      )}
      <div className="dialog-row">
        <Button tone="primary" type="submit" disabled={reason.trim().length < 3}>
          Ask for release
        </Button>
      </div>
    </form>
  );
}

export function Restrictions() {
  const restrictions = useRestrictions();
  const accounts = useAccounts().data ?? [];
  const mayStop = useMay('risk.stop');
  const [problem, setProblem] = useState<string | null>(null);
  const [note, setNote] = useState<string | null>(null);
  const client = useQueryClient();
  const nameOf = (account: number | null) =>
    account === null
      ? 'every account'
      : (accounts.find((candidate) => candidate.account === account)?.name ?? `account ${account}`);

  async function lift(restriction: Restriction) {
    try {
      setProblem(null);
      const answer = await call<ApprovalPending>('POST', '/trading/risk/restrictions/lift', restriction);
      setNote(`Waits for a second person: approval ${answer.approval.approvalId}.`);
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
    void client.invalidateQueries();
  }

  return (
    <Panel title="Restricted instruments" {...(mayStop ? { actions: <Restrict /> } : {})}>
      {problem === null ? null : (
        <p role="alert">
          <StateMark tone="down">Not done</StateMark> {problem}
        </p>
      )}
      {note === null ? null : (
        <p role="status">
          <StateMark tone="warn">{note}</StateMark>
        </p>
      )}
      {restrictions.isError ? (
        <Notice title="Restrictions cannot be read just now." />
      ) : (restrictions.data ?? []).length === 0 ? (
        <Notice title="No instrument is restricted." />
      ) : (
        <ul className="stop-list">
          {(restrictions.data ?? []).map((restriction) => (
            <li key={`${restriction.account}:${restriction.symbol}`}>
              <StateMark tone="warn">
                <strong className="mono">{restriction.symbol}</strong> for {nameOf(restriction.account)}
              </StateMark>
              {mayStop ? (
                <Button small onClick={() => void lift(restriction)}>
                  Ask to lift
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Restrict() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button small onClick={() => setOpen(true)}>
        Restrict…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Restrict an instrument"
        description="New orders in it are refused at once; resting orders stay. Lifting it needs a second person."
      >
        <RestrictForm close={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function RestrictForm({ close }: { close: () => void }) {
  const accounts = useAccounts().data ?? [];
  const instruments = useInstruments().data ?? [];
  const [symbol, setSymbol] = useState(instruments[0]?.symbol ?? '');
  const [account, setAccount] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const client = useQueryClient();

  async function restrict() {
    try {
      await call('POST', '/trading/risk/restrictions', { symbol, account: account === '' ? null : Number(account) });
      void client.invalidateQueries();
      close();
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
  }

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void restrict();
      }}
    >
      <SelectField
        label="Instrument"
        choices={instruments.map((instrument) => ({ value: instrument.symbol, text: instrument.symbol }))}
        value={symbol}
        onValue={setSymbol}
      />
      <SelectField
        label="For"
        choices={[
          { value: '', text: 'every account' },
          ...accounts.map((candidate) => ({ value: String(candidate.account), text: candidate.name })),
        ]}
        value={account}
        onValue={setAccount}
      />
      {problem === null ? null : (
        <p role="alert">
          <StateMark tone="down">Not restricted</StateMark> {problem}
        </p>
      )}
      <div className="dialog-row">
        <Button tone="danger" type="submit" disabled={symbol === ''}>
          Restrict
        </Button>
      </div>
    </form>
  );
}
