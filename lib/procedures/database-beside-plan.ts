import path from 'node:path';
import { formatBytes, plural } from '@/lib/base/format';
import type { JsonObject, PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import { conninfo, shownConninfo } from '@/lib/procedures/conninfo';
import { type BesideMark, whyNoName, withoutMark } from '@/lib/procedures/database-beside-mark';
import { besideRights, extensionProblems, missingRoles } from '@/lib/procedures/database-beside-rights';
import { type BesideInput, type FoundSource, findSource } from '@/lib/procedures/database-beside-source';
import {
  carryOverStatements,
  commentStatement,
  type DatabaseTraits,
  readTraits,
} from '@/lib/procedures/database-carry-over';
import { dumpFolder } from '@/lib/procedures/dump-archive';
import { createDatabaseSql } from '@/lib/procedures/dump-globals';
import { median } from '@/lib/procedures/dump-plan';
import { clientMajor } from '@/lib/procedures/dump-preflight';
import { shownList } from '@/lib/procedures/validation';
import { packageOf } from '@/lib/tools/programs';

export type BesideParams = {
  database: string;
  name: string;
  major: number;
  moment: string | null;
  /** The dump's folder; null when a copy is dumped first. */
  dump: string | null;
  create: string;
  carry: string[];
  /** As people wrote it; our mark comes behind it. */
  comment: string | null;
};

/** Bytes of a database; null for a login that may not know (PostgreSQL documentation, 9.28.7). */
export const databaseSizeSql = `select case when has_database_privilege($1::name, 'connect')
  or pg_has_role('pg_read_all_stats', 'usage') then pg_database_size($1::name)::float8 end as bytes`;

/** pg_dump's arguments for one database of a copy; `directory` does not exist yet. */
export function copyDumpArguments(
  copy: { socketDir: string; port: number; user: string },
  database: string,
  options: { jobs: number; directory: string },
): string[] {
  const { socketDir: host, port, user } = copy;
  return [
    `--dbname=${conninfo({ host, port, user, dbname: database })}`,
    '--format=directory',
    `--jobs=${options.jobs}`,
    '--compress=0',
    '--verbose',
    '--no-password',
    `--file=${options.directory}`,
  ];
}

/**
 * pg_restore's arguments but for the connection. A subscription would start to take from its publisher a second time,
 * so none is restored.
 */
export function besideRestoreArguments(jobs: number, directory: string): string[] {
  return [`--jobs=${jobs}`, '--verbose', '--no-password', '--no-subscriptions', directory];
}

/** What makes the empty database, for plan and run: as the source's, from the template without anything of its own. */
function createStatement(name: string, traits: DatabaseTraits, serverVersionNum: number): string {
  const create = createDatabaseSql(name, traits, serverVersionNum);
  return `${create} owner ${quoteIdent(traits.owner)} tablespace ${quoteIdent(traits.tablespace)}`;
}

/** Until it has the rights of the one in use nobody gets in but its owner: a new database lets everybody. */
export const closeToOthers = (name: string) => `revoke all on database ${quoteIdent(name)} from public`;

/** A restored database that nobody has put into use by then is asked about. */
const keptMs = 7 * 86_400_000;

export function restoredMark(params: BesideParams, run: string, errors = 0): BesideMark {
  const { database, moment } = params;
  const until = new Date(Date.now() + keptMs).toISOString();
  return { of: database, made: 'restored', moment, run, until, errors };
}

/** The dry run of a restore beside: names, rights, room, and each statement and command in full. Reads only. */
export async function planBeside(
  ctx: PlanContext,
  input: BesideInput,
  disks: () => Promise<JsonObject[]>,
): Promise<PlanDraft<BesideParams>> {
  const live = await ctx.connect('operate');
  try {
    const found = await findSource(ctx, input, live);
    const { database, moment, source } = found;
    const now = await readTraits(live, database);
    const traits = now ?? found.traits;
    const name = input.name ?? `${database}_restore_${found.stamp}`;
    const roleSettings = traits.settings.some(({ role }) => role !== null);
    const rights = await besideRights(live, { database, owner: traits.owner, roleSettings });
    const blockers = [...found.blockers, ...rights.blockers];
    const warnings = [...rights.warnings];
    const noName = whyNoName(name);
    if (noName) blockers.push({ message: noName, next: 'Give the new database a shorter name.' });
    else if (await readTraits(live, name)) {
      blockers.push({
        message: `There is a database “${name}” already.`,
        next: 'Drop it by its own plan, or give another name.',
      });
    }
    if (source.from === 'dump') {
      const roles = await missingRoles(
        live,
        source.globals.roles.map((role) => role.name),
      );
      if (roles.length > 0) {
        warnings.push(
          `Roles that were there when the backup was taken are gone: ${shownList(roles)}. If they own or may use something in it, create them first: roles.sql beside the dump has the statements.`,
        );
      }
      const extensions = await extensionProblems(live, source.manifest.catalog.extensions);
      blockers.push(...extensions.blockers);
      warnings.push(...extensions.warnings);
    }
    if (now && now.owner !== found.traits.owner) {
      warnings.push(
        `It gets the owner that the live one has now, ${now.owner}; then it was ${found.traits.owner}.`,
      );
    }
    const serverMajor = Math.floor(ctx.target.serverVersionNum / 10_000);
    const major = await clientMajor(ctx, Math.max(serverMajor, found.major), ['pg_dump', 'pg_restore']);
    if (major === undefined) {
      blockers.push({
        message: `The worker ${ctx.workerName} has no pg_restore of PostgreSQL ${serverMajor} or newer.`,
        next: `Install Debian’s package ${packageOf(serverMajor, 'client')} on it.`,
      });
    }
    const [size] = now
      ? await live.query(databaseSizeSql, [database], {
          deadlineMs: 60_000,
        })
      : [];
    const bytes = Math.max(Number(size?.bytes ?? 0), found.bytes) * 1.2;
    const room = freeRoom(await disks(), bytes, traits.tablespace);
    blockers.push(...room.blockers);
    const dump = source.from === 'dump' ? path.join(source.backup.path, dumpFolder) : null;
    const params: BesideParams = {
      ...{ database, name, moment, dump },
      major: major ?? serverMajor,
      create: createStatement(name, traits, ctx.target.serverVersionNum),
      carry: carryOverStatements(name, traits).slice(0, -1),
      comment: withoutMark(traits.comment),
    };
    const past = await ctx.pastDurations();
    return {
      summary: `Restore “${database}”${moment ? ` as of ${moment}` : ''} as the new database “${name}” on ${ctx.target.instanceName}. The one in use is not touched.`,
      acts: actsOf(ctx, params, input, found),
      params,
      warnings,
      blockers,
      estimates: [
        { label: 'Room it needs', value: bytes, unit: 'bytes', note: 'beside the database in use' },
        {
          label: 'Free on the disk of the data',
          value: room.free,
          unit: 'bytes',
          ...(room.free === null && { note: 'not known: no worker runs beside the server' }),
        },
        {
          label: 'Duration',
          value: median(past),
          unit: 'seconds',
          note:
            past.length === 0 ? 'no earlier run to go by' : `median of ${plural(past.length, 'earlier run')}`,
        },
      ],
    };
  } finally {
    await live.close();
  }
}

function actsOf(
  ctx: PlanContext,
  params: BesideParams,
  input: BesideInput,
  { source }: FoundSource,
): PlanDraft['acts'] {
  const directory = '{runDir}/copy';
  const as = 'login operate';
  const { database, name, dump } = params;
  const mark = commentStatement(name, `${params.comment ?? ''} [plumbline {mark}]`.trim());
  return [
    ...(source.from === 'copy'
      ? [
          {
            step: 'restore',
            argv: ['pg_dump', ...copyDumpArguments(source.copy, database, { jobs: input.jobs, directory })],
            as: 'the worker, from the copy',
          },
        ]
      : []),
    { step: 'restore', sql: `${params.create};\n${closeToOthers(name)};\n${mark};`, as },
    {
      step: 'restore',
      argv: [
        'pg_restore',
        shownConninfo(ctx.target, name, 'operate'),
        ...besideRestoreArguments(input.jobs, dump ?? directory),
      ],
      as,
    },
    { step: 'carry', sql: params.carry.map((line) => `${line};`).join('\n'), as },
    { step: 'analyze', sql: 'analyze;', as: `${as}, in ${name}` },
  ];
}

/** What the disks of the data's machine leave free, when something has read them. */
function freeRoom(disks: JsonObject[], bytes: number, tablespace: string) {
  const place = tablespace === 'pg_default' ? 'data' : `tablespace ${tablespace}`;
  const row = disks.find(({ holds }) => typeof holds === 'string' && holds.includes(place));
  const free = typeof row?.free_bytes === 'number' ? row.free_bytes : null;
  if (free === null || free > bytes) return { free, blockers: [] };
  const message = `The disk of the data has ${formatBytes(free)} free; the restored database needs about ${formatBytes(bytes)} beside the one in use.`;
  return { free, blockers: [{ message, next: 'Free space or give the disk room, then plan again.' }] };
}
