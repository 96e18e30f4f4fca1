import { Compass } from 'lucide-react';
import type { Metadata } from 'next';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';

export const metadata: Metadata = { title: 'Not found' };

/** An address that is no page. */
export default function NotFound() {
  return (
    <main className="mx-auto max-w-xl pt-16">
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        icon={Compass}
        title="There is no such page"
        actions={<ButtonLink href="/">Fleet</ButtonLink>}
      >
        The link may be of an older version, or what it was about has been removed.
      </EmptyState>
    </main>
  );
}
