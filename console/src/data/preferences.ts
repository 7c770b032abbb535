/**
 * Small choices that a browser remembers: which account, which candle interval. Never anything secret.
 */
import { useState } from 'react';

const PREFIX = 'nautilus.';

function read(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    // Storage can be switched off; then nothing is remembered.
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // As above.
  }
}

/** A remembered choice; `accepts` guards against what an older version or a stranger left there. */
export function usePreference<Value extends string>(
  name: string,
  initial: Value,
  accepts: (text: string) => text is Value,
): readonly [Value, (value: Value) => void] {
  const [value, setValue] = useState<Value>(() => {
    const stored = read(name);
    return stored !== null && accepts(stored) ? stored : initial;
  });
  return [
    value,
    (next) => {
      setValue(next);
      write(name, next);
    },
  ];
}
