import type { z } from 'zod';
import { type Actor, refusalFor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import type { Choice, Job, JobChoices, jobChoicesQuerySchema } from '@/lib/contract/jobs';
import type { ChoiceSource } from '@/lib/engine/define-job';
import type { JobDescriptor } from '@/lib/engine/descriptors';
import { catalogue, jobDescriptor } from '@/lib/registry/descriptors';
import { listCopies } from '@/lib/store/copies';
import type { Store } from '@/lib/store/db';
import { seenDatabases, seenRows } from '@/lib/store/plan-reads';
import { listBackups } from '@/lib/store/proof-reads';
import { listStorages } from '@/lib/store/storages';
import { listUploads } from '@/lib/store/uploads';

/** Every kind of job, with the reason where this reader may not run it. */
export async function jobs(actor: Actor): Promise<{ items: Job[] }> {
  return {
    items: catalogue.jobs.map((job) => ({ ...job, refusal: refusalFor(actor, job.permission) })) as Job[],
  };
}

/** @throws PlumblineError `not-found` */
export function jobOrThrow(kind: string): JobDescriptor {
  const job = jobDescriptor(kind);
  if (job) return job;
  throw new PlumblineError('not-found', `There is no job kind ${kind}.`, {
    next: 'See the list of jobs for those that exist.',
  });
}

/** What a kind is called; one that is gone keeps its id. */
export function titleOfKind(kind: string): string {
  return jobDescriptor(kind)?.title ?? kind;
}

/** Kinds that only read: their runs are news to nobody but the person who asked. */
export const readingKinds = catalogue.jobs.filter(({ risk }) => risk === 'read').map(({ id }) => id);

type Of = z.infer<typeof jobChoicesQuerySchema>;

/** What the fields of a kind's form can take on a cluster, from what is stored: no page touches a server. */
export async function jobChoices(db: Store, kind: string, of: Of): Promise<JobChoices> {
  const job = jobOrThrow(kind);
  const names = Object.keys((job.inputSchema.properties as Record<string, unknown> | undefined) ?? {});
  const entries = await Promise.all(
    Object.entries(job.choices).flatMap(([field, source]) =>
      // Nobody chooses what is typed from a sheet of paper.
      source.from === 'typed-copy'
        ? []
        : [choicesFrom(db, of, source, field, names).then((found) => [field, found] as const)],
    ),
  );
  return { fields: Object.fromEntries(entries) };
}

async function choicesFrom(
  db: Store,
  of: Of,
  source: Exclude<ChoiceSource, { from: 'typed-copy' }>,
  field: string,
  fieldNames: readonly string[],
): Promise<JobChoices['fields'][string]> {
  if (source.from === 'databases') {
    const seen = await seenDatabases(db, of);
    return {
      items: seen.map(({ name }) => plain(name)),
      observedAt: seen[0]?.observedAt ?? null,
      emptyReason: seen.length > 0 ? null : 'No check has seen the databases of this cluster yet.',
    };
  }
  if (source.from === 'backups') {
    const backups = await listBackups(db, {
      clusterId: of.clusterId,
      type: source.type ?? 'logical',
      readyOnly: true,
      limit: 200,
    });
    return {
      items: backups.map((backup) => ({
        value: backup.id,
        label: `${backup.database ?? backup.label ?? backup.type}, ${backup.finishedAt.slice(0, 16).replace('T', ' ')} UTC`,
        note: `${formatBytes(backup.bytes)} on ${backup.workerName}`,
        with: withDatabase(backup.database, fieldNames),
      })),
      observedAt: backups[0]?.finishedAt ?? null,
      emptyReason: backups.length > 0 ? null : 'This cluster has no backup yet.',
    };
  }
  if (source.from === 'copies') {
    const copies = (await listCopies(db, { clusterId: of.clusterId, openOnly: true })).filter(
      (copy) => copy.state === 'open',
    );
    return {
      items: copies.map((copy) => ({
        value: copy.id,
        label: `opened ${copy.openedAt.slice(0, 16).replace('T', ' ')} UTC`,
        note: `${copy.mode}, on ${copy.workerName}`,
        with: {},
      })),
      observedAt: copies[0]?.openedAt ?? null,
      emptyReason:
        copies.length > 0 ? null : 'No copy of this cluster is open. Open one from its restore page.',
    };
  }
  if (source.from === 'storages') {
    const storages = await listStorages(db);
    return {
      items: storages.map(({ id, name, bucket }) => ({ value: id, label: name, note: bucket, with: {} })),
      observedAt: null,
      emptyReason: storages.length > 0 ? null : 'There is no storage yet. Add one under Admin, Storages.',
    };
  }
  if (source.from === 'uploads') {
    const uploads = await listUploads(db, { clusterId: of.clusterId, readyOnly: true });
    return {
      items: uploads.map(({ backupId, database, finishedAt, storageName }) => ({
        value: backupId,
        label: `${database ?? 'dump'}, ${finishedAt.slice(0, 16).replace('T', ' ')} UTC`,
        note: `in ${storageName}`,
        with: withDatabase(database, fieldNames),
      })),
      observedAt: uploads[0]?.finishedAt ?? null,
      emptyReason: uploads.length > 0 ? null : 'No backup of this cluster was sent to a storage yet.',
    };
  }
  const rows = await seenRows(db, { ...of, check: source.check });
  const items = rows.flatMap(({ row, database }) => {
    const value = row[source.column];
    if (typeof value !== 'string' || value === '') return [];
    const filled: Choice['with'] = withDatabase(database || null, fieldNames);
    for (const [name, other] of Object.entries(row)) {
      if (name !== field && fieldNames.includes(name) && other !== null) filled[name] = other;
    }
    return [{ ...plain(value), note: database || null, with: filled }];
  });
  return {
    items,
    observedAt: rows[0]?.observedAt ?? null,
    emptyReason: items.length > 0 ? null : 'The check that lists them has seen none here yet.',
  };
}

function withDatabase(database: string | null, fieldNames: readonly string[]): Choice['with'] {
  return database !== null && fieldNames.includes('database') ? { database } : {};
}

function plain(value: string): Choice {
  return { value, label: value, note: null, with: {} };
}
