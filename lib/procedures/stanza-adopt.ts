import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { messageOf } from '@/lib/base/errors';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import {
  placeBlockers,
  placeOf,
  readArchiveServer,
  type ServerPlace,
  serverFacts,
} from '@/lib/procedures/archive-server';
import { shownCommand } from '@/lib/procedures/archive-setup-sql';
import { readInfo } from '@/lib/procedures/backrest-info';
import { programBlockers } from '@/lib/procedures/physical-backup-plan';
import { backrestArgs, pgbackrestProgram, silent } from '@/lib/tools/pgbackrest/argv';
import { type FoundStanza, parseConfig, stanzasOf } from '@/lib/tools/pgbackrest/config';
import { findSystemUser, toolUserName } from '@/lib/tools/system-user';

export type AdoptParams = {
  stanza: string;
  configFile: string;
  server: ServerPlace;
  repositories: { ordinal: number; path: string; isEncrypted: boolean; options: JsonObject }[];
};
export type AdoptContext = StepContext<Record<string, never>, AdoptParams>;

type Blockers = PlanDraft['blockers'];

/** A line of somebody's schedule that names pgBackRest. */
export interface ForeignSchedule {
  file: string;
  line: string;
}

const cronFolders = ['/etc/cron.d', '/var/spool/cron/crontabs', '/var/spool/cron', '/etc/systemd/system'];
const maxFileBytes = 256 * 1024;

/** What starts pgBackRest on this machine by itself, where we may look: cron’s files and the timers’ services. */
export function foreignSchedules(folders: readonly string[] = cronFolders): ForeignSchedule[] {
  const found: ForeignSchedule[] = [];
  for (const file of ['/etc/crontab', ...folders.flatMap(filesIn)]) {
    try {
      const facts = statSync(file);
      if (!facts.isFile() || facts.size > maxFileBytes) continue;
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        const isActive = !line.trim().startsWith('#');
        if (isActive && /\bpgbackrest\b/.test(line))
          found.push({ file, line: shownCommand(line.trim()).slice(0, 300) });
      }
    } catch {
      // A file that we may not read tells nothing.
    }
  }
  return found.slice(0, 50);
}

function filesIn(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : [];
  } catch {
    return [];
  }
}

/**
 * The stanza of a configuration file of somebody else, if it may be trusted: a file that others may write could make
 * pgBackRest run any program.
 */
function readFound(file: string, name: string): { found?: FoundStanza; blockers: Blockers } {
  const block = (message: string, next: string) => ({ blockers: [{ message, next }] });
  try {
    const { mode, uid } = statSync(file);
    const toolUser = toolUserName();
    const trusted = [0, process.getuid?.(), toolUser && findSystemUser(toolUser)?.uid];
    if ((mode & 0o022) !== 0 || !trusted.includes(uid)) {
      return block(
        `${file} may be written by others than root and the owner of the data directory.`,
        'Take these rights away: whoever writes it can run programs as that user.',
      );
    }
    const stanzas = stanzasOf(parseConfig(readFileSync(file, 'utf8')));
    const found = stanzas.find((stanza) => stanza.name === name);
    if (found) return { found, blockers: [] };
    const names = stanzas.map((stanza) => stanza.name).join(', ') || 'none';
    return block(`${file} names no stanza ${name}.`, `It names: ${names}. Adopt it under that name.`);
  } catch (error) {
    return block(
      `The worker cannot read ${file}: ${messageOf(error)}`,
      'Give the path of pgBackRest’s configuration on the host of the server.',
    );
  }
}

/** The dry run of adopting a stanza that somebody else set up: its file is read, nothing is changed. */
export async function planAdoption(ctx: PlanContext): Promise<PlanDraft<AdoptParams>> {
  const stanza = await ctx.stanza();
  const session = await ctx.connect('operate');
  const server = await readArchiveServer(session);
  await session.close();
  const { blockers: missing } = await programBlockers(ctx.workerName);
  const configFile = stanza?.configPath ?? '';
  const { found, blockers } = stanza?.configPath
    ? readFound(stanza.configPath, stanza.name)
    : { blockers: [nothingToAdopt], found: undefined };
  const schedules = foreignSchedules();
  const params: AdoptParams = {
    stanza: stanza?.name ?? '',
    configFile,
    server: placeOf(server) ?? {
      dataDirectory: '',
      socketDirectory: '',
      port: server.port,
      user: server.user,
    },
    repositories: (found?.repositories ?? []).map(
      ({ ordinal, path, isEncrypted, type, place, retention }) => ({
        ...{ ordinal, path, isEncrypted },
        options: { type, place, retention },
      }),
    ),
  };
  return {
    summary: `Adopt the stanza ${params.stanza} of ${ctx.target.instanceName} as ${configFile} says it: its backups are seen, its retention stays its owner’s.`,
    acts: [
      {
        step: 'adopt',
        argv: [pgbackrestProgram, ...infoArgs(params)],
        as: 'the owner of the data directory',
      },
    ],
    params,
    warnings: [
      ...(/\bpgbackrest\b/.test(server.archiveCommand)
        ? []
        : [
            `The server’s archive_command does not name pgBackRest: “${shownCommand(server.archiveCommand)}”.`,
          ]),
      ...schedules.map(({ file, line }) => `Goes on beside the console: ${file}: ${line}`),
    ],
    blockers: [
      ...missing,
      ...blockers,
      ...placeBlockers(server, ctx.workerName),
      ...(found ? pathBlockers(found, params.server) : []),
    ],
    estimates: [],
    tables: [
      {
        title: 'Repositories as configured there',
        columns: ['number', 'type', 'path', 'encrypted', 'retention'],
        rows: (found?.repositories ?? []).map((one) => [
          one.ordinal,
          one.type,
          one.place ? `${one.place}: ${one.path}` : one.path,
          one.isEncrypted ? 'yes' : 'no',
          Object.entries(one.retention)
            .map(([key, value]) => `${key}=${value}`)
            .join(' ') || 'none: nothing expires',
        ]),
      },
    ],
  };
}

export const nothingToAdopt = {
  message: 'No configuration file of a stanza was named.',
  next: 'Name it on the set-up page of the cluster’s recovery.',
};

const infoArgs = (params: AdoptParams) =>
  backrestArgs(
    'info',
    { configFile: params.configFile, stanza: params.stanza },
    { output: 'json', ...silent },
  );

/** After a failover the file may name the former primary; then commands are told the right place each time. */
function pathBlockers(found: FoundStanza, server: ServerPlace): Blockers {
  if (found.dataDirectory === null || found.dataDirectory === server.dataDirectory) return [];
  if (existsSync(`${found.dataDirectory}/PG_VERSION`) || server.dataDirectory === '') return [];
  return [
    {
      message: `The stanza is of the data directory ${found.dataDirectory}, the server’s is ${server.dataDirectory}.`,
      next: 'Choose the stanza of this server.',
    },
  ];
}

/** Reads its list of backups with its own file, and writes down what it is. */
export async function adopt(ctx: AdoptContext): Promise<JsonObject> {
  const { params } = ctx;
  const info = await readInfo(ctx, params);
  const identifiers = info.db.map((one) => one['system-id']);
  const schedules = foreignSchedules().map(({ file, line }) => ({ file, line }));
  await ctx.changeStanza({
    state: 'active',
    isManaged: false,
    instanceId: ctx.target.instanceId,
    dataDirectory: params.server.dataDirectory,
    facts: { ...serverFacts(params.server), schedules },
    repositories: params.repositories,
  });
  const isOwn = identifiers.includes(ctx.target.systemIdentifier);
  await ctx.evidence({
    type: 'stanza-adopted',
    verdict: isOwn ? 'pass' : 'fail',
    title: `The stanza ${params.stanza}`,
    facts: {
      backups: info.backup.length,
      newest: info.backup.at(-1)?.label ?? null,
      systemIdentifiers: identifiers,
      schedules,
      repositories: params.repositories,
    },
  });
  return { backups: info.backup.length };
}
