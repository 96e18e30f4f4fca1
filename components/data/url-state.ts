'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

/**
 * The parameters of the page's URL. Next hands on a change of the URL as a transition, some moments later: what is
 * typed into a filter meanwhile would be lost. So the address bar itself is read, at once.
 */
export function useUrlParams(): URLSearchParams {
  const params = useSearchParams();
  const search = useSyncExternalStore(
    subscribe,
    () => window.location.search,
    () => `?${params}`,
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a link of Next has changed the URL when this changes
  useEffect(notify, [params]);
  return useMemo(() => new URLSearchParams(search), [search]);
}

/**
 * Sets or removes parameters of the page's URL without a new request. `replace` (the default) for filters and
 * sorting; `push` for what the Back button should undo, as a range or an open panel.
 */
export function setUrl(changes: Record<string, string | null>, how: 'replace' | 'push' = 'replace'): void {
  const search = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') search.delete(name);
    else search.set(name, value);
  }
  const text = search.toString();
  const url = `${window.location.pathname}${text ? `?${text}` : ''}${window.location.hash}`;
  if (how === 'push') window.history.pushState(null, '', url);
  else window.history.replaceState(null, '', url);
  notify();
}

/** One parameter of the URL as state; absent is `fallback`, and setting `fallback` removes it. */
export function useUrlState(name: string, fallback = ''): [string, (value: string) => void] {
  const params = useUrlParams();
  const set = useCallback(
    (value: string) => setUrl({ [name]: value === fallback ? null : value }),
    [name, fallback],
  );
  return [params.get(name) ?? fallback, set];
}
