'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { Age } from '@/components/ui/age';
import { StatusMark } from '@/components/ui/status-mark';
import type { RepositoryEscrow } from '@/lib/contract/stanzas';

type Escrow = NonNullable<RepositoryEscrow>;

interface KeptPassProps {
  clusterId: string;
  ordinal: number;
  escrow: Escrow;
  /** There is something to drill yet. */
  canDrill: boolean;
}

/** Whether the copy that people keep of a repository's pass was ever seen to open it, and how to find out. */
export function KeptPass({ clusterId, ordinal, escrow, canDrill }: KeptPassProps) {
  const { proven, isStale, refused, kind } = escrow;
  return (
    <div className="space-y-1 text-sm">
      <p className="flex flex-wrap items-center gap-x-2">
        <KeptPassMark escrow={escrow} />
        {kind && canDrill ? (
          <Link
            href={`/jobs/${kind}?${new URLSearchParams({ clusterId, repository: String(ordinal) })}`}
            prefetch={false}
            className="link"
          >
            {proven || refused ? 'Prove it again' : 'Prove it by a drill'}
          </Link>
        ) : null}
      </p>
      {refused ? (
        <p className="max-w-prose text-muted">
          <RunLink runId={refused.runId}>The copy that {refused.by} typed</RunLink> <Age at={refused.at} />{' '}
          opened nothing. Compare it with the pass while the console still has that.
        </p>
      ) : null}
      {proven ? (
        <p className="max-w-prose text-muted">
          Typed by {proven.by} <Age at={proven.at} />;{' '}
          <RunLink runId={proven.runId}>a drill restored the server</RunLink> with it alone.
          {isStale ? ' Safes are moved and sheets are lost: prove it again.' : ''}
        </p>
      ) : refused ? null : (
        <p className="max-w-prose text-muted">
          Without the console that copy is all there is. A drill that uses what you type from the safe, and
          nothing else, shows that it is enough.
        </p>
      )}
    </div>
  );
}

function KeptPassMark({ escrow: { proven, isStale, refused } }: { escrow: Escrow }) {
  if (refused) return <StatusMark status="crit" word="Kept copy opened nothing" />;
  if (!proven) return <StatusMark status="warn" word="Kept copy never proven" />;
  if (isStale) return <StatusMark status="stale" word="Kept copy proven long ago" />;
  return <StatusMark status="ok" word="Kept copy proven" />;
}

function RunLink({ runId, children }: { runId: string | null; children: ReactNode }) {
  if (runId === null) return children;
  return (
    <Link href={`/runs/${runId}`} prefetch={false} className="link">
      {children}
    </Link>
  );
}
