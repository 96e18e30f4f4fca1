'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

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
}

/** One parameter of the URL as state; absent is `fallback`, and setting `fallback` removes it. */
export function useUrlState(name: string, fallback = ''): [string, (value: string) => void] {
  const params = useSearchParams();
  const set = useCallback(
    (value: string) => setUrl({ [name]: value === fallback ? null : value }),
    [name, fallback],
  );
  return [params.get(name) ?? fallback, set];
}
