import { PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { qualified, quoteIdent, quoteLiteral } from '@/lib/instance/quote';
import { readDumpCatalog } from '@/lib/procedures/dump-catalog';
import { type RescueSides, undoTableName } from '@/lib/procedures/table-rescue-acts';
import { load, longMs, type RescueContext, type Rescued } from '@/lib/procedures/table-rescue-context';
import { mergeStatements, selectRows } from '@/lib/procedures/table-rescue-sql';
import { checkForeignKeys } from '@/lib/procedures/validation-foreign-keys';

/** Merges the copy's rows into the live table within the transaction that was begun; what it changes is kept aside. */
export async function merge(
  ctx: RescueContext,
  live: Session,
  saved: Session,
  sides: RescueSides,
): Promise<Rescued> {
  const { schema, table, updateDifferent, skipTriggers } = ctx.input;
  if (!sides.live) throw new PlumblineError('conflict', 'The live table is gone.', { next: 'Plan it anew.' });
  const undoTable = undoTableName(ctx.runId.slice(-12));
  const { columns } = ctx.params;
  const options = { schema, table, undoTable, live: sides.live, columns, update: updateDifferent };
  const statements = mergeStatements(options);
  if (skipTriggers) await live.query('set local session_replication_role = replica');
  for (const statement of statements.stage) await live.query(statement);
  await load(ctx, live, saved, selectRows(sides.saved, qualified(schema, table), columns), statements.load);
  ctx.progress(0, null, 'comparing by key');
  for (const statement of statements.work) await live.query(statement, [], { deadlineMs: longMs });
  if (skipTriggers) await refuseOrphans(live, schema, table);
  const rows = await live.query(statements.counts);
  const counts = Object.fromEntries(rows.map(({ what, count }) => [String(what), Number(count)]));
  await advanceSequences(live, schema, table);
  return { schema, name: table, oid: sides.live.oid, undoTable, counts, refused: [] };
}

/** Foreign keys are triggers too: where none fired, orphans end the transaction. */
async function refuseOrphans(live: Session, schema: string, table: string): Promise<void> {
  const { foreignKeys } = await readDumpCatalog(live);
  const ours = foreignKeys.filter((key) => key.schema === schema && key.table === table);
  const { check } = await checkForeignKeys(live, ours, () => {});
  if (check.verdict !== 'fail') return;
  throw new PlumblineError('conflict', `Rows of the copy refer to rows that are gone: ${check.detail}`, {
    next: 'Nothing was changed. Rescue the tables that it refers to first.',
  });
}

/** A sequence that stands behind its column would give keys that exist again. */
async function advanceSequences(live: Session, schema: string, table: string): Promise<void> {
  const { sequences } = await readDumpCatalog(live);
  for (const { owner, increment, schema: home, name } of sequences) {
    if (owner?.schema !== schema || owner.table !== table || increment.startsWith('-')) continue;
    const sequence = qualified(home, name);
    const column = quoteIdent(owner.column);
    await live.query(
      `select setval(${quoteLiteral(sequence)}::regclass, m.edge) from (select max(${column}) as edge from ${qualified(schema, table)}) m
       where m.edge > (select last_value from ${sequence})`,
    );
  }
}
