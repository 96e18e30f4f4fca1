'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { navItems } from '@/components/shell/nav-items';

/** Whether keys belong to what has the focus: typing is never a command. */
function isTyping(target: EventTarget | null): boolean {
  const element = target instanceof HTMLElement ? target : null;
  return Boolean(
    element?.closest('input, textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"]'),
  );
}

/** The keys that work on every page; those of a table or a range are with the table and the range. */
export function useShellKeys(open: { palette: () => void; sheet: () => void }): void {
  const router = useRouter();
  useEffect(() => {
    // By the events' own clock: a page that is busy drawing must not make a pair of keys look slow.
    let goPressed = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey) {
        event.preventDefault();
        open.palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const goes = event.timeStamp - goPressed < 4000;
      goPressed = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (goes) {
        const item = navItems.find((each) => each.key === event.key);
        if (item) router.push(item.href);
      } else if (event.key === '?') {
        open.sheet();
      } else if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('[data-table-filter]');
        if (!filter) return;
        event.preventDefault();
        filter.focus();
        filter.select();
      } else if (event.key === 'j' || event.key === 'k') {
        const focused = document.activeElement?.closest('[data-table]');
        if (!focused) document.querySelector<HTMLElement>('[data-table]')?.focus();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [router, open]);
}
