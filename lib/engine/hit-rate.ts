import { formatDuration, formatNumber, formatValue } from '@/lib/base/format';
import { checkLink, fail, instanceName, pass, unknown, windowText } from '@/lib/engine/criterion-verdict';
import type { CriterionContext, CriterionVerdict } from '@/lib/engine/define-criterion';

const windowSeconds = 7 * 86_400;
/** A few blocks, or a few minutes, say nothing of a working set. */
const leastBlocks = 10_000;
const leastSeconds = 600;

/**
 * Judges a share of blocks that were found in shared_buffers over 7 days. It is a ratio of sums (a busy minute weighs
 * more than a quiet one) over all instances of the cluster; too little measured time or volume is unknown.
 */
export async function judgeHitRate(
  ctx: CriterionContext,
  asked: { check: string; title: string; blocks: string; abovePercent: number; next: string },
): Promise<CriterionVerdict> {
  const measured = await ctx.sums(asked.check, ['hit', 'accesses'], windowSeconds);
  if (!measured) {
    return unknown(
      `No reading of the ${asked.title} is stored. Watch an instance of the cluster for ten minutes.`,
    );
  }
  const { hit = 0, accesses = 0 } = measured.sums;
  const instance = ctx.instances.find(({ role }) => role === 'primary') ?? ctx.instances[0];
  const label = `The ${asked.title} of ${instanceName(ctx, instance?.id ?? '')}`;
  const links = instance ? [checkLink(asked.check, instance.id, label, measured.to)] : [];
  const rest = { links, observedAt: measured.to };
  const coveredSeconds = Math.round(measured.coverage * windowSeconds);
  if (coveredSeconds < leastSeconds) {
    const so = formatDuration(coveredSeconds);
    return unknown(
      `Only ${so} are measured: a verdict needs ten minutes. Wait; nothing else is to do.`,
      rest,
    );
  }
  if (accesses < leastBlocks) {
    const least = formatNumber(leastBlocks);
    return unknown(
      `Only ${formatNumber(accesses)} ${asked.blocks} were asked for: below ${least} a ratio says nothing. It will tell once the applications are at work.`,
      rest,
    );
  }
  const value = (100 * hit) / accesses;
  const when = windowText(measured.from, measured.to, windowSeconds, measured.coverage);
  const share = formatValue(value, 'percent');
  const found = `${share} of ${formatNumber(accesses)} ${asked.blocks} were found in shared_buffers ${when}.`;
  if (value > asked.abovePercent) return pass(found, { ...rest, value });
  return fail(`${found} ${asked.next}`, { ...rest, value });
}
