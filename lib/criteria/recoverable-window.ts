import { formatDuration } from '@/lib/base/format';
import { ageText, checkLink, fail, pass, primaryOf, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

const wantedSeconds = 7 * 86_400;

export default defineCriterion({
  title: 'Recoverable window',
  why: 'Damage is often noticed days later: only a moment before it helps, and only if it can still be reached.',
  domain: 'recovery',
  version: 1,
  level: 'ready',
  unit: 'seconds',
  objective: 'every second of the last 7 days',
  expiresAfterSeconds: 3600,
  async evaluate(ctx) {
    const primary = primaryOf(ctx);
    if ('state' in primary) return primary;
    const recovery = await ctx.recovery();
    if (!recovery) {
      return unknown(
        'No archive of this cluster is read here: set up archiving, or adopt the stanza that archives it.',
      );
    }
    const { lookedAt, reachable, newestSet } = recovery;
    if (lookedAt === null) {
      return unknown('The archive was never read. Start a worker beside the server.');
    }
    const links = [
      checkLink('archive-holes', primary.id, `Archive of ${ctx.cluster.name}`, lookedAt),
      ...(newestSet
        ? [
            {
              label: `Newest good backup, ${newestSet.label}`,
              kind: 'backup' as const,
              id: newestSet.id,
              observedAt: newestSet.finishedAt,
            },
          ]
        : []),
    ];
    const last = reachable.at(-1);
    const rest = { links, observedAt: lookedAt };
    if (!last) {
      return fail(
        'No second of the past can be brought back. Take a full backup: the window begins at its end.',
        {
          ...rest,
          value: 0,
        },
      );
    }
    // The end of the window is judged by the archiver’s exposure; here counts how far back it goes from there.
    const seconds = (Date.parse(last.to) - Date.parse(last.from)) / 1000;
    const found = `Every second of the ${formatDuration(seconds)} before ${ageText(last.to, ctx.now)} ago can be brought back.`;
    if (seconds >= wantedSeconds) return pass(found, { ...rest, value: seconds });
    const next =
      reachable.length > 1
        ? 'A hole lies before it: see the recovery page.'
        : 'Keep backups and WAL for longer, or wait: with each day it grows by one.';
    return fail(`${found} ${next}`, { ...rest, value: seconds });
  },
});
