import type { CriterionContext } from '@/lib/engine/define-criterion';

type Sums = Awaited<ReturnType<CriterionContext['sums']>>;

/** How much of what it covers a kept sum may be behind: seven days are read again every ten minutes. */
const keptShare = 1000;

/**
 * Remembers sums over long windows between evaluations: a week of readings every ten seconds is a lot to add up once a
 * minute, and a minute more changes a week's ratio by nothing that anybody could read.
 */
export class WindowMemory {
  private readonly kept = new Map<string, { sums: Sums; until: number }>();

  /** The same context, with `sums` answered from memory while that is fresh enough. */
  remembering(ctx: CriterionContext): CriterionContext {
    return {
      ...ctx,
      sums: async (check, columns, windowSeconds) => {
        const key = JSON.stringify([ctx.cluster.id, check, columns, windowSeconds]);
        const now = ctx.now.getTime();
        const last = this.kept.get(key);
        if (last && now < last.until) return last.sums;
        const sums = await ctx.sums(check, columns, windowSeconds);
        if (sums)
          this.kept.set(key, { sums, until: now + (sums.coverage * windowSeconds * 1000) / keptShare });
        return sums;
      },
    };
  }
}
