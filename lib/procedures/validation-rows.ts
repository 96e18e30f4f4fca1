import { messageOf } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import type { DumpedTable, Manifest } from '@/lib/procedures/dump-archive';
import { countObjects } from '@/lib/procedures/dump-catalog';
import {
  type DrillCheck,
  forceHeapScans,
  shownList,
  validationDeadlineMs,
} from '@/lib/procedures/validation';

/** Reads every restored table from its heap and compares the count with what was decoded from the dump. */
export async function checkRowCounts(
  session: Session,
  tables: readonly DumpedTable[],
  onTable: (done: number) => void,
): Promise<DrillCheck> {
  await forceHeapScans(session);
  const wrong: string[] = [];
  let rows = 0;
  for (const [index, table] of tables.entries()) {
    onTable(index);
    const name = `${table.schema}.${table.name}`;
    try {
      const [row] = await session.query(
        `select count(*)::float8 as count from only ${qualified(table.schema, table.name)}`,
        [],
        { deadlineMs: validationDeadlineMs },
      );
      const count = Number(row?.count);
      rows += count;
      // An extension brings rows of its own beside the dumped ones.
      const isRight = table.extensionMember ? count >= table.rows : count === table.rows;
      if (!isRight) wrong.push(`${name} has ${count} rows, the dump ${table.rows}`);
    } catch (error) {
      wrong.push(`${name} cannot be read: ${messageOf(error)}`);
    }
  }
  if (wrong.length > 0) return { name: 'row-counts', verdict: 'fail', detail: shownList(wrong) };
  const detail = `${tables.length} tables with ${rows} rows, read from their heaps, hold what the dump holds.`;
  return { name: 'row-counts', verdict: 'pass', detail };
}

/** Compares how many objects of each kind there are, and large objects one by one in number. */
export async function checkObjects(session: Session, manifest: Manifest): Promise<DrillCheck[]> {
  const restored = await countObjects(session);
  const kinds = new Set([...Object.keys(manifest.catalog.objects), ...Object.keys(restored)]);
  const wrong: string[] = [];
  for (const kind of kinds) {
    const before = manifest.catalog.objects[kind] ?? 0;
    const after = restored[kind] ?? 0;
    if (after < before) wrong.push(`${before - after} of ${before} ${kind} are missing`);
    if (after > before) wrong.push(`${after - before} ${kind} too many`);
  }
  const [row] = await session.query('select count(*)::float8 as count from pg_largeobject_metadata');
  const largeObjects = Number(row?.count);
  return [
    wrong.length > 0
      ? { name: 'objects', verdict: 'fail', detail: shownList(wrong) }
      : {
          name: 'objects',
          verdict: 'pass',
          detail: 'Tables, views, functions, triggers, constraints and policies are all there.',
        },
    {
      name: 'large-objects',
      verdict: largeObjects === manifest.largeObjects ? 'pass' : 'fail',
      detail: `${largeObjects} restored, ${manifest.largeObjects} in the dump.`,
    },
  ];
}
