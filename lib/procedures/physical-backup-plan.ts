import { plural } from '@/lib/base/format';
import type { PlanContext, PlanDraft, StanzaRecord } from '@/lib/engine/define-job';
import {
  backupRightsBlockers,
  placeBlockers,
  placeOf,
  readArchiveServer,
  type ServerPlace,
  serverOptions,
} from '@/lib/procedures/archive-server';
import { median } from '@/lib/procedures/dump-plan';
import { runAnnotation } from '@/lib/procedures/physical-backup-set';
import { backrestArgs, isAtLeast, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { findBackrest } from '@/lib/tools/pgbackrest/find';

export type PhysicalBackupInput = {
  type: 'full' | 'diff' | 'incr';
  repository: number;
  waitMinutes: number;
};

export type PhysicalBackupParams = {
  stanzaId: string;
  stanza: string;
  configFile: string;
  isAnnotated: boolean;
  server: ServerPlace;
};

/** The exact arguments of a backup. It never expires anything: the console, or whoever owns the stanza, does that. */
export function backupArgs(
  params: PhysicalBackupParams,
  input: PhysicalBackupInput,
  runId: string,
): string[] {
  return backrestArgs(
    'backup',
    { configFile: params.configFile, stanza: params.stanza },
    {
      type: input.type,
      repo: input.repository,
      'start-fast': true,
      'expire-auto': false,
      annotation: params.isAnnotated ? `${runAnnotation}=${runId}` : undefined,
      ...serverOptions(params.server),
    },
  );
}

/** What pgBackRest must be and have before it is asked for anything; its version when it is there. */
export async function programBlockers(
  workerName: string,
): Promise<{ version: string | undefined; blockers: PlanDraft['blockers'] }> {
  const found = await findBackrest();
  if (found) return { version: found.version, blockers: [] };
  return {
    version: undefined,
    blockers: [
      {
        message: `The worker ${workerName} has no pgBackRest.`,
        next: 'Install Debian’s package pgbackrest on it.',
      },
    ],
  };
}

/** The dry run of a physical backup: stanza, place, rights, program and the exact command. Reads only. */
export async function planPhysicalBackup(
  ctx: PlanContext,
  input: PhysicalBackupInput,
): Promise<PlanDraft<PhysicalBackupParams>> {
  const { target } = ctx;
  const stanza = await ctx.stanza();
  const session = await ctx.connect('backup');
  try {
    const server = await readArchiveServer(session);
    const { version, blockers: missing } = await programBlockers(ctx.workerName);
    const blockers = [
      ...stanzaBlockers(stanza, input.repository),
      ...missing,
      ...placeBlockers(server, ctx.workerName),
      ...backupRightsBlockers(server, target.serverVersionNum),
    ];
    const warnings: string[] = [];
    if (!['on', 'always'].includes(server.archiveMode)) {
      blockers.push({
        message: 'The server does not archive WAL, and a backup without it cannot be restored.',
        next: 'Set up archiving for this cluster first.',
      });
    }
    const isAnnotated = version !== undefined && isAtLeast(version, '2.41');
    if (version !== undefined && !isAnnotated) {
      warnings.push(
        `pgBackRest ${version} keeps no annotations: after a crash the backup is found by its label only.`,
      );
    }
    if (input.type !== 'full') {
      warnings.push('Without an earlier full backup in this repository pgBackRest takes a full one.');
    }
    const params: PhysicalBackupParams = {
      stanzaId: stanza?.id ?? '',
      stanza: stanza?.name ?? '',
      configFile: stanza ? ctx.stanzaConfigPath(stanza) : '',
      isAnnotated,
      server: placeOf(server) ?? {
        dataDirectory: '',
        socketDirectory: '',
        port: server.port,
        user: server.user,
      },
    };
    const [size] = await session.query(
      'select sum(pg_catalog.pg_database_size(oid))::float8 as bytes from pg_catalog.pg_database where datallowconn',
    );
    const past = await ctx.pastDurations();
    return {
      summary: `Take a ${words[input.type]} backup of ${target.instanceName} into repository ${input.repository} of the stanza ${params.stanza || '(none)'}.`,
      acts: [
        {
          step: 'backup',
          argv: [pgbackrestProgram, ...backupArgs(params, input, '{run}')],
          as: 'the owner of the data directory, login backup',
        },
      ],
      params,
      warnings,
      blockers,
      estimates: [
        { label: 'Size of the databases', value: Number(size?.bytes ?? 0), unit: 'bytes' },
        {
          label: 'Duration',
          value: median(past),
          unit: 'seconds',
          note:
            past.length === 0
              ? 'no earlier run to go by'
              : `median of ${plural(past.length, 'earlier run')}, of all types`,
        },
      ],
    };
  } finally {
    await session.close();
  }
}

const words = { full: 'full', diff: 'differential', incr: 'incremental' };

function stanzaBlockers(stanza: StanzaRecord | undefined, repository: number): PlanDraft['blockers'] {
  const next = 'Set up archiving on the cluster’s recovery page.';
  if (!stanza) return [{ message: 'The cluster has no stanza of pgBackRest.', next }];
  if (stanza.state !== 'active') {
    return [{ message: `The stanza ${stanza.name} is a draft: it was never set up on the host.`, next }];
  }
  if (stanza.repositories.some(({ ordinal }) => ordinal === repository)) return [];
  const known = stanza.repositories.map(({ ordinal }) => ordinal).join(', ');
  return [
    {
      message: `The stanza has no repository ${repository}.`,
      next: `Choose one of ${known || 'those that you add first'}.`,
    },
  ];
}
