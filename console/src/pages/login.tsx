/**
 * Login: exchanges the one-time link of the address (or an invitation, or a token typed by hand) for a session cookie.
 * The secret leaves the address bar before anything else happens, and is sent by POST only.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Login, WhoAmI } from '../../../src/api/schemas/identity.ts';
import { ApiRefusal, call, describeProblem } from '../data/client.ts';
import { connection } from '../data/live.ts';
import { keys } from '../data/queries.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import './login.css';

const LINK_PREFIX = 'nlk_';
const INVITATION_PREFIX = 'niv_';

/** Takes the secret out of the address, so that it stays neither on screen nor in the history. */
function takeSecret(): string {
  const secret = decodeURIComponent(location.hash.slice(1));
  if (secret !== '') history.replaceState(null, '', location.pathname);
  return secret;
}

export function LoginPage() {
  const [secret, setSecret] = useState(takeSecret);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(secret.startsWith(LINK_PREFIX));
  const client = useQueryClient();
  const navigate = useNavigate();
  const exchanged = useRef('');

  async function exchange(login: Login) {
    setBusy(true);
    setProblem(null);
    try {
      const who = await call<WhoAmI>('POST', '/session', login);
      client.clear();
      client.setQueryData(keys.whoami, who);
      connection.set({ ...connection.get(), state: 'connecting', sinceMs: Date.now() });
      await navigate({ to: '/' });
    } catch (failure) {
      setProblem(
        failure instanceof ApiRefusal && failure.code === 'API_LINK_INVALID'
          ? 'This link was used before or is too old. Run "nautilus token create" or start again for a new one.'
          : describeProblem(failure),
      );
      setBusy(false);
    }
  }

  useEffect(() => {
    if (exchanged.current === secret || !secret.startsWith(LINK_PREFIX)) return;
    exchanged.current = secret;
    void exchange({ link: secret });
  });

  // A link pasted while this page is open changes nothing but the part after the #.
  useEffect(() => {
    const renew = () => {
      const next = takeSecret();
      if (next !== '') setSecret(next);
    };
    addEventListener('hashchange', renew);
    return () => removeEventListener('hashchange', renew);
  }, []);

  return (
    <main className="login">
      <div className="login-box">
        <h1 className="login-title">Nautilus</h1>
        {busy ? (
          <p role="status">Opening the session…</p>
        ) : (
          <>
            {problem === null ? null : (
              <p role="alert" className="login-problem">
                <StateMark tone="down">Not logged in</StateMark> {problem}
              </p>
            )}
            {secret.startsWith(INVITATION_PREFIX) && problem === null ? (
              <InvitationForm accept={(name) => void exchange({ invitation: secret, name })} />
            ) : (
              <TokenForm enter={(token) => void exchange({ token })} />
            )}
          </>
        )}
      </div>
    </main>
  );
}

function TokenForm({ enter }: { enter: (token: string) => void }) {
  const [token, setToken] = useState('');
  return (
    <form
      className="login-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== '') enter(token.trim());
      }}
    >
      <p className="soft">
        Open the one-time link that <span className="mono">npm start</span> printed, or paste an API token.
      </p>
      <TextField
        label="Token"
        type="password"
        placeholder="nat_…"
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <Button tone="primary" type="submit" disabled={token.trim() === ''}>
        Log in
      </Button>
    </form>
  );
}

function InvitationForm({ accept }: { accept: (name: string) => void }) {
  const [name, setName] = useState('');
  return (
    <form
      className="login-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') accept(name.trim());
      }}
    >
      <p className="soft">You were invited. Say who you are: your name stands beside everything you do.</p>
      <TextField label="Your name" value={name} maxLength={64} onChange={(event) => setName(event.target.value)} />
      <Button tone="primary" type="submit" disabled={name.trim() === ''}>
        Accept the invitation
      </Button>
    </form>
  );
}
