'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useKeptQuery } from '@/components/data/range';
import { classNames } from '@/components/ui/class-names';

/** The pages of one instance, by the last part of their address, in the order of the tabs. */
const places = [
  ['', 'Overview'],
  ['queries', 'Queries'],
  ['activity', 'Load'],
  ['locks', 'Locks'],
  ['indexes', 'Indexes'],
  ['tables', 'Tables'],
  ['replication', 'Replication'],
  ['pooler', 'Pooler'],
  ['server', 'Server'],
] as const;

/** Goes between the pages of one instance; the range goes along. */
export function InstanceTabs({ id }: { id: string }) {
  const pathname = usePathname();
  const kept = useKeptQuery();
  const base = `/instances/${id}`;
  return (
    <nav aria-label="Pages of this instance" className="no-print mb-1 flex gap-1 overflow-x-auto">
      {places.map(([part, label]) => {
        const href = part ? `${base}/${part}` : base;
        const isHere = part ? pathname === href || pathname.startsWith(`${href}/`) : pathname === href;
        return (
          <Link
            key={href}
            href={`${href}${kept}`}
            prefetch={false}
            aria-current={isHere ? 'page' : undefined}
            className={classNames(
              'border-b-2 px-2.5 py-1.5 text-sm font-medium whitespace-nowrap',
              isHere ? 'border-accent text-accent' : 'border-transparent text-muted hover:text-ink',
            )}
          >
            {label}
          </Link>
        );
      })}
    </nav>
  );
}
