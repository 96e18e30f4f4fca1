import { copyFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';
import { readArchiveFile } from '@/lib/engine/wal-names';
import { giveTo, removeTree } from '@/lib/tools/files';
import { type BackrestPlace, backrestArgs, pgbackrestProgram, silent } from '@/lib/tools/pgbackrest/argv';
import { backrestError } from '@/lib/tools/pgbackrest/errors';
import { toolUserName } from '@/lib/tools/system-user';

type ToolContext = Pick<StepContext, 'tool'>;

/** A segment of the archive and when it came there, epoch seconds: all that it holds is older. */
export interface ArchivedSegment {
  name: string;
  at: number;
}

const listDeadlineMs = 120_000;
const fetchDeadlineMs = 300_000;
const listSchema = z.record(z.string(), z.object({ type: z.string(), time: z.number().optional() }));

async function listFolder(
  ctx: ToolContext,
  place: BackrestPlace,
  repository: number,
  path: string,
): Promise<z.infer<typeof listSchema>> {
  const lines: string[] = [];
  const result = await ctx.tool({
    program: pgbackrestProgram,
    args: [...backrestArgs('repo-ls', place, { repo: repository, output: 'json', ...silent }), path],
    onLine: (line, stream) => {
      if (stream === 'stdout') lines.push(line);
    },
    deadlineMs: listDeadlineMs,
  });
  if (result.exitCode !== 0) throw backrestError(result.exitCode, [...lines, result.stderrTail]);
  try {
    return listSchema.parse(JSON.parse(lines.join('\n')));
  } catch (cause) {
    throw new PlumblineError('tool-failed', 'The list of the repository cannot be read.', { cause });
  }
}

/**
 * Segments of the newest archive of a stanza that came into it since `from` (and the one before), by timeline. Folders
 * are read from their end: an archive of years has a million files.
 */
export async function segmentsSince(
  ctx: ToolContext,
  place: BackrestPlace,
  repository: number,
  from: number,
): Promise<Map<number, ArchivedSegment[]>> {
  const root = `archive/${place.stanza}`;
  const ids = Object.entries(await listFolder(ctx, place, repository, root))
    .flatMap(([name, { type }]) => (type === 'path' && /^\d+(?:\.\d+)?-\d+$/.test(name) ? [name] : []))
    .sort((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1]));
  const id = ids.at(-1);
  if (id === undefined) return new Map();
  const folders = Object.keys(await listFolder(ctx, place, repository, `${root}/${id}`))
    .filter((name) => /^[0-9A-F]{16}$/.test(name))
    .sort()
    .reverse();
  const timelines = new Map<number, ArchivedSegment[]>();
  const done = new Set<number>();
  for (const folder of folders) {
    const timeline = Number.parseInt(folder.slice(0, 8), 16);
    if (done.has(timeline)) continue;
    const files = await listFolder(ctx, place, repository, `${root}/${id}/${folder}`);
    const segments = Object.entries(files).flatMap(([name, { time }]) => {
      const file = readArchiveFile(name);
      return file?.kind === 'segment' && time !== undefined ? [{ name: file.name, at: time }] : [];
    });
    segments.sort((a, b) => (a.name < b.name ? -1 : 1));
    timelines.set(timeline, [...segments, ...(timelines.get(timeline) ?? [])]);
    if (segments.some(({ at }) => at < from)) done.add(timeline);
  }
  return timelines;
}

/** Those that may hold commits of a span: one before, since a transaction begins before it ends. */
export function segmentsOfSpan(
  segments: readonly ArchivedSegment[],
  from: number,
  to: number,
): { chosen: ArchivedSegment[]; reachesEnd: boolean } {
  const first = segments.findIndex(({ at }) => at >= from);
  if (first === -1) return { chosen: segments.slice(-1), reachesEnd: true };
  const last = segments.findIndex(({ at }) => at > to);
  return {
    chosen: segments.slice(Math.max(0, first - 1), last === -1 ? undefined : last + 1),
    reachesEnd: last === -1,
  };
}

/** Fetches segments into a folder of the run, one by one. @throws PlumblineError when one of them is not to be had. */
export async function fetchSegments(
  ctx: ToolContext & Pick<StepContext, 'signal'>,
  place: BackrestPlace,
  repository: number,
  names: readonly string[],
  folder: string,
): Promise<void> {
  for (const name of names) {
    ctx.signal.throwIfAborted();
    const result = await ctx.tool({
      program: pgbackrestProgram,
      args: [
        ...backrestArgs('archive-get', place, { repo: repository, 'archive-async': false }),
        name,
        `${folder}/${name}`,
      ],
      deadlineMs: fetchDeadlineMs,
    });
    if (result.exitCode === 0) continue;
    throw backrestError(result.exitCode, [result.stdoutTail, result.stderrTail]);
  }
}

/** Segments of a server's own pg_wal after the last archived one, in order; none where it cannot be read. */
export function liveSegments(dataDirectory: string | null, timeline: number, after: string): string[] {
  if (dataDirectory === null) return [];
  const prefix = timeline.toString(16).toUpperCase().padStart(8, '0');
  try {
    return readdirSync(`${dataDirectory}/pg_wal`)
      .filter((name) => /^[0-9A-F]{24}$/.test(name) && name.startsWith(prefix) && name > after)
      .sort();
  } catch {
    return [];
  }
}

/** Copies a segment that is still being written; false when it has been recycled meanwhile. */
export function copyLiveSegment(dataDirectory: string, name: string, folder: string): boolean {
  const to = `${folder}/${name}`;
  try {
    copyFileSync(`${dataDirectory}/pg_wal/${name}`, to);
  } catch {
    removeTree(to);
    return false;
  }
  giveTo(to, toolUserName());
  return true;
}
