import type { PlanContext, PlanDraft } from '@/lib/engine/define-job';
import {
  type ArchiveServer,
  backupRightsBlockers,
  placeBlockers,
  placeOf,
  readArchiveServer,
  type ServerPlace,
  serverOptions,
} from '@/lib/procedures/archive-server';
import {
  pathBlockers,
  rightsBlockers,
  settingBlockers,
  setupWarnings,
  stanzaBlockers,
  versionBlockers,
} from '@/lib/procedures/archive-setup-blockers';
import { archivingSql } from '@/lib/procedures/archive-setup-sql';
import { programBlockers } from '@/lib/procedures/physical-backup-plan';
import { backrestArgs, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { findBackrest } from '@/lib/tools/pgbackrest/find';

export type SetupInput = { archiveTimeoutSeconds: number };

export type SetupParams = {
  stanzaId: string;
  stanza: string;
  configFile: string;
  /** The text for review, each secret replaced by a word: what is approved is this configuration. */
  config: string;
  /** As the login that pgBackRest connects with. */
  server: ServerPlace;
  purpose: 'backup' | 'operate';
  archiveCommand: string;
  setsMode: boolean;
  archiveTimeoutSeconds: number | null;
  repositoryPaths: string[];
};

type Blockers = PlanDraft['blockers'];

/** `check` and `stanza-create` with the place of the server said anew. */
export function setupArgs(command: 'stanza-create' | 'check', params: SetupParams): string[] {
  const { configFile, stanza, server } = params;
  return backrestArgs(command, { configFile, stanza }, serverOptions(server));
}

/** The dry run of setting up archiving: configuration for review, statements, commands. Reads only. */
export async function planArchiveSetup(ctx: PlanContext, input: SetupInput): Promise<PlanDraft<SetupParams>> {
  const { target } = ctx;
  const stanza = await ctx.stanza();
  const session = await ctx.connect('operate');
  try {
    const server = await readArchiveServer(session);
    const { version, blockers: missing } = await programBlockers(ctx.workerName);
    const program = (await findBackrest())?.path ?? pgbackrestProgram;
    const place = placeOf(server) ?? {
      dataDirectory: '',
      socketDirectory: '',
      port: server.port,
      user: server.user,
    };
    const backup = await backupLogin(ctx, server);
    const configFile = stanza ? ctx.stanzaConfigPath(stanza) : '';
    const changesTimeout =
      input.archiveTimeoutSeconds > 0 && input.archiveTimeoutSeconds !== server.archiveTimeoutSeconds;
    const params: SetupParams = {
      stanzaId: stanza?.id ?? '',
      stanza: stanza?.name ?? '',
      configFile,
      config: stanza ? await ctx.reviewStanza({ ...place, user: backup.user }) : '',
      server: { ...place, user: backup.user },
      purpose: backup.purpose,
      archiveCommand: `${program} --config=${configFile} --stanza=${stanza?.name ?? ''} archive-push %p`,
      setsMode: !isArchiving(server),
      archiveTimeoutSeconds: changesTimeout ? input.archiveTimeoutSeconds : null,
      repositoryPaths: (stanza?.repositories ?? [])
        .filter(({ storageId }) => !storageId)
        .map((one) => one.path),
    };
    const blockers = [
      ...stanzaBlockers(stanza),
      ...missing,
      ...versionBlockers(version, target.serverVersionNum),
      ...placeBlockers(server, ctx.workerName),
      ...rightsBlockers(server, params),
      ...settingBlockers(server, params),
      ...backup.blockers,
      ...pathBlockers(params),
    ];
    return {
      summary: `Archive the WAL of ${target.instanceName} into the stanza ${params.stanza || '(none)'} with pgBackRest.`,
      acts: acts(params),
      params,
      warnings: setupWarnings(server, params, target.rpoSeconds),
      blockers,
      estimates: [],
      tables: [
        {
          title: `The configuration: ${configFile}`,
          columns: ['line'],
          rows: params.config.split('\n').map((line) => [line]),
        },
      ],
    };
  } finally {
    await session.close();
  }
}

function acts(params: SetupParams): PlanDraft['acts'] {
  const owner = 'the owner of the data directory';
  return [
    { step: 'configure', argv: ['write', params.configFile], as: 'the worker' },
    { step: 'create', argv: [pgbackrestProgram, ...setupArgs('stanza-create', params)], as: owner },
    ...archivingSql(params).map((sql) => ({ step: 'archive', sql, as: 'login operate' })),
    { step: 'check', argv: [pgbackrestProgram, ...setupArgs('check', params)], as: owner },
  ];
}

export function isArchiving(server: ArchiveServer): boolean {
  return server.archiveMode === 'on' || server.archiveMode === 'always';
}

/**
 * Whom the configuration names and pgBackRest connects as: the backup login, or the operate login where it may do it. It
 * closes a segment of WAL to see it arrive, which needs the rights of a backup.
 */
async function backupLogin(
  ctx: PlanContext,
  operate: ArchiveServer,
): Promise<{ purpose: 'backup' | 'operate'; user: string; blockers: Blockers }> {
  const fallback = { purpose: 'operate' as const, user: operate.user };
  const { serverVersionNum } = ctx.target;
  let backup: ArchiveServer | undefined;
  try {
    const session = await ctx.connect('backup');
    backup = await readArchiveServer(session);
    await session.close();
  } catch {
    ctx.signal.throwIfAborted();
  }
  if (backup?.mayBackUp) return { purpose: 'backup', user: backup.user, blockers: [] };
  if (operate.mayBackUp) return { ...fallback, blockers: [] };
  if (!backup) {
    const next =
      'Add the backup login in the settings of the instance; the script that creates it stands there.';
    return { ...fallback, blockers: [{ message: 'The server has no backup login that works.', next }] };
  }
  return { purpose: 'backup', user: backup.user, blockers: backupRightsBlockers(backup, serverVersionNum) };
}
