'use client';

import Link from 'next/link';
import { Age } from '@/components/ui/age';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { Badge, StatusBadge, StatusMark } from '@/components/ui/status-mark';
import { formatBytes } from '@/lib/base/format';
import type { WorkerView } from '@/lib/contract/workers';

const wakeUpWords: Record<WorkerView['wakeUp'], string> = {
  redis: 'Redis',
  'redis-lost': 'the console database (Redis is configured, but does not answer)',
  listen: 'the console database (no Redis)',
  unknown: 'not known',
};

/** Less free space than this share of the disk is worth a warning: a drill needs room. */
const lowDiskShare = 0.1;

/** One worker process. */
export function WorkerPanel({ worker }: { worker: WorkerView }) {
  const lost = !worker.alive && worker.state !== 'stopped';
  return (
    <Panel
      title={
        <span className="flex flex-wrap items-center gap-2">
          <span className="break-words">{worker.name}</span>
          {lost ? <StatusBadge status="crit" word="Not heard of" /> : <StatusBadge status={worker.state} />}
          {worker.pools.map((pool) => (
            <Badge key={pool} title="Pool">
              {pool}
            </Badge>
          ))}
        </span>
      }
      at={worker.heartbeatAt}
    >
      <div className="grid gap-x-8 gap-y-3 lg:grid-cols-2">
        <KeyValue
          items={[
            ['Process', `${worker.host}, pid ${worker.pid}, version ${worker.version}`],
            ['Started', <Age key="started" at={worker.startedAt} />],
            ['Heartbeat', <Age key="beat" at={worker.heartbeatAt} />],
            ['Collects', `${worker.collecting} ${worker.collecting === 1 ? 'instance' : 'instances'}`],
            ['Runs now', <CurrentRuns key="runs" worker={worker} />],
            ['Woken by', wakeUpWords[worker.wakeUp]],
          ]}
        />
        <KeyValue
          items={[
            ['Disks', <Disks key="disks" worker={worker} />],
            ['PostgreSQL', <Programs key="programs" worker={worker} />],
            [
              'Other tools',
              worker.tools.length === 0
                ? 'none found'
                : worker.tools.map((tool) => `${tool.name} ${tool.version}`).join(', '),
            ],
            [
              'Key',
              <code key="key" className="font-mono text-xs break-all">
                {worker.keyId ?? 'not known'}
              </code>,
            ],
          ]}
        />
      </div>
    </Panel>
  );
}

function CurrentRuns({ worker }: { worker: WorkerView }) {
  if (worker.currentRuns.length === 0) return <span className="text-muted">nothing</span>;
  return (
    <ul>
      {worker.currentRuns.map((run) => (
        <li key={run.id}>
          <Link href={`/runs/${run.id}`} prefetch={false} className="link">
            {run.kind}
          </Link>{' '}
          on {run.clusterName}, since <Age at={run.startedAt} />
        </li>
      ))}
    </ul>
  );
}

function Disks({ worker }: { worker: WorkerView }) {
  if (worker.disks.length === 0) return <span className="text-muted">not known</span>;
  return (
    <ul>
      {worker.disks.map(({ folder, freeBytes, totalBytes }) => (
        <li key={folder} className="flex flex-wrap items-center gap-x-2">
          <code className="font-mono text-xs break-all">{folder}</code>
          {freeBytes === null || totalBytes === null ? (
            <StatusMark status="unknown" word="cannot be read" />
          ) : (
            <span>
              {formatBytes(freeBytes)} free of {formatBytes(totalBytes)}
              {freeBytes < totalBytes * lowDiskShare ? (
                <StatusMark status="warn" word="low" className="ml-2" />
              ) : null}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Programs({ worker }: { worker: WorkerView }) {
  if (worker.postgres.length === 0) {
    return <StatusMark status="warn" word="no client programs found: it cannot back up or drill" />;
  }
  return (
    <ul>
      {worker.postgres.map((programs) => (
        <li key={programs.directory}>
          {programs.version}{' '}
          <span className="text-muted">
            {programs.hasServer ? 'server and client' : 'client only: no drills of this version'}, in{' '}
          </span>
          <code className="font-mono text-xs break-all">{programs.directory}</code>
        </li>
      ))}
    </ul>
  );
}
