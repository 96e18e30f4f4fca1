import path from 'node:path';
import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, Session } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import { type BesideContext, copyOf, withSession } from '@/lib/procedures/database-beside';
import { readTraits, traitDifferences, traitFacts } from '@/lib/procedures/database-carry-over';
import { type DumpedTable, readManifest } from '@/lib/procedures/dump-archive';
import { type DumpCatalog, readDumpCatalog, readTables } from '@/lib/procedures/dump-catalog';
import {
  type DrillCheck,
  forceHeapScans,
  shownList,
  validationDeadlineMs,
  worstVerdict,
} from '@/lib/procedures/validation';
import { checkRowCounts } from '@/lib/procedures/validation-rows';
import { checkIndexes, checkSequences } from '@/lib/procedures/validation-structures';

/**
 * Reads every table of the new database and compares it with what the source holds; then rights and settings with
 * those of the database in use. Stores what it found.
 *
 * @throws PlumblineError `tool-failed` when rows or indexes are missing and nobody said to keep it so.
 */
export async function verifyBeside(ctx: BesideContext): Promise<JsonObject> {
  const { database, name, moment } = ctx.params;
  const { errors, errorLines, restoreSeconds } = ctx.outputs.restore as {
    errors: string[];
    errorLines: number;
    restoreSeconds: number;
  };
  const refused = (ctx.outputs.carry?.refused ?? []) as string[];
  const checks: DrillCheck[] = [restoreCheck(errors, errorLines)];
  if (ctx.input.check) {
    const { tables, catalog } = await expected(ctx);
    checks.push(
      ...(await withSession(ctx.connect('operate', name), async (session) => [
        await checkRowCounts(session, tables, (done) => ctx.progress(done, tables.length, 'counting rows')),
        await checkIndexes(session, catalog),
        await checkSequences(session, catalog.sequences),
      ])),
    );
  }
  const { before, after } = await withSession(ctx.connect('operate'), async (session) => ({
    before: await readTraits(session, database),
    after: await readTraits(session, name),
  }));
  const differences = before && after ? traitDifferences(before, after) : [];
  checks.push({
    name: 'carried-over',
    verdict: refused.length + differences.length > 0 ? 'partial' : 'pass',
    detail:
      refused.length + differences.length > 0
        ? shownList([...refused, ...differences])
        : 'Owner, rights, limit, settings, labels and comment are as they are in use.',
  });
  const title = `Database ${database}`;
  if (before) {
    const facts = traitFacts(before);
    await ctx.evidence({ type: 'restore', verdict: 'info', title, database, phase: 'before', facts });
  }
  const verdict = worstVerdict(checks);
  await ctx.evidence({
    type: 'restore',
    verdict,
    title,
    database,
    ...(ctx.input.backupId && { backupId: ctx.input.backupId }),
    phase: 'after',
    facts: {
      ...(after && traitFacts(after)),
      moment,
      restoreSeconds,
      checks,
      notChecked: ctx.input.check ? [] : ['row counts, indexes and sequences: switched off'],
    },
  });
  for (const check of checks) {
    if (check.verdict !== 'pass') ctx.log('warn', `${check.name}: ${check.detail}`);
  }
  const failed = checks.find((check) => check.verdict === 'fail');
  if (failed && !ctx.input.keepWithErrors) {
    throw new PlumblineError('tool-failed', `The restored database is not whole: ${failed.detail}`, {
      next: 'It was dropped again. Try another backup or moment, or plan it with “Keep it with errors”.',
    });
  }
  return { name, database, verdict, moment, restoreSeconds };
}

function restoreCheck(errors: string[], errorLines: number): DrillCheck {
  if (errorLines === 0) return { name: 'restore', verdict: 'pass', detail: 'pg_restore had no error.' };
  return { name: 'restore', verdict: 'fail', detail: `${errorLines} errors: ${shownList(errors)}` };
}

/** What the new database must hold: as the dump's manifest says, or as the copy holds it. */
async function expected(ctx: BesideContext): Promise<{ tables: DumpedTable[]; catalog: DumpCatalog }> {
  if (ctx.params.dump) return readManifest(path.dirname(ctx.params.dump));
  const copy = await copyOf(ctx);
  return withSession(copy.connect(ctx.params.database), async (session) => {
    await forceHeapScans(session);
    const catalog = await readDumpCatalog(session);
    return { tables: await countTables(ctx, session), catalog };
  });
}

async function countTables(ctx: BesideContext, session: Session): Promise<DumpedTable[]> {
  const tables = await readTables(session);
  const counted: DumpedTable[] = [];
  for (const { schema, name, bytes, extensionMember } of tables) {
    ctx.progress(counted.length, tables.length, 'counting rows of the copy');
    const [row] = await session.query(
      `select count(*)::float8 as count from only ${qualified(schema, name)}`,
      [],
      { deadlineMs: validationDeadlineMs },
    );
    counted.push({ schema, name, bytes, extensionMember, rows: Number(row?.count), file: '' });
  }
  return counted;
}
