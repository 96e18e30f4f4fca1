/** The form of a job with its input filled in; it ends in a plan, and nothing runs before that is approved. */
export function actHref(
  job: string,
  target: { clusterId: string; instanceId: string },
  input: Record<string, string>,
): string {
  return `/jobs/${encodeURIComponent(job)}?${new URLSearchParams({ ...target, ...input })}`;
}
