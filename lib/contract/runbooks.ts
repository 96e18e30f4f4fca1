import { z } from 'zod';

/** `GET /api/v1/runbooks`: what to do at a finding, per check. */
export const runbookSchema = z.object({
  checkId: z.string(),
  title: z.string(),
  /** What breaks if it is ignored. */
  why: z.string().nullable(),
  means: z.string(),
  confirm: z.string(),
  act: z.string(),
  avoid: z.string(),
  /** The manual's page. */
  manual: z.string().nullable(),
});
export type RunbookView = z.infer<typeof runbookSchema>;

export const runbooksSchema = z.object({ items: z.array(runbookSchema) });
