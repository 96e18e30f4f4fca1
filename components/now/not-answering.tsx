'use client';

import Link from 'next/link';
import { useNowState } from '@/components/data/now';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { ErrorState } from '@/components/ui/error-state';
import { plural } from '@/lib/base/format';

/** Servers and workers that do not answer: what stands below them may be old. Nothing when all do. */
export function NotAnswering() {
  const state = useNowState();
  if (!state.data)
    return state.error ? <ErrorState error={state.error} onRetry={() => void state.refetch()} /> : null;
  const { unreachable, deadWorkers, uncollected, workersAlive, instances, clusters } = state.data;
  if (clusters === 0) {
    return (
      <Banner
        tone="info"
        title="No server is watched yet"
        actions={
          <ButtonLink href="/clusters/new" size="small">
            Add a cluster
          </ButtonLink>
        }
      >
        Findings, changes and statements stand here once the first one is.
      </Banner>
    );
  }
  const workers = (
    <ButtonLink href="/workers" size="small">
      Look at the workers
    </ButtonLink>
  );
  return (
    <>
      {workersAlive === 0 && instances > 0 ? (
        <Banner tone="crit" title="No worker lives: nothing is watched" actions={workers}>
          Everything below is from before it ended. Start a worker; it goes on by itself.
        </Banner>
      ) : deadWorkers.length > 0 ? (
        <Banner tone="warn" title={`${plural(deadWorkers.length, 'worker')} not heard of`} actions={workers}>
          {deadWorkers.map(({ id, name, heartbeatAt }) => (
            <span key={id} className="mr-3">
              {name}, last <Age at={heartbeatAt} />
            </span>
          ))}
        </Banner>
      ) : null}
      {unreachable.length > 0 ? (
        <Banner tone="crit" title={`${plural(unreachable.length, 'server')} of ${instances} not reachable`}>
          <ul>
            {unreachable.map(({ id, name, clusterName, lastError, lastSeenAt }) => (
              <li key={id}>
                <Link href={`/instances/${id}`} prefetch={false} className="link">
                  {clusterName} / {name}
                </Link>
                , last seen <Age at={lastSeenAt} />
                {lastError ? `: ${lastError}` : ''}
              </li>
            ))}
          </ul>
        </Banner>
      ) : null}
      {uncollected.length > 0 && workersAlive > 0 ? (
        <Banner tone="warn" title="Some instances wait for a worker" actions={workers}>
          {uncollected.map(({ name }) => name).join(', ')}: active, but no worker of their pool collects them.
        </Banner>
      ) : null}
    </>
  );
}
