import type { TableName } from '@/components/data/tables';

/** The page of one table. Names are of a watched server, so they travel as parameters, never as parts of a path. */
export function tableHref(instanceId: string, { database, schema, table }: TableName): string {
  return `/instances/${instanceId}/tables/one?${new URLSearchParams({ database, schema, table })}`;
}

/** The form of a job on a table or database, filled in. */
export function actHref(
  job: string,
  target: { clusterId: string; instanceId: string },
  input: Record<string, string>,
): string {
  const search = new URLSearchParams({ ...target, ...input });
  return `/jobs/${encodeURIComponent(job)}?${search}`;
}
