import { formatNumber, formatValue } from '@/lib/base/format';
import { checkLink, fail, instanceName, pass, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

const windowSeconds = 7 * 86_400;
/** Five minutes of a reading every ten seconds. */
const leastSamples = 30;

export default defineCriterion({
  title: 'Connections headroom',
  why: 'A deploy or a retry storm doubles the connections within seconds; at the limit every new one is refused.',
  domain: 'capacity',
  version: 1,
  level: 'sound',
  unit: 'percent',
  objective: 'p95 < 50 % of the usable connections over 7 days',
  expiresAfterSeconds: 3600,
  async evaluate(ctx) {
    const measured = await ctx.percentile('connections', 'used_percent', windowSeconds, 0.95);
    if (!measured) {
      return unknown(
        'No reading of the connections is stored. Watch an instance of the cluster for five minutes.',
      );
    }
    const { value, instanceId, samples, to } = measured;
    const name = instanceName(ctx, instanceId);
    const rest = {
      links: [checkLink('connections', instanceId, `Connections of ${name}`, to)],
      observedAt: to,
    };
    if (samples < leastSamples) {
      return unknown(
        `Only ${samples} readings are stored: a percentile needs ${leastSamples}. Wait five minutes.`,
        rest,
      );
    }
    const found = `95 % of ${formatNumber(samples)} readings on ${name} used at most ${formatValue(value, 'percent')} of the connections.`;
    if (value < 50) return pass(found, { ...rest, value });
    return fail(
      `${found} Put a pooler in front, shrink the pools of the applications, or raise max_connections.`,
      { ...rest, value },
    );
  },
});
