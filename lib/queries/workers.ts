import { z } from 'zod';
import { type WorkerView, workerSchema } from '@/lib/contract/workers';
import type { Store } from '@/lib/store/db';
import { listWorkers, runsHeld } from '@/lib/store/worker-list';

/** What a worker wrote about its machine; a part that an older version wrote otherwise counts as not known. */
const factsSchema = z.object({
  disks: workerSchema.shape.disks.catch([]),
  postgres: workerSchema.shape.postgres.catch([]),
  tools: workerSchema.shape.tools.catch([]),
  wakeUp: workerSchema.shape.wakeUp.catch('unknown'),
  keyId: workerSchema.shape.keyId.catch(null),
});

/** Workers of the last day with their machine, programs and current runs. */
export async function workers(db: Store): Promise<{ items: WorkerView[] }> {
  const [rows, runs] = await Promise.all([listWorkers(db), runsHeld(db)]);
  return {
    items: rows.map(({ facts, hosts: _hosts, ...row }) => ({
      ...row,
      ...factsSchema.parse(facts),
      currentRuns: runs
        .filter((run) => run.owner === row.id)
        .map(({ owner: _owner, startedAt, ...run }) => ({ ...run, startedAt: startedAt ?? row.startedAt })),
    })),
  };
}
