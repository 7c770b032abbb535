/**
 * A market state as shape, colour and word.
 */
import type { MarketStateName } from '../../../src/api/schemas/instruments.ts';
import { StateMark, type Tone } from './state-mark.tsx';

const TONES: Record<MarketStateName, Tone> = {
  closed: 'off',
  'pre-open': 'info',
  'opening-auction': 'info',
  continuous: 'ok',
  'volatility-auction': 'warn',
  halt: 'down',
  'closing-auction': 'info',
};

export function marketStateWord(state: MarketStateName): string {
  return state === 'halt' ? 'halted' : state.replace('-', ' ');
}

export function MarketStateMark({ state, killed = false }: { state: MarketStateName; killed?: boolean }) {
  return killed ? (
    <StateMark tone="down">kill switch</StateMark>
  ) : (
    <StateMark tone={TONES[state]}>{marketStateWord(state)}</StateMark>
  );
}

/** Orders are collected for one price: there is an indicative price instead of trades. */
export function isCallPhase(state: MarketStateName): boolean {
  return state === 'pre-open' || state.endsWith('-auction');
}
