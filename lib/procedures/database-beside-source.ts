import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { BackupRecord, OpenCopy, PlanContext, Session } from '@/lib/engine/define-job';
import { stampOf } from '@/lib/procedures/database-beside-mark';
import { type DatabaseTraits, grantsOf, readTraits } from '@/lib/procedures/database-carry-over';
import { globalsFile, type Manifest, readManifest } from '@/lib/procedures/dump-archive';
import { type Globals, globalsSchema } from '@/lib/procedures/dump-globals';

export interface BesideInput {
  backupId?: string;
  copyId?: string;
  database?: string;
  name?: string;
  jobs: number;
  check: boolean;
  keepWithErrors: boolean;
}

/** What a database is restored from: a dump that lies here, or a copy that is open here. */
export type BesideSource =
  | { from: 'dump'; backup: BackupRecord; manifest: Manifest; globals: Globals }
  | { from: 'copy'; copy: OpenCopy };

export interface FoundSource {
  source: BesideSource;
  database: string;
  /** The moment that its rows are of; null when the copy cannot say. */
  moment: string | null;
  /** Ends the name of the new database, the same each time it is planned. */
  stamp: string;
  /** The major that the rows come from. */
  major: number;
  /** As the source knew them; rights in it of roles that are gone are told, not guessed. */
  traits: DatabaseTraits;
  bytes: number;
  blockers: { message: string; next: string }[];
}

function bad(field: keyof BesideInput, message: string, next: string): PlumblineError {
  return new PlumblineError('bad-input', message, { fields: { [field]: message }, next });
}

/**
 * Opens what the input names. `live` is a session on the server that takes the database in: it says what the rights
 * of a dump mean there.
 *
 * @throws PlumblineError `bad-input` for a source that is not there or not of this cluster, and whatever the copy says.
 */
export function findSource(ctx: PlanContext, input: BesideInput, live: Session): Promise<FoundSource> {
  if ((input.backupId === undefined) === (input.copyId === undefined)) {
    throw bad('backupId', 'Name either a backup or a copy.', 'Choose one of them.');
  }
  return input.copyId === undefined ? fromDump(ctx, input, live) : fromCopy(ctx, input, input.copyId);
}

async function fromDump(ctx: PlanContext, input: BesideInput, live: Session): Promise<FoundSource> {
  const backup = await ctx.findBackup(input.backupId ?? '');
  if (!backup || backup.clusterId !== ctx.target.clusterId || backup.type !== 'logical') {
    throw bad('backupId', 'There is no such dump of this cluster.', 'Choose one of its logical backups.');
  }
  const blockers: FoundSource['blockers'] = [];
  if (backup.state !== 'ready' || backup.workerName !== ctx.workerName) {
    throw new PlumblineError(
      'conflict',
      backup.state === 'ready'
        ? `The backup lies on the worker ${backup.workerName}, this is ${ctx.workerName}.`
        : `The backup is ${backup.state}.`,
      { next: 'Choose a backup that is ready, and let the worker that holds it run this.' },
    );
  }
  const manifest = await readManifest(backup.path, String(backup.facts.manifestSha256 ?? '') || undefined);
  const globals = globalsSchema.parse(
    JSON.parse(await readFile(path.join(backup.path, globalsFile), 'utf8')),
  );
  const { connectionLimit, owner, acl, comment, tablespace, ...locale } = globals.database;
  let grants: DatabaseTraits['grants'] = [];
  try {
    grants = await grantsOf(live, acl, owner);
  } catch (error) {
    blockers.push({
      message: `The rights of the database as they were saved cannot be given: ${messageOf(error)}`,
      next: 'Create the role that is named; roles.sql beside the dump has its statement.',
    });
  }
  return {
    source: { from: 'dump', backup, manifest, globals },
    database: manifest.database,
    moment: manifest.snapshot.at,
    stamp: stampOf(manifest.snapshot.at),
    major: Math.max(manifest.dumpMajor, Math.floor(manifest.serverVersionNum / 10_000)),
    traits: {
      ...locale,
      ...{ owner, acl, comment, tablespace, connectionLimit, grants },
      settings: globals.settings.flatMap(({ role, database, settings }) =>
        database === manifest.database ? settings.map((setting) => ({ role, setting })) : [],
      ),
      labels: [],
    },
    bytes: Number(backup.facts.decodedBytes ?? backup.bytes * 4) * 1.5,
    blockers,
  };
}

async function fromCopy(ctx: PlanContext, input: BesideInput, copyId: string): Promise<FoundSource> {
  const database = input.database ?? '';
  if (database === '')
    throw bad('database', 'Say which database of the copy.', 'Choose one of its databases.');
  const copy = await ctx.copy(copyId);
  const session = await copy.connect();
  try {
    const traits = await readTraits(session, database);
    if (!traits) {
      throw bad('database', `The copy has no database “${database}”.`, 'Open one of an earlier moment.');
    }
    const [facts] = await session.query(
      `select to_char(pg_last_xact_replay_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
         pg_database_size($1::name)::float8 as bytes`,
      [database],
      { deadlineMs: 60_000 },
    );
    const moment = typeof facts?.at === 'string' ? facts.at : null;
    return {
      source: { from: 'copy', copy },
      database,
      moment,
      stamp: moment === null ? copyId.replaceAll('-', '').slice(-12) : stampOf(moment),
      major: copy.major,
      traits,
      bytes: Number(facts?.bytes),
      blockers: [],
    };
  } finally {
    await session.close();
  }
}
