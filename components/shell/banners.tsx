'use client';

import { useApi } from '@/components/data/use-api';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { workerListSchema } from '@/lib/contract/workers';

/** What everybody must know before believing any page: nobody collects, or jobs go the slow way. */
export function Banners() {
  const workers = useApi('/api/v1/workers', workerListSchema, { topics: ['worker'], pollSeconds: 20 });
  if (!workers.data) return null;
  const alive = workers.data.items.filter((worker) => worker.alive && worker.state !== 'stopped');
  if (alive.length === 0) {
    return (
      <div className="mb-4">
        <Banner
          tone="crit"
          title="No worker is alive"
          actions={
            <ButtonLink href="/workers" size="small">
              Workers
            </ButtonLink>
          }
        >
          Nothing is collected and no job runs; what you see is the last that was known. Start a worker:
          locally <code>npm start</code> does it, in production <code>plumbline worker</code>.
        </Banner>
      </div>
    );
  }
  if (alive.some((worker) => worker.wakeUp === 'redis-lost')) {
    return (
      <div className="mb-4">
        <Banner tone="warn" title="Redis does not answer">
          Nothing is lost: workers find their runs in the console’s database every 2 s until it is back.
        </Banner>
      </div>
    );
  }
  return null;
}
