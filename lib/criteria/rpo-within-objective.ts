import { formatDuration } from '@/lib/base/format';
import { checkLink, fail, pass, primaryOf, unknown } from '@/lib/engine/criterion-verdict';
import { defineCriterion, type EvidenceLink } from '@/lib/engine/define-criterion';
import { isOfServer } from '@/lib/engine/drilled';

const windowSeconds = 30 * 86_400;

export default defineCriterion({
  title: 'Recovery point (RPO)',
  why: 'How much of the newest work is lost with the server. A heartbeat that a drill found again proves it, not the age of a backup.',
  domain: 'recovery',
  version: 1,
  level: 'recoverable',
  unit: 'seconds',
  objective:
    'heartbeat and worst archive exposure of 30 days within the cluster’s own objective (5 min unless set)',
  expiresAfterSeconds: 30 * 86_400,
  earnedBy: 'physical-drill',
  async evaluate(ctx) {
    const drill = (await ctx.latestEvidence('drill')).find(isOfServer);
    if (!drill) {
      return unknown(
        'No drill has looked for a heartbeat in a recovered server yet. Drill a physical backup.',
      );
    }
    const { id, observedAt } = drill;
    const links = [
      { label: `Drill of the server: ${drill.verdict}`, kind: 'evidence' as const, id, observedAt },
    ];
    if (drill.verdict === 'fail') {
      return fail(
        'The newest drill of the server failed, so the last moment was not proven. Open it to see why.',
        {
          links,
          observedAt,
        },
      );
    }
    const seconds = drill.facts.rpoSeconds;
    if (typeof seconds !== 'number') {
      return unknown(
        'The newest drill recovered to another moment than the latest, or the server did not answer: no heartbeat was looked for.',
        { links, observedAt },
      );
    }
    const primary = primaryOf(ctx);
    const exposure = await ctx.percentile('archiver', 'exposure_seconds', windowSeconds, 1);
    const all: EvidenceLink[] = [...links];
    if (exposure && !('state' in primary)) {
      all.push(checkLink('archiver', primary.id, 'Archive exposure', exposure.to));
    }
    const { rpoSeconds } = ctx.cluster;
    const value = Math.max(seconds, exposure?.value ?? 0);
    const rest = { links: all, observedAt, value };
    const worst = exposure
      ? ` At worst ${formatDuration(exposure.value)} of changes were in no archive within 30 days.`
      : '';
    const found = `A commit was safe after ${formatDuration(seconds)} and found again in the recovered server.${worst} The objective is ${formatDuration(rpoSeconds)}.`;
    if (value <= rpoSeconds) return pass(found, rest);
    return fail(`${found} Set archive_timeout below the objective, and see why archiving was late.`, rest);
  },
});
