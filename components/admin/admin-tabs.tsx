'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { classNames } from '@/components/ui/class-names';

const places = [
  ['/admin/people', 'People'],
  ['/admin/tokens', 'API tokens'],
  ['/admin/storages', 'Storages'],
  ['/admin/channels', 'Channels'],
  ['/admin/audit', 'Audit'],
] as const;

/** The places of the console's own administration. */
export function AdminTabs() {
  const pathname = usePathname();
  return (
    <nav aria-label="Administration" className="mb-3 flex flex-wrap gap-1 border-b border-line">
      {places.map(([href, label]) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={pathname === href ? 'page' : undefined}
          className={classNames(
            '-mb-px border-b-2 px-2.5 py-1.5 text-sm font-medium',
            pathname === href ? 'border-accent text-accent' : 'border-transparent text-muted hover:text-ink',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
