import { ageText, counted, fail, listed, oldest, pass, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';
import { drillName, drillOfEach, isOfServer } from '@/lib/engine/drilled';

const atMostSeconds = 7 * 86_400;

export default defineCriterion({
  title: 'Restore drill',
  why: 'A backup that nobody has restored is a hope. A drill boots it, counts its rows and checks what it holds.',
  domain: 'recovery',
  version: 2,
  level: 'recoverable',
  redLine: true,
  unit: 'seconds',
  objective: 'every database drilled with success within 7 days, by its dump or with the whole server',
  expiresAfterSeconds: atMostSeconds,
  earnedBy: 'restore-drill',
  async evaluate(ctx) {
    const known = await ctx.databases('database-size');
    if (!known)
      return unknown(
        'The databases of the cluster are not known yet: watch its primary for a minute or two.',
      );
    if (known.names.length === 0)
      return unknown('The cluster holds no database of anybody’s, so there is nothing to drill yet.');
    const drills = (await ctx.latestEvidence('drill')).filter(
      (drill) => isOfServer(drill) || known.names.includes(drill.database ?? ''),
    );
    const links = drills.map((drill) => ({
      label: `Drill of ${drillName(drill)}: ${drill.verdict}`,
      kind: 'evidence' as const,
      id: drill.id,
      observedAt: drill.observedAt,
    }));
    const failed = drills.filter(({ verdict }) => verdict === 'fail');
    if (failed.length > 0) {
      const observedAt = oldest(drills.map((drill) => drill.observedAt));
      const sentence = `The newest drill of ${listed(failed.map(drillName))} failed. Open it to see which check did, mend the cause and drill again.`;
      return fail(sentence, { links, observedAt });
    }
    const each = drillOfEach(drills, known.names);
    const drilled = new Set(each.map(({ name }) => name));
    const missing = known.names.filter((name) => !drilled.has(name));
    if (missing.length > 0) {
      const some =
        each.length > 0 ? `${each.length} of ${counted(known.names.length, 'database')} were drilled. ` : '';
      return unknown(`${some}No backup of ${listed(missing)} was ever drilled. Drill the newest one.`, {
        links,
      });
    }
    const partial = each.filter(({ drill }) => drill.verdict === 'partial').map(({ name }) => name);
    if (partial.length > 0) {
      const sentence = `The newest drill of ${listed(partial)} could not check everything. Open it to see what was left out and what would let it.`;
      return unknown(sentence, { links });
    }
    const observedAt = oldest(each.map(({ drill }) => drill.observedAt));
    const value = (ctx.now.getTime() - Date.parse(observedAt)) / 1000;
    // An old success is not a failure: it expires, and the page shows it as stale.
    const again = value > atMostSeconds ? ' That proves nothing of today: drill again.' : '';
    const sentence = `The oldest of the newest drills of ${counted(each.length, 'database')} passed ${ageText(observedAt, ctx.now)} ago.${again}`;
    return pass(sentence, { links, observedAt, value });
  },
});
