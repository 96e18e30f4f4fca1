import { z } from 'zod';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { defineJob, type StepContext } from '@/lib/engine/define-job';
import { type DrillResult, drillFacts, neverChecked, runDrill } from '@/lib/procedures/drill';
import { type DrillInput, type DrillParams, planDrill } from '@/lib/procedures/drill-plan';
import { readManifest } from '@/lib/procedures/dump-archive';
import { type DrillCheck, worstVerdict } from '@/lib/procedures/validation';
import { checkFiles } from '@/lib/procedures/validation-files';

type Context = StepContext<DrillInput, DrillParams>;

type ChecksumOutput = { check: DrillCheck; seconds: number };

export default defineJob({
  title: 'Drill a backup',
  summary:
    'Restores a backup into a server that only the worker reaches, proves that it is whole, measures how long it took, and removes everything.',
  version: 1,
  risk: 'low',
  permission: 'drill',
  as: 'watch',
  runsOn: 'any',
  locks: (_input, target) => [`drill:${target.clusterId}`],
  input: z.object({
    backupId: z
      .uuid()
      .optional()
      .meta({ title: 'Backup', description: 'The newest one when none is chosen.' }),
    database: z.string().min(1).max(63).optional().meta({
      title: 'Database',
      description: 'Whose newest backup to take when no backup is chosen.',
    }),
    jobs: z.int().min(1).max(8).default(2).meta({ title: 'Parallel jobs' }),
  }),
  choices: { backupId: { from: 'backups' }, database: { from: 'databases' } },
  plan: planDrill,
  steps: [
    {
      name: 'checksums',
      title: 'Compare every file with its checksum',
      safety: 'pure',
      async run(ctx: Context): Promise<ChecksumOutput> {
        const startedAt = performance.now();
        const seconds = () => (performance.now() - startedAt) / 1000;
        const { path, manifestSha256 } = ctx.params;
        try {
          const manifest = await readManifest(path, manifestSha256);
          const check = await checkFiles(path, manifest, ctx.signal, (done, total) =>
            ctx.progress(done, total, 'comparing checksums'),
          );
          return { check, seconds: seconds() };
        } catch (error) {
          ctx.signal.throwIfAborted();
          if (!(error instanceof PlumblineError)) throw error;
          return {
            check: { name: 'checksums', verdict: 'fail', detail: messageOf(error) },
            seconds: seconds(),
          };
        }
      },
    },
    {
      name: 'drill',
      title: 'Restore into a scratch server and check it',
      safety: 'idempotent',
      async run(ctx: Context): Promise<DrillResult> {
        const { check, seconds } = ctx.outputs.checksums as ChecksumOutput;
        if (check.verdict === 'fail') {
          const notChecked = ['a restore: the files are not what was written', ...neverChecked];
          return {
            verdict: 'fail',
            checks: [check],
            notChecked,
            phases: { checksums: seconds },
            restoreSeconds: null,
          };
        }
        const { path, manifestSha256 } = ctx.params;
        const manifest = await readManifest(path, manifestSha256);
        const phases = { checksums: seconds };
        const result = await runDrill(ctx, { backupPath: path, manifest, jobs: ctx.input.jobs, phases });
        const checks = [check, ...result.checks];
        return { ...result, checks, verdict: worstVerdict(checks) };
      },
    },
    {
      name: 'report',
      title: 'Store the verdict',
      safety: 'idempotent',
      async run(ctx: Context) {
        const result = ctx.outputs.drill as DrillResult;
        const { backupId, database } = ctx.params;
        await ctx.evidence({
          type: 'drill',
          verdict: result.verdict,
          title: `Drill of the backup of ${database}`,
          database,
          backupId,
          facts: drillFacts(result, backupId, database),
        });
        for (const check of result.checks) {
          ctx.log(
            check.verdict === 'pass' ? 'info' : check.verdict === 'partial' ? 'warn' : 'error',
            `${check.name}: ${check.detail}`,
          );
        }
        if (result.verdict === 'fail') {
          const failed = result.checks.find((check) => check.verdict === 'fail');
          throw new PlumblineError('tool-failed', `The drill failed at ${failed?.name}: ${failed?.detail}`, {
            next: 'Do not count on this backup. Read the evidence, mend the cause, and take a new one.',
          });
        }
        return { verdict: result.verdict, restoreSeconds: result.restoreSeconds };
      },
    },
  ],
  undo: { none: 'The scratch server and all its files are gone when the run ends.' },
  schedulable: true,
});
