import { PlumblineError } from '@/lib/base/errors';
import { formatNumber, plural } from '@/lib/base/format';
import type { JsonObject, KnownFile, StepContext } from '@/lib/engine/define-job';
import { WalScan } from '@/lib/engine/wal-moments';
import type { Moment } from '@/lib/engine/wal-records';
import {
  batchSegments,
  type MomentInput,
  type MomentParams,
  segmentsAtMost,
  walDumpArgs,
} from '@/lib/procedures/wal-scan-plan';
import {
  type ArchivedSegment,
  copyLiveSegment,
  fetchSegments,
  liveSegments,
  segmentsOfSpan,
  segmentsSince,
} from '@/lib/procedures/wal-scan-segments';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { findPostgresPrograms, programPath, serverFor } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

export type MomentContext = StepContext<MomentInput, MomentParams>;

const scanDeadlineMs = 900_000;

interface Found {
  moments: (Moment & { timeline: number })[];
  segments: number;
  first: string | null;
  last: string | null;
  notes: string[];
}

/**
 * Reads archived WAL, and what is not archived yet where the server's files are at hand, for what commits did to a
 * table. Nothing is judged: each moment is shown with the place just before it.
 *
 * @throws PlumblineError `bad-input` when the span is too long, `tool-failed` when WAL cannot be fetched.
 */
export async function findMoments(ctx: MomentContext): Promise<JsonObject> {
  const { input } = ctx;
  const notes: string[] = [];
  const files = await filesToFind(ctx, notes);
  const databaseOid = files.at(0)?.databaseOid ?? (await databaseOidOf(ctx));
  if (databaseOid === undefined) {
    throw new PlumblineError('tool-failed', `The console knows nothing of the database ${input.database}.`, {
      next: 'Check its name; a database that was never watched cannot be told from others in WAL.',
    });
  }
  const span = {
    from: Date.parse(input.from) / 1000,
    to: Date.parse(input.to ?? new Date().toISOString()) / 1000,
  };
  const place = { configFile: await ctx.stanzaConfig(), stanza: ctx.params.stanza };
  const timelines = await segmentsSince(ctx, place, input.repository, span.from);
  const work = [...timelines]
    .map(([timeline, segments]) => ({ timeline, segments, ...segmentsOfSpan(segments, span.from, span.to) }))
    .sort((a, b) => a.timeline - b.timeline);
  const total = work.reduce((sum, { chosen }) => sum + chosen.length, 0);
  if (total > segmentsAtMost) {
    throw new PlumblineError(
      'bad-input',
      `The span has ${formatNumber(total)} segments of WAL; ${segmentsAtMost} are read at most.`,
      { next: 'Narrow it: the findings and changes of that time may tell when the table was still there.' },
    );
  }
  const found: Found = { moments: [], segments: 0, first: null, last: null, notes };
  for (const { timeline, chosen, reachesEnd } of work) {
    const { table, minRows } = input;
    const { serverVersionNum } = ctx.target;
    const scan = new WalScan({ databaseOid, files, table, minRows, serverVersionNum });
    await scanTimeline(ctx, place, { timeline, chosen, reachesEnd, total }, scan, found);
    const within = scan.moments.filter(({ at }) => {
      const seconds = Date.parse(at) / 1000;
      return Number.isNaN(seconds) || (seconds >= span.from && seconds <= span.to);
    });
    found.moments.push(...within.map((moment) => ({ ...moment, timeline })));
    if (scan.left > 0) notes.push(`${formatNumber(scan.left)} more moments are not listed: narrow the span.`);
    found.first ??= scan.firstCommitAt ?? null;
    found.last = scan.lastCommitAt ?? found.last;
  }
  return store(ctx, found);
}

async function store(ctx: MomentContext, found: Found): Promise<JsonObject> {
  const { input } = ctx;
  const what = input.table ?? input.database;
  const moments = found.moments
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, 200)
    .map((moment) => ({
      ...moment,
      table: moment.table ?? null,
      target: { type: 'lsn', lsn: moment.targetLsn, exclusive: true },
    }));
  const { segments, first, last, notes } = found;
  const evidenceId = await ctx.evidence({
    type: 'moment',
    verdict: 'info',
    title: `What happened to ${what}`,
    database: input.database,
    facts: {
      database: input.database,
      table: input.table ?? null,
      from: input.from,
      to: input.to ?? null,
      moments,
      segments,
      firstCommitAt: first,
      lastCommitAt: last,
      notes,
    },
  });
  ctx.log('info', `${plural(moments.length, 'moment')} in ${plural(segments, 'segment')} of WAL.`);
  return { evidenceId, moments: moments.length, segments };
}

/** The table's files of all times, with the one that the server says it has now; of all tables when none is named. */
async function filesToFind(ctx: MomentContext, notes: string[]): Promise<KnownFile[]> {
  const { database, table } = ctx.input;
  const known = await ctx.relationFiles(database);
  if (ctx.target.isReachable === false) return known;
  try {
    const session = await ctx.connect('watch', database);
    const rows = await session.query(
      `select (select oid::text from pg_catalog.pg_database where datname = current_database()) as database_oid,
         class.oid::text as oid, schema.nspname || '.' || class.relname as name,
         pg_catalog.pg_relation_filenode(class.oid)::text as filenode
       from pg_catalog.pg_class as class
       join pg_catalog.pg_namespace as schema on schema.oid = class.relnamespace
       where class.relkind in ('r', 'm')
         and class.oid >= 16384
         and ($1::text is null or schema.nspname || '.' || class.relname = $1)
       limit 50000`,
      [table ?? null],
    );
    await session.close();
    const now = rows.flatMap((row) =>
      row.filenode === null
        ? []
        : [
            {
              databaseOid: String(row.database_oid),
              oid: String(row.oid),
              table: String(row.name),
              filenode: String(row.filenode),
              seenFrom: new Date().toISOString(),
              seenUntil: null,
            },
          ],
    );
    const isOther =
      now[0] !== undefined && known[0] !== undefined && now[0].databaseOid !== known[0].databaseOid;
    return isOther ? known : [...now, ...known];
  } catch (error) {
    ctx.signal.throwIfAborted();
    notes.push(
      `The server could not be asked for its tables: ${error instanceof Error ? error.message : error}`,
    );
    return known;
  }
}

async function databaseOidOf(ctx: MomentContext): Promise<string | undefined> {
  if (ctx.target.isReachable === false) return undefined;
  const session = await ctx.connect('watch');
  const rows = await session.query('select oid::text as oid from pg_catalog.pg_database where datname = $1', [
    ctx.input.database,
  ]);
  await session.close();
  return rows[0] === undefined ? undefined : String(rows[0].oid);
}

async function scanTimeline(
  ctx: MomentContext,
  place: { configFile: string; stanza: string },
  work: { timeline: number; chosen: ArchivedSegment[]; reachesEnd: boolean; total: number },
  scan: WalScan,
  found: Found,
): Promise<void> {
  const folder = `${ctx.runDir}/wal`;
  const names = work.chosen.map(({ name }) => name);
  let last: string | undefined;
  for (let at = 0; at < names.length; at += batchSegments) {
    const batch = names.slice(at, at + batchSegments);
    // With the last one of the batch before: a record may go on from it into this one.
    prepare(folder);
    await fetchSegments(ctx, place, ctx.input.repository, last ? [last, ...batch] : batch, folder);
    await dump(ctx, folder, last ?? batch[0] ?? '', batch.at(-1) ?? '', scan, found);
    last = batch.at(-1);
    found.segments += batch.length;
    ctx.progress(found.segments, work.total, 'reading segments of WAL');
  }
  // Only the timeline that the server is on goes on in its own folder.
  if (!work.reachesEnd || work.timeline !== ctx.target.timeline || ctx.params.dataDirectory === null) return;
  const live = liveSegments(ctx.params.dataDirectory, work.timeline, names.at(-1) ?? '').slice(
    0,
    batchSegments,
  );
  if (live.length === 0) return;
  prepare(folder);
  if (last) await fetchSegments(ctx, place, ctx.input.repository, [last], folder);
  const { dataDirectory } = ctx.params;
  const copied = live.filter((name) => copyLiveSegment(dataDirectory, name, folder));
  if (copied.length === 0) return;
  // It ends wherever the server has come to: names after that are old files that wait for their use.
  await dump(ctx, folder, last ?? copied[0] ?? '', copied.at(-1) ?? '', scan);
  found.segments += 1;
  found.notes.push('The newest changes were read from the server’s own pg_wal: they are not archived yet.');
}

function prepare(folder: string): void {
  removeTree(folder);
  makeOwnedDirectory(folder, toolUserName());
}

async function dump(
  ctx: MomentContext,
  folder: string,
  first: string,
  last: string,
  scan: WalScan,
  found?: Found,
): Promise<void> {
  const programs = serverFor(await findPostgresPrograms(), ctx.params.major);
  if (!programs) throw new PlumblineError('tool-failed', 'pg_waldump is not on this worker any more.');
  const result = await ctx.tool({
    program: programPath(programs, 'pg_waldump'),
    args: walDumpArgs(ctx.params.major, folder, first, last),
    onLine: (line, stream) => {
      if (stream === 'stdout') scan.take(line);
    },
    deadlineMs: scanDeadlineMs,
  });
  // The end of what is there is told as an error: it is one only when it comes before the last segment.
  if (!found || result.exitCode === 0) return;
  const words = result.stderrTail.trim().split('\n').at(-1) ?? '';
  const [, high, low] = /(?:at|after) ([0-9A-F]+)\/([0-9A-F]+)/.exec(words) ?? [];
  const number = high && low ? Number.parseInt(low, 16) + Number.parseInt(high, 16) * 2 ** 32 : undefined;
  const lastStart = Number.parseInt(last.slice(8, 16), 16) * 2 ** 32 + segmentStart(last);
  if (number !== undefined && number >= lastStart - 1024 * 1024) return;
  found.notes.push(`WAL between ${first} and ${last} could not be read to its end: ${words.slice(0, 300)}`);
}

/** Of 16 MiB segments; larger ones begin later, which only makes the judgement milder. */
function segmentStart(name: string): number {
  return Number.parseInt(name.slice(16), 16) * 16 * 1024 * 1024;
}
