'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';

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

/** What the address bar said before our own last changes of it, until Next has handed the newest of them on. */
const superseded = new Set<string>();

const barText = (): string => new URLSearchParams(window.location.search).toString();

/**
 * The parameters of the page's URL. Neither source is right at all times: Next hands on a change that a page made to
 * its own URL as a transition, some moments later, so what is typed into a filter meanwhile would be lost; and a page
 * that a link leads to is drawn before Next writes the address bar, so there the bar still tells of the page before.
 */
export function useUrlParams(): URLSearchParams {
  const handedOn = useSearchParams().toString();
  const bar = useSyncExternalStore(subscribe, barText, () => handedOn);
  useEffect(() => {
    if (handedOn === barText()) superseded.clear();
    notify();
  }, [handedOn]);
  const search = superseded.has(handedOn) ? bar : handedOn;
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
  const before = barText();
  // Next takes any change for a navigation of its own and drops the one that a link has just begun.
  if (text === before) return;
  superseded.add(before);
  superseded.delete(text);
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

/** Typing on is waited for this long: each search asks the console anew. */
const typingMs = 350;

/**
 * A parameter of the URL that is typed: it is written when the typing rests, and at the latest when the field is left,
 * so that a link that is followed at once is not lost to it.
 */
export function useTypedParam(name: string): {
  value: string;
  onChange: (event: { target: { value: string } }) => void;
  onBlur: () => void;
} {
  const params = useUrlParams();
  const [typed, type] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const write = (text: string) => {
    clearTimeout(timer.current);
    setUrl({ [name]: text.trim() || null });
  };
  return {
    value: typed ?? params.get(name) ?? '',
    onChange: ({ target: { value } }) => {
      type(value);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => write(value), typingMs);
    },
    onBlur: () => {
      if (typed !== null) write(typed);
      type(null);
    },
  };
}
