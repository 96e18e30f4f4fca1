import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, PlanContext, PlanDraft, Session, StepContext } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import { withSession } from '@/lib/procedures/database-beside';
import { type BesideMark, markOf } from '@/lib/procedures/database-beside-mark';
import { databaseSizeSql } from '@/lib/procedures/database-beside-plan';
import { readTraits, traitFacts } from '@/lib/procedures/database-carry-over';
import { sessionsOf } from '@/lib/procedures/database-swap-facts';

export type DropParams = { oid: number };
export type DropContext = StepContext<{ name: string }, DropParams>;

const dropMs = 600_000;

interface Found {
  oid: number;
  bytes: number | null;
  mark: BesideMark;
}

/** The database if it has our mark of this sort; else why it is not one to drop. */
async function findBeside(
  session: Session,
  name: string,
  made: BesideMark['made'],
): Promise<Found | PlanDraft['blockers'][number]> {
  const traits = await readTraits(session, name);
  if (!traits) return { message: `There is no database “${name}”.`, next: 'It was dropped or renamed.' };
  const mark = markOf(traits.comment);
  if (mark?.made !== made) {
    return {
      message: `“${name}” has no mark of a database that was ${made}: it may be one that people use.`,
      next: 'Only a database that stands beside another is dropped from here.',
    };
  }
  const [row] = await session.query('select oid::int8::float8 as oid from pg_database where datname = $1', [
    name,
  ]);
  const [size] = await session.query(databaseSizeSql, [name], { deadlineMs: 60_000 });
  return { oid: Number(row?.oid), bytes: typeof size?.bytes === 'number' ? size.bytes : null, mark };
}

/** The dry run of dropping a database that stands beside another: never one in use, never one with sessions. */
export async function planDrop(
  ctx: PlanContext,
  { name }: { name: string },
  made: BesideMark['made'],
): Promise<PlanDraft<DropParams>> {
  return withSession(ctx.connect('operate'), async (session) => {
    const found = await findBeside(session, name, made);
    const acts = [{ step: 'drop', sql: `drop database ${quoteIdent(name)};`, as: 'login operate' }];
    if ('message' in found) {
      return {
        summary: `Drop “${name}”.`,
        acts,
        params: { oid: 0 },
        warnings: [],
        blockers: [found],
        estimates: [],
      };
    }
    const hit = await sessionsOf(session, [name]);
    const blockers: PlanDraft['blockers'] = [];
    if (hit.rows.length > 0) {
      blockers.push({
        message: `Somebody is connected to “${name}”.`,
        next: 'See who it is; it is dropped when nobody uses it.',
      });
    }
    const slots = await session.query(
      'select slot_name::text as name from pg_replication_slots where database = $1',
      [name],
    );
    if (slots.length > 0) {
      blockers.push({
        message: `Replication slots hold it: ${slots.map((row) => row.name).join(', ')}.`,
        next: 'Drop the slots when their readers have moved.',
      });
    }
    const { until, of } = found.mark;
    const isEarly = until !== null && Date.parse(until) > Date.now();
    return {
      summary: `Drop “${name}”, which stands beside “${of}”, with all its rows.`,
      acts,
      params: { oid: found.oid },
      warnings: [
        'Nothing brings it back but another restore.',
        ...(isEarly ? [`It was to be kept until ${until}: until then it is the way back of its swap.`] : []),
      ],
      blockers,
      estimates: [{ label: 'Room it frees', value: found.bytes, unit: 'bytes' }],
      tables: hit.rows.length > 0 ? [hit] : [],
    };
  });
}

/**
 * Drops it when it is still the very database that was planned for.
 *
 * @throws PlumblineError `conflict` when another one has the name now or the mark is gone.
 */
export async function dropBeside(ctx: DropContext, made: BesideMark['made']): Promise<JsonObject> {
  const { name } = ctx.input;
  return withSession(ctx.connect('operate'), async (session) => {
    const traits = await readTraits(session, name);
    // A repeat after a crash: it is gone, which is what was wanted.
    if (!traits) return { name, bytes: null };
    const found = await findBeside(session, name, made);
    if ('message' in found || found.oid !== ctx.params.oid) {
      throw new PlumblineError('conflict', `“${name}” is not the database that was planned for.`, {
        next: 'Nothing was dropped. Look at it, then plan again.',
      });
    }
    const title = `Database ${name}`;
    const database = found.mark.of;
    const facts = { ...traitFacts(traits), bytes: found.bytes, mark: found.mark };
    await ctx.evidence({ type: 'restore', verdict: 'info', title, database, phase: 'before', facts });
    // Our own collecting is no use of it.
    await session.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = $1 and application_name like 'plumbline%' and usename = current_user`,
      [name],
    );
    await session.query(`drop database ${quoteIdent(name)}`, [], { deadlineMs: dropMs });
    const after = { database: name, isThere: (await readTraits(session, name)) !== undefined };
    await ctx.evidence({
      type: 'restore',
      verdict: after.isThere ? 'fail' : 'pass',
      title,
      database,
      phase: 'after',
      facts: after,
    });
    return { name, bytes: found.bytes };
  });
}
