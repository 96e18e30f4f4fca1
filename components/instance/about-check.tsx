'use client';

import { ExternalLink } from 'lucide-react';
import Link from 'next/link';
import { useCheckSource } from '@/components/data/own-checks';
import { setUrl, useUrlState } from '@/components/data/url-state';
import { CheckNotice } from '@/components/instance/check-notice';
import { CheckNeeds, CheckQueries } from '@/components/instance/check-queries';
import { Age } from '@/components/ui/age';
import { Dialog } from '@/components/ui/dialog';
import { KeyValue } from '@/components/ui/key-value';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { CheckState } from '@/lib/contract/checks';

const targets = { cluster: 'the cluster', instance: 'this server', database: 'each database of this server' };

/** What a check reads, why, how often, and the very SQL: every figure can be opened. `?about=<check>`. */
export function AboutCheck({ checks }: { checks: readonly CheckState[] }) {
  const [about] = useUrlState('about');
  const check = checks.find((each) => each.id === about);
  return (
    <Dialog
      open={check !== undefined}
      onOpenChange={(open) => {
        if (!open) setUrl({ about: null });
      }}
      title={check?.title ?? 'Check'}
      description={check?.why}
      wide
    >
      {check ? <Details check={check} /> : null}
    </Dialog>
  );
}

function Details({ check }: { check: CheckState }) {
  const source = useCheckSource(check.id);
  return (
    <div className="flex flex-col gap-3">
      <KeyValue
        items={[
          ['Asks', `${targets[check.target]}, every ${formatDuration(check.everySeconds)}`],
          ['Runs on', check.runsOn === 'any' ? 'primary and standby' : check.runsOn],
          ['Level now', <StatusMark key="level" status={check.level ?? 'unknown'} />],
          [
            'Newest result',
            <span key="newest">
              <Age at={check.results[0]?.observedAt} />
              {check.results[0] ? `, took ${formatDuration(check.results[0].durationMs / 1000)}` : ''}
            </span>,
          ],
          [
            'Manual',
            <a
              key="manual"
              href={check.source}
              target="_blank"
              rel="noreferrer"
              className="link inline-flex items-center gap-1"
            >
              PostgreSQL documentation <ExternalLink aria-hidden className="size-3.5" />
            </a>,
          ],
        ]}
      />
      <CheckNotice check={check} />
      <p className="text-sm">
        <Link href={`/checks/${check.id}`} prefetch={false} className="link">
          How it stands on every server
        </Link>
        {check.id.startsWith('own/') ? ', its definition and versions' : ''}
      </p>
      <QueryState query={source} lines={5}>
        {(data) => (
          <>
            <CheckNeeds needs={data.needs} />
            <CheckQueries source={data} />
          </>
        )}
      </QueryState>
    </div>
  );
}
