import type { ReactNode } from 'react';
import { Shell } from '@/components/shell/shell';
import { requirePageActor } from '@/lib/auth/page-actor';

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await requirePageActor();
  return <Shell person={{ name: actor.name, role: actor.role }}>{children}</Shell>;
}
