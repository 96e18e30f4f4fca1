import type { HostView } from '@/lib/contract/hosts';
import { catalogue } from '@/lib/registry/descriptors';
import { resultsOf } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import { hostSettings, workerReading } from '@/lib/store/hosts';

/** The check whose row says how many processors a machine has. */
const processorCheck = catalogue.checks.find(({ rowsFrom }) => rowsFrom === 'processors');
const hostChecks = catalogue.checks.filter(({ rowsFrom }) =>
  ['processors', 'memory', 'disks'].includes(rowsFrom ?? ''),
);

/** How many processors the machine of a server has, as it was last told; null while nobody has told it. */
export async function processorsOf(db: Store, instanceId: string): Promise<HostView['processors']> {
  if (!processorCheck) return null;
  const [result] = await resultsOf(db, instanceId, { checkIds: [processorCheck.id], rows: true });
  const row = result?.rows[0];
  if (!result || typeof row?.processors !== 'number') return null;
  return { count: row.processors, source: String(row.source), observedAt: result.observed_at };
}

/** Where facts of a server's machine come from. */
export async function host(db: Store, instanceId: string): Promise<HostView> {
  const [settings, row, processors] = await Promise.all([
    hostSettings(db, instanceId),
    workerReading(db, instanceId),
    processorsOf(db, instanceId),
  ]);
  return {
    ...settings,
    worker: row
      ? { name: row.worker_name, observedAt: row.reading ? row.observed_at : null, refusal: row.refusal }
      : null,
    checks: hostChecks.map(({ id }) => id),
    processors,
  };
}
