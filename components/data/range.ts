'use client';

import { useMemo } from 'react';
import { setUrl, useUrlParams } from '@/components/data/url-state';
import { type RangeName, rangeNames, rangeSeconds } from '@/lib/base/time';

const defaultRange: RangeName = '1h';

export interface Range {
  /** `1h` and the like move with time; null is an absolute range. */
  name: RangeName | null;
  /** The bounds of an absolute range as ISO text. */
  from: string | null;
  to: string | null;
  /** Equal ranges have equal keys: for query keys. */
  key: string;
  /** Seconds back of the window that is drawn for comparison; null is none. */
  compareSeconds: number | null;
}

function isRangeName(text: string | null): text is RangeName {
  return rangeNames.some((name) => name === text);
}

function isMoment(text: string | null): text is string {
  return text !== null && !Number.isNaN(Date.parse(text));
}

const compareNames: Record<string, number> = { yesterday: 86_400, 'last-week': 604_800 };

/** The range of the page from its URL: `?range=6h` or `?from=…&to=…`, and `?compare=yesterday`. */
export function useRange(): Range {
  const params = useUrlParams();
  const from = params.get('from');
  const to = params.get('to');
  const named = params.get('range');
  const compare = params.get('compare');
  return useMemo(() => {
    const compareSeconds = compare ? (compareNames[compare] ?? null) : null;
    if (isMoment(from) && isMoment(to) && Date.parse(from) < Date.parse(to)) {
      return { name: null, from, to, key: `${from}/${to}`, compareSeconds };
    }
    const name = isRangeName(named) ? named : defaultRange;
    return { name, from: null, to: null, key: name, compareSeconds };
  }, [from, to, named, compare]);
}

/** The bounds of a range in epoch ms; a named one ends now. */
export function boundsOf(range: Range, now = Date.now()): { from: number; to: number } {
  if (range.name) return { from: now - rangeSeconds[range.name] * 1000, to: now };
  return { from: Date.parse(range.from as string), to: Date.parse(range.to as string) };
}

/** The API's parameters of a range. */
export function rangeQuery(range: Range): Record<string, string | null> {
  return { range: range.name, from: range.from, to: range.to };
}

/** The range and comparison of this page as the end of an address (`?range=6h`, or nothing), to go along to another. */
export function useKeptQuery(): string {
  const params = useUrlParams();
  const kept = new URLSearchParams();
  for (const name of ['range', 'from', 'to', 'compare']) {
    const value = params.get(name);
    if (value) kept.set(name, value);
  }
  const text = kept.toString();
  return text ? `?${text}` : '';
}

export function showNamedRange(name: RangeName): void {
  setUrl({ range: name === defaultRange ? null : name, from: null, to: null }, 'push');
}

/** Shows exactly this window; a brush ends here. Never beyond now, never shorter than ten seconds. */
export function showWindow(from: number, to: number): void {
  const end = Math.min(Date.now(), to);
  const start = Math.min(from, end - 10_000);
  setUrl({ range: null, from: new Date(start).toISOString(), to: new Date(end).toISOString() }, 'push');
}

/** Moves the window by half of its length; -1 is back in time. */
export function shiftRange(range: Range, direction: -1 | 1): void {
  const { from, to } = boundsOf(range);
  const by = Math.min((direction * (to - from)) / 2, Date.now() - to);
  showWindow(from + by, to + by);
}

export function showComparison(name: string | null): void {
  setUrl({ compare: name });
}
