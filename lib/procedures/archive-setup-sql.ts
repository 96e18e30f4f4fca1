import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Session } from '@/lib/engine/define-job';
import { safeValue } from '@/lib/engine/setting-values';
import { quoteLiteral } from '@/lib/instance/quote';
import type { ArchiveServer } from '@/lib/procedures/archive-server';
import { replaceSecretFile } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

/**
 * The archive_command that stood there before ours. Kept beside the configuration, for its owner alone: such a command
 * may hold the keys of a bucket, and what a plan or a step stores can be read by everybody.
 */
const previousSchema = z.object({
  archiveCommand: z.string(),
  archiveTimeoutSeconds: z.number(),
  /** Whether ALTER SYSTEM had set it; otherwise resetting ours brings back what the file says. */
  wasAltered: z.boolean(),
  keptAt: z.string(),
});
export type PreviousArchiving = z.infer<typeof previousSchema>;

const fileOf = (configFile: string) => `${configFile}.previous.json`;

/** Undefined when nothing was kept. */
export function readPrevious(configFile: string): PreviousArchiving | undefined {
  const file = fileOf(configFile);
  if (!existsSync(file)) return undefined;
  return previousSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Keeps what stands there now, unless it is ours already: then what was kept before stays. */
export function keepPrevious(configFile: string, server: ArchiveServer, ours: string): void {
  if (server.archiveCommand === ours) return;
  const previous: PreviousArchiving = {
    archiveCommand: server.archiveCommand,
    archiveTimeoutSeconds: server.archiveTimeoutSeconds,
    wasAltered: server.archiveCommandFile === 'postgresql.auto.conf',
    keptAt: new Date().toISOString(),
  };
  replaceSecretFile(fileOf(configFile), JSON.stringify(previous), toolUserName());
}

/** A command as people may see it: keys and passwords in it are hidden. */
export function shownCommand(command: string): string {
  return safeValue('archive_command', command, '').value;
}

/** An empty command and `(disabled)`, which pg_settings shows while archive_mode is off, say nothing. */
export function hasCommand(command: string): boolean {
  return command !== '' && command !== '(disabled)';
}

/** The statements that turn archiving on, in order. `alter system` takes no bound values and no transaction. */
export function archivingSql(change: {
  archiveCommand: string;
  setsMode: boolean;
  archiveTimeoutSeconds: number | null;
}): string[] {
  return [
    `alter system set archive_command = ${quoteLiteral(change.archiveCommand).trim()}`,
    ...(change.setsMode ? [`alter system set archive_mode = 'on'`] : []),
    ...(change.archiveTimeoutSeconds === null
      ? []
      : [`alter system set archive_timeout = '${change.archiveTimeoutSeconds}s'`]),
    'select pg_reload_conf()',
  ];
}

/** The statements that put the former command back; `shown` hides its secrets. */
export function previousSql(
  previous: PreviousArchiving | undefined,
  changedTimeout: boolean,
  shown?: 'shown',
): string[] {
  const command = previous?.archiveCommand ?? '';
  const value = shown ? shownCommand(command) : command;
  return [
    previous?.wasAltered
      ? `alter system set archive_command = ${quoteLiteral(value).trim()}`
      : 'alter system reset archive_command',
    ...(changedTimeout && previous
      ? [`alter system set archive_timeout = '${previous.archiveTimeoutSeconds}s'`]
      : []),
    'select pg_reload_conf()',
  ];
}

/** Runs statements one by one, each by itself. */
export async function runEach(session: Session, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await session.query(statement);
}
