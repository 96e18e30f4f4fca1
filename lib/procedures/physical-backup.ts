import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import { passfileFor } from '@/lib/procedures/archive-server';
import { readInfo } from '@/lib/procedures/backrest-info';
import {
  backupArgs,
  type PhysicalBackupInput,
  type PhysicalBackupParams,
} from '@/lib/procedures/physical-backup-plan';
import { backupSetOf, runAnnotation } from '@/lib/procedures/physical-backup-set';
import { pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { backrestError, backrestExit } from '@/lib/tools/pgbackrest/errors';
import type { InfoBackup } from '@/lib/tools/pgbackrest/info';
import { BackrestOutput } from '@/lib/tools/pgbackrest/log-lines';

export type BackupContext = StepContext<PhysicalBackupInput, PhysicalBackupParams>;

const retryMs = 2_000;

/** Waits, unless the run is ended meanwhile. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

const placeIn = (ctx: BackupContext) => ({ configFile: ctx.params.configFile, stanza: ctx.params.stanza });

/** The backup that this run took, by its annotation; undefined when there is none. */
export async function findOwnBackup(ctx: BackupContext): Promise<InfoBackup | undefined> {
  const { repository } = ctx.input;
  const info = await readInfo(ctx, placeIn(ctx), { repository });
  return info.backup.find(
    (backup) =>
      backup.annotation?.[runAnnotation] === ctx.runId && backup.database['repo-key'] === repository,
  );
}

/**
 * Takes the backup. While somebody else holds the stanza's lock (exit 50) it asks again until the wait is over. Any other
 * end than 0 fails with what it means; 0 alone is no success: the backup must be in the repository's own list.
 */
export async function runBackup(ctx: BackupContext): Promise<JsonObject> {
  await ctx.stanzaConfig();
  const { params, input } = ctx;
  const until = Date.now() + input.waitMinutes * 60_000;
  const call = {
    program: pgbackrestProgram,
    args: backupArgs(params, input, ctx.runId),
    passfile: passfileFor(params.server, 'backup'),
  };
  for (let attempt = 1; ; attempt += 1) {
    const output = new BackrestOutput();
    const result = await ctx.tool({
      ...call,
      onLine: (line) => {
        if (output.take(line)) ctx.progress(output.percent ?? 0, 100, 'Copying files, per cent of bytes');
      },
    });
    // After another worker's call was adopted its lines are in the result only.
    const lines = [...result.stdoutTail.split('\n'), ...result.stderrTail.split('\n')];
    if (result.exitCode === backrestExit.lockHeld && Date.now() + retryMs < until) {
      if (attempt === 1) ctx.log('info', 'Another command holds the stanza’s lock; waiting for it.');
      await pause(retryMs, ctx.signal);
      continue;
    }
    if (result.exitCode !== 0) throw backrestError(result.exitCode, lines);
    for (const warning of output.warnings.slice(0, 20)) ctx.log('warn', warning);
    if (output.resumed) ctx.log('info', `It went on with the interrupted backup ${output.resumed}.`);
    const label = lines.map((line) => /new backup label = (\S+)/.exec(line)?.[1]).findLast(Boolean);
    return { label: label ?? null, attempts: attempt, resumed: output.resumed ?? null };
  }
}

/** What an earlier worker finished: for the probe after a crash. */
export async function probeBackup(ctx: BackupContext): Promise<JsonObject | undefined> {
  await ctx.stanzaConfig();
  const found = await findOwnBackup(ctx);
  if (!found) return undefined;
  ctx.log('info', `The backup ${found.label} of this run is in the repository: it was finished.`);
  return { label: found.label, attempts: 0, resumed: null };
}

/**
 * Reads the finished backup out of the repository's list and registers it. One with damaged pages is registered as such,
 * its evidence fails, and so does the run: nothing may count it as good.
 */
export async function registerBackup(ctx: BackupContext): Promise<JsonObject> {
  const stanza = await ctx.stanza();
  if (!stanza) throw new PlumblineError('not-found', 'The stanza of this run was removed.');
  const { label } = ctx.outputs.backup as { label: string | null };
  const { repository } = ctx.input;
  const own = await findOwnBackup(ctx);
  const listed = own?.label ?? (ctx.params.isAnnotated ? undefined : label);
  if (!listed) {
    throw new PlumblineError('tool-failed', 'pgBackRest ended well, but its list does not hold the backup.', {
      next: 'Look at the repository: it may have been expired by somebody at once.',
    });
  }
  const info = await readInfo(ctx, placeIn(ctx), { repository, label: listed });
  const found = info.backup.find((backup) => backup.label === listed);
  if (!found) throw new PlumblineError('tool-failed', `The backup ${listed} is no longer in the repository.`);
  const set = backupSetOf(stanza, repository, found);
  const damaged = found['error-list'] ?? [];
  const facts = {
    ...set.facts,
    attempts: ctx.outputs.backup?.attempts ?? null,
    resumed: ctx.outputs.backup?.resumed ?? null,
    damagedFiles: damaged.slice(0, 100),
    databases: (found['database-ref'] ?? []).map(({ name }) => name),
    tablespaces: (found.tablespace ?? []).map(({ name, destination }) => ({ name, destination })),
    askedFor: ctx.input.type,
  };
  const backupId = await ctx.backup({ ...set, facts });
  await ctx.evidence({
    type: 'backup-set',
    verdict: set.hasErrors ? 'fail' : 'pass',
    title: `${set.method === 'full' ? 'Full' : set.method === 'diff' ? 'Differential' : 'Incremental'} backup ${set.label}`,
    backupId,
    facts: { ...facts, label: set.label, method: set.method, walFirst: set.walFirst, walLast: set.walLast },
  });
  if (set.hasErrors) {
    const names = damaged.slice(0, 5).join(', ') || 'see its log';
    throw new PlumblineError(
      'tool-failed',
      `The server has damaged pages: the backup ${set.label} copied them (${names}).`,
      {
        next: 'Older clean backups must not be expired now. Find the damage with pg_amcheck and restore what it hit.',
      },
    );
  }
  ctx.log('info', `Registered ${set.label}: ${set.bytes} bytes in the repository.`);
  return { backupId, label: set.label, method: set.method };
}
