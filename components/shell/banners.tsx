'use client';

import { useApi } from '@/components/data/use-api';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { consoleDumpsSchema } from '@/lib/contract/console-dumps';
import { workerListSchema } from '@/lib/contract/workers';

/** What everybody must know before believing any page: nobody collects, or jobs go the slow way. */
export function Banners() {
  const workers = useApi('/api/v1/workers', workerListSchema, { topics: ['worker'], pollSeconds: 20 });
  const dumps = useApi('/api/v1/console-dumps', consoleDumpsSchema, { pollSeconds: 300 });
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
  if (dumps.data?.verdict === 'old') {
    return (
      <div className="mb-4">
        <Banner
          tone="crit"
          title="The console has not been saved since last night"
          actions={
            <ButtonLink href="/workers#console-dumps" size="small">
              Its dumps
            </ButtonLink>
          }
        >
          Its newest dump was made <Age at={dumps.data.newestGood?.finishedAt ?? null} />. Should its machine
          be lost now, all that people did since is lost with it.
        </Banner>
      </div>
    );
  }
  return null;
}
