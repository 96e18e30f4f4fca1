import { ageText, fail, listed, notApplicable, oldest, pass, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';
import { escrowHoldsSeconds } from '@/lib/engine/escrow';

export default defineCriterion({
  title: 'Kept copies of passes and keys proven',
  why: 'An encrypted backup is noise without its pass, and on the day when the console is gone there is only the copy that people keep. Whether it opens anything is known when somebody has typed it.',
  domain: 'recovery',
  version: 1,
  level: 'ready',
  unit: 'seconds',
  objective:
    'the kept copy of every encrypted repository and dump key proven within 180 days, by opening what it must open',
  expiresAfterSeconds: escrowHoldsSeconds,
  earnedBy: 'escrow-drill',
  async evaluate(ctx) {
    const escrows = await ctx.escrows();
    if (escrows.length === 0) {
      return notApplicable('nothing that is kept of this cluster is encrypted.', {
        observedAt: ctx.now.toISOString(),
        links: [],
      });
    }
    const links = escrows.flatMap(({ name, proven, refused }) => {
      const trial = refused ?? proven;
      if (!trial?.link) return [];
      const label = refused ? `The copy for ${name} opened nothing` : `The copy for ${name} opened it`;
      return [{ label, ...trial.link, observedAt: trial.at }];
    });
    const refused = escrows.flatMap((one) => (one.refused ? [{ name: one.name, at: one.refused.at }] : []));
    if (refused.length > 0) {
      const sentence = `The copy that was typed last for ${listed(refused.map(({ name }) => name))} opened nothing. Compare it with the pass while the console still has that, write it down anew, and drill with it.`;
      return fail(sentence, { links, observedAt: oldest(refused.map(({ at }) => at)) });
    }
    const never = escrows.filter(({ proven }) => proven === null).map(({ name }) => name);
    if (never.length > 0) {
      const some =
        never.length < escrows.length
          ? `${escrows.length - never.length} of ${escrows.length} kept copies were proven. `
          : '';
      return unknown(
        `${some}Nobody has proven the kept copy for ${listed(never)}. Drill with the kept copy of a repository’s pass; a dump key’s is proven under Admin, Storages.`,
        { links },
      );
    }
    const observedAt = oldest(escrows.flatMap(({ proven }) => proven?.at ?? []));
    const value = (ctx.now.getTime() - Date.parse(observedAt)) / 1000;
    const again = value > escrowHoldsSeconds ? ' Safes are moved and sheets are lost: prove it again.' : '';
    const subject =
      escrows.length === 1
        ? `The kept copy for ${escrows[0]?.name} was proven`
        : `All ${escrows.length} kept copies were proven, the longest ago`;
    return pass(`${subject} ${ageText(observedAt, ctx.now)} ago.${again}`, { links, observedAt, value });
  },
});
