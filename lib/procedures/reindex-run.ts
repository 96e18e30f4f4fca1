import type { StepContext } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import { runWatched } from '@/lib/procedures/index-run';

export function reindexSql(schema: string, index: string): string {
  return `reindex index concurrently ${qualified(schema, index)}`;
}

/** Rebuilds one index while another session watches. @throws PlumblineError as `runWatched` does. */
export async function reindexConcurrently(
  ctx: StepContext,
  options: { database: string; schema: string; index: string; deadlineMs: number },
): Promise<{ seconds: number; waitedFor: string[] }> {
  const { database, deadlineMs } = options;
  const sql = reindexSql(options.schema, options.index);
  return runWatched(ctx, { database, sql, deadlineMs, what: 'The rebuild' });
}
