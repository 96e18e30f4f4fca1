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
  version: 2,
  level: 'sound',
  unit: 'seconds',
  objective: 'p95 < 5 s on every standby over an hour',
  expiresAfterSeconds: 900,
  async evaluate(ctx) {
    const primary = primaryOf(ctx);
    if ('state' in primary) return primary;
    const senders = (await ctx.latestRows('replication-senders')).find(
      ({ instanceId }) => instanceId === primary.id,
    );
    if (!senders)
      return unknown(
        `${primary.name} has not told of its standbys yet: the first answer comes within seconds of watching.`,
      );
    const links = [checkLink('replication-senders', primary.id, `Senders of ${primary.name}`, senders.at)];
    const rest = { links, observedAt: senders.at };
    if (senders.state !== 'ok')
      return unknown(`The standbys of ${primary.name} are not known: ${whyNoAnswer(senders)}`, rest);
    const standbys = ctx.instances.filter(({ role }) => role === 'standby');
    if (standbys.length === 0 && senders.rows.length === 0) {
      return notApplicable(`the cluster has no standby, and none is connected to ${primary.name}.`, rest);
    }
    const strangers = senders.rows.filter((row) => row.watched_as === null);
    if (strangers.length > 0) {
      const names = listed(strangers.map((row) => String(row.standby)));
      return unknown(
        `${names} is fed by ${primary.name} and is not watched: add it to the cluster, so that both its sides are read.`,
        rest,
      );
    }
    // Both sides' positions of one tick: a cut stream, which lags by nothing in its own eyes, counts here.
    const answers = await ctx.latestRows('replication');
    for (const { id, name } of standbys) {
      const answer = answers.find(({ instanceId }) => instanceId === id);
      const row = answer?.state === 'ok' ? answer.rows[0] : undefined;
      if (!answer || !row) {
        const why = answer ? whyNoAnswer(answer) : 'It has not been read yet.';
        return unknown(`How far ${name} is behind is not known: ${why}`, rest);
      }
      links.push(checkLink('replication', id, `Replication of ${name}`, answer.at));
      if (row.trouble === 2) return fail(String(row.says), { links, observedAt: answer.at });
      if (row.lag_seconds === null) {
        const why = String(row.unknown_reason ?? 'nothing bounds it yet');
        return unknown(`How many seconds ${name} is behind is not known: ${why}.`, {
          links,
          observedAt: answer.at,
        });
      }
    }
    const measured = await ctx.percentile('replication', 'lag_seconds', windowSeconds, 0.95);
    if (!measured || measured.samples < leastSamples) {
      return unknown('Less than a minute of lag is measured. Wait; nothing else is to do.', rest);
    }
    const value = measured.value;
    const found = `95 % of ${formatNumber(measured.samples)} readings of the slowest of ${counted(standbys.length, 'standby')} are at most ${formatDuration(value)} behind.`;
    const whole = { links, observedAt: measured.to, value };
    if (value < 5) return pass(found, whole);
    return fail(
      `${found} The stage that lags tells whether the network, its disk or a query on it holds it back.`,
      whole,
    );
  },
});
