import { z } from 'zod';

/** `GET /api/v1/checks/:id/source`: what a check asks a server, word by word. */
export const checkSourceSchema = z.object({
  id: z.string(),
  /** What must be there before it can be asked, and what brings it. */
  needs: z.array(z.object({ what: z.string(), mend: z.string() })),
  /** By lowest server_version_num, newest first; empty for rows that are put together from several reads. */
  sql: z.array(
    z.object({ fromVersion: z.number(), sql: z.string().nullable(), unsupported: z.string().nullable() }),
  ),
});
export type CheckSource = z.infer<typeof checkSourceSchema>;
