import type { CriterionContext } from '@/lib/engine/define-criterion';

/** How much of what it covers a kept figure may be behind: seven days are read again every ten minutes. */
const keptShare = 1000;

/**
 * Remembers what long windows gave between evaluations: a week of readings every ten seconds is a lot to add up or to
 * sort once a minute, and a minute more changes a week's figure by nothing that anybody could read.
 */
export class WindowMemory {
  private readonly kept = new Map<string, { answer: unknown; until: number }>();

  /** The same context, with windows answered from memory while that is fresh enough. */
  remembering(ctx: CriterionContext): CriterionContext {
    return {
      ...ctx,
      sums: (...asked) =>
        this.recall(
          ctx,
          ['sums', ...asked],
          () => ctx.sums(...asked),
          ({ coverage }) => coverage * asked[2],
        ),
      percentile: (...asked) =>
        this.recall(
          ctx,
          ['percentile', ...asked],
          () => ctx.percentile(...asked),
          ({ from, to }) => (Date.parse(to) - Date.parse(from)) / 1000,
        ),
    };
  }

  private async recall<T>(
    ctx: CriterionContext,
    asked: readonly unknown[],
    read: () => Promise<T | undefined>,
    coveredSeconds: (answer: T) => number,
  ): Promise<T | undefined> {
    const key = JSON.stringify([ctx.cluster.id, ...asked]);
    const now = ctx.now.getTime();
    const last = this.kept.get(key);
    if (last && now < last.until) return last.answer as T;
    const answer = await read();
    if (answer) this.kept.set(key, { answer, until: now + (coveredSeconds(answer) * 1000) / keptShare });
    return answer;
  }
}
