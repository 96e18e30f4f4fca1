import { PlumblineError } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';
import { type BackrestPlace, backrestArgs, pgbackrestProgram, silent } from '@/lib/tools/pgbackrest/argv';
import { backrestError } from '@/lib/tools/pgbackrest/errors';
import { parseInfo, type StanzaInfo, stanzaProblem } from '@/lib/tools/pgbackrest/info';

/** One line of JSON per stanza; a kilobyte per backup. */
const maxBytes = 64 * 1024 * 1024;
const deadlineMs = 120_000;

/**
 * The list of a stanza's backups, of one repository or of all, of one label or of all. Its exit code is 0 whatever is
 * wrong, so its own state is read.
 *
 * @throws PlumblineError `tool-failed` with what stands in the way.
 */
export async function readInfo(
  ctx: Pick<StepContext, 'tool'>,
  place: BackrestPlace,
  of: { repository?: number; label?: string } = {},
): Promise<StanzaInfo> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const result = await ctx.tool({
    program: pgbackrestProgram,
    args: backrestArgs('info', place, { output: 'json', repo: of.repository, set: of.label, ...silent }),
    deadlineMs,
    onStdoutChunk: (chunk) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
    },
  });
  if (result.exitCode !== 0) throw backrestError(result.exitCode, result.stderrTail.split('\n'));
  const parsed = parseInfo(Buffer.concat(chunks));
  if ('problem' in parsed) {
    throw new PlumblineError('tool-failed', parsed.problem, {
      next: 'See that the pass is right and the repository whole: `pgbackrest info` in a terminal shows more.',
    });
  }
  const stanza = parsed.stanzas.find(({ name }) => name === place.stanza);
  if (!stanza) {
    throw new PlumblineError('tool-failed', `pgBackRest knows no stanza ${place.stanza} there.`, {
      next: 'Set up archiving: it creates the stanza.',
    });
  }
  const problem = stanzaProblem(stanza);
  if (problem) throw new PlumblineError('tool-failed', problem.message, { next: problem.next });
  return stanza;
}
