import { existsSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { runTool, runToolOrFail } from '@/lib/tools/process';
import { type PostgresPrograms, programPath } from '@/lib/tools/programs';
import { latestMigration } from '@/migrations/all';

/** What a dump of a console database says of itself before anything is restored. */
export interface DumpContents {
  /** When pg_dump began, as it wrote it. */
  madeAt: string;
  /** Its newest migration. */
  migration: string;
  /** Keys that its sealed secrets may need. */
  keyIds: string[];
  /** Tables that belonged to the worker's role. */
  workerTables: string[];
}

const deadlineMs = 300_000;

/** `215; 1259 16390 TABLE public samples plumbline_worker` (pg_restore --list); names of ours hold no blanks. */
const tableLine = /^\d+; \d+ \d+ TABLE public (\S+) plumbline_worker$/;

/**
 * Reads what a dump is.
 *
 * @throws PlumblineError `bad-input` when there is no such file, it is no dump, or not one of a console; `conflict` when
 * it was made by a newer version.
 */
export async function readDumpContents(file: string, programs: PostgresPrograms): Promise<DumpContents> {
  if (!existsSync(file)) {
    throw new PlumblineError('bad-input', `There is no file ${file}.`, {
      next: 'Give the path of a dump; PLUMBLINE_CONSOLE_DUMPS names the folder that they were written to.',
    });
  }
  const restore = programPath(programs, 'pg_restore');
  const list = await runTool({
    argv: [restore, '--list', file],
    deadlineMs,
    keepCharacters: 4_000_000,
  });
  if (list.exitCode !== 0) {
    throw new PlumblineError(
      'bad-input',
      `${file} is not a dump that pg_restore reads: ${list.stderr.trim().slice(-300)}`,
      { next: 'Take another one of the dumps: each was read back when it was made.' },
    );
  }
  const lines = list.stdout.split('\n');
  if (!lines.some((line) => / TABLE DATA public kysely_migration /.test(line))) {
    throw new PlumblineError('bad-input', `${file} is a dump, but not of a console of Plumbline.`, {
      next: 'The console’s own dumps are called plumbline-console-….dump.',
    });
  }
  const rows = await copyRows(restore, file);
  const migration = (rows.kysely_migration ?? [])
    .map((row) => row.split('\t')[0] ?? '')
    .sort()
    .at(-1);
  if (!migration) throw new PlumblineError('bad-input', `${file} holds a console that was never set up.`);
  if (migration > latestMigration) {
    throw new PlumblineError(
      'conflict',
      `${file} was made by a newer version of Plumbline (${migration}; this one knows ${latestMigration}).`,
      { next: 'Install that version and come back with it.' },
    );
  }
  return {
    madeAt: lines.map((line) => /^; +Archive created at (.+)$/.exec(line)?.[1]).find(Boolean) ?? 'unknown',
    migration,
    keyIds: (rows.worker_keys ?? []).map((row) => row.split('\t')[0] ?? ''),
    workerTables: lines.map((line) => tableLine.exec(line)?.[1]).filter((name) => name !== undefined),
  };
}

/** The rows of two small tables in COPY's text form, the first column first. */
async function copyRows(restore: string, file: string): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  let table: string | undefined;
  await runToolOrFail({
    argv: [restore, '--data-only', '--table=kysely_migration', '--table=worker_keys', '--file=-', file],
    onStdout: (line) => {
      const begin = /^COPY public\.(\w+) \((\w+)/.exec(line);
      if (begin?.[1]) {
        table = begin[1];
        rows[table] = [];
      } else if (line === '\\.') table = undefined;
      else if (table) rows[table]?.push(line);
    },
    deadlineMs,
  });
  return rows;
}
