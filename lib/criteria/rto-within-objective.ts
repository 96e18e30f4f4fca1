import { formatDuration } from '@/lib/base/format';
import { fail, pass, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';
import { isOfServer } from '@/lib/engine/drilled';

export default defineCriterion({
  title: 'Recovery time (RTO)',
  why: 'How long everybody waits when the whole server is gone. Only a recovery that really ran, to the last moment, tells.',
  domain: 'recovery',
  version: 1,
  level: 'recoverable',
  unit: 'seconds',
  objective: 'the machine’s part within the cluster’s own objective (15 min unless set)',
  expiresAfterSeconds: 30 * 86_400,
  earnedBy: 'physical-drill',
  async evaluate(ctx) {
    const drill = (await ctx.latestEvidence('drill')).find(isOfServer);
    if (!drill) {
      return unknown(
        'The whole server was never recovered from a physical backup. Drill one: it measures the time.',
      );
    }
    const { id, observedAt } = drill;
    const links = [
      { label: `Drill of the server: ${drill.verdict}`, kind: 'evidence' as const, id, observedAt },
    ];
    const seconds = drill.facts.rtoSeconds;
    if (typeof seconds !== 'number') {
      return unknown(
        'The newest drill came to no running server, so no time was measured. Open it to see why.',
        {
          links,
          observedAt,
        },
      );
    }
    const { rtoSeconds } = ctx.cluster;
    const rest = { links, observedAt, value: seconds };
    const found = `Recovered in ${formatDuration(seconds)}; the objective is ${formatDuration(rtoSeconds)}.`;
    if (seconds <= rtoSeconds) return pass(`${found} The time that people need comes on top.`, rest);
    return fail(
      `${found} See which phase takes longest: full backups more often shorten the replay, more processes and a faster disk the restore.`,
      rest,
    );
  },
});
