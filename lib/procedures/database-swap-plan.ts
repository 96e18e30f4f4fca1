import { plural } from '@/lib/base/format';
import type { PlanContext, PlanDraft, Session } from '@/lib/engine/define-job';
import { quoteIdent, quoteLiteral } from '@/lib/instance/quote';
import { markOf, whyNoName, withoutMark } from '@/lib/procedures/database-beside-mark';
import {
  carryOverStatements,
  commentStatement,
  type DatabaseTraits,
  readTraits,
  traitDifferences,
} from '@/lib/procedures/database-carry-over';
import { followers, inside, sessionsOf, swapRights } from '@/lib/procedures/database-swap-facts';
import { median } from '@/lib/procedures/dump-plan';
import { shownList } from '@/lib/procedures/validation';

export interface SwapInput {
  database: string;
  restored: string;
  keepAs?: string;
  keepDays: number;
  acceptDifferences: boolean;
}

export type SwapParams = {
  /** What the replaced one will be called; `{yyyymmddhhmmss}` in it is filled in when it happens. */
  kept: string;
  carry: string[];
  comment: string | null;
  moment: string | null;
};

export const stampPlace = '{yyyymmddhhmmss}';

/** The statements around the moment itself, for plan and run. */
export function swapStatements(database: string, restored: string, kept: string) {
  const [live, next, old] = [quoteIdent(database), quoteIdent(restored), quoteIdent(kept)];
  return {
    close: [live, next].map((name) => `alter database ${name} allow_connections false`),
    rename: [`alter database ${live} rename to ${old}`, `alter database ${next} rename to ${live}`],
    open: `alter database ${live} allow_connections true`,
    /** After a failure both are as they were. */
    reopen: [live, next].map((name) => `alter database ${name} allow_connections true`),
  };
}

/** Ends every session of both databases but our own. */
export function terminateStatement(databases: readonly string[]): string {
  return `select pid, pg_terminate_backend(pid, 5000) as ended
from pg_stat_activity
where datname in (${databases.map(quoteLiteral).join(', ')}) and pid <> pg_backend_pid()`;
}

/** The dry run of a swap: who is hit, what is lost, what does not follow, and each statement. Reads only. */
export async function planSwap(ctx: PlanContext, input: SwapInput): Promise<PlanDraft<SwapParams>> {
  const { database, restored } = input;
  const session = await ctx.connect('operate');
  try {
    const live = await readTraits(session, database);
    const next = await readTraits(session, restored);
    const kept = input.keepAs ?? `${database}_old_${stampPlace}`;
    const params: SwapParams = {
      kept,
      carry: live ? carryOverStatements(restored, live).slice(0, -1) : [],
      comment: withoutMark(live?.comment ?? null),
      moment: markOf(next?.comment ?? null)?.moment ?? null,
    };
    const draft = { summary: '', acts: actsOf(input, params), params };
    if (!live || !next) {
      const name = live ? restored : database;
      const message = `There is no database “${name}”.`;
      const next =
        'Restore one beside it first; where the one in use is gone, rename the restored one by hand.';
      return { ...draft, summary: message, warnings: [], estimates: [], blockers: [{ message, next }] };
    }
    const rights = await swapRights(session, [database, restored]);
    const blockers = [...rights.blockers, ...(await nameBlockers(ctx, session, input, kept))];
    blockers.push(...markBlockers(input, next));
    const differences = traitDifferences(live, next);
    const tables = await comparedTables(ctx, input);
    const lost = params.moment === null ? null : (Date.now() - Date.parse(params.moment)) / 1000;
    const hit = await sessionsOf(session, [database, restored]);
    const past = await ctx.pastDurations();
    return {
      ...draft,
      summary: `Let “${restored}” take the name “${database}” on ${ctx.target.instanceName}; what is in use now is kept as “${kept}”, closed, for ${input.keepDays} days.`,
      warnings: [
        ...(lost === null ? ['Nobody knows the moment of the restored rows.'] : []),
        'All sessions of both databases are ended, and nobody can connect until the names are changed.',
        'What was written since the moment of the restored rows is then only in the kept database.',
        ...(differences.length > 0 ? [`Set anew before the swap: ${shownList(differences)}`] : []),
        ...(tables.unread ? [tables.unread] : []),
        ...(await followers(ctx, session, database)),
      ],
      blockers,
      estimates: [
        {
          label: 'Time lost',
          value: lost,
          unit: 'seconds',
          note: params.moment ? `the restored rows are of ${params.moment}` : 'not known',
        },
        {
          label: 'Rows fewer than in use',
          value: tables.fewer,
          unit: 'count',
          note: 'by estimates of the planner',
        },
        {
          label: 'Sessions ended',
          value: hit.rows.reduce((sum, row) => sum + Number(row[3]), 0),
          unit: 'count',
        },
        {
          label: 'Duration',
          value: median(past),
          unit: 'seconds',
          note:
            past.length === 0 ? 'no earlier run to go by' : `median of ${plural(past.length, 'earlier run')}`,
        },
      ],
      tables: [hit, tables.table],
    };
  } finally {
    await session.close();
  }
}

function actsOf({ database, restored }: SwapInput, params: SwapParams): PlanDraft['acts'] {
  const as = 'login operate';
  const sql = swapStatements(database, restored, params.kept);
  const lines = [
    ...sql.close,
    terminateStatement([database, restored]),
    'begin',
    ...sql.rename,
    'commit',
    sql.open,
    commentStatement(database, params.comment),
    commentStatement(params.kept, `${params.comment ?? ''} [plumbline {mark}]`.trim()),
  ];
  return [
    { step: 'carry', sql: params.carry.map((line) => `${line};`).join('\n'), as },
    { step: 'analyze', sql: 'analyze;', as: `${as}, in ${restored}, where a table has no statistics yet` },
    { step: 'swap', sql: lines.map((line) => `${line};`).join('\n'), as },
  ];
}

async function nameBlockers(ctx: PlanContext, session: Session, input: SwapInput, kept: string) {
  const blockers: PlanDraft['blockers'] = [];
  const noName = whyNoName(kept.replace(stampPlace, '20261121164000'));
  if (noName) blockers.push({ message: noName, next: 'Say another name for the kept database.' });
  else if (await readTraits(session, kept)) {
    blockers.push({ message: `There is a database “${kept}” already.`, next: 'Say another name.' });
  }
  if ([input.database, input.restored].includes(ctx.target.maintenanceDatabase)) {
    blockers.push({
      message: `“${ctx.target.maintenanceDatabase}” is the database that Plumbline itself connects to.`,
      next: 'Set another maintenance database in the settings of the server.',
    });
  }
  return blockers;
}

function markBlockers(input: SwapInput, next: DatabaseTraits): PlanDraft['blockers'] {
  const mark = markOf(next.comment);
  if (mark?.of !== input.database) {
    const message = `“${input.restored}” was not made beside “${input.database}” by this console.`;
    return [{ message, next: 'Choose a database that was restored beside it.' }];
  }
  if (mark.errors === 0 || input.acceptDifferences) return [];
  const message = `“${input.restored}” is not whole: its restore had ${mark.errors} errors.`;
  return [{ message, next: 'Restore another one, or plan it with “Accept what is missing”.' }];
}

const tablesSql = `select n.nspname::text as schema, c.relname::text as name,
  case when c.reltuples < 0 then null else c.reltuples::float8 end as rows
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1, 2
limit 20000`;
const shownTables = 200;

/** Tables of both, those that differ most first. Estimates: exact counts are for the copy's own page. */
async function comparedTables(ctx: PlanContext, { database, restored }: SwapInput) {
  const [live, next] = [await inside(ctx, database, tablesSql), await inside(ctx, restored, tablesSql)];
  const unread =
    live.length === 0 || next.length === 0
      ? 'One of the databases could not be looked into (no tables, no right, or it takes no connections): their tables are not compared.'
      : null;
  const key = (row: (typeof live)[number]) => JSON.stringify([row.schema, row.name]);
  const other = new Map(next.map((row) => [key(row), row.rows]));
  const names = new Map([...live, ...next].map((row) => [key(row), `${row.schema}.${row.name}`]));
  const inUse = new Map(live.map((row) => [key(row), row.rows]));
  const rows = [...names].map(([id, name]): [string, number | string, number | string, number] => {
    const before = inUse.has(id) ? (inUse.get(id) ?? '?') : 'missing';
    const after = other.has(id) ? (other.get(id) ?? '?') : 'missing';
    const difference = Number(other.get(id) ?? 0) - Number(inUse.get(id) ?? 0);
    return [name, before as number | string, after as number | string, difference];
  });
  rows.sort((left, right) => Math.abs(right[3]) - Math.abs(left[3]));
  return {
    unread,
    fewer: unread ? null : rows.reduce((sum, row) => sum + Math.max(0, -row[3]), 0),
    table: {
      title: `Tables, those that differ most first (${Math.min(rows.length, shownTables)} of ${rows.length})`,
      columns: ['Table', 'Rows in use (estimate)', 'Rows restored (estimate)', 'Difference'],
      rows: rows.slice(0, shownTables),
    },
  };
}
