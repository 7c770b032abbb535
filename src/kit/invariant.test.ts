import { describe, expect, it } from 'vitest';
import { invariant, InvariantViolation } from './invariant.ts';

describe('invariant', () => {
  it('does nothing while the condition holds', () => {
    expect(() => invariant(1 === 1, 'kit.test')).not.toThrow();
  });

  it('throws a violation that carries its code and detail', () => {
    const attempt = (): void => invariant(false, 'book.crossed', { bid: 11, ask: 10n });
    expect(attempt).toThrow(InvariantViolation);
    expect(attempt).toThrow('book.crossed: {"bid":11,"ask":"10"}');
  });

  it('names the code alone when there is no detail', () => {
    expect(() => invariant(false, 'book.crossed')).toThrow(/^book\.crossed$/);
  });

  it('treats zero as a broken condition but as a detail worth printing', () => {
    expect(() => invariant(0, 'kit.zero', 0)).toThrow(/^kit\.zero: 0$/);
  });
});
