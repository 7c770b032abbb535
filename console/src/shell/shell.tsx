/**
 * The frame around every page: header, sidebar, status bar, keys, command bar, kill switch. It starts the stream once
 * someone is logged in, and says so when the platform is gone.
 */
import { useQueryClient } from '@tanstack/react-query';
import { Navigate, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Dialog as Radix } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import { ApiRefusal, call, describeProblem } from '../data/client.ts';
import { connection, stream, useOverviewFeed } from '../data/live.ts';
import { useApprovals, useMay, useWhoAmI } from '../data/queries.ts';
import { useCalm, useStore } from '../data/store.ts';
import { age } from '../format/time.ts';
import { Button } from '../ui/button.tsx';
import { useNowMs } from '../ui/now.ts';
import { Notice } from '../ui/panel.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { CommandBar, type BarAction } from './command-bar.tsx';
import { Header } from './header.tsx';
import { KillSwitchDialog } from './kill-switch.tsx';
import { interpret } from './shortcuts.ts';
import { ShortcutsHelp } from './shortcuts-help.tsx';
import { Sidebar } from './sidebar.tsx';
import { StatusBar } from './status-bar.tsx';
import './shell.css';

const RETRY_MS = 2_000;

/** Lets only someone through who is logged in. */
export function Shell() {
  const who = useWhoAmI();
  const { state } = useStore(connection);
  if (state === 'unauthorised' || (who.error instanceof ApiRefusal && who.error.status === 401)) {
    return <Navigate to="/login" />;
  }
  if (who.data !== undefined) return <Frame />;
  return <Waiting problem={who.error} again={() => void who.refetch()} />;
}

/** Before anything is known: asks again by itself until the platform answers. */
function Waiting({ problem, again }: { problem: Error | null; again: () => void }) {
  useEffect(() => {
    if (problem === null) return undefined;
    const timer = setInterval(again, RETRY_MS);
    return () => clearInterval(timer);
  }, [problem, again]);
  return (
    <main className="page">
      <h1 className="visually-hidden">Nautilus</h1>
      {problem === null ? (
        <Notice title="Opening…" />
      ) : (
        <Notice title={<StateMark tone="down">The platform does not answer</StateMark>}>
          {problem instanceof ApiRefusal ? `${describeProblem(problem)} ` : ''}It is asked again every two seconds.
        </Notice>
      )}
    </main>
  );
}

const ATTENTION_MS = 1_000;

function Frame() {
  const [overlay, setOverlay] = useState<'none' | 'command' | 'help' | 'kill' | 'menu'>('none');
  const navigate = useNavigate();
  const overview = useCalm(useOverviewFeed(), ATTENTION_MS);
  const waiting = useApprovals('pending').data?.length ?? 0;
  const mayStop = useMay('risk.stop');
  useStream();
  useKeys(
    (path) => void navigate({ to: path }),
    () => setOverlay('help'),
    () => setOverlay('command'),
  );
  const toggle = (name: typeof overlay) => (open: boolean) => setOverlay(open ? name : 'none');

  const actions: BarAction[] = [
    { title: 'Show keys', words: ['shortcuts', 'help'], run: () => setOverlay('help') },
    { title: 'Log out', words: ['sign out', 'leave'], run: () => void logOut() },
  ];
  if (mayStop) {
    actions.unshift({ title: 'Kill switch…', words: ['stop', 'halt', 'cancel'], run: () => setOverlay('kill') });
  }
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Header
        attention={overview.attention}
        mayStop={mayStop}
        openCommand={() => setOverlay('command')}
        openKill={() => setOverlay('kill')}
        openMenu={() => setOverlay('menu')}
      />
      <div className="shell-sidebar">
        <Sidebar waiting={waiting} />
      </div>
      <Main />
      <StatusBar openHelp={() => setOverlay('help')} />
      <CommandBar open={overlay === 'command'} onOpenChange={toggle('command')} actions={actions} />
      <ShortcutsHelp open={overlay === 'help'} onOpenChange={toggle('help')} />
      <KillSwitchDialog open={overlay === 'kill'} onOpenChange={toggle('kill')} />
      <Radix.Root open={overlay === 'menu'} onOpenChange={toggle('menu')}>
        <Radix.Portal>
          <Radix.Overlay className="dialog-overlay" />
          <Radix.Content className="drawer" aria-describedby={undefined}>
            <Radix.Title className="visually-hidden">Pages</Radix.Title>
            <Sidebar waiting={waiting} onNavigate={() => setOverlay('none')} />
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </div>
  );
}

function Main() {
  const link = useStore(connection);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const shown = useRef(path);
  // After a change of page, reading continues at the new page's beginning.
  useEffect(() => {
    if (shown.current !== path) main.current?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
  return (
    <main className="main" id="main" tabIndex={-1} ref={main}>
      {link.state === 'lost' ? <LostBanner sinceMs={link.sinceMs} /> : null}
      <Outlet />
    </main>
  );
}

const AGE_MS = 1_000;

function LostBanner({ sinceMs }: { sinceMs: number }) {
  const nowMs = useNowMs(AGE_MS);
  return (
    <div className="banner" role="alert">
      <StateMark tone="down">Connection lost {age(nowMs - sinceMs)} ago</StateMark>
      <span className="soft">What you see is old. Reconnecting by itself.</span>
      <Button small onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}

/** Runs the stream while the frame stands, and reads everything again after a break. */
function useStream() {
  const { generation } = useStore(connection);
  const client = useQueryClient();
  useEffect(() => {
    stream.start();
    return () => stream.stop();
  }, []);
  useEffect(() => {
    if (generation > 1) void client.invalidateQueries();
  }, [generation, client]);
}

function useKeys(
  go: (path: Extract<ReturnType<typeof interpret>, { kind: 'go' }>['path']) => void,
  help: () => void,
  command: () => void,
) {
  const handlers = useRef({ go, help, command });
  useEffect(() => {
    handlers.current = { go, help, command };
  });
  useEffect(() => {
    let prefixAtMs: number | null = null;
    function onKey(event: KeyboardEvent) {
      const field = event.target instanceof Element && event.target.closest('input, select, textarea') !== null;
      const dialog = document.querySelector('[role="dialog"]') !== null;
      const action = interpret(
        {
          key: event.key,
          ctrlKey: event.ctrlKey,
          metaKey: event.metaKey,
          altKey: event.altKey,
          inField: field || dialog,
          atMs: event.timeStamp,
        },
        prefixAtMs,
      );
      prefixAtMs = action.kind === 'prefix' ? event.timeStamp : null;
      if (action.kind === 'none' || action.kind === 'prefix') return;
      event.preventDefault();
      if (action.kind === 'go') handlers.current.go(action.path);
      else if (action.kind === 'help') handlers.current.help();
      else handlers.current.command();
    }
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

async function logOut(): Promise<void> {
  await call('DELETE', '/session').catch(() => undefined);
  location.assign('/login');
}
