import { z } from 'zod';
import { defineJob, type PlanContext, type PlanDraft, type StepContext } from '@/lib/engine/define-job';
import { placeBlockers, readArchiveServer } from '@/lib/procedures/archive-server';
import { noteArchiving, putPreviousBack } from '@/lib/procedures/archive-setup';
import { hasCommand, previousSql, readPrevious, shownCommand } from '@/lib/procedures/archive-setup-sql';

type Params = { configFile: string; command: string };
type Context = StepContext<Record<string, never>, Params>;

async function plan(ctx: PlanContext): Promise<PlanDraft<Params>> {
  const stanza = await ctx.stanza();
  const configFile = stanza ? ctx.stanzaConfigPath(stanza) : '';
  const session = await ctx.connect('operate');
  const server = await readArchiveServer(session);
  await session.close();
  const previous = stanza ? readPrevious(configFile) : undefined;
  const command = shownCommand(previous?.archiveCommand ?? '');
  return {
    summary: hasCommand(command)
      ? `Let ${ctx.target.instanceName} archive as before: “${command}”.`
      : `Stop archiving the WAL of ${ctx.target.instanceName}.`,
    acts: previousSql(previous, true, 'shown').map((sql) => ({ step: 'restore', sql, as: 'login operate' })),
    params: { configFile, command },
    warnings: [
      'Nothing that is written from then on can be restored from the stanza: its recoverable window ends here.',
      ...(hasCommand(command)
        ? []
        : ['archive_mode stays on: without a command the server keeps all its WAL.']),
    ],
    blockers: [
      ...placeBlockers(server, ctx.workerName),
      ...(previous
        ? []
        : [{ message: 'No former archive_command was kept.', next: 'Set archive_command by hand.' }]),
    ],
    estimates: [],
  };
}

export default defineJob({
  title: 'Put the former archive_command back',
  summary: 'Lets the server archive as it did before archiving was set up here; the stanza gets no more WAL.',
  version: 1,
  risk: 'high',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  where: 'host',
  locks: (_input, target) => [`stanza:${target.clusterId}`],
  input: z.object({}),
  plan,
  steps: [
    {
      name: 'restore',
      title: 'Put it back and reload',
      safety: 'idempotent',
      async run(ctx: Context) {
        await noteArchiving(ctx, 'before', 'info');
        const done = await putPreviousBack(ctx, ctx.params.configFile, true);
        await ctx.changeStanza({ state: 'draft' });
        await noteArchiving(ctx, 'after', 'info');
        return done;
      },
    },
  ],
  undo: { job: 'set-up-archiving', label: 'Set up archiving again', input: () => ({}) },
});
