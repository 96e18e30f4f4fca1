import type { Finding } from '@/lib/contract/findings';

/** The form of the job that mends a finding, its input filled in; the form makes a plan, and nothing runs before that. */
export function fixHref(finding: Finding, fix: Finding['fixes'][number]): string {
  const search = new URLSearchParams({ clusterId: finding.clusterId });
  if (finding.instanceId) search.set('instanceId', finding.instanceId);
  for (const [name, value] of Object.entries(fix.input)) {
    if (value !== null) search.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return `/jobs/${encodeURIComponent(fix.job)}?${search}`;
}
