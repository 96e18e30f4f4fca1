import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import { readInfo } from '@/lib/procedures/backrest-info';
import { isWhole, removeFolder } from '@/lib/procedures/expiry-folder';
import type { ExpiryParams } from '@/lib/procedures/expiry-plan';
import { pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { backrestError } from '@/lib/tools/pgbackrest/errors';

export type ExpiryContext = StepContext<Record<string, never>, ExpiryParams>;

/** What a step did: ids that are gone, and those that something spoke for at the last moment. */
export type Expired = JsonObject & {
  removed: { id: string; what: string; bytes: number }[];
  kept: { id: string; what: string; why: string }[];
};

const why = 'removed by retention';

/** Removes dumps: each is judged anew, taken off the shelf, and only then its copies and files go. */
export async function expireDumps(ctx: ExpiryContext): Promise<Expired> {
  const done: Expired = { removed: [], kept: [] };
  const { dumps, repositoryDir } = ctx.params;
  for (const [at, dump] of dumps.entries()) {
    ctx.signal.throwIfAborted();
    ctx.progress(at, dumps.length, 'removing dumps');
    const what = `the dump of ${dump.database} ${dump.id}`;
    if (!(await takeOff(ctx, done, { id: dump.id, what, whole: isWhole(dump.path) }))) continue;
    // Those of today: one that was sent after the plan was made goes as well.
    for (const upload of await ctx.keeping.uploads(dump.id)) {
      const storage = await ctx.keeping.openStorage(upload.storageId);
      if (upload.multipartId) {
        await storage.abandon(upload.objectKey, upload.multipartId, ctx.signal).catch((error) => {
          ctx.signal.throwIfAborted();
          ctx.log('warn', `Parts of ${upload.objectKey} may stay in ${storage.shownName}: ${error.message}`);
        });
      }
      await storage.remove(upload.objectKey, ctx.signal);
      await ctx.keeping.forgetUpload(upload.id);
      ctx.log('info', `Deleted ${upload.objectKey} from ${storage.shownName}.`);
    }
    await removeFolder(repositoryDir, dump);
    await ctx.keeping.removed(dump.id, why);
    ctx.log('info', `Removed ${what}: ${dump.path}.`);
    done.removed.push({ id: dump.id, what, bytes: dump.bytes });
  }
  return done;
}

/** Removes backup sets by pgBackRest, those that depend on others first; each must be out of its list afterwards. */
export async function expireSets(ctx: ExpiryContext): Promise<Expired> {
  const done: Expired = { removed: [], kept: [] };
  const { sets, stanza, configFile } = ctx.params;
  if (sets.length === 0 || stanza === null || configFile === null) return done;
  await ctx.stanzaConfig();
  const place = { configFile, stanza };
  const isListed = async (repository: number, label: string) =>
    (await readInfo(ctx, place, { repository })).backup.some((backup) => backup.label === label);
  for (const [at, set] of sets.entries()) {
    ctx.signal.throwIfAborted();
    ctx.progress(at, sets.length, 'expiring backup sets');
    const what = `the backup set ${set.label}`;
    const listed = await isListed(set.repository, set.label);
    if (!(await takeOff(ctx, done, { id: set.id, what, whole: listed }))) continue;
    if (listed) {
      const result = await ctx.tool({ program: pgbackrestProgram, args: set.args });
      const lines = [...result.stdoutTail.split('\n'), ...result.stderrTail.split('\n')];
      if (result.exitCode !== 0) throw backrestError(result.exitCode, lines);
      if (await isListed(set.repository, set.label)) {
        throw new PlumblineError(
          'tool-failed',
          `pgBackRest ended well, but ${set.label} is still in its list.`,
          {
            next: 'Look at the repository with `pgbackrest info`.',
          },
        );
      }
    }
    await ctx.keeping.removed(set.id, why);
    ctx.log('info', `Removed ${what}.`);
    done.removed.push({ id: set.id, what, bytes: set.bytes });
  }
  return done;
}

/** Removes archived WAL that no second of the window needs. Only while all that was planned to go has gone. */
export async function expireWal(ctx: ExpiryContext): Promise<JsonObject> {
  const { sets, wal } = ctx.params;
  const kept = (ctx.outputs.sets as Expired | undefined)?.kept ?? [];
  if (wal.length === 0) return { ran: 0 };
  if (kept.length > 0 && sets.length > 0) {
    ctx.log('warn', 'No WAL was removed: a backup set that was to go is still needed.');
    return { ran: 0 };
  }
  await ctx.stanzaConfig();
  for (const { args } of wal) {
    const result = await ctx.tool({
      program: pgbackrestProgram,
      args,
      onLine: (line) => {
        if (/ remove archive,|remove expired/.test(line)) ctx.log('info', line.slice(0, 300));
      },
    });
    const lines = [...result.stdoutTail.split('\n'), ...result.stderrTail.split('\n')];
    if (result.exitCode !== 0) throw backrestError(result.exitCode, lines);
  }
  return { ran: wal.length };
}

/** The last look before each removal. False, with the reason written down, when something speaks for it now. */
async function takeOff(
  ctx: ExpiryContext,
  done: Expired,
  of: { id: string; what: string; whole: boolean },
): Promise<boolean> {
  const { kept } = await ctx.keeping.expire(of.id, of.whole);
  if (kept === null) return true;
  ctx.log('warn', `Kept ${of.what}: ${kept}.`);
  done.kept.push({ id: of.id, what: of.what, why: kept });
  return false;
}

/** What went and what did not, for whoever asks later. */
export async function reportExpiry(ctx: ExpiryContext): Promise<JsonObject> {
  const parts = [ctx.outputs.dumps, ctx.outputs.sets] as (Expired | undefined)[];
  const removed = parts.flatMap((part) => part?.removed ?? []);
  const kept = parts.flatMap((part) => part?.kept ?? []);
  const bytesFreed = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  await ctx.evidence({
    type: 'expiry',
    verdict: kept.length > 0 ? 'partial' : 'info',
    title: 'Backups that were removed',
    facts: { removed, kept, bytesFreed },
  });
  return { removed: removed.length, kept: kept.length, bytesFreed };
}
