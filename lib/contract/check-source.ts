import { z } from 'zod';

/** `GET /api/v1/checks/:id/source`: what a check asks a server, word by word. */
export const checkSourceSchema = z.object({
  id: z.string(),
  /** What must be there before it can be asked, and what brings it. */
  needs: z.array(z.object({ what: z.string(), mend: z.string() })),
  /** By lowest server_version_num, newest first; empty where `asks` says it. */
  sql: z.array(
    z.object({ fromVersion: z.number(), sql: z.string().nullable(), unsupported: z.string().nullable() }),
  ),
  /**
   * What rows that are no one query's are put together from, in order: statements, or in words what is no SQL; also
   * what is asked instead of `sql` where more may be seen. `fromVersion` null: every version is asked so.
   */
  asks: z.array(
    z.object({
      title: z.string(),
      fromVersion: z.number().nullable(),
      sql: z.string().nullable(),
      note: z.string().nullable(),
    }),
  ),
});
export type CheckSource = z.infer<typeof checkSourceSchema>;
