/**
 * The browser's time as a value that renews itself, for clocks and ages.
 */
import { useEffect, useState } from 'react';

/** Milliseconds since the epoch, renewed every `intervalMs`. */
export function useNowMs(intervalMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return nowMs;
}
