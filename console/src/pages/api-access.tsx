/**
 * The way in for programs: reference, stream, tokens; and the platform's own condition: node, journal, demo.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CreatedToken, Token } from '../../../src/api/schemas/identity.ts';
import { call, describeProblem } from '../data/client.ts';
import { keys, useJournal, useStatus, useTokens } from '../data/queries.ts';
import { durationText, integer, NONE } from '../format/numbers.ts';
import { dateTime } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Notice, Panel } from '../ui/panel.tsx';
import { ShownOnce } from '../ui/shown-once.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import './api-access.css';

export function ApiAccessPage() {
  return (
    <div className="page">
      <h1 className="visually-hidden">API and platform</h1>
      <div className="api-top">
        <Reference />
        <Platform />
        <Journal />
      </div>
      <Tokens />
    </div>
  );
}

function Reference() {
  const { origin, host } = location;
  return (
    <Panel title="API">
      <p className="soft">Everything this console shows comes from the HTTP API, and a program may do the same.</p>
      <p className="api-links">
        <a className="button primary" href="/reference">
          Open the reference
        </a>
        <a className="button plain" href="/api/v1/openapi.json">
          OpenAPI 3.1
        </a>
      </p>
      <p className="muted">With a token:</p>
      <pre className="secret">{`curl -H "Authorization: Bearer $TOKEN" \\
  ${origin}/api/v1/trading/instruments`}</pre>
      <p className="muted">Live: WebSocket at</p>
      <pre className="secret">{`ws://${host}/api/v1/stream`}</pre>
    </Panel>
  );
}

function Platform() {
  const { data } = useStatus();
  if (data === undefined) {
    return (
      <Panel title="Node">
        <Notice title="Reading…" />
      </Panel>
    );
  }
  const tone = data.node.state === 'ready' ? 'ok' : data.node.state === 'starting' ? 'warn' : 'down';
  return (
    <Panel title="Node" note={data.site}>
      <dl className="facts num">
        <dt>state</dt>
        <dd>
          <StateMark tone={tone}>{data.node.state}</StateMark>
        </dd>
        {data.node.detail === null ? null : (
          <>
            <dt>detail</dt>
            <dd>{data.node.detail}</dd>
          </>
        )}
        <dt>order entry</dt>
        <dd>{data.node.orderEntryAddress ?? NONE}</dd>
        <dt>process</dt>
        <dd>{data.node.pid ?? NONE}</dd>
        <dt>trading day</dt>
        <dd>{data.tradingDay ?? NONE}</dd>
        <dt>instruments</dt>
        <dd>{integer(data.instruments)}</dd>
        <dt>accounts</dt>
        <dd>{integer(data.accounts)}</dd>
        <dt>live orders</dt>
        <dd>{integer(data.liveOrders)}</dd>
        <dt>up since</dt>
        <dd>{dateTime(data.startedMicros)} UTC</dd>
        <dt>version</dt>
        <dd>{data.version}</dd>
      </dl>
    </Panel>
  );
}

function Journal() {
  const journal = useJournal();
  const { data } = journal;
  if (data === undefined) {
    return (
      <Panel title="Journal">
        <Notice title={journal.isError ? describeProblem(journal.error) : 'Reading…'} />
      </Panel>
    );
  }
  return (
    <Panel title="Journal">
      <dl className="facts num">
        <dt>state</dt>
        <dd>
          {data.fault === null ? (
            <StateMark tone="ok">sound</StateMark>
          ) : (
            <StateMark tone="down">{data.fault.message}</StateMark>
          )}
        </dd>
        <dt>head</dt>
        <dd>{integer(data.lastSequence)}</dd>
        <dt>on the disk</dt>
        <dd>{integer(data.durableSequence)}</dd>
        <dt>shown here</dt>
        <dd>
          {integer(data.replicaSequence)}
          {data.replicaLagMicros === null ? '' : `, ${durationText(data.replicaLagMicros)} behind`}
        </dd>
        <dt>epoch</dt>
        <dd>{integer(data.epoch)}</dd>
        <dt>segments</dt>
        <dd>{integer(data.segments)}</dd>
        <dt>size</dt>
        <dd>{data.bytes === null ? NONE : `${(data.bytes / 1_048_576).toFixed(1)} MiB`}</dd>
        <dt>last snapshot at</dt>
        <dd>{integer(data.snapshotSequence)}</dd>
        <dt>torn tail cut</dt>
        <dd>{integer(data.tornBytes)} bytes</dd>
      </dl>
    </Panel>
  );
}

const NOTHING: readonly Token[] = [];

const COLUMNS: readonly Column<Token>[] = [
  { id: 'name', header: 'name', value: (token) => token.name },
  { id: 'user', header: 'user', rank: 2, value: (token) => token.userName },
  { id: 'role', header: 'role', value: (token) => token.role },
  {
    id: 'state',
    header: 'state',
    value: (token) => (token.revokedMicros === null ? 'valid' : 'revoked'),
    cell: (token) =>
      token.revokedMicros === null ? <StateMark tone="ok">valid</StateMark> : <StateMark tone="off">revoked</StateMark>,
  },
  {
    id: 'created',
    header: 'created',
    rank: 3,
    value: (token) => token.createdMicros,
    cell: (token) => dateTime(token.createdMicros),
  },
  {
    id: 'used',
    header: 'last used',
    rank: 2,
    value: (token) => token.lastUsedMicros,
    cell: (token) => dateTime(token.lastUsedMicros),
  },
  {
    id: 'expires',
    header: 'expires',
    rank: 3,
    value: (token) => token.expiresMicros,
    cell: (token) => dateTime(token.expiresMicros),
  },
  {
    id: 'act',
    header: 'acts',
    acts: true,
    align: 'end',
    value: () => null,
    cell: (token) => <RevokeToken token={token} />,
  },
];

function RevokeToken({ token }: { token: Token }) {
  const client = useQueryClient();
  const [failed, setFailed] = useState(false);
  if (token.revokedMicros !== null) return null;
  return (
    <Button
      small
      tone="quiet"
      aria-label={`Revoke token ${token.name}`}
      onClick={() =>
        void call('DELETE', `/tokens/${encodeURIComponent(token.tokenId)}`)
          .catch(() => setFailed(true))
          .finally(() => void client.invalidateQueries({ queryKey: keys.tokens }))
      }
    >
      {failed ? 'Not revoked, again?' : 'Revoke'}
    </Button>
  );
}

function Tokens() {
  const tokens = useTokens();
  const [open, setOpen] = useState(false);
  return (
    <Panel
      title="Tokens"
      note="for programs"
      flush
      className="grow api-tokens"
      actions={
        <Button small onClick={() => setOpen(true)}>
          New token…
        </Button>
      }
    >
      <DataTable
        label="Tokens"
        columns={COLUMNS}
        rows={tokens.data ?? NOTHING}
        rowKey={(token) => token.tokenId}
        rowClass={(token) => (token.revokedMicros === null ? '' : 'faded')}
        empty={
          <Notice title={tokens.isError ? 'Tokens cannot be read just now.' : 'No token yet.'}>
            A token has at most your own rights and is shown once.
          </Notice>
        }
      />
      <Dialog open={open} onOpenChange={setOpen} title="New token" description="It has your rights and is shown once.">
        <NewToken close={() => setOpen(false)} />
      </Dialog>
    </Panel>
  );
}

function NewToken({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [created, setCreated] = useState<CreatedToken | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const client = useQueryClient();

  async function create() {
    try {
      setCreated(await call<CreatedToken>('POST', '/tokens', { name: name.trim() }));
      void client.invalidateQueries({ queryKey: keys.tokens });
    } catch (failure) {
      setProblem(describeProblem(failure));
    }
  }

  if (created !== null) {
    return <ShownOnce title={`Token ${created.token.name}`} secret={created.secret} onClose={close} />;
  }
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') void create();
      }}
    >
      <TextField label="What it is for" value={name} maxLength={64} onChange={(event) => setName(event.target.value)} />
      {problem === null ? null : (
        <p role="alert">
          <StateMark tone="down">Not created</StateMark> {problem}
        </p>
      )}
      <div className="dialog-row">
        <Button tone="primary" type="submit" disabled={name.trim() === ''}>
          Create
        </Button>
      </div>
    </form>
  );
}
