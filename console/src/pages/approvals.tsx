/**
 * What waits for a second person, and what became of earlier requests. Nobody confirms what they asked for themselves:
 * the server refuses it, and the page says so beforehand.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Approval, CreatedInvitation, RoleName } from '../../../src/api/schemas/identity.ts';
import { call, describeProblem } from '../data/client.ts';
import { useApprovals, useMay, useWhoAmI } from '../data/queries.ts';
import { dateTime } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField, TextField, type Choice } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { ShownOnce } from '../ui/shown-once.tsx';
import { StateMark, type Tone } from '../ui/state-mark.tsx';
import './approvals.css';

const TONES: Record<Approval['state'], Tone> = {
  pending: 'warn',
  confirmed: 'ok',
  refused: 'down',
  withdrawn: 'off',
  expired: 'off',
  failed: 'down',
};

type Decision = 'confirm' | 'refuse' | 'withdraw';

export function ApprovalsPage() {
  const approvals = useApprovals('all');
  const mayRead = useMay('approvals.read');
  const all = approvals.data ?? [];
  const pending = all.filter((approval) => approval.state === 'pending');
  return (
    <div className="page">
      <h1 className="visually-hidden">Approvals</h1>
      <Panel title="Waiting for a decision" note={String(pending.length)} actions={<Invite />}>
        {!mayRead ? (
          <Notice title="Your role may not see approvals." />
        ) : approvals.isError ? (
          <Notice title="Approvals cannot be read just now." />
        ) : pending.length === 0 ? (
          <Notice title={<StateMark tone="ok">Nothing waits</StateMark>}>
            Letting go of a kill switch, leaving a halt and raising a limit ask for a second person here. The second
            person is someone else with a login of their own: invite them.
          </Notice>
        ) : (
          <ul className="approvals">
            {pending.map((approval) => (
              <Pending key={approval.approvalId} approval={approval} />
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="Decided" flush className="grow approvals-decided">
        <DataTable
          label="Decided approvals"
          columns={COLUMNS}
          rows={all.length === pending.length ? NOTHING : all.filter((approval) => approval.state !== 'pending')}
          rowKey={(approval) => approval.approvalId}
          empty={<Notice title="No request was decided yet." />}
        />
      </Panel>
    </div>
  );
}

const NOTHING: readonly Approval[] = [];

function Pending({ approval }: { approval: Approval }) {
  const client = useQueryClient();
  const me = useWhoAmI().data?.userId;
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const mine = approval.requestedBy === me;

  async function decide(decision: Decision) {
    setBusy(true);
    setProblem(null);
    try {
      await call('POST', `/approvals/${encodeURIComponent(approval.approvalId)}/${decision}`, {});
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
    setBusy(false);
    void client.invalidateQueries();
  }

  return (
    <li className="approval">
      <div className="approval-what">
        <StateMark tone="warn">
          <strong>{approval.summary}</strong>
        </StateMark>
        <p className="muted">
          {approval.action} · asked by {mine ? 'you' : approval.requestedByName} at {dateTime(approval.requestedMicros)}{' '}
          UTC · lapses at {dateTime(approval.expiresMicros)}
        </p>
        {problem === null ? null : (
          <p role="alert">
            <StateMark tone="down">Not done</StateMark> {problem}
          </p>
        )}
      </div>
      <div className="approval-acts">
        {mine ? (
          <>
            <span className="muted">someone else must confirm</span>
            <Button disabled={busy} onClick={() => void decide('withdraw')}>
              Withdraw
            </Button>
          </>
        ) : approval.mayConfirm ? (
          <>
            <Button tone="primary" disabled={busy} onClick={() => void decide('confirm')}>
              Confirm
            </Button>
            <Button disabled={busy} onClick={() => void decide('refuse')}>
              Refuse
            </Button>
          </>
        ) : (
          <span className="muted">your role may not decide this</span>
        )}
      </div>
    </li>
  );
}

const COLUMNS: readonly Column<Approval>[] = [
  {
    id: 'decided',
    header: 'decided',
    rank: 2,
    value: (approval) => approval.decidedMicros ?? approval.expiresMicros,
    cell: (approval) => <span className="muted">{dateTime(approval.decidedMicros)}</span>,
  },
  {
    id: 'state',
    header: 'state',
    value: (approval) => approval.state,
    cell: (approval) => <StateMark tone={TONES[approval.state]}>{approval.state}</StateMark>,
  },
  { id: 'summary', header: 'what', wide: true, value: (approval) => approval.summary },
  { id: 'asked', header: 'asked by', rank: 2, value: (approval) => approval.requestedByName },
  { id: 'by', header: 'decided by', rank: 2, value: (approval) => approval.decidedByName },
  { id: 'outcome', header: 'outcome', rank: 3, wide: true, value: (approval) => approval.outcome },
];

const ROLES: readonly Choice<RoleName>[] = [
  { value: 'risk', text: 'Risk' },
  { value: 'operator', text: 'Operator' },
  { value: 'trader', text: 'Trader' },
  { value: 'compliance', text: 'Compliance' },
  { value: 'auditor', text: 'Auditor' },
  { value: 'admin', text: 'Administrator' },
];

/** Invites someone: the link is shown this once and goes to them by another way. */
function Invite() {
  const may = useMay('users.write');
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button small onClick={() => setOpen(true)}>
        Invite someone…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Invite someone"
        description="They get a login of their own. The link works once; give it to them by a way you trust."
      >
        <InviteForm close={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function InviteForm({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<RoleName>('risk');
  const [created, setCreated] = useState<CreatedInvitation | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  async function invite() {
    try {
      setCreated(await call<CreatedInvitation>('POST', '/invitations', { name: name.trim(), role, accounts: 'all' }));
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
  }

  if (created !== null) {
    const note = `Lapses at ${dateTime(created.invitation.expiresMicros)} UTC.`;
    return <ShownOnce title={`Invited ${created.invitation.name}`} secret={created.url} note={note} onClose={close} />;
  }
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') void invite();
      }}
    >
      <TextField label="Name" value={name} maxLength={64} onChange={(event) => setName(event.target.value)} />
      <SelectField label="Role" choices={ROLES} value={role} onValue={setRole} />
      {problem === null ? null : (
        <p role="alert">
          <StateMark tone="down">Not invited</StateMark> {problem}
        </p>
      )}
      <div className="dialog-row">
        <Button tone="primary" type="submit" disabled={name.trim() === ''}>
          Invite
        </Button>
      </div>
    </form>
  );
}
