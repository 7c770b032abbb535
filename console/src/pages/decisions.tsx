/**
 * What waits for a person, most urgent first, each with the way to where it is decided. Nothing here acts by itself.
 */
import { Link } from '@tanstack/react-router';
import type { Attention } from '../../../src/api/schemas/operations.ts';
import { connection } from '../data/live.ts';
import { useStore } from '../data/store.ts';
import { age } from '../format/time.ts';
import { useNowMs } from '../ui/now.ts';
import { StateMark, type Tone } from '../ui/state-mark.tsx';
import './decisions.css';

const TONES: Record<Attention['severity'], Tone> = { critical: 'down', warning: 'warn', info: 'info' };

/** How often the ages are renewed. */
const AGE_MS = 1_000;

export function Decisions({ items }: { items: readonly Attention[] }) {
  const { offsetMs } = useStore(connection);
  const nowMs = useNowMs(AGE_MS) + offsetMs;
  if (items.length === 0) {
    return (
      <div className="decisions-none">
        <StateMark tone="ok">Nothing waits for you</StateMark>
        <p className="muted">
          Approvals, engaged kill switches, halted markets and faults of node or journal would stand here.
        </p>
      </div>
    );
  }
  return (
    <ul className="decisions">
      {items.map((item) => (
        <li key={item.id}>
          <h3>
            <StateMark tone={TONES[item.severity]}>
              <span className="decision-title">{item.title}</span>
            </StateMark>
            {item.sinceMicros === null ? null : (
              <span className="decision-age muted num">{age(nowMs - item.sinceMicros / 1_000)}</span>
            )}
          </h3>
          <p className="soft">{item.detail}</p>
          <Way item={item} />
        </li>
      ))}
    </ul>
  );
}

function Way({ item }: { item: Attention }) {
  switch (item.kind) {
    case 'approval':
      return (
        <Link to="/approvals" className="button plain small">
          Review approval
        </Link>
      );
    case 'market':
      return item.target === null ? (
        <Link to="/markets" className="button plain small">
          Open markets
        </Link>
      ) : (
        <Link to="/markets/$symbol" params={{ symbol: item.target }} className="button plain small">
          Open {item.target}
        </Link>
      );
    case 'kill-switch':
    case 'limit':
      return (
        <Link to="/limits" className="button plain small">
          {item.kind === 'limit' ? 'Open limits' : 'Open kill switches'}
        </Link>
      );
    case 'journal':
    case 'node':
      return (
        <Link to="/api-access" className="button plain small">
          Open platform
        </Link>
      );
  }
}
