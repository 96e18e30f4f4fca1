import { checkLink, fail, listed, pass, primaryOf, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

export default defineCriterion({
  title: 'WAL archive without a hole',
  why: 'One missing segment ends every restore that has to pass it, and a default restore does not say so.',
  domain: 'recovery',
  version: 1,
  level: 'ready',
  unit: 'count',
  counted: { one: 'hole', many: 'holes' },
  objective: 'no segment missing since the oldest good backup',
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
    if (recovery.lookedAt === null) {
      return unknown(
        `The archive was never read${recovery.problem ? `: ${recovery.problem}` : ''}. Start a worker beside the server.`,
      );
    }
    const links = [
      checkLink(
        'archive-holes',
        primary.id,
        `Holes in the archive of ${ctx.cluster.name}`,
        recovery.lookedAt,
      ),
    ];
    const { openHoles, healedHoles } = recovery;
    const rest = { links, observedAt: recovery.lookedAt, value: openHoles.length + healedHoles.length };
    if (openHoles.length > 0) {
      return fail(
        `The archive lacks ${listed(openHoles)}, and nothing since can be reached. Take a backup now, then find what drops WAL.`,
        rest,
      );
    }
    if (healedHoles.length > 0) {
      return fail(
        `The archive lacks ${listed(healedHoles)}; later backups go on after it. Find what dropped it: the next hole may be the newest work.`,
        rest,
      );
    }
    if (recovery.newestSet === null) {
      return unknown('The archive has no backup that it could go on from. Take a full backup.', { links });
    }
    return pass('Every segment is there from the oldest good backup to the newest WAL.', rest);
  },
});
