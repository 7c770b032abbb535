/**
 * The bottom line: how fresh everything above is, the journal's head, the version, and whether the market is simulated.
 */
import { useStatus, useWhoAmI } from '../data/queries.ts';
import { connection, useOverviewFeed } from '../data/live.ts';
import { useCalm, useStore } from '../data/store.ts';
import { durationText, integer } from '../format/numbers.ts';
import { Keys } from '../ui/button.tsx';
import { StateMark, type Tone } from '../ui/state-mark.tsx';

/** Behind the journal by more than this, "live" is not the word. */
const LAG_WARN_MICROS = 2_000_000;
const REFRESH_MS = 1_000;

export function StatusBar({ openHelp }: { openHelp: () => void }) {
  const link = useStore(connection);
  const overview = useCalm(useOverviewFeed(), REFRESH_MS);
  const status = useStatus().data;
  const user = useWhoAmI().data;
  const sample = overview.samples.at(-1);
  const lagMicros = sample?.replicaLagMicros ?? status?.replicaLagMicros ?? null;
  const sequence = sample?.journalSequence ?? status?.journalSequence;
  const simulated = overview.replay?.simulated ?? status?.simulated ?? link.simulated;
  const { tone, text } = liveness(link.state, lagMicros);
  return (
    <footer className="status-bar">
      <StateMark tone={tone}>{text}</StateMark>
      {simulated ? <strong className="simulated">SIMULATED MARKET</strong> : null}
      <span className="status-wide">
        journal <span className="num">{integer(sequence)}</span>
      </span>
      {status === undefined ? null : (
        <span className="status-wide">
          node <span className={status.node.state === 'ready' ? '' : 'tone-warn'}>{status.node.state}</span>
        </span>
      )}
      {link.version === null ? null : <span className="status-wide">v{link.version}</span>}
      <span className="status-end status-wide">
        {user === undefined ? null : (
          <span>
            {user.name}, {user.role}
          </span>
        )}
        <button type="button" className="status-help" onClick={openHelp} aria-keyshortcuts="?">
          <Keys>?</Keys> keys
        </button>
      </span>
    </footer>
  );
}

function liveness(state: string, lagMicros: number | null): { tone: Tone; text: string } {
  if (state === 'lost') return { tone: 'down', text: 'not connected' };
  if (state === 'connecting') return { tone: 'warn', text: 'connecting' };
  if (lagMicros === null) return { tone: 'ok', text: 'live' };
  return { tone: lagMicros > LAG_WARN_MICROS ? 'warn' : 'ok', text: `live, ${durationText(lagMicros)} behind` };
}
