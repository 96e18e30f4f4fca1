import { z } from 'zod';
import { defineJob, type StepContext } from '@/lib/engine/define-job';
import { planTakeOver, type TakeOverParams } from '@/lib/procedures/stanza-take-over';

export default defineJob({
  title: 'Take over an adopted stanza',
  summary:
    'Hands a stanza of somebody else over to the console: from then on its schedules take the backups and its retention applies.',
  version: 1,
  risk: 'high',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  where: 'host',
  locks: (_input, target) => [`stanza:${target.clusterId}`],
  input: z.object({}),
  plan: planTakeOver,
  steps: [
    {
      name: 'take-over',
      title: 'Own its retention',
      safety: 'idempotent',
      async run(ctx: StepContext<Record<string, never>, TakeOverParams>) {
        await ctx.changeStanza({ isManaged: true });
        await ctx.evidence({
          type: 'stanza-taken-over',
          verdict: 'info',
          title: `The stanza ${ctx.params.stanza}`,
          facts: { configFile: ctx.params.configFile },
        });
        return { stanza: ctx.params.stanza };
      },
    },
  ],
  undo: { job: 'adopt-stanza', label: 'Give it back to its owner', input: () => ({}) },
  shows: 'stanza-taken-over',
});
