import { PlumblineError } from '@/lib/base/errors';
import { plural } from '@/lib/base/format';
import type { PlanContext, PlanDraft, Session } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import { connectForPlan, median } from '@/lib/procedures/dump-plan';
import { firstSafeVersion, waitingFacts } from '@/lib/procedures/index-ddl-plan';
import {
  concurrentStatement,
  type IndexDefinition,
  indexName,
  readDefinition,
  standsInFor,
} from '@/lib/procedures/index-definition';
import { indexesOf, readTable, type TableFacts, type TableIndex } from '@/lib/procedures/index-table';

export interface CreateIndexInput {
  database: string;
  definition: string;
  deadlineMinutes: number;
}

export type CreateIndexParams = {
  schema: string;
  table: string;
  tableOid: number;
  index: string;
  sql: string;
};

/** @throws PlumblineError `bad-input` with what is wrong with the definition. */
async function readInput(text: string): Promise<IndexDefinition & { schema: string }> {
  const definition = await readDefinition(text);
  const wrong = (sentence: string, next: string) =>
    new PlumblineError('bad-input', sentence, { fields: { definition: sentence }, next });
  if ('reason' in definition) {
    throw wrong(
      `The definition is not one that can be used: ${definition.reason}.`,
      'Write one CREATE INDEX statement.',
    );
  }
  if (definition.schema === undefined) {
    throw wrong(
      `The definition names the table ${definition.table} without its schema.`,
      `Write it with the schema, as in public.${definition.table}.`,
    );
  }
  return { ...definition, schema: definition.schema };
}

function tableBlockers(table: TableFacts, version: number): PlanDraft['blockers'] {
  const blockers: PlanDraft['blockers'] = [];
  if (version < firstSafeVersion) {
    blockers.push({
      message: 'PostgreSQL 14.0 to 14.3 may build a damaged index concurrently.',
      next: 'Update the server to 14.4 or newer first.',
    });
  }
  if (table.isPartitioned) {
    blockers.push({
      message: `${table.name} is partitioned, and PostgreSQL cannot build an index of it concurrently.`,
      next: 'Create the index on each partition this way, then on the table itself with ON ONLY, and attach them.',
    });
  } else if (!table.holdsRows) {
    blockers.push({ message: `${table.name} is no table that can be indexed.`, next: 'Choose a table.' });
  }
  if (table.isSystem || table.isTemporary) {
    blockers.push({
      message: `${table.name} is a ${table.isSystem ? 'system catalogue' : 'temporary table'}.`,
      next: 'Choose another table.',
    });
  }
  if (!table.isOwned) {
    blockers.push({
      message: `The operate login may not index ${table.name}: it belongs to ${table.owner}.`,
      next: 'Run the GRANT script of the operate login: it needs to be a member of the owner.',
    });
  }
  if (!table.mayCreate) {
    blockers.push({
      message: `The operate login may create nothing in the schema ${table.schema}.`,
      next: `Run: grant create on schema ${quoteIdent(table.schema)} to ${quoteIdent(table.login)};`,
    });
  }
  return blockers;
}

/** What is there already and does the same: never a second one. */
async function standInBlockers(
  wanted: IndexDefinition,
  indexes: readonly TableIndex[],
): Promise<PlanDraft['blockers']> {
  for (const { name, definition: text, isValid } of indexes) {
    const existing = await readDefinition(text);
    const how = 'reason' in existing ? undefined : standsInFor(existing, wanted);
    if (how === undefined) continue;
    if (!isValid) {
      return [
        {
          message: `The invalid index ${name} has this definition already.`,
          next: 'Rebuild it, or drop it and plan again.',
        },
      ];
    }
    return [
      {
        message: `The index ${name} ${how === 'equal' ? 'is the same' : 'covers it'}: ${text}`,
        next: 'Nothing needs to be created. If queries do not use it, look at their plans.',
      },
    ];
  }
  return [];
}

function missingColumns(definition: IndexDefinition, table: TableFacts): string[] {
  const named = [...definition.keys.flatMap(({ column }) => column ?? []), ...definition.included];
  return named.filter((column) => !table.columns.has(column));
}

/** Bytes of a btree of some columns by the statistics; null where the server has none or the login may not see them. */
async function estimatedBytes(
  session: Session,
  definition: IndexDefinition,
  table: TableFacts,
): Promise<number | null> {
  const columns = [...definition.keys.map(({ column }) => column), ...definition.included];
  if (definition.method !== 'btree' || columns.includes(undefined) || table.rows < 0) return null;
  const [row] = await session.query(
    `select sum(avg_width)::float8 as width, count(*)::int4 as count
     from pg_stats
     where schemaname = $1 and tablename = $2 and attname = any ($3::text[]) and not inherited`,
    [table.schema, table.table, columns],
  );
  if (Number(row?.count) !== new Set(columns).size) return null;
  // A line pointer, the tuple's head, its columns in eights; pages are filled to nine tenths (60.4, fillfactor).
  return Math.ceil((table.rows * (12 + Math.ceil(Number(row?.width) / 8) * 8)) / 0.9);
}

/** The dry run of a new index: is it needed, may it be made, what does it wait for, how large will it be. */
export async function planCreateIndex(
  ctx: PlanContext,
  input: CreateIndexInput,
): Promise<PlanDraft<CreateIndexParams>> {
  const definition = await readInput(input.definition);
  const session = await connectForPlan(ctx, 'operate', input.database);
  try {
    const table = await readTable(session, definition.schema, definition.table);
    const missing = missingColumns(definition, table);
    if (missing.length > 0) {
      const sentence = `${table.name} has no column ${missing.map(quoteIdent).join(', ')}.`;
      throw new PlumblineError('bad-input', sentence, { fields: { definition: sentence } });
    }
    const indexes = await indexesOf(session, table.oid);
    const name = definition.name ?? indexName(definition, table.namesInSchema);
    const blockers = [
      ...tableBlockers(table, ctx.target.serverVersionNum),
      ...(await standInBlockers(definition, indexes)),
    ];
    if (table.namesInSchema.has(name) && blockers.length === 0) {
      blockers.push({
        message: `The schema ${table.schema} has something called ${name} already.`,
        next: 'Give the index another name in its definition, or none.',
      });
    }
    const sql = await concurrentStatement(definition, name);
    const { warnings, tables } = await waitingFacts(session);
    if (definition.isUnique) {
      warnings.push('It fails when two rows have the same key, and its unfinished index is dropped then.');
    }
    const past = await ctx.pastDurations();
    const bytes = await estimatedBytes(session, definition, table);
    return {
      summary: `Create index “${name}” on table “${table.schema}.${table.table}” on ${ctx.target.instanceName} without blocking reads or writes.`,
      acts: [{ step: 'create', sql, as: 'login operate' }],
      params: { schema: table.schema, table: table.table, tableOid: table.oid, index: name, sql },
      warnings,
      blockers,
      estimates: [
        {
          label: 'Index',
          value: bytes,
          unit: 'bytes',
          note:
            bytes === null
              ? 'not known without statistics of plain columns'
              : definition.predicate
                ? 'at most: only some rows are in it'
                : 'from the table’s statistics',
        },
        { label: 'Table', value: table.bytes, unit: 'bytes', note: 'read twice' },
        { label: 'Rows', value: table.rows < 0 ? null : table.rows, unit: 'count' },
        {
          label: 'Indexes that each write keeps up',
          value: indexes.length + 1,
          unit: 'count',
          note: `${indexes.length} now`,
        },
        {
          label: 'Duration',
          value: median(past),
          unit: 'seconds',
          note:
            past.length === 0 ? 'no earlier run to go by' : `median of ${plural(past.length, 'earlier run')}`,
        },
      ],
      tables: [
        ...tables,
        {
          title: 'Indexes of the table now',
          columns: ['Index', 'Definition', 'Bytes'],
          rows: indexes.map((index) => [index.name, index.definition, index.bytes]),
        },
      ],
    };
  } finally {
    await session.close();
  }
}
