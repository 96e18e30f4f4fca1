'use client';

import { Menu as MenuIcon, Search } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useMemo, useState } from 'react';
import { GlassBanner } from '@/components/approvals/glass-banner';
import { LiveProvider } from '@/components/data/live-provider';
import { Banners } from '@/components/shell/banners';
import { Breadcrumb } from '@/components/shell/breadcrumb';
import { KeysSheet } from '@/components/shell/keys-sheet';
import { LiveIndicator } from '@/components/shell/live-indicator';
import { Logo } from '@/components/shell/logo';
import { Palette } from '@/components/shell/palette';
import { SideNav } from '@/components/shell/side-nav';
import { ThemeMenu } from '@/components/shell/theme-menu';
import { useShellKeys } from '@/components/shell/use-shell-keys';
import { UserMenu } from '@/components/shell/user-menu';
import { Button, IconButton } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';

interface ShellProps {
  person: { name: string; role: string };
  children: ReactNode;
}

/** What stands around every page: pages at the left, the place and the person above, keys everywhere. */
export function Shell({ person, children }: ShellProps) {
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const [menu, setMenu] = useState(false);
  useShellKeys(useMemo(() => ({ palette: () => setPalette(true), sheet: () => setSheet(true) }), []));
  return (
    <LiveProvider>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-raised focus:px-3 focus:py-1.5"
      >
        Skip to the page
      </a>
      <header className="no-print sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-surface px-3">
        <span className="md:hidden">
          <IconButton label="Pages" onClick={() => setMenu(true)}>
            <MenuIcon aria-hidden className="size-4" />
          </IconButton>
        </span>
        <Link href="/" prefetch={false} className="flex items-center gap-1.5 font-semibold xl:w-44">
          <Logo className="size-4" />
          <span className="max-xl:sr-only">Plumbline</span>
        </Link>
        <Breadcrumb />
        <LiveIndicator />
        <Button
          size="small"
          onClick={() => setPalette(true)}
          aria-label="Go to a cluster, instance, page or job"
          icon={<Search aria-hidden className="size-3.5" />}
          className="font-normal text-muted"
        >
          <span className="max-lg:hidden">Go to</span>
          <kbd className="font-sans text-2xs text-faint max-lg:hidden">Ctrl K</kbd>
        </Button>
        <ThemeMenu />
        <UserMenu name={person.name} role={person.role} />
      </header>
      <div className="flex">
        <aside className="no-print sticky top-12 hidden h-[calc(100dvh-3rem)] w-12 shrink-0 overflow-y-auto border-r border-line bg-surface p-1.5 md:block xl:w-48 xl:p-2">
          <SideNav labels="wide" />
        </aside>
        <main id="main" tabIndex={-1} className="min-w-0 flex-1 p-4 outline-none max-sm:p-3">
          <Banners />
          <GlassBanner />
          {children}
        </main>
      </div>
      <Dialog open={menu} onOpenChange={setMenu} title="Pages">
        <SideNav labels="always" onGo={() => setMenu(false)} />
      </Dialog>
      <Palette open={palette} onOpenChange={setPalette} />
      <KeysSheet open={sheet} onOpenChange={setSheet} />
    </LiveProvider>
  );
}
