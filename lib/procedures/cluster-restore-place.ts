import { existsSync, readdirSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type { PlanDraft } from '@/lib/engine/define-job';

type Blocker = PlanDraft['blockers'][number];

/** Written beside a restored cluster: which one it is, and that the console made it. */
export const restoredMarkSchema = z.object({
  clusterId: z.string(),
  runId: z.string(),
  systemIdentifier: z.string(),
  major: z.number(),
  port: z.number(),
  superuser: z.string(),
  reached: z.record(z.string(), z.json()),
  /** Settings on its command line until it takes another's place. */
  isHeldBack: z.boolean(),
});
export type RestoredMark = z.infer<typeof restoredMarkSchema>;

export const markFile = 'plumbline-restored.json';

/** The mark of a directory; undefined where the console restored nothing. */
export function readMark(directory: string): RestoredMark | undefined {
  try {
    return restoredMarkSchema.parse(JSON.parse(readFileSync(`${directory}/${markFile}`, 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * Where whole clusters may be restored to: PLUMBLINE_RESTORE_ROOTS (a list separated by `:`), else the folder that the
 * server's own data directory is in.
 */
export function restoreRoots(dataDirectory: string | null): string[] {
  const given = (process.env.PLUMBLINE_RESTORE_ROOTS ?? '').split(':').filter((root) => root.startsWith('/'));
  if (given.length > 0) return given;
  return dataDirectory === null ? [] : [path.dirname(dataDirectory)];
}

/** The nearest folder above that is there. */
function existing(directory: string): string {
  let at = directory;
  while (!existsSync(at) && at !== '/') at = path.dirname(at);
  return at;
}

/** Free bytes where a directory is or will be. */
export function freeBytesAt(directory: string): number {
  const facts = statfsSync(existing(directory));
  return facts.bavail * facts.bsize;
}

/** What speaks against restoring into this directory: outside the roots, not empty, or the server's own. */
export function placeProblems(directory: string, dataDirectory: string | null): Blocker[] {
  const roots = restoreRoots(dataDirectory);
  const real = path.join(realpathSync(existing(directory)), path.relative(existing(directory), directory));
  const within = (root: string) => {
    const of = existsSync(root) ? realpathSync(root) : root;
    return real !== of && real.startsWith(`${of}/`);
  };
  if (path.normalize(directory) !== directory || !roots.some(within)) {
    return [
      {
        message: `${directory} is not below a folder that clusters may be restored to (${roots.join(', ') || 'none'}).`,
        next: 'Choose a folder below one of them, or name others in PLUMBLINE_RESTORE_ROOTS of the worker.',
      },
    ];
  }
  const own = dataDirectory && existsSync(dataDirectory) ? realpathSync(dataDirectory) : dataDirectory;
  if (own && (real === own || real.startsWith(`${own}/`))) {
    return [
      {
        message: `${directory} is in the data directory of the server itself.`,
        next: 'Choose another one: nothing is ever restored over a server.',
      },
    ];
  }
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    return [
      {
        message: `${directory} is not empty.`,
        next: 'Choose one that is not there yet, or is empty. Nothing in it was touched.',
      },
    ];
  }
  return [];
}

/** @throws PlumblineError `conflict` when the directory has become unfit since the plan. */
export function assertPlace(directory: string, dataDirectory: string | null, runId: string): void {
  // A repeat of the same run finds what it has made itself.
  if (readMark(directory)?.runId === runId) return;
  const [problem] = placeProblems(directory, dataDirectory);
  if (problem) throw new PlumblineError('conflict', problem.message, { next: problem.next });
}
