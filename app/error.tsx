'use client';

import { AuthCard } from '@/components/auth/auth-card';
import { Button } from '@/components/ui/button';

/** A page that could not be drawn at all: most often the console's own database does not answer. */
export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <AuthCard
      title="This page cannot be drawn now"
      note="Most often the console’s own database does not answer."
    >
      <p className="mb-3 text-sm">
        Wait a moment and try again. If it stays so, the log of the web process names the cause
        {error.digest ? ` under digest ${error.digest}` : ''}. Your servers and running jobs are not touched
        by this.
      </p>
      <Button look="primary" onClick={reset}>
        Try again
      </Button>
    </AuthCard>
  );
}
