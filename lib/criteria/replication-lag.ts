import { formatDuration, formatNumber } from '@/lib/base/format';
import {
  checkLink,
  counted,
  fail,
  listed,
  notApplicable,
  pass,
  primaryOf,
  unknown,
  whyNoAnswer,
} from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

const windowSeconds = 3600;
const leastSamples = 6;

export default defineCriterion({
  title: 'Replication lag',
  why: 'What a standby has not got is lost if the primary is, and whoever reads there sees the past.',
  domain: 'replication',
  version: 1,
  level: 'sound',
  unit: 'seconds',
  objective: 'p95 < 5 s on every standby over an hour',
  expiresAfterSeconds: 900,
  async evaluate(ctx) {
    const primary = primaryOf(ctx);
    if ('state' in primary) return primary;
    const answer = (await ctx.latestRows('replication')).find(({ instanceId }) => instanceId === primary.id);
    if (!answer)
      return unknown(
        `${primary.name} has not told of its standbys yet: the first answer comes within seconds of watching.`,
      );
    const links = [checkLink('replication', primary.id, `Replication of ${primary.name}`, answer.at)];
    const rest = { links, observedAt: answer.at };
    if (answer.state !== 'ok')
      return unknown(`The standbys of ${primary.name} are not known: ${whyNoAnswer(answer)}`, rest);
    const standbys = ctx.instances.filter(({ role }) => role === 'standby');
    if (standbys.length === 0 && answer.rows.length === 0) {
      return notApplicable(`the cluster has no standby, and none is connected to ${primary.name}.`, rest);
    }
    // A cut stream has no row on the primary and no lag: it must be counted, or it would look perfect.
    const receivers = await ctx.latestRows('replication-receiver');
    const cut = standbys.filter(({ id }) =>
      receivers.some((each) => each.instanceId === id && each.rows[0]?.stream_cut === 1),
    );
    if (cut.length > 0 || answer.rows.length < standbys.length) {
      const who =
        cut.length > 0
          ? listed(cut.map(({ name }) => name))
          : counted(standbys.length - answer.rows.length, 'standby');
      return fail(`${who} gets nothing from ${primary.name}. Read its log: the stream is cut.`, rest);
    }
    const measured = await ctx.percentile('replication', 'lag_seconds', windowSeconds, 0.95);
    if (!measured || measured.samples < leastSamples) {
      return unknown('Less than a minute of lag is measured. Wait; nothing else is to do.', rest);
    }
    const value = measured.value;
    const found = `95 % of ${formatNumber(measured.samples)} readings of the slowest of ${counted(answer.rows.length, 'standby')} are at most ${formatDuration(value)} behind.`;
    const whole = { links, observedAt: measured.to, value };
    if (value < 5) return pass(found, whole);
    return fail(
      `${found} The stage that lags tells whether the network, its disk or a query on it holds it back.`,
      whole,
    );
  },
});
