import { formatDuration } from '@/lib/base/format';
import { checkLink, fail, pass, primaryOf, unknown, whyNoAnswer } from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

const windowSeconds = 3600;

export default defineCriterion({
  title: 'Archiver exposure',
  why: 'WAL that no archive holds is lost with the server’s disk: the exposure is how much of the newest work that is.',
  domain: 'recovery',
  version: 2,
  level: 'ready',
  unit: 'seconds',
  objective: 'at every reading of the last hour within the cluster’s own objective (RPO, 5 min unless set)',
  expiresAfterSeconds: 900,
  async evaluate(ctx) {
    const primary = primaryOf(ctx);
    if ('state' in primary) return primary;
    const answer = (await ctx.latestRows('archiver')).find(({ instanceId }) => instanceId === primary.id);
    if (!answer)
      return unknown(
        `The archiver of ${primary.name} was not read yet: the first answer comes within seconds of watching.`,
      );
    const links = [checkLink('archiver', primary.id, `Archiver of ${primary.name}`, answer.at)];
    const rest = { links, observedAt: answer.at };
    const row = answer.rows[0];
    if (answer.state !== 'ok' || !row)
      return unknown(`The archiver of ${primary.name} is not known: ${whyNoAnswer(answer)}`, rest);
    if (typeof row.not_archiving === 'string') {
      const next = 'Set up WAL archiving to get back to a minute ago, not only to the newest backup.';
      return fail(`On ${primary.name}, ${row.not_archiving}. ${next}`, rest);
    }
    const measured = await ctx.percentile('archiver', 'exposure_seconds', windowSeconds, 1);
    if (!measured) return unknown('No exposure is measured yet. Wait a minute; nothing else is to do.', rest);
    const whole = { links, observedAt: measured.to, value: measured.value };
    const { rpoSeconds } = ctx.cluster;
    const found = `At most ${formatDuration(measured.value)} of changes were in no archive within the last hour; the objective is ${formatDuration(rpoSeconds)}.`;
    if (measured.value <= rpoSeconds) return pass(found, whole);
    return fail(
      `${found} See the last failed segment, or set archive_timeout so that quiet servers archive too.`,
      whole,
    );
  },
});
