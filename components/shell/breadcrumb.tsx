'use client';

import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useClusters } from '@/components/data/clusters';
import { isActive, navItems } from '@/components/shell/nav-items';

interface Crumb {
  href: string;
  label: string;
}

/** Where this page is: its section, then the cluster and the instance that it is about. */
export function Breadcrumb() {
  const pathname = usePathname();
  const clusters = useClusters().data?.items ?? [];
  const [section, id] = pathname.split('/').slice(1);
  const crumbs: Crumb[] = [];
  const item = navItems.find((each) => isActive(each, pathname));
  if (item) crumbs.push({ href: item.href, label: item.label });
  if (section === 'clusters' || section === 'scorecard') {
    const cluster = clusters.find((each) => each.id === id);
    if (cluster) crumbs.push({ href: `/${section}/${cluster.id}`, label: cluster.name });
  }
  if (section === 'instances') {
    const cluster = clusters.find((each) => each.instances.some((instance) => instance.id === id));
    const instance = cluster?.instances.find((each) => each.id === id);
    if (cluster) crumbs.push({ href: `/clusters/${cluster.id}`, label: cluster.name });
    if (instance) crumbs.push({ href: `/instances/${instance.id}`, label: instance.name });
  }
  return (
    <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
      <ol className="flex min-w-0 items-center gap-1 text-sm">
        {crumbs.map((crumb, index) => (
          <li
            key={crumb.href}
            className={
              index === crumbs.length - 1
                ? 'flex min-w-0 items-center gap-1'
                : 'flex items-center gap-1 max-sm:hidden'
            }
          >
            {index > 0 ? (
              <ChevronRight aria-hidden className="size-3.5 shrink-0 text-faint max-sm:hidden" />
            ) : null}
            <Link
              href={crumb.href}
              prefetch={false}
              aria-current={index === crumbs.length - 1 ? 'page' : undefined}
              className="max-w-48 truncate text-muted hover:text-ink aria-[current]:font-medium aria-[current]:text-ink"
            >
              {crumb.label}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
