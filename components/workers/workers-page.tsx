'use client';

import { Cpu } from 'lucide-react';
import { useWorkers } from '@/components/data/cluster';
import { Banner } from '@/components/ui/banner';
import { CodeBlock } from '@/components/ui/code-block';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { ConsoleDumpsPanel } from '@/components/workers/console-dumps';
import { WorkerPanel } from '@/components/workers/worker-panel';
import type { WorkerView } from '@/lib/contract/workers';

const startCommand = 'npx plumbline worker --pools default';

/** The processes that reach the servers: who lives, what each does now, and what it found on its machine. */
export function WorkersPage() {
  const workers = useWorkers();
  return (
    <>
      <PageHeader
        title="Workers"
        note="Only workers connect to your servers and open stored passwords. Each says what its machine can do."
      />
      <QueryState
        query={workers}
        lines={8}
        empty={({ items }) =>
          items.length === 0 ? (
            <Panel title="No worker">
              <EmptyState icon={Cpu} title="No worker was heard of today">
                <p>
                  Without one nothing is collected, tested or run. The local start brings one along; elsewhere
                  start one on a machine that reaches the servers:
                </p>
                <div className="mt-2 text-left">
                  <CodeBlock code={startCommand} label="Command that starts a worker" />
                </div>
              </EmptyState>
            </Panel>
          ) : undefined
        }
      >
        {({ items }) => (
          <div className="space-y-4">
            <Warnings workers={items} />
            {items.map((worker) => (
              <WorkerPanel key={worker.id} worker={worker} />
            ))}
          </div>
        )}
      </QueryState>
      <div className="mt-4">
        <ConsoleDumpsPanel />
      </div>
    </>
  );
}

function Warnings({ workers }: { workers: readonly WorkerView[] }) {
  const alive = workers.filter((worker) => worker.alive);
  const keys = new Set(alive.map((worker) => worker.keyId).filter((key) => key !== null));
  const withoutRedis = alive.filter((worker) => worker.wakeUp !== 'redis' && worker.wakeUp !== 'unknown');
  return (
    <>
      {alive.length === 0 ? (
        <Banner tone="crit" title="No worker is alive">
          Nothing is collected or run until one starts: <code>{startCommand}</code>
        </Banner>
      ) : null}
      {keys.size > 1 ? (
        <Banner tone="crit" title="Workers hold different keys">
          A password that was sealed for one cannot be opened by the other. Give all workers the same key
          file, then enter the passwords that were stored since again.
        </Banner>
      ) : null}
      {withoutRedis.length > 0 ? (
        <Banner tone="info" title="Without Redis">
          {withoutRedis.map((worker) => worker.name).join(', ')}: woken by the console database, looking every
          two seconds. Nothing is lost, runs start a little later.
        </Banner>
      ) : null}
    </>
  );
}
