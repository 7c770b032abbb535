/**
 * A value that changes often, kept outside React: readers are told at most once a frame.
 */
import { useEffect, useState, useSyncExternalStore } from 'react';

export interface Store<Value> {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

/** `schedule` decides when readers are told; by default before the next frame. */
export function createStore<Value>(
  initial: Value,
  schedule: (tell: () => void) => void = (tell) => requestAnimationFrame(tell),
): Store<Value> {
  const listeners = new Set<() => void>();
  let value = initial;
  let scheduled = false;
  function tell() {
    scheduled = false;
    for (const listener of listeners) listener();
  }
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      if (scheduled) return;
      scheduled = true;
      schedule(tell);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** The latest value, renewed at most every `intervalMs`: for tables that would be restless at every frame. */
export function useCalm<Value>(store: Store<Value>, intervalMs: number, paused = false): Value {
  const [value, setValue] = useState(store.get);
  useEffect(() => {
    if (paused) return undefined;
    const timer = setInterval(() => setValue(store.get()), intervalMs);
    return () => clearInterval(timer);
  }, [store, intervalMs, paused]);
  return value;
}
