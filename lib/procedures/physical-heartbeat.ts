import { messageOf } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';

/** A commit of ours on the source, known to lie in the archive. */
export type HeartbeatFacts = {
  xid: string;
  /** The commit's record ends here, and another record begins here or later: recovery to it replays the commit. */
  lsn: string;
  segment: string;
  /** By the source's clock, ISO 8601. */
  committedAt: string;
  /** From the commit until its segment was in the archive, by the source's clock. */
  archivedSeconds: number;
  /** How old the newest archived segment was just before: what would have been lost without the switch. */
  exposureSeconds: number | null;
};

const archiveDeadlineMs = 90_000;
const pollMs = 100;
const utc = (of: string) => `to_char(${of} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * Leaves a mark on the source by which the last restored moment is told: an empty transaction with a number of its
 * own leaves a commit record and needs no table (manual: 9.27, pg_current_xact_id). Then the segment is closed and
 * waited for until it is archived. A second one behind it makes sure that a record follows: recovery ends at a record.
 *
 * @returns The facts, or why the mark could not be brought into the archive.
 */
export async function heartbeat(
  ctx: Pick<StepContext, 'connect' | 'signal' | 'log'>,
): Promise<HeartbeatFacts | { problem: string }> {
  try {
    const session = await ctx.connect('backup');
    try {
      const [before] = await session.query(
        `select extract(epoch from clock_timestamp() - last_archived_time)::float8 as exposure,
           failed_count::int8::text as failed from pg_stat_archiver`,
      );
      const [mark] = await session.query(
        `select pg_current_xact_id()::text as xid, ${utc('clock_timestamp()')} as at`,
      );
      const [place] = await session.query('select pg_current_wal_insert_lsn()::text as lsn');
      await session.query('select pg_current_xact_id()');
      const [closed] = await session.query('select pg_walfile_name(pg_switch_wal()) as segment');
      const segment = String(closed?.segment);
      const until = Date.now() + archiveDeadlineMs;
      for (;;) {
        ctx.signal.throwIfAborted();
        const [now] = await session.query(
          `select left(last_archived_wal, 24) as archived, failed_count::int8::text as failed,
             last_failed_wal as wal,
             extract(epoch from clock_timestamp() - $1::timestamptz)::float8 as seconds
           from pg_stat_archiver`,
          [mark?.at],
        );
        if (String(now?.archived ?? '') >= segment) {
          const facts = {
            xid: String(mark?.xid),
            lsn: String(place?.lsn),
            segment,
            committedAt: String(mark?.at),
            archivedSeconds: Number(now?.seconds),
            exposureSeconds: before?.exposure == null ? null : Number(before.exposure),
          };
          ctx.log(
            'info',
            `Heartbeat ${facts.xid} at ${facts.lsn} was archived after ${facts.archivedSeconds.toFixed(1)} s.`,
          );
          return facts;
        }
        if (Date.now() > until) {
          const failed =
            Number(now?.failed) > Number(before?.failed) ? ` Archiving of ${now?.wal} fails.` : '';
          return { problem: `The segment ${segment} did not come into the archive within 90 s.${failed}` };
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    } finally {
      await session.close();
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    return { problem: `No heartbeat could be left on the source: ${messageOf(error)}` };
  }
}
