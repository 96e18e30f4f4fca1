import { PlumblineError } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';
import { type BackrestPlace, backrestArgs, pgbackrestProgram, silent } from '@/lib/tools/pgbackrest/argv';
import { backrestError } from '@/lib/tools/pgbackrest/errors';
import { isWrongPass, parseInfo, stanzaProblem } from '@/lib/tools/pgbackrest/info';

const infoDeadlineMs = 120_000;

/**
 * Why the pass of this configuration does not open a repository; undefined when it does. Its lists are read, nothing is
 * written. Exit code 0 says nothing here: with a wrong pass it is 0, and the words are in the status.
 *
 * @throws PlumblineError when the repository cannot be reached at all: that says nothing of the pass.
 */
export async function passProblem(
  ctx: Pick<StepContext, 'tool'>,
  place: BackrestPlace,
  repository: number,
): Promise<string | undefined> {
  const lines: string[] = [];
  const result = await ctx.tool({
    program: pgbackrestProgram,
    args: backrestArgs('info', place, { output: 'json', repo: repository, ...silent }),
    onLine: (line, stream) => {
      if (stream === 'stdout') lines.push(line);
    },
    deadlineMs: infoDeadlineMs,
  });
  if (result.exitCode !== 0) throw backrestError(result.exitCode, [...lines, result.stderrTail]);
  const parsed = parseInfo(lines.join('\n'));
  const raw = lines.join(' ');
  if ('problem' in parsed) {
    // What comes out of a wrong pass is printed as it is and can break the form of the answer.
    if (isWrongPass(raw)) return wrong;
    throw new PlumblineError('tool-failed', parsed.problem, {
      next: 'See that pgBackRest is 2.45 or newer.',
    });
  }
  const stanza = parsed.stanzas.find(({ name }) => name === place.stanza);
  const problem = stanza && stanzaProblem(stanza);
  if (!problem) return undefined;
  if (isWrongPass(raw)) return wrong;
  throw new PlumblineError('tool-failed', problem.message, { next: problem.next });
}

const wrong =
  'What it decrypts is no list of backups: the pass is not the one that the repository was made with.';
