'use client';

import { ExternalLink } from 'lucide-react';
import Link from 'next/link';
import { setUrl, useUrlState } from '@/components/data/url-state';
import { useApi } from '@/components/data/use-api';
import { CheckNotice } from '@/components/instance/check-notice';
import { Age } from '@/components/ui/age';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';
import { KeyValue } from '@/components/ui/key-value';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import { type CheckSource, checkSourceSchema } from '@/lib/contract/check-source';
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
  const source = useApi(`/api/v1/checks/${encodeURIComponent(check.id)}/source`, checkSourceSchema, {
    pollSeconds: 3600,
  });
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
      {check.id.startsWith('own/') ? (
        <p className="text-sm">
          People of this console wrote it:{' '}
          <Link href={`/checks/${check.id}`} prefetch={false} className="link">
            its definition and versions
          </Link>
          .
        </p>
      ) : null}
      <QueryState query={source} lines={5}>
        {(data) => (
          <>
            <Needs needs={data.needs} />
            <Queries source={data} />
          </>
        )}
      </QueryState>
    </div>
  );
}

/** Rights, extensions and settings that the check cannot do without. */
function Needs({ needs }: { needs: CheckSource['needs'] }) {
  if (needs.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1 text-sm font-semibold">What it needs</h3>
      <ul className="space-y-1 text-sm">
        {needs.map(({ what, mend }) => (
          <li key={what}>
            {what.charAt(0).toUpperCase() + what.slice(1)}. <span className="text-muted">{mend}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Queries({ source }: { source: CheckSource }) {
  if (source.sql.length === 0) {
    return (
      <p className="text-sm text-muted">
        Its rows are put together from several reads; there is no one query.
      </p>
    );
  }
  return (
    <>
      {source.sql.map((entry) => (
        <section key={entry.fromVersion}>
          <h3 className="mb-1 text-sm font-semibold">
            SQL from PostgreSQL {Math.floor(entry.fromVersion / 10_000)} on
          </h3>
          {entry.sql ? (
            <CodeBlock code={entry.sql} label="SQL of this check" />
          ) : (
            <p className="text-sm text-muted">{entry.unsupported}</p>
          )}
        </section>
      ))}
    </>
  );
}
