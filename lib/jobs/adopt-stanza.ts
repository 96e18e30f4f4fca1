import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { type AdoptContext, adopt, planAdoption } from '@/lib/procedures/stanza-adopt';

export default defineJob({
  title: 'Adopt a stanza',
  summary:
    'Takes a stanza of pgBackRest that somebody else set up as it is: its backups are seen, its configuration, schedules and retention stay theirs.',
  version: 1,
  risk: 'low',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  where: 'host',
  locks: (_input, target) => [`stanza:${target.clusterId}`],
  input: z.object({}),
  plan: planAdoption,
  steps: [
    {
      name: 'adopt',
      title: 'Read its list and write down what it is',
      safety: 'idempotent',
      run: (ctx: AdoptContext) => adopt(ctx),
    },
  ],
  undo: { none: 'Nothing of the stanza is changed; the console forgets it on its set-up page.' },
  shows: 'stanza-adopted',
});
