import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { type DrillResult, drillFacts, neverChecked, runDrill } from '@/lib/procedures/drill';
import { amcheckArguments } from '@/lib/procedures/drill-amcheck';
import { drillPrograms } from '@/lib/procedures/drill-plan';
import { restoreArguments } from '@/lib/procedures/drill-restore';
import { dumpFolder, readManifest } from '@/lib/procedures/dump-archive';
import { fetchInto } from '@/lib/procedures/upload-fetch';

export interface DumpEscrowInput {
  backupId: string;
  storageId?: string;
  keptKey: string;
  jobs: number;
}

export type DumpEscrowParams = {
  backupId: string;
  database: string;
  manifestSha256: string;
  storageId: string;
  storageName: string;
  objectKey: string;
  keyId: string;
  typedCopyId: string;
  /** SHA-256 of what the typed copy may open. */
  destination: string;
};

export type DumpEscrowContext = StepContext<DumpEscrowInput, DumpEscrowParams>;

type Fetched = { files: number; seconds: number } | { problem: string; seconds: number };

/** Where the decrypted dump lies: below the run's own directory, and it goes with it. */
const fetchedFolder = 'fetched';

/** The dry run of a drill of a dump as it lies in its storage, with the key that somebody typed. */
export async function planDumpEscrowDrill(
  ctx: PlanContext,
  input: DumpEscrowInput,
): Promise<PlanDraft<DumpEscrowParams>> {
  const backup = await ctx.findBackup(input.backupId);
  if (backup?.type !== 'logical' || backup.clusterId !== ctx.target.clusterId) {
    const message = 'There is no such dump of this cluster.';
    throw new PlumblineError('bad-input', message, { fields: { backupId: message } });
  }
  const blockers: PlanDraft['blockers'] = [];
  const uploads = (await ctx.keeping.uploads(backup.id)).filter(({ state }) => state === 'ready');
  const upload = uploads.find(({ storageId }) => !input.storageId || storageId === input.storageId);
  if (!upload) {
    blockers.push({
      message: 'No storage holds a whole copy of it.',
      next: 'Choose a dump that was sent to a storage.',
    });
  }
  const copy = await ctx.typedCopy(input.keptKey);
  if (!copy?.dumpKeyId || copy.goneWhy !== null) {
    blockers.push({
      message: `What was typed is gone. ${copy?.goneWhy ?? ''}`.trim(),
      next: 'Make a new plan and type the copy again.',
    });
  }
  const major = Math.floor(backup.serverVersionNum / 10_000);
  blockers.push(...(await drillPrograms(ctx, major)).blockers);
  const restored = Number(backup.facts.decodedBytes ?? backup.bytes * 4);
  const needed = backup.bytes + restored * 1.5;
  const free = await ctx.freeBytes('scratch');
  if (free < needed) {
    blockers.push({
      message: `The scratch folder has ${formatBytes(free)} free; dump and database need about ${formatBytes(needed)}.`,
      next: 'Free space there, then plan again.',
    });
  }
  const database = backup.database ?? '';
  const scratch = { socketDir: '{runDir}/pg/s', port: 5432, user: 'plumbline_scratch' };
  const fetched = `{runDir}/${fetchedFolder}`;
  return {
    summary: `Bring the dump of “${database}” of ${backup.finishedAt} from ${upload?.storageName ?? 'a storage'} to ${ctx.workerName}, decrypt it with the typed copy of its key alone, restore it into a scratch server, check it, and remove everything.`,
    acts: [
      {
        step: 'fetch',
        argv: ['get', `${upload?.storageName ?? '…'}: ${upload?.objectKey ?? '…'}`, fetched],
        as: `the worker, with the typed copy of the key ${upload?.keyId ?? '…'}`,
      },
      {
        step: 'drill',
        argv: ['initdb', '--pgdata={runDir}/pg/data'],
        as: 'a scratch server without a network',
      },
      {
        step: 'drill',
        argv: [
          'pg_restore',
          ...restoreArguments(scratch, input.jobs),
          '--use-list={runDir}/restore.list',
          path.join(fetched, dumpFolder),
        ],
      },
      { step: 'drill', argv: ['pg_amcheck', ...amcheckArguments(scratch, input.jobs)] },
    ],
    params: {
      backupId: backup.id,
      database,
      manifestSha256: String(backup.facts.manifestSha256 ?? ''),
      storageId: upload?.storageId ?? '',
      storageName: upload?.storageName ?? '',
      objectKey: upload?.objectKey ?? '',
      keyId: upload?.keyId ?? '',
      typedCopyId: input.keptKey,
      destination: copy?.destination ?? '',
    },
    warnings: copy
      ? [
          `What was typed is sealed to the workers for this plan and its run; unless it is started by ${copy.expiresAt.slice(11, 16)} UTC, it is gone.`,
        ]
      : [],
    blockers,
    estimates: [
      { label: 'To read', value: upload?.objectBytes ?? null, unit: 'bytes' },
      { label: 'Free for the scratch server', value: free, unit: 'bytes' },
    ],
  };
}

/** Downloads and decrypts with the typed key. That an object is damaged is a result; that a storage is away is an error. */
async function fetchTyped(ctx: DumpEscrowContext): Promise<Fetched> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const typed = await ctx.typedDumpKey(ctx.params.typedCopyId);
  try {
    const files = await fetchInto(ctx, `${ctx.runDir}/${fetchedFolder}`, async (keyId) => {
      if (keyId === typed.keyId) return typed.key;
      throw new PlumblineError('tool-failed', `The object says that the key ${keyId} opens it.`);
    });
    return { files, seconds: seconds() };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof PlumblineError) || error.code !== 'tool-failed') throw error;
    return { problem: messageOf(error), seconds: seconds() };
  }
}

/** Brings the dump here with the typed key and drills it; nothing of either outlives the run. */
export async function runDumpEscrowDrill(ctx: DumpEscrowContext): Promise<DrillResult> {
  const fetched = await fetchTyped(ctx);
  const phases = { fetch: fetched.seconds };
  if ('problem' in fetched) {
    return {
      verdict: 'fail',
      checks: [{ name: 'fetch', verdict: 'fail', detail: fetched.problem }],
      notChecked: ['a restore: the object could not be brought back', ...neverChecked],
      phases,
      restoreSeconds: null,
    };
  }
  const backupPath = `${ctx.runDir}/${fetchedFolder}`;
  const manifest = await readManifest(backupPath, ctx.params.manifestSha256 || undefined);
  const result = await runDrill(ctx, { backupPath, manifest, jobs: ctx.input.jobs, phases });
  const detail = `${fetched.files} files were decrypted with the copy that was typed and are what was written; the console’s own key was not used.`;
  return { ...result, checks: [{ name: 'kept-key', verdict: 'pass', detail }, ...result.checks] };
}

/** Stores what the drill says of the dump and of the kept copy of its key. */
export async function reportDumpEscrowDrill(ctx: DumpEscrowContext): Promise<JsonObject> {
  const { params } = ctx;
  const { backupId, database, keyId, objectKey, storageName: storage } = params;
  const result = ctx.outputs.drill as DrillResult;
  const by = (await ctx.typedCopy(params.typedCopyId))?.typedByName ?? '';
  // Restored with errors it was still decrypted, whole: that is what the copy of a key is for.
  const isProven = result.checks.some(({ name, verdict }) => name === 'kept-key' && verdict === 'pass');
  const facts = { found: result.checks[0]?.detail ?? '', keyId, objectKey, storage, typedBy: by };
  await ctx.evidence({
    type: 'escrow',
    verdict: isProven ? 'pass' : 'fail',
    title: `Kept copy of the dumps’ key ${keyId}`,
    database,
    backupId,
    facts,
  });
  if (isProven) await ctx.keeping.escrowProven(keyId, by, { objectKey, storage, runId: ctx.runId });
  await ctx.evidence({
    type: 'drill',
    verdict: result.verdict,
    title: `Drill of the uploaded dump of ${database}`,
    database,
    backupId,
    facts: { ...drillFacts(result, backupId, database), storage, objectKey },
  });
  for (const check of result.checks) {
    const level = check.verdict === 'pass' ? 'info' : check.verdict === 'partial' ? 'warn' : 'error';
    ctx.log(level, `${check.name}: ${check.detail}`);
  }
  const failed = result.checks.find(({ verdict }) => verdict === 'fail');
  if (failed) {
    throw new PlumblineError('tool-failed', `The drill failed at ${failed.name}: ${failed.detail}`, {
      next: 'Do not count on this uploaded copy. Read the evidence, mend the cause, and send a new dump.',
    });
  }
  return { verdict: result.verdict, restoreSeconds: result.restoreSeconds };
}
