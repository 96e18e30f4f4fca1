import { PlumblineError } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';
import { type BackrestPlace, backrestArgs, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { backrestError, backrestExit } from '@/lib/tools/pgbackrest/errors';

type DamageContext = Pick<StepContext, 'tool' | 'log' | 'signal'>;

/** The repository is read whole for it: on a large one the first damaged files have to do. */
const verifyDeadlineMs = 10 * 60_000;
const namesAtMost = 5;

/**
 * Files of a backup that are not what was written, as `pgbackrest verify` names them on the way: its exit code is 0
 * whatever it finds (pgbackrest.org/command.html#command-verify).
 */
async function damagedFiles(
  ctx: DamageContext,
  place: BackrestPlace,
  of: { repository: number; label: string },
): Promise<string[]> {
  const names: string[] = [];
  try {
    await ctx.tool({
      program: pgbackrestProgram,
      args: backrestArgs('verify', place, { repo: of.repository, 'log-level-console': 'info' }),
      onLine: (line) => {
        const name = /invalid (?:checksum|size|result) '([^']+)'/.exec(line)?.[1];
        if (name && names.length < namesAtMost) names.push(name);
      },
      deadlineMs: verifyDeadlineMs,
    });
  } catch (error) {
    // What it had named until its deadline still helps; a cancel is a cancel.
    if (ctx.signal.aborted) throw error;
  }
  // A differential backup needs files of others: all of the repository's damaged ones are said, its own first.
  return names.sort((a, b) => Number(b.startsWith(of.label)) - Number(a.startsWith(of.label)));
}

/** Why a restore failed; where files were damaged, which ones: the restore itself does not always say it. */
export async function restoreError(
  ctx: DamageContext,
  place: BackrestPlace,
  of: { repository: number; label: string; exitCode: number | null; output: readonly string[] },
): Promise<PlumblineError> {
  const error = backrestError(of.exitCode, of.output);
  if (of.exitCode !== backrestExit.checksum && of.exitCode !== backrestExit.format) return error;
  ctx.log('info', 'Looking for the damaged files, ten minutes at most.');
  const names = await damagedFiles(ctx, place, of);
  if (names.length === 0) return error;
  return new PlumblineError('tool-failed', `${error.message} Damaged: ${names.join(', ')}.`, {
    next: error.next,
    detail: error.detail,
  });
}
