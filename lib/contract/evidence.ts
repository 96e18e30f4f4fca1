import { z } from 'zod';

export const evidenceSchema = z.object({
  id: z.uuid(),
  clusterId: z.uuid(),
  clusterName: z.string(),
  instanceId: z.uuid().nullable(),
  runId: z.uuid(),
  /** Of which kind of job, as its title. */
  runTitle: z.string(),
  backupId: z.uuid().nullable(),
  type: z.string(),
  verdict: z.enum(['pass', 'partial', 'fail', 'info']),
  title: z.string(),
  database: z.string().nullable(),
  /** Shown side by side where a run stored one `before` and one `after` of the same title. */
  phase: z.enum(['before', 'after']).nullable(),
  facts: z.record(z.string(), z.json()),
  observedAt: z.string(),
});
/** `GET /api/v1/evidence/:id`. */
export type Evidence = z.infer<typeof evidenceSchema>;
