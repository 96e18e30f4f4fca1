'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { isActive, navItems } from '@/components/shell/nav-items';
import { classNames } from '@/components/ui/class-names';

/** The pages as a list: icons and words; at middle widths icons alone. */
export function SideNav({ labels, onGo }: { labels: 'always' | 'wide'; onGo?: () => void }) {
  const pathname = usePathname();
  const hideLabel = labels === 'wide';
  return (
    <nav aria-label="Pages">
      <ul className="flex flex-col gap-0.5">
        {navItems.map((item) => {
          const active = isActive(item, pathname);
          const Icon = item.icon;
          return (
            <li key={item.href}>
              <Link
                href={item.href}
                prefetch={false}
                onClick={onGo}
                title={item.label}
                aria-current={active ? 'page' : undefined}
                className={classNames(
                  'flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm font-medium',
                  hideLabel && 'max-xl:justify-center max-xl:px-0',
                  active ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-sunken hover:text-ink',
                )}
              >
                <Icon aria-hidden className="size-4 shrink-0" />
                <span className={classNames(hideLabel && 'max-xl:sr-only')}>{item.label}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
