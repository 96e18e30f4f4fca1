'use client';

import { useSyncExternalStore } from 'react';

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time in ms, ticking once a second with one timer for the whole page; 0 while the server renders. */
export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => {
      // Without a timer the stored moment may be old: the first reader starts from the present.
      if (timer === undefined) now = Math.max(now, Math.floor(Date.now() / 1000) * 1000);
      return now;
    },
    () => 0,
  );
}
