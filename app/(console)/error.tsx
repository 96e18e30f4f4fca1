'use client';

import { useEffect } from 'react';
import { ErrorState } from '@/components/ui/error-state';
import { Panel } from '@/components/ui/panel';

/** A page that failed while it was drawn: the shell stays, and the page can be tried again. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  // The browser's console is where a page's own defects are looked for.
  useEffect(() => console.error(error), [error]);
  return (
    <Panel title="This page has failed" flush>
      <ErrorState error={error} onRetry={reset} />
    </Panel>
  );
}
