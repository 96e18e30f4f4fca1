import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { defineJob, type StepContext } from '@/lib/engine/define-job';
import { dumpFolder, partialFolder } from '@/lib/procedures/dump-archive';
import { type BackupInput, type BackupParams, planBackup } from '@/lib/procedures/dump-plan';
import {
  keepFacts,
  largestTables,
  publishDump,
  removePartials,
  verifyDump,
} from '@/lib/procedures/dump-publish';
import { runDump } from '@/lib/procedures/dump-run';
import { endOwnSessions } from '@/lib/procedures/own-sessions';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

type Context = StepContext<BackupInput, BackupParams>;

/** Removes what is not a backup yet, and one that is complete but was never registered. */
async function cleanUp(ctx: Context): Promise<void> {
  const removed = await removePartials(ctx.params.folder, ctx.runId);
  for (const name of removed) ctx.log('info', `Removed the unfinished ${name}.`);
  const final = path.join(ctx.params.folder, ctx.runId);
  if (existsSync(final) && !(await ctx.findBackup(ctx.runId))) removeTree(final);
}

export default defineJob({
  title: 'Back up a database',
  summary:
    'Dumps one database with pg_dump into the local repository and decodes all of the dump before it counts as a backup.',
  version: 1,
  risk: 'low',
  permission: 'backup',
  as: 'backup',
  // A standby is chosen by a person, never for them: a dump holds one snapshot for hours, which replay there cancels or,
  // by feedback, holds back vacuum on the primary with; and what the standby lacks at that moment is not in the backup.
  runsOn: 'any',
  locks: (input, target) => [`backup:${target.clusterId}:${input.database}`],
  input: z.object({
    database: z.string().min(1).max(63).meta({ title: 'Database' }),
    jobs: z.int().min(1).max(8).default(2).meta({
      title: 'Parallel jobs',
      description: 'Connections that dump at once; each loads the server with one more reader.',
    }),
    compression: z
      .int()
      .min(1)
      .max(9)
      .default(3)
      .meta({ title: 'Compression', description: 'gzip level, 1 to 9.' }),
  }),
  choices: { database: { from: 'databases' } },
  plan: planBackup,
  steps: [
    {
      name: 'dump',
      title: 'Dump into an unfinished folder',
      safety: 'idempotent',
      async run(ctx: Context) {
        const { folder, major } = ctx.params;
        const startedAt = new Date().toISOString();
        await removePartials(folder, ctx.runId);
        const partial = partialFolder(folder, ctx.runId, ctx.epoch);
        makeOwnedDirectory(folder, toolUserName());
        makeOwnedDirectory(partial, toolUserName());
        const facts = await runDump(ctx, { ...ctx.input, major, directory: path.join(partial, dumpFolder) });
        await keepFacts(partial, facts);
        return { partial, startedAt, dumpSeconds: facts.dumpSeconds, ...facts.snapshot };
      },
      async cleanUp(ctx: Context) {
        // Files first: the server may be gone.
        await cleanUp(ctx);
        const session = await ctx.connect('backup', ctx.input.database);
        const ended = await endOwnSessions(session);
        await session.close();
        if (ended > 0) ctx.log('warn', `Ended ${ended} sessions that the dump had left on the server.`);
      },
    },
    {
      name: 'verify',
      title: 'Decode all of it and count rows',
      safety: 'idempotent',
      async run(ctx: Context) {
        const { partial, startedAt } = ctx.outputs.dump as { partial: string; startedAt: string };
        const { database } = ctx.input;
        const verified = await verifyDump(ctx, { partial, database, major: ctx.params.major, startedAt });
        ctx.log('info', `Decoded ${verified.tables} tables with ${verified.rows} rows.`);
        return { ...verified };
      },
      cleanUp,
    },
    {
      name: 'publish',
      title: 'Give it its final name and register it',
      safety: 'idempotent',
      async run(ctx: Context) {
        const { partial, startedAt, dumpSeconds, at, lsn } = ctx.outputs.dump as Record<
          string,
          string | number
        >;
        const { verifySeconds, ...counted } = ctx.outputs.verify ?? {};
        const { database } = ctx.input;
        const final = path.join(ctx.params.folder, ctx.runId);
        await publishDump(String(partial), final);
        const finishedAt = new Date().toISOString();
        const seconds = (Date.parse(finishedAt) - Date.parse(String(startedAt))) / 1000;
        const facts = {
          ...counted,
          seconds,
          dumpSeconds: dumpSeconds ?? null,
          verifySeconds: verifySeconds ?? null,
          snapshotAt: at ?? null,
          snapshotLsn: lsn ?? null,
          clientMajor: ctx.params.major,
          takenFrom: ctx.target.role,
          path: final,
        };
        const backupId = await ctx.backup({
          type: 'logical',
          database,
          path: final,
          bytes: Number(counted.bytes),
          startedAt: String(startedAt),
          finishedAt,
          facts,
        });
        await ctx.evidence({
          type: 'backup',
          verdict: 'pass',
          title: `Backup of ${database}`,
          database,
          backupId,
          facts: { ...facts, largestTables: await largestTables(final, 50) },
        });
        return { backupId, path: final };
      },
      cleanUp,
    },
  ],
  undo: { none: 'A backup changes nothing on the server; an unwanted one is removed when it expires.' },
  schedulable: true,
});
