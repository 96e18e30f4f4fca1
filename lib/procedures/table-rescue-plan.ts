import { PlumblineError } from '@/lib/base/errors';
import { plural } from '@/lib/base/format';
import type { PlanContext, PlanDraft, Session } from '@/lib/engine/define-job';
import { stampOf, whyNoName } from '@/lib/procedures/database-beside-mark';
import { connectForPlan, median } from '@/lib/procedures/dump-plan';
import { clientMajor } from '@/lib/procedures/dump-preflight';
import {
  type RescueInput,
  type RescueParams,
  type RescueSides,
  rescueActs,
} from '@/lib/procedures/table-rescue-acts';
import { type RescueTable, readRescueTable } from '@/lib/procedures/table-rescue-catalog';
import { rescueRights } from '@/lib/procedures/table-rescue-rights';
import { shownList } from '@/lib/procedures/validation';

export async function roleNames(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.query('select rolname::text as name from pg_roles');
  return new Set(rows.map((row) => String(row.name)));
}

/** Columns that both have with the same type; what the server computes itself is left to it. */
export function sharedColumns(saved: RescueTable, live: RescueTable): string[] {
  return saved.columns
    .filter((column) =>
      live.columns.some(
        ({ name, type, generated }) => name === column.name && type === column.type && !generated,
      ),
    )
    .map(({ name }) => name);
}

function checkColumns(saved: RescueTable, live: RescueTable, columns: readonly string[]) {
  const blockers: PlanDraft['blockers'] = [];
  const warnings: string[] = [];
  if (live.key.length === 0 || live.key.some((name) => !columns.includes(name))) {
    blockers.push({
      message: 'The table has no primary key that both have, so rows cannot be told apart.',
      next: 'Rescue it beside, and move the rows by hand.',
    });
  }
  const left = saved.columns.filter(({ name, generated }) => !generated && !columns.includes(name));
  if (left.length > 0) {
    warnings.push(
      `Columns that the live table no longer has, or with another type: ${shownList(left.map(({ name }) => name))}. Their values stay in the copy.`,
    );
  }
  const added = live.columns.filter(({ name, generated }) => !generated && !columns.includes(name));
  if (added.length > 0) {
    warnings.push(`Columns that came since get their default: ${shownList(added.map(({ name }) => name))}.`);
  }
  return { blockers, warnings };
}

const asRows = (names: readonly (string | readonly string[])[]): string[][] =>
  names.map((name) => (typeof name === 'string' ? [name] : [...name]));

/** What belongs to the table and is not brought back with it, with the statement where there is one. */
function notBroughtBack({ saved }: RescueSides, how: RescueInput['how']): NonNullable<PlanDraft['tables']> {
  const tables: NonNullable<PlanDraft['tables']> = [];
  if (how !== 'merge' && saved.views.length > 0) {
    tables.push({
      title: 'Views of then that read it: not brought back',
      columns: ['View'],
      rows: asRows(saved.views),
    });
  }
  if (how !== 'merge' && saved.references.length > 0) {
    tables.push({
      title:
        how === 'own-name'
          ? 'Foreign keys of other tables to it: made again where they are gone'
          : 'Foreign keys of other tables stay with the live table',
      columns: ['Table', 'Name', 'Definition'],
      rows: saved.references.map(({ schema, table, name, definition }) => [
        `${schema}.${table}`,
        name,
        definition,
      ]),
    });
  }
  return tables;
}

/** What a run starts with: both sides as they are, and where the table will be. Also used for planning. */
export async function readSides(
  live: Session,
  saved: Session,
  input: Pick<RescueInput, 'schema' | 'table'>,
): Promise<RescueSides> {
  const table = await readRescueTable(saved, input.schema, input.table);
  if (!table || !['r', 'p'].includes(table.kind)) {
    throw new PlumblineError('bad-input', `The copy has no table ${input.schema}.${input.table}.`, {
      fields: { table: 'There is no such table in the copy.' },
      next: 'Look at the tables of the copy; the moment may be too early or too late.',
    });
  }
  return {
    saved: table,
    live: await readRescueTable(live, input.schema, input.table),
    roles: await roleNames(live),
  };
}

/** The dry run of a rescue: both tables side by side, rights, and each command or statement. Reads only. */
export async function planRescue(ctx: PlanContext, input: RescueInput): Promise<PlanDraft<RescueParams>> {
  const copy = await ctx.copy(input.copyId);
  const live = await connectForPlan(ctx, 'operate', input.database);
  const saved = await copy.connect(input.database);
  try {
    const sides = await readSides(live, saved, input);
    const [at] = await saved.query(
      `select to_char(pg_last_xact_replay_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
    );
    const moment = typeof at?.at === 'string' ? at.at : null;
    const stamp = moment === null ? input.copyId.replaceAll('-', '').slice(-12) : stampOf(moment);
    const name = input.how === 'beside' ? (input.name ?? `${input.table}_rescued_${stamp}`) : input.table;
    const blockers = await rescueRights(live, input, sides);
    const warnings: string[] = [];
    const isTaken = input.how !== 'merge' && (await readRescueTable(live, input.schema, name)) !== undefined;
    const noName = whyNoName(name);
    if (noName) blockers.push({ message: noName, next: 'Give the new table a shorter name.' });
    if (isTaken) {
      blockers.push({
        message: `There is a relation ${input.schema}.${name} already.`,
        next: input.how === 'own-name' ? 'Rescue it beside, or merge it by key.' : 'Give another name.',
      });
    }
    let columns = sides.saved.columns.map((column) => column.name);
    if (input.how === 'merge') {
      if (!sides.live || !['r', 'p'].includes(sides.live.kind)) {
        blockers.push({
          message: `There is no live table ${input.schema}.${input.table}.`,
          next: 'Rescue it under its own name.',
        });
      } else {
        columns = sharedColumns(sides.saved, sides.live);
        const checked = checkColumns(sides.saved, sides.live, columns);
        blockers.push(...checked.blockers);
        warnings.push(...checked.warnings);
        if (sides.live.triggers.length > 0 && !input.skipTriggers) {
          warnings.push(
            `Triggers fire for each row that is brought back: ${shownList(sides.live.triggers)}.`,
          );
        }
      }
    }
    if (input.how === 'beside' && sides.saved.rowSecurity) {
      warnings.push(
        'The table has row security. It is not made anew, so only the owner gets to see the rescued rows.',
      );
    }
    if (input.how === 'beside') {
      warnings.push('Sequences, identity and computed columns become plain columns with the values of then.');
    }
    const major = await clientMajor(
      ctx,
      Math.max(copy.major, Math.floor(ctx.target.serverVersionNum / 10_000)),
      ['pg_dump', 'pg_restore'],
    );
    if (input.how === 'own-name' && major === undefined) {
      blockers.push({
        message: `The worker ${ctx.workerName} has no pg_restore for this server.`,
        next: 'Install the client programs of its major.',
      });
    }
    const params: RescueParams = { name, major: major ?? copy.major, moment, columns };
    const past = await ctx.pastDurations();
    return {
      summary: summaryOf(input, params),
      acts: rescueActs(ctx, copy, input, params, sides),
      params,
      warnings,
      blockers,
      estimates: [
        { label: 'Rows in the copy', value: sides.saved.rows, unit: 'count', note: 'estimate' },
        {
          label: 'Rows in the live table',
          value: sides.live?.rows ?? null,
          unit: 'count',
          note: sides.live ? 'estimate' : 'it is gone',
        },
        { label: 'Size in the copy', value: sides.saved.bytes, unit: 'bytes' },
        {
          label: 'Duration',
          value: median(past),
          unit: 'seconds',
          note:
            past.length === 0 ? 'no earlier run to go by' : `median of ${plural(past.length, 'earlier run')}`,
        },
      ],
      tables: notBroughtBack(sides, input.how),
    };
  } finally {
    await Promise.all([live.close(), saved.close()]);
  }
}

function summaryOf(input: RescueInput, { name, moment }: RescueParams): string {
  const from = `${input.schema}.${input.table} of “${input.database}” from the copy${moment ? ` as of ${moment}` : ''}`;
  if (input.how === 'own-name') return `Bring back ${from} under its own name.`;
  if (input.how === 'beside') return `Bring back ${from} beside the live one, as ${name}.`;
  return `Insert the rows of ${from} whose key the live table lacks${input.updateDifferent ? ', and put back those that differ' : '; the others stay as they are'}.`;
}
