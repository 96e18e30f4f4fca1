'use client';

import { RotateCw } from 'lucide-react';
import { ApiError } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { StatusMark } from '@/components/ui/status-mark';

/** What the same request will be answered the same way: not allowed, not there, not valid. */
const settled: readonly number[] = [403, 404, 422];

/** Something could not be read: the sentence, what to do next, the request's id for the log. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const known = error instanceof ApiError ? error : undefined;
  return (
    <div role="alert" className="flex flex-col items-start gap-1.5 px-3 py-4">
      <StatusMark status="error" word={known?.message ?? 'This part of the page has failed.'} />
      <p className="text-sm text-muted">
        {known?.next ?? 'Reload the page; if it fails again, the console log says why.'}
      </p>
      {known?.requestId ? <p className="font-mono text-xs text-faint">request {known.requestId}</p> : null}
      {onRetry && !settled.includes(known?.status ?? 0) ? (
        <Button size="small" onClick={onRetry} icon={<RotateCw aria-hidden className="size-3.5" />}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}

/** The line above a form whose act was refused. */
export function ErrorLine({ error }: { error: unknown }) {
  if (!error) return null;
  const known = error instanceof ApiError ? error : undefined;
  return (
    <div role="alert" className="rounded-md bg-crit-soft px-3 py-2 text-sm">
      <StatusMark status="error" word={known?.message ?? 'That did not work.'} />
      {known?.next ? <p className="mt-0.5">{known.next}</p> : null}
    </div>
  );
}
