import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { qualified, quoteLiteral } from '@/lib/instance/quote';
import {
  type RescueSides,
  tableDumpArguments,
  tableRestoreArguments,
  undoTableName,
} from '@/lib/procedures/table-rescue-acts';
import { readRescueTable } from '@/lib/procedures/table-rescue-catalog';
import {
  load,
  lockMs,
  longMs,
  type RescueContext,
  type Rescued,
  withBoth,
} from '@/lib/procedures/table-rescue-context';
import { merge } from '@/lib/procedures/table-rescue-merge';
import { besideStatements, insertRows, sameTextSql, selectRows } from '@/lib/procedures/table-rescue-sql';
import { attachLast } from '@/lib/procedures/toc-list';
import { removeTree, writeSecretFile } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

/** Brings the rows back in the way that was asked for; one transaction, so that a failure leaves nothing. */
export async function rescue(ctx: RescueContext): Promise<Rescued> {
  if (ctx.input.how === 'own-name') return byName(ctx);
  return withBoth(ctx, async (live, saved, sides) => {
    await live.query('begin');
    try {
      await live.query(`set local lock_timeout = '${lockMs}ms'`);
      await live.query(sameTextSql);
      const done = await (ctx.input.how === 'beside' ? beside : merge)(ctx, live, saved, sides);
      await live.query('commit');
      return done;
    } catch (error) {
      await live.query('rollback').catch(() => {});
      throw error;
    }
  });
}

async function byName(ctx: RescueContext): Promise<Rescued> {
  const { schema, table, database, copyId } = ctx.input;
  const copy = await ctx.copy(copyId);
  const directory = path.join(ctx.runDir, 'table');
  const { children, isPartition } = await withBoth(ctx, async (_live, _saved, { saved }) => saved);
  removeTree(directory);
  const tool = async (program: string, args: string[], isLive: boolean): Promise<string[]> => {
    const said: string[] = [];
    const result = await ctx.tool({
      program,
      major: ctx.params.major,
      args,
      ...(isLive && { connect: { purpose: 'operate', database } as const }),
      onLine: (line, stream) => {
        if (stream === 'stdout') said.push(line);
        else if (/error:|warning:/.test(line)) ctx.log(line.includes('error:') ? 'error' : 'warn', line);
      },
      deadlineMs: longMs,
    });
    if (result.exitCode === 0) return said;
    throw new PlumblineError('tool-failed', `${program} failed: ${result.stderrTail.slice(-700).trim()}`, {
      next: 'Nothing was changed: the restore is one transaction. Mend what it names, or rescue the table beside.',
    });
  };
  ctx.progress(0, null, 'reading the table from the copy');
  await tool('pg_dump', tableDumpArguments(copy, ctx.input, children, directory), false);
  ctx.progress(0, null, 'making it again');
  const list = isPartition ? `${directory}.list` : undefined;
  if (list) {
    const contents = await tool('pg_restore', ['--list', directory], false);
    writeSecretFile(list, attachLast(contents.join('\n'), schema, table), toolUserName());
  }
  await tool('pg_restore', tableRestoreArguments(directory, list), true);
  removeTree(directory);
  const found = await wasRescued(ctx);
  if (!found) throw new PlumblineError('tool-failed', `${schema}.${table} is not there after the restore.`);
  return found;
}

async function beside(
  ctx: RescueContext,
  live: Session,
  saved: Session,
  sides: RescueSides,
): Promise<Rescued> {
  const { schema, table } = ctx.input;
  const { name } = ctx.params;
  const place = qualified(schema, name);
  const { create, after, tried } = besideStatements(place, sides.saved, sides.roles);
  await live.query(create);
  const source = qualified(schema, table);
  const select = selectRows(
    sides.saved,
    source,
    sides.saved.columns.map((column) => column.name),
  );
  await load(ctx, live, saved, select, insertRows(place));
  for (const statement of after) await live.query(statement, [], { deadlineMs: longMs });
  const refused = await tryEach(ctx, live, tried);
  await live.query(`comment on table ${place} is ${quoteLiteral(`[plumbline rescued ${ctx.runId}]`)}`);
  const made = await readRescueTable(live, schema, name);
  return { schema, name, oid: made?.oid ?? 0, undoTable: null, counts: {}, refused };
}

/** What may fail without harm to the rows is tried under a savepoint each. */
async function tryEach(ctx: RescueContext, live: Session, statements: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  for (const statement of statements) {
    await live.query('savepoint tried');
    try {
      await live.query(statement, [], { deadlineMs: longMs });
    } catch (error) {
      await live.query('rollback to savepoint tried');
      refused.push(`${statement}: ${messageOf(error)}`);
      ctx.log('warn', `Not made: ${statement}: ${messageOf(error)}`);
    }
  }
  return refused;
}

/** After a crash: what a run makes is one transaction, so its last part proves the whole. */
export async function wasRescued(ctx: RescueContext): Promise<Rescued | undefined> {
  const { schema, table, how, database } = ctx.input;
  const live = await ctx.connect('operate', database);
  try {
    if (how !== 'merge') {
      const made = await readRescueTable(live, schema, ctx.params.name);
      return (
        made && { schema, name: ctx.params.name, oid: made.oid, undoTable: null, counts: {}, refused: [] }
      );
    }
    const undoTable = undoTableName(ctx.runId.slice(-12));
    const here = await readRescueTable(live, schema, table);
    if (!here || !(await readRescueTable(live, schema, undoTable))) return undefined;
    const rows = await live.query(
      `select plumbline_what as what, count(*)::float8 as count from ${qualified(schema, undoTable)} group by 1`,
    );
    const counts = Object.fromEntries(rows.map(({ what, count }) => [String(what), Number(count)]));
    return { schema, name: table, oid: here.oid, undoTable, counts, refused: [] };
  } finally {
    await live.close();
  }
}
