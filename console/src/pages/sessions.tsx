/**
 * Order-entry sessions: who may connect to the node, with which key and limits, and whether they are connected now.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { CreatedSession, OrderEntrySession } from '../../../src/api/schemas/operations.ts';
import { call, describeProblem } from '../data/client.ts';
import { useAccounts, useMay, useSessions, useStatus } from '../data/queries.ts';
import { count, integer, NONE } from '../format/numbers.ts';
import { age, dateTime } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { DangerousAction } from '../ui/dangerous-action.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { StateMark } from '../ui/state-mark.tsx';

function Live({ session }: { session: OrderEntrySession }) {
  if (session.revokedMicros !== null) return <StateMark tone="down">revoked</StateMark>;
  if (session.connected === null) return <StateMark tone="off">not known</StateMark>;
  return session.connected ? <StateMark tone="ok">connected</StateMark> : <StateMark tone="off">away</StateMark>;
}

const COLUMNS: readonly Column<OrderEntrySession>[] = [
  { id: 'id', header: 'session', align: 'end', value: (session) => session.sessionId },
  { id: 'name', header: 'name', value: (session) => session.name },
  {
    id: 'state',
    header: 'state',
    value: (session) => (session.revokedMicros === null ? Number(session.connected ?? false) : -1),
    cell: (session) => <Live session={session} />,
  },
  {
    id: 'participant',
    header: 'participant',
    align: 'end',
    rank: 2,
    value: (session) => (session.participant < 0 ? null : session.participant),
  },
  {
    id: 'accounts',
    header: 'accounts',
    rank: 3,
    value: (session) => (session.accounts === 'all' ? 'all' : session.accounts.join(', ')),
  },
  { id: 'role', header: 'role', rank: 2, value: (session) => session.role },
  { id: 'ack', header: 'ack level', rank: 3, value: (session) => session.ackLevel },
  {
    id: 'disconnect',
    header: 'on disconnect',
    rank: 3,
    value: (session) => (session.cancelOnDisconnect ? session.graceMs : -1),
    cell: (session) => (session.cancelOnDisconnect ? `cancels in ${age(session.graceMs)}` : 'orders stay'),
  },
  {
    id: 'rate',
    header: 'max/s',
    align: 'end',
    rank: 3,
    value: (session) => session.ordersPerSecondMax,
    cell: (session) => (session.ordersPerSecondMax === 0 ? NONE : integer(session.ordersPerSecondMax)),
  },
  {
    id: 'orders',
    header: 'open orders',
    align: 'end',
    rank: 2,
    value: (session) => session.openOrders,
    cell: (session) => integer(session.openOrders),
  },
];

function revokeColumn(choose: (session: OrderEntrySession) => void): Column<OrderEntrySession> {
  return {
    id: 'act',
    header: 'acts',
    acts: true,
    align: 'end',
    value: () => null,
    cell: (session) => <Revoke session={session} choose={choose} />,
  };
}

export function SessionsPage() {
  const sessions = useSessions();
  const status = useStatus().data;
  const mayWrite = useMay('sessions.write');
  const [revoking, setRevoking] = useState<OrderEntrySession | null>(null);
  const client = useQueryClient();
  const columns = useMemo(() => (mayWrite ? [...COLUMNS, revokeColumn(setRevoking)] : COLUMNS), [mayWrite]);
  const connected = (sessions.data ?? []).filter((session) => session.connected === true).length;
  return (
    <div className="page fixed">
      <h1 className="visually-hidden">Sessions</h1>
      <Panel
        title="Order-entry sessions"
        note={`${connected} connected${status?.node.orderEntryAddress ? ` · node at ${status.node.orderEntryAddress}` : ''}`}
        flush
        className="grow"
        {...(mayWrite ? { actions: <Create /> } : {})}
      >
        <DataTable
          label="Order-entry sessions"
          columns={columns}
          rows={sessions.data ?? NOTHING}
          rowKey={(session) => String(session.sessionId)}
          rowClass={(session) => (session.revokedMicros === null ? '' : 'faded')}
          empty={
            sessions.isPending ? (
              <Notice title="Reading the sessions…" />
            ) : sessions.isError ? (
              <Notice title="Sessions cannot be read just now." />
            ) : (
              <Notice title="No session yet.">A client needs one to send orders over the binary protocol.</Notice>
            )
          }
        />
      </Panel>
      <DangerousAction
        open={revoking !== null}
        onOpenChange={() => setRevoking(null)}
        title={`Revoke session ${revoking?.sessionId ?? ''}`}
        description="Its key stops working; a connected client is cut off. It cannot be undone: create another session instead."
        preview={
          <StateMark tone="info">
            {revoking?.name}: {count(revoking?.openOrders ?? 0, 'open order')}
            {revoking?.cancelOnDisconnect === true ? ', cancelled after the grace time' : ', which stay'}
          </StateMark>
        }
        confirmWord={`REVOKE ${revoking?.sessionId ?? ''}`}
        actLabel="Revoke"
        act={async () => {
          await call('DELETE', `/trading/sessions/${revoking?.sessionId}`);
          void client.invalidateQueries();
          return { title: 'Revoked', rows: [['Session', `${revoking?.sessionId} ${revoking?.name}`]] };
        }}
      />
    </div>
  );
}

const NOTHING: readonly OrderEntrySession[] = [];

function Revoke({ session, choose }: { session: OrderEntrySession; choose: (session: OrderEntrySession) => void }) {
  if (session.revokedMicros !== null) return <span className="muted">{dateTime(session.revokedMicros)}</span>;
  return (
    <Button small tone="quiet" onClick={() => choose(session)} aria-label={`Revoke session ${session.sessionId}`}>
      Revoke…
    </Button>
  );
}

function Create() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button small onClick={() => setOpen(true)}>
        New session…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="New order-entry session"
        description="The server makes a key pair and keeps only the public key. The private key is shown once."
      >
        <CreateForm close={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function CreateForm({ close }: { close: () => void }) {
  const accounts = useAccounts().data ?? [];
  const participants = [...new Set(accounts.map((account) => account.participant))].toSorted((a, b) => a - b);
  const [name, setName] = useState('');
  const [participant, setParticipant] = useState(String(participants[0] ?? 0));
  const [ackLevel, setAckLevel] = useState<'journaled' | 'durable'>('journaled');
  const [created, setCreated] = useState<CreatedSession | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const client = useQueryClient();
  const own = accounts.filter((account) => String(account.participant) === participant);

  async function create() {
    try {
      const body = {
        name: name.trim(),
        participant: Number(participant),
        accounts: own.map((account) => account.account),
        ackLevel,
      };
      setCreated(await call<CreatedSession>('POST', '/trading/sessions', body));
      void client.invalidateQueries();
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
  }

  if (created !== null) return <Created created={created} close={close} />;
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') void create();
      }}
    >
      <TextField label="Name" value={name} maxLength={64} onChange={(event) => setName(event.target.value)} />
      <SelectField
        label="Participant"
        choices={participants.map((value) => ({ value: String(value), text: String(value) }))}
        value={participant}
        onValue={setParticipant}
      />
      <p className="muted">For {own.length === 0 ? 'no account' : own.map((account) => account.name).join(', ')}</p>
      <SelectField
        label="An acknowledgement means"
        choices={[
          { value: 'journaled', text: 'written to the journal' },
          { value: 'durable', text: 'synced to the disk' },
        ]}
        value={ackLevel}
        onValue={setAckLevel}
      />
      {problem === null ? null : (
        <p role="alert">
          <StateMark tone="down">Not created</StateMark> {problem}
        </p>
      )}
      <div className="dialog-row">
        <Button tone="primary" type="submit" disabled={name.trim() === '' || own.length === 0}>
          Create
        </Button>
      </div>
    </form>
  );
}

function Created({ created, close }: { created: CreatedSession; close: () => void }) {
  return (
    <div role="status">
      <StateMark tone="ok">
        Session {created.session.sessionId}, {created.session.name}
      </StateMark>
      {created.privateKey === null ? null : (
        <>
          <p className="secret mono">{created.privateKey}</p>
          <p className="muted">The private key is shown this once.</p>
        </>
      )}
      <div className="dialog-row">
        {created.privateKey === null ? null : (
          <Button onClick={() => void navigator.clipboard.writeText(created.privateKey ?? '')}>Copy</Button>
        )}
        <Button tone="quiet" onClick={close}>
          Close
        </Button>
      </div>
    </div>
  );
}
