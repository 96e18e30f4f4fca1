import { ageText, counted, fail, listed, oldest, pass, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

const atMostSeconds = 86_400;

export default defineCriterion({
  title: 'Backup age',
  why: 'What was written since the newest backup is lost when there is nothing else to restore from.',
  domain: 'recovery',
  version: 2,
  level: 'recoverable',
  redLine: true,
  unit: 'seconds',
  objective: 'every database backed up within 24 h',
  expiresAfterSeconds: atMostSeconds,
  earnedBy: 'logical-backup',
  async evaluate(ctx) {
    const known = await ctx.databases('database-size');
    if (!known)
      return unknown(
        'The databases of the cluster are not known yet: watch its primary for a minute or two.',
      );
    if (known.names.length === 0)
      return unknown('The cluster holds no database of anybody’s, so there is nothing to back up yet.');
    const [backups, recovery] = await Promise.all([ctx.backups(), ctx.recovery()]);
    // A backup set of the whole server that can be restored with all that it needs saves each of its databases.
    const set = recovery?.newestSet ?? undefined;
    const newest = known.names.map((name) => {
      const dump = backups.find(({ database }) => database === name);
      const isSetNewer = set && (!dump || Date.parse(set.finishedAt) > Date.parse(dump.finishedAt));
      return { name, backup: isSetNewer ? set : dump };
    });
    const missing = newest.filter(({ backup }) => !backup).map(({ name }) => name);
    const found = newest.flatMap(({ name, backup }) => (backup ? [{ name, ...backup }] : []));
    const links = found.map(({ name, id, finishedAt }) => ({
      label: `Backup of ${name}`,
      kind: 'backup' as const,
      id,
      observedAt: finishedAt,
    }));
    if (missing.length > 0) {
      const some =
        found.length > 0
          ? `${found.length} of ${counted(known.names.length, 'database')} are backed up. `
          : '';
      return unknown(
        `${some}No backup of ${listed(missing)} is known here. Back it up and put it on a schedule.`,
        { links },
      );
    }
    const oldestAt = oldest(found.map(({ finishedAt }) => finishedAt));
    const value = (ctx.now.getTime() - Date.parse(oldestAt)) / 1000;
    const late = found.filter(
      ({ finishedAt }) => (ctx.now.getTime() - Date.parse(finishedAt)) / 1000 > atMostSeconds,
    );
    const rest = { links, observedAt: oldestAt, value };
    if (late.length > 0) {
      const names = listed(late.map(({ name }) => name));
      return fail(
        `The newest backup of ${names} is ${ageText(oldestAt, ctx.now)} old. Back up now, and see why its schedule did not.`,
        rest,
      );
    }
    return pass(
      `The oldest of the newest backups of ${counted(found.length, 'database')} is ${ageText(oldestAt, ctx.now)} old.`,
      rest,
    );
  },
});
