import { describe, expect, it } from 'vitest';
import { err, ok } from './result.ts';
import type { Result } from './result.ts';

function parsePort(text: string): Result<number, 'not-a-port'> {
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? ok(port) : err('not-a-port');
}

describe('Result', () => {
  it('narrows to the value or to the error by its ok flag', () => {
    const good = parsePort('8000');
    const bad = parsePort('eight');
    expect(good.ok && good.value).toBe(8000);
    expect(!bad.ok && bad.error).toBe('not-a-port');
  });
});
