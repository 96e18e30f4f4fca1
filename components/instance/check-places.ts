'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { useKeptQuery } from '@/components/data/range';
import type { CheckState } from '@/lib/contract/checks';

/** Pages that draw the checks which feed them; what feeds none of them is on the overview. */
const pages = ['tables', 'activity', 'locks', 'indexes', 'server', 'replication', 'pooler'] as const;

/** The page of an instance that draws this check, by the part of its address; undefined: the overview. */
export function pageOf(check: Pick<CheckState, 'feeds'>): (typeof pages)[number] | undefined {
  return pages.find((page) => check.feeds?.startsWith(`${page}.`));
}

/** Where a check of an instance is drawn. */
export function checkHref(instanceId: string, checkId: string, feeds: string | null | undefined): string {
  const page = pageOf({ feeds: feeds ?? null });
  return `/instances/${instanceId}${page ? `/${page}` : ''}#check-${checkId}`;
}

/**
 * Panels come after the page: a link to one of them is followed when they are there. Findings link to the overview;
 * a check that another page draws is looked up there.
 */
export function useAnchor(checks: readonly CheckState[], instanceId: string): void {
  const router = useRouter();
  const kept = useKeptQuery();
  const followed = useRef(false);
  useEffect(() => {
    // Once: later readings must not move what somebody has scrolled to.
    if (followed.current) return;
    followed.current = true;
    const anchor = decodeURIComponent(window.location.hash.slice(1));
    if (!anchor) return;
    const panel = document.getElementById(anchor);
    const check = checks.find(({ id }) => anchor === `check-${id}`);
    const page = check && pageOf(check);
    if (panel) panel.scrollIntoView();
    else if (page) router.replace(`/instances/${instanceId}/${page}${kept}#${anchor}`);
  }, [checks, instanceId, kept, router]);
}
