import { formatDuration } from '@/lib/base/format';
import { counted, fail, listed, oldest, pass, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';
import { drillOfEach } from '@/lib/engine/drilled';

const atMostSeconds = 900;

export default defineCriterion({
  title: 'Restore time',
  why: 'How long everybody waits when a database must come back. Only a restore that really ran tells.',
  domain: 'recovery',
  version: 2,
  level: 'recoverable',
  unit: 'seconds',
  objective: 'measured ≤ 15 min for every database',
  expiresAfterSeconds: 30 * 86_400,
  earnedBy: 'restore-drill',
  async evaluate(ctx) {
    const known = await ctx.databases('database-size');
    if (!known)
      return unknown(
        'The databases of the cluster are not known yet: watch its primary for a minute or two.',
      );
    // A drill that failed has timed something else than a restore that people could use.
    const usable = (await ctx.latestEvidence('drill')).filter(
      ({ verdict, facts }) => verdict !== 'fail' && typeof facts.restoreSeconds === 'number',
    );
    const timed = drillOfEach(usable, known.names).map(({ name, drill }) => ({
      ...drill,
      database: name,
      seconds: Number(drill.facts.restoreSeconds),
    }));
    const links = timed.map((drill) => ({
      label: `Drill of ${drill.database}: restored in ${formatDuration(drill.seconds)}`,
      kind: 'evidence' as const,
      id: drill.id,
      observedAt: drill.observedAt,
    }));
    const slowest = timed.reduce<(typeof timed)[number] | undefined>(
      (most, drill) => (most && most.seconds >= drill.seconds ? most : drill),
      undefined,
    );
    if (!slowest)
      return unknown('No restore of this cluster was ever timed. Drill the newest backup of each database.', {
        links,
      });
    const rest = {
      links,
      observedAt: oldest(timed.map((drill) => drill.observedAt)),
      value: slowest.seconds,
    };
    const found = `The slowest, ${slowest.database}, was restored in ${formatDuration(slowest.seconds)}.`;
    if (slowest.seconds > atMostSeconds) {
      return fail(
        `${found} Restore with more parallel jobs or a faster disk, or split what need not come back at once.`,
        rest,
      );
    }
    const missing = known.names.filter((name) => !timed.some(({ database }) => database === name));
    if (missing.length > 0) {
      return unknown(
        `${found} The restore of ${listed(missing)} was never timed. Drill its newest backup.`,
        rest,
      );
    }
    return pass(`${counted(timed.length, 'database')} timed. ${found}`, rest);
  },
});
