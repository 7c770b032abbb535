/**
 * The top line: where one is, the command bar, what is wrong, the time, and the kill switch.
 */
import { Link } from '@tanstack/react-router';
import type { Attention } from '../../../src/api/schemas/operations.ts';
import { connection } from '../data/live.ts';
import { useStatus } from '../data/queries.ts';
import { useStore } from '../data/store.ts';
import { clockTime } from '../format/time.ts';
import { Button, Keys } from '../ui/button.tsx';
import { useNowMs } from '../ui/now.ts';
import { StateMark } from '../ui/state-mark.tsx';

interface HeaderProps {
  readonly attention: readonly Attention[];
  readonly mayStop: boolean;
  readonly openCommand: () => void;
  readonly openKill: () => void;
  readonly openMenu: () => void;
}

export function Header({ attention, mayStop, openCommand, openKill, openMenu }: HeaderProps) {
  const site = useStatus().data?.site;
  return (
    <header className="header">
      <Button tone="quiet" className="menu-open" onClick={openMenu} aria-label="Pages">
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" stroke="currentColor" strokeWidth="1.6">
          <path d="M2 4h12M2 8h12M2 12h12" />
        </svg>
      </Button>
      <Link to="/" className="brand">
        Nautilus
      </Link>
      {site === undefined ? null : <span className="brand-place">{site}</span>}
      <button type="button" className="command-open" onClick={openCommand} aria-keyshortcuts="Control+K Meta+K">
        <span>Search or run a command…</span>
        <Keys>⌘K</Keys>
      </button>
      <div className="header-end">
        <Counts attention={attention} />
        <Clock />
        {mayStop ? (
          <Button tone="danger" onClick={openKill}>
            <span className="kill-long">Kill switch…</span>
            <span className="kill-short" aria-hidden="true">
              Kill…
            </span>
          </Button>
        ) : null}
      </div>
    </header>
  );
}

/** How many things are wrong, worst last, as words. */
function Counts({ attention }: { attention: readonly Attention[] }) {
  const { state } = useStore(connection);
  const critical = attention.filter((item) => item.severity === 'critical').length;
  const warnings = attention.filter((item) => item.severity === 'warning').length;
  return (
    <Link to="/" className="header-counts">
      <span className="visually-hidden">State:</span>
      {state === 'lost' ? (
        <StateMark tone="down">no data</StateMark>
      ) : critical + warnings === 0 ? (
        <StateMark tone="ok">all well</StateMark>
      ) : (
        <>
          {warnings > 0 ? (
            <StateMark tone="warn">
              {warnings} <span className="count-word">{warnings === 1 ? 'warning' : 'warnings'}</span>
            </StateMark>
          ) : null}
          {critical > 0 ? (
            <StateMark tone="down">
              {critical} <span className="count-word">critical</span>
            </StateMark>
          ) : null}
        </>
      )}
    </Link>
  );
}

const CLOCK_MS = 250;

/** The server's time, by the offset measured when the connection came up. */
function Clock() {
  const { offsetMs } = useStore(connection);
  const nowMs = useNowMs(CLOCK_MS);
  return <span className="header-clock num">{clockTime((nowMs + offsetMs) * 1_000)} UTC</span>;
}
