import type { TableName } from '@/components/data/tables';

/** The page of one table. Names are of a watched server, so they travel as parameters, never as parts of a path. */
export function tableHref(instanceId: string, { database, schema, table }: TableName): string {
  return `/instances/${instanceId}/tables/one?${new URLSearchParams({ database, schema, table })}`;
}

export interface ActTarget {
  id: string;
  clusterId: string;
  role: 'primary' | 'standby' | 'unknown';
}

/** The form of a job on a table or database, filled in. What is seen on a standby is done on its primary. */
export function actHref(job: string, target: ActTarget, input: Record<string, string>): string {
  const search = new URLSearchParams({ clusterId: target.clusterId, ...input });
  if (target.role === 'primary') search.set('instanceId', target.id);
  return `/jobs/${encodeURIComponent(job)}?${search}`;
}
