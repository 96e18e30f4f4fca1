import { PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import type { Choice, JobChoices } from '@/lib/contract/jobs';
import type { JobDescriptor } from '@/lib/engine/descriptors';
import { checkDescriptor, jobDescriptor } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { seenRows, usableBackups, visitedDatabases } from '@/lib/store/job-choices';

type FieldChoices = JobChoices['fields'][string];
type Where = { clusterId: string; instanceId?: string };

/** More than this nobody reads in a list: the field takes text as well. */
const mostChoices = 1000;

/**
 * What the fields of a kind's form can take on a cluster, from what checks last saw and what is stored: the web asks
 * no server. A form stays usable without any of it, since planning validates for good.
 *
 * @throws PlumblineError `not-found` for an unknown kind.
 */
export async function choicesOfJob(db: Store, kind: string, where: Where): Promise<JobChoices> {
  const job = jobDescriptor(kind);
  if (!job)
    throw new PlumblineError('not-found', 'There is no such job kind.', {
      next: 'Choose one of the list of jobs.',
    });
  const fields: JobChoices['fields'] = {};
  for (const [field, source] of Object.entries(job.choices)) {
    if (source.from === 'databases') fields[field] = await databases(db, where);
    else if (source.from === 'backups') fields[field] = await backups(db, where, job);
    else fields[field] = await rows(db, where, job, field, source);
  }
  return { fields };
}

function oldest(times: string[]): string | null {
  return times.sort()[0] ?? null;
}

async function databases(db: Store, where: Where): Promise<FieldChoices> {
  const visited = await visitedDatabases(db, where.clusterId, where.instanceId);
  return {
    items: visited.map(({ database }) => ({ value: database, label: database, note: null, with: {} })),
    observedAt: oldest(visited.map(({ observedAt }) => observedAt)),
    emptyReason:
      visited.length > 0
        ? null
        : 'No check has visited a database of this cluster yet. It takes a minute after an instance is watched; you can also type the name.',
  };
}

async function backups(db: Store, where: Where, job: JobDescriptor): Promise<FieldChoices> {
  const stored = await usableBackups(db, where.clusterId);
  return {
    items: stored.map((backup) => ({
      value: backup.id,
      label: `${backup.database ?? 'whole cluster'}, ${backup.finishedAt.slice(0, 16).replace('T', ' ')} UTC`,
      note: `${formatBytes(backup.bytes)} on ${backup.workerName}`,
      with: fitting(job, { database: backup.database }),
    })),
    observedAt: oldest(stored.slice(0, 1).map(({ finishedAt }) => finishedAt)),
    emptyReason: stored.length > 0 ? null : 'This cluster has no backup yet. Take one first.',
  };
}

async function rows(
  db: Store,
  where: Where,
  job: JobDescriptor,
  field: string,
  source: { check: string; column: string },
): Promise<FieldChoices> {
  const answers = await seenRows(db, where.clusterId, source.check, where.instanceId);
  const items = answers.flatMap(({ database, rows: seen }) =>
    seen.flatMap((row): Choice[] => {
      const value = row[source.column];
      if (value === null || value === undefined) return [];
      const filled = fitting(job, { database, ...row });
      delete filled[field];
      const place = Object.values(filled).filter((each) => typeof each === 'string');
      return [{ value: String(value), label: String(value), note: place.join(' · ') || null, with: filled }];
    }),
  );
  const title = checkDescriptor(source.check)?.title ?? source.check;
  return {
    items: items.slice(0, mostChoices),
    observedAt: oldest(answers.map(({ observedAt }) => observedAt)),
    emptyReason:
      items.length > 0
        ? null
        : answers.length > 0
          ? `The check “${title}” sees nothing of the kind on this cluster. You can type the name.`
          : `The check “${title}” has not answered on this cluster yet. It runs within minutes of watching; you can also type the name.`,
  };
}

/** Of a row, what the form has fields for. */
function fitting(job: JobDescriptor, row: Record<string, string | number | boolean | null>): Choice['with'] {
  const properties = job.inputSchema.properties;
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  const filled: Choice['with'] = {};
  for (const name of names) {
    const value = row[name];
    if (value !== null && value !== undefined && value !== '') filled[name] = value;
  }
  return filled;
}
