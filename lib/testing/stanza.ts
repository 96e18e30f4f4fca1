import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { StanzaRecord } from '@/lib/engine/define-job';
import { connectInstance } from '@/lib/instance/connect';
import { startPostgres, type TestPostgres, type TestPostgresOptions } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { until } from '@/lib/testing/until';
import { makeOwnedDirectory, writeSecretFile } from '@/lib/tools/files';
import { type BackrestOptions, backrestArgs, pgbackrestProgram, silent } from '@/lib/tools/pgbackrest/argv';
import {
  backrestFolders,
  type ConfiguredRepository,
  type GeneratedConfig,
  renderConfig,
} from '@/lib/tools/pgbackrest/config';
import { parseInfo, type StanzaInfo } from '@/lib/tools/pgbackrest/info';
import { runTool, runToolOrFail, type ToolResult } from '@/lib/tools/process';
import { sendSignal } from '@/lib/tools/process-groups';
import { toolUserName } from '@/lib/tools/system-user';

export interface TestStanzaOptions {
  /** How many repositories on disk; one unless said. */
  repositories?: number;
  /** An S3 repository after those on disk. */
  s3?: NonNullable<ConfiguredRepository['s3']>;
  /** Lines for the section `[global]`, for options that the console does not set. */
  globals?: readonly string[];
  /** An existing folder for the first repository. */
  repositoryPath?: string;
  /** Encrypted with a pass of its own, or this one. */
  cipher?: boolean | string;
  /** Of the server. */
  server?: TestPostgresOptions;
  compressType?: GeneratedConfig['compressType'];
  /** Small files in bundles, which is much faster; false where a test damages a file of the repository by its name. */
  bundle?: boolean;
  /** The folders, the configuration file and the archiving server are there; `stanza-create` was not run. */
  bare?: boolean;
}

/** A real primary that archives into a repository on disk, with everything of its own: tests run side by side. */
export interface TestStanza {
  server: TestPostgres;
  configFile: string;
  stanza: StanzaRecord;
  config: GeneratedConfig;
  /** Of the first repository. */
  repositoryPath: string;
  cipherPass: string | undefined;
  /** Takes a backup, a full one unless said, and gives its label. */
  backup(type?: 'full' | 'diff' | 'incr', options?: BackrestOptions): Promise<string>;
  /** Closes the present segment of WAL, waits until it is archived and gives its name. */
  archiveNow(): Promise<string>;
  info(): Promise<StanzaInfo>;
  /** Any command with any options, whatever its end. */
  run(command: string, options?: BackrestOptions): Promise<ToolResult>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL from the copied template with archiving into a new stanza `demo`: 1 to 2 s. Its superuser is let
 * in on the socket without a password, as Debian's `peer` would.
 */
export async function startStanza(options: TestStanzaOptions = {}): Promise<TestStanza> {
  const user = toolUserName();
  const scratch = scratchDirectory('stanza');
  const directory = `${scratch.path}/pgbackrest`;
  for (const path of [directory, ...Object.values(backrestFolders(directory))])
    makeOwnedDirectory(path, user);
  const configFile = `${directory}/stanza.conf`;
  const name = 'demo';
  const server = await startPostgres({
    ...options.server,
    config: {
      archive_mode: true,
      archive_command: `${pgbackrestProgram} --config=${configFile} --stanza=${name} archive-push %p`,
      ...options.server?.config,
    },
  });
  writeFileSync(
    `${server.dataDir}/pg_hba.conf`,
    'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\nlocal replication all trust\n',
  );
  sendSignal(server.pid(), 'SIGHUP');
  const cipherPass = options.cipher === true ? randomUUID() : options.cipher || undefined;
  const repositories: ConfiguredRepository[] = [];
  for (let ordinal = 1; ordinal <= (options.repositories ?? 1); ordinal += 1) {
    const own = `${scratch.path}/repo${ordinal}`;
    const path = ordinal === 1 ? (options.repositoryPath ?? own) : own;
    makeOwnedDirectory(path, user);
    repositories.push({ ordinal, path, cipherPass });
  }
  if (options.s3) {
    repositories.push({ ordinal: repositories.length + 1, path: '/stanzas', cipherPass, s3: options.s3 });
  }
  const config: GeneratedConfig = {
    stanza: name,
    directory,
    server: {
      dataDirectory: server.dataDir,
      port: server.port,
      socketDirectory: server.socketDir,
      user: server.superuser,
    },
    repositories,
    processMax: 1,
    bundle: options.bundle ?? true,
    compressType: options.compressType ?? 'lz4',
  };
  const globals = ['[global]', ...(options.globals ?? [])].join('\n');
  writeSecretFile(configFile, renderConfig(config).replace('[global]', globals), user);

  const place = { configFile, stanza: name };
  const argv = (command: string, more?: BackrestOptions): [string, ...string[]] => [
    pgbackrestProgram,
    ...backrestArgs(command, place, more),
  ];
  const stop = async () => {
    await server.stop();
    scratch.remove();
  };
  const mustRun = (command: string, more?: BackrestOptions) =>
    runToolOrFail({ argv: argv(command, more), user, deadlineMs: 120_000 });
  if (!options.bare) {
    try {
      await mustRun('stanza-create');
    } catch (error) {
      await stop();
      throw error;
    }
  }
  return {
    server,
    configFile,
    config,
    stanza: {
      id: randomUUID(),
      clusterId: randomUUID(),
      instanceId: randomUUID(),
      name,
      state: options.bare ? 'draft' : 'active',
      isManaged: true,
      workerName: 'harness',
      dataDirectory: server.dataDir,
      configPath: null,
      repositories: repositories.map(({ ordinal, path }) => ({
        id: randomUUID(),
        ordinal,
        storageId: null,
        path,
        isEncrypted: cipherPass !== undefined,
        options: {},
      })),
      facts: {},
    },
    repositoryPath: repositories[0]?.path ?? '',
    cipherPass,
    backup: async (type = 'full', more = {}) => {
      const { stdout } = await mustRun('backup', { type, 'start-fast': true, ...more });
      const label = /new backup label = (\S+)/.exec(stdout)?.[1];
      if (!label) throw new Error(`no label in ${stdout}`);
      return label;
    },
    archiveNow: async () => {
      const session = await connectInstance({
        host: server.host,
        port: server.port,
        database: 'postgres',
        tlsMode: 'disable',
        user: server.superuser,
        password: server.password,
        applicationName: 'test',
      });
      try {
        // A commit, so that there is something to close: an empty segment is not closed.
        await session.query('select pg_current_xact_id()');
        const [row] = await session.query('select pg_walfile_name(pg_switch_wal()) as segment');
        const segment = String(row?.segment);
        await until(async () => {
          const [stat] = await session.query('select last_archived_wal as archived from pg_stat_archiver');
          return String(stat?.archived ?? '') >= segment;
        }, `${segment} is archived`);
        return segment;
      } finally {
        await session.close();
      }
    },
    info: async () => {
      const result = await mustRun('info', { output: 'json', ...silent });
      const parsed = parseInfo(result.stdout);
      if ('problem' in parsed || !parsed.stanzas[0]) throw new Error(`no info in ${result.stdout}`);
      return parsed.stanzas[0];
    },
    run: (command, more) => runTool({ argv: argv(command, more), user, deadlineMs: 120_000 }),
    stop,
  };
}
