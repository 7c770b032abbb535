/**
 * A state, said three ways: colour, shape and word. Never shows a state by colour alone.
 */
import type { ReactNode } from 'react';
import './state-mark.css';

export type Tone = 'ok' | 'warn' | 'down' | 'info' | 'off';

const SHAPES: Record<Tone, ReactNode> = {
  ok: <circle cx="5" cy="5" r="4" />,
  warn: <path d="M5 0.8 9.6 9H0.4Z" />,
  down: <rect x="1" y="1" width="8" height="8" rx="0.5" />,
  info: <path d="M5 0.5 9.5 5 5 9.5 0.5 5Z" />,
  off: <circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" strokeWidth="1.6" />,
};

function Shape({ tone }: { tone: Tone }) {
  return (
    <svg
      className={`shape tone-${tone}`}
      viewBox="0 0 10 10"
      width="10"
      height="10"
      aria-hidden="true"
      fill="currentColor"
    >
      {SHAPES[tone]}
    </svg>
  );
}

export function StateMark({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`state-mark tone-${tone}`}>
      <Shape tone={tone} />
      <span>{children}</span>
    </span>
  );
}
