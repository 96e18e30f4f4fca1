import type { PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import { conninfo, shownConninfo } from '@/lib/procedures/conninfo';
import type { RescueTable } from '@/lib/procedures/table-rescue-catalog';
import { besideStatements, mergeStatements, selectRows } from '@/lib/procedures/table-rescue-sql';

export interface RescueInput {
  copyId: string;
  database: string;
  schema: string;
  table: string;
  how: 'own-name' | 'beside' | 'merge';
  name?: string;
  updateDifferent: boolean;
  skipTriggers: boolean;
}

export type RescueParams = {
  /** The table that is made or written. */
  name: string;
  major: number;
  moment: string | null;
  columns: string[];
};

/** What both sides have of the table when it is planned. */
export interface RescueSides {
  saved: RescueTable;
  live: RescueTable | undefined;
  roles: ReadonlySet<string>;
}

/** pg_dump's arguments for a table of a copy and its children: exact names, nothing read as a pattern. */
export function tableDumpArguments(
  copy: { socketDir: string; port: number; user: string },
  input: RescueInput,
  children: readonly (readonly [string, string])[],
  directory: string,
): string[] {
  const { socketDir: host, port, user } = copy;
  return [
    `--dbname=${conninfo({ host, port, user, dbname: input.database })}`,
    '--format=directory',
    '--compress=0',
    '--no-password',
    '--strict-names',
    // Within double quotes no character of a pattern has a meaning (psql, “Patterns”).
    ...[[input.schema, input.table] as const, ...children].map(
      ([schema, table]) => `--table=${qualified(schema, table)}`,
    ),
    `--file=${directory}`,
  ];
}

/** `list`: the file with the order of a partition's entries. */
export function tableRestoreArguments(directory: string, list?: string): string[] {
  return [
    '--single-transaction',
    '--exit-on-error',
    '--no-password',
    '--verbose',
    ...(list === undefined ? [] : [`--use-list=${list}`]),
    directory,
  ];
}

/** The name of the table that keeps what a merge changed; `{run}` is open in a plan. */
export const undoTableName = (run: string) => `plumbline_undo_${run}`;

/** Each command and statement of a rescue, in order. */
export function rescueActs(
  ctx: PlanContext,
  copy: { socketDir: string; port: number; user: string },
  input: RescueInput,
  params: RescueParams,
  sides: RescueSides,
): PlanDraft['acts'] {
  const as = 'login operate';
  const place = qualified(input.schema, params.name);
  if (input.how === 'own-name') {
    const directory = '{runDir}/table';
    const list = sides.saved.isPartition ? `${directory}.list` : undefined;
    return [
      {
        step: 'rescue',
        argv: ['pg_dump', ...tableDumpArguments(copy, input, sides.saved.children, directory)],
        as: 'the worker, from the copy',
      },
      // Its attaching is put at the end of this list.
      ...(list ? [{ step: 'rescue', argv: ['pg_restore', '--list', directory] }] : []),
      {
        step: 'rescue',
        argv: [
          'pg_restore',
          shownConninfo(ctx.target, input.database, 'operate'),
          ...tableRestoreArguments(directory, list),
        ],
        as,
      },
      ...sides.saved.references.map((reference) => ({
        step: 'links',
        sql: `${referenceSql(reference)};`,
        as: `${as}, where it is gone`,
      })),
    ];
  }
  const read = {
    step: 'rescue',
    sql: `${selectRows(sides.saved, qualified(input.schema, input.table), params.columns)};`,
    as: 'the worker, from the copy',
  };
  const lines = (statements: readonly string[]) => statements.map((line) => `${line};`).join('\n');
  if (input.how === 'beside') {
    const { create, after, tried } = besideStatements(place, sides.saved, sides.roles);
    return [
      read,
      {
        step: 'rescue',
        sql: lines(['begin', create, '-- the rows of the copy', ...after, ...tried, 'commit']),
        as,
      },
    ];
  }
  if (!sides.live || sides.live.key.length === 0) return [];
  const merge = mergeStatements({
    ...input,
    undoTable: undoTableName('{run}'),
    live: sides.live,
    columns: params.columns,
    update: input.updateDifferent,
  });
  const replica = input.skipTriggers ? ['set local session_replication_role = replica'] : [];
  return [
    read,
    {
      step: 'rescue',
      sql: lines(['begin', ...replica, ...merge.stage, '-- the rows of the copy', ...merge.work, 'commit']),
      as,
    },
  ];
}

export function referenceSql(of: RescueTable['references'][number]): string {
  return `alter table ${qualified(of.schema, of.table)} add constraint ${quoteIdent(of.name)} ${of.definition}`;
}
