import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { Session, StepContext, ToolResult } from '@/lib/engine/define-job';
import {
  type CatalogTable,
  type DumpCatalog,
  readDumpCatalog,
  readTables,
} from '@/lib/procedures/dump-catalog';
import { type Globals, readGlobals } from '@/lib/procedures/dump-globals';
import { parseTocList, tableDataEntries } from '@/lib/procedures/toc-list';

export interface DumpOptions {
  database: string;
  jobs: number;
  compression: number;
  /** Major of the client programs. */
  major: number;
  /** A folder that does not exist yet; pg_dump makes it. */
  directory: string;
}

export interface DumpSnapshot {
  at: string;
  lsn: string | null;
  xids: string;
}

export interface DumpFacts {
  snapshot: DumpSnapshot;
  tables: CatalogTable[];
  catalog: DumpCatalog;
  globals: Globals;
  dumpSeconds: number;
}

/** No dump takes longer than this; the step's cancel comes long before. */
const deadlineMs = 48 * 3600_000;
const progressEveryMs = 1_000;
const maxShownTables = 500;

/** pg_dump's arguments but for the connection; the same for plan and run. `{snapshot}` is open until the run. */
export function dumpArguments(options: DumpOptions, snapshot = '{snapshot}'): string[] {
  return [
    '--format=directory',
    `--jobs=${options.jobs}`,
    `--compress=${options.compression}`,
    '--verbose',
    '--no-password',
    // Behind an exclusive lock it gives up instead of holding its snapshot for hours.
    '--lock-wait-timeout=60000',
    `--snapshot=${snapshot}`,
    `--file=${options.directory}`,
  ];
}

/**
 * Dumps one database. A session of ours opens the snapshot and gives it to pg_dump, so that the catalogue read here
 * and the rows in the dump are of the same moment (PostgreSQL documentation, 9.27.5 and pg_dump --snapshot).
 *
 * @throws PlumblineError `tool-failed` with pg_dump's last words, `cancelled`.
 */
export async function runDump(ctx: StepContext, options: DumpOptions): Promise<DumpFacts> {
  const session = await ctx.connect('backup', options.database);
  try {
    const snapshot = await openSnapshot(session);
    const tables = await readTables(session);
    const catalog = await readDumpCatalog(session);
    const globals = await readGlobals(session);
    ctx.log(
      'info',
      `Snapshot ${snapshot.id} at ${snapshot.lsn ?? 'an unknown position'}, ${tables.length} tables.`,
    );
    const progress = await dumpProgress(ctx, options, tables);
    let shownTables = 0;
    let result: ToolResult;
    try {
      result = await ctx.tool({
        program: 'pg_dump',
        major: options.major,
        args: dumpArguments(options, snapshot.id),
        connect: { purpose: 'backup', database: options.database },
        onLine: (line, stream) => {
          if (stream !== 'stderr') return;
          progress.line(line);
          // With --verbose each object has a line; the log keeps what somebody would look for, and not for ever.
          if (line.includes('dumping contents of table')) shownTables += 1;
          if (shownTables > maxShownTables && line.includes('dumping contents of table')) return;
          if (/warning:|error:|dumping contents of table/.test(line)) {
            ctx.log(/error:/.test(line) ? 'error' : /warning:/.test(line) ? 'warn' : 'info', line);
          }
        },
        deadlineMs,
      });
    } finally {
      await progress.stop();
    }
    if (result.exitCode !== 0) throw dumpFailed(result);
    await session.query('rollback');
    const { at, lsn, xids } = snapshot;
    return { snapshot: { at, lsn, xids }, tables, catalog, globals, dumpSeconds: result.durationMs / 1000 };
  } finally {
    await session.close();
  }
}

function dumpFailed(result: ToolResult): PlumblineError {
  const errors = result.stderrTail.split('\n').filter((line) => /error:|detail:|FATAL/i.test(line));
  const words = (errors.length > 0 ? errors.slice(-3).join(' ') : result.stderrTail.slice(-300)).trim();
  const how = result.signal ? `was ended by ${result.signal}` : `ended with code ${result.exitCode}`;
  return new PlumblineError('tool-failed', `pg_dump ${how}: ${words || 'it said nothing'}`, {
    next: 'Nothing was kept. Mend the cause and run the backup again.',
    detail: result.stderrTail,
  });
}

async function openSnapshot(session: Session): Promise<DumpSnapshot & { id: string }> {
  await session.query('begin isolation level repeatable read, read only');
  // The session waits for pg_dump: time-outs of idle transactions are not meant for it.
  await session.query(
    `select set_config(name, '0', true) from pg_settings
     where name in ('idle_in_transaction_session_timeout', 'transaction_timeout', 'idle_session_timeout')`,
  );
  const [row] = await session.query(
    `select pg_export_snapshot() as id, pg_current_snapshot()::text as xids,
       (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as lsn,
       to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  return {
    id: String(row?.id),
    xids: String(row?.xids),
    lsn: row?.lsn === null ? null : String(row?.lsn),
    at: String(row?.at),
  };
}

/**
 * Progress by bytes as stored: finished tables whole, running ones by what COPY has sent (at most their size).
 * pg_dump's `finished item` lines carry the dump id; its table of contents, which is written before the data,
 * says which table that is.
 */
async function dumpProgress(ctx: StepContext, options: DumpOptions, tables: CatalogTable[]) {
  const sizes = new Map(tables.map((table) => [table.oid, table.bytes]));
  const total = tables.reduce((sum, table) => sum + table.bytes, 0);
  const finishedDumpIds: number[] = [];
  const finished = new Set<number>();
  let running = new Set<number>();
  let tableOfDumpId: Map<number, number> | undefined;
  let busy: Promise<void> | undefined;
  const session = await ctx.connect('backup', options.database);

  async function look(): Promise<void> {
    const rows = await session.query(
      `select p.relid, p.bytes_processed::float8 as bytes
       from pg_stat_progress_copy p
       join pg_stat_activity a using (pid)
       where a.application_name = current_setting('application_name') and a.datname = current_database()`,
    );
    const now = new Set(rows.map((row) => Number(row.relid)));
    // Without --jobs there are no `finished item` lines: a table that was copied and no longer is, is done.
    for (const oid of running) if (!now.has(oid)) finished.add(oid);
    running = now;
    if (finishedDumpIds.length > 0) {
      tableOfDumpId ??= await readDumpIds(ctx, options);
      for (const id of finishedDumpIds.splice(0)) finished.add(tableOfDumpId.get(id) ?? 0);
    }
    let done = 0;
    for (const oid of finished) done += sizes.get(oid) ?? 0;
    for (const row of rows) {
      const oid = Number(row.relid);
      if (!finished.has(oid)) done += Math.min(Number(row.bytes), sizes.get(oid) ?? 0);
    }
    ctx.progress(Math.min(done, total), total, `dumping, ${finished.size} of ${tables.length} tables`);
  }

  let failed = false;
  const timer = setInterval(() => {
    if (busy || failed) return;
    busy = look()
      .catch((error) => {
        // Progress is a courtesy: its failure must not end a dump.
        failed = true;
        ctx.log('warn', `No progress figures: ${messageOf(error)}`);
      })
      .finally(() => {
        busy = undefined;
      });
  }, progressEveryMs);
  return {
    line: (line: string) => {
      const match = /finished item (\d+) TABLE DATA/.exec(line);
      if (match) finishedDumpIds.push(Number(match[1]));
    },
    stop: async () => {
      clearInterval(timer);
      await busy;
      await session.close();
    },
  };
}

async function readDumpIds(ctx: StepContext, options: DumpOptions): Promise<Map<number, number>> {
  const output = await listDump(ctx, options.major, options.directory);
  return new Map(tableDataEntries(parseTocList(output)).map((entry) => [entry.dumpId, entry.oid]));
}

/**
 * The table of contents of a dump as `pg_restore --list` prints it.
 * @throws PlumblineError `tool-failed` when pg_restore cannot read it.
 */
export async function listDump(ctx: StepContext, major: number, directory: string): Promise<string> {
  const chunks: Buffer[] = [];
  const result = await ctx.tool({
    program: 'pg_restore',
    major,
    args: ['--list', directory],
    onStdoutChunk: (chunk) => {
      chunks.push(chunk);
    },
    deadlineMs: 120_000,
  });
  if (result.exitCode !== 0) {
    throw new PlumblineError(
      'tool-failed',
      `pg_restore cannot read the dump’s contents: ${result.stderrTail.trim()}`,
    );
  }
  return Buffer.concat(chunks).toString('utf8');
}
