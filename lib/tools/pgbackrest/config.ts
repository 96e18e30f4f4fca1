import { PlumblineError } from '@/lib/base/errors';

/** Where a repository of a generated configuration is. Secrets are opened texts, or what stands for them. */
export interface ConfiguredRepository {
  /** pgBackRest's number, from 1. */
  ordinal: number;
  /** Absolute: on the disk of the host, or below the bucket. */
  path: string;
  cipherPass?: string;
  s3?: {
    /** Like `https://host:9000`. */
    endpoint: string;
    region: string;
    bucket: string;
    uriStyle: 'host' | 'path';
    verifyTls: boolean;
    key: string;
    keySecret: string;
    /** A file with the authorities that are trusted instead of the system's. */
    caFile?: string;
  };
}

export interface GeneratedConfig {
  stanza: string;
  /** Folder of ours for locks, logs and the spool: private, since a second stanza elsewhere must not meet ours. */
  directory: string;
  server: { dataDirectory: string; port: number; socketDirectory: string; user: string };
  repositories: readonly ConfiguredRepository[];
  processMax?: number;
  compressType?: 'none' | 'gz' | 'lz4' | 'zst';
  /** Small files together in one: fewer objects and far fewer flushes to disk; damage is then found per bundle. */
  bundle?: boolean;
}

/** The server of a stanza as a set-up wrote it down; undefined while none has. */
export function serverOfFacts(
  dataDirectory: string | null,
  facts: Record<string, unknown>,
): GeneratedConfig['server'] | undefined {
  const { port, socketDirectory, user } = (facts.server ?? {}) as Record<string, unknown>;
  if (dataDirectory === null || typeof port !== 'number') return undefined;
  if (typeof socketDirectory !== 'string' || typeof user !== 'string') return undefined;
  return { dataDirectory, port, socketDirectory, user };
}

/** What stands for a secret in a configuration that people read. */
export const hiddenSecret = '(sealed)';

/**
 * Never reached: with it pgBackRest expires nothing by itself and warns of nothing. The console owns retention
 * (maintainer's answer in pgbackrest#2847).
 */
const neverExpires = 9_999_999;

/** Folders of a generated configuration, below its directory. */
export function backrestFolders(directory: string): { lock: string; log: string; spool: string } {
  return { lock: `${directory}/lock`, log: `${directory}/log`, spool: `${directory}/spool` };
}

/**
 * A whole configuration file (pgbackrest.org/configuration.html). Expiry after a backup is off and retention
 * unreachable: the console expires by planned runs.
 *
 * @throws PlumblineError `bad-input` when a value could be read as another line.
 */
export function renderConfig(config: GeneratedConfig): string {
  const { lock, log, spool } = backrestFolders(config.directory);
  const global: Options = {
    'lock-path': lock,
    'log-path': log,
    'spool-path': spool,
    'log-level-file': 'off',
    'log-level-stderr': 'off',
    'start-fast': 'y',
    'process-max': config.processMax ?? 2,
    'compress-type': config.compressType ?? 'lz4',
    ...Object.assign({}, ...config.repositories.map((one) => repositoryOptions(one, config.bundle === true))),
  };
  const { dataDirectory, port, socketDirectory, user } = config.server;
  const server: Options = {
    'pg1-path': dataDirectory,
    'pg1-port': port,
    'pg1-socket-path': socketDirectory,
    'pg1-user': user,
  };
  return [
    '# Written by Plumbline and written again before each use: changes here are lost.',
    ...section('global', global),
    '',
    ...section('global:backup', { 'expire-auto': 'n' }),
    '',
    ...section(config.stanza, server),
    '',
  ].join('\n');
}

/** The same file as a person may see it. */
export function renderForReview(config: GeneratedConfig): string {
  const repositories = config.repositories.map((repository) => ({
    ...repository,
    ...(repository.cipherPass !== undefined && { cipherPass: hiddenSecret }),
    ...(repository.s3 && { s3: { ...repository.s3, key: hiddenSecret, keySecret: hiddenSecret } }),
  }));
  return renderConfig({ ...config, repositories });
}

type Options = Record<string, string | number>;

function repositoryOptions(repository: ConfiguredRepository, bundle: boolean): Options {
  const { ordinal, path, cipherPass, s3 } = repository;
  const options: Options = { path, 'retention-full': neverExpires };
  if (bundle) options.bundle = 'y';
  if (cipherPass !== undefined) {
    options['cipher-type'] = 'aes-256-cbc';
    options['cipher-pass'] = cipherPass;
  }
  if (s3) {
    options.type = 's3';
    const { host, port } = tlsEndpoint(s3.endpoint);
    options['s3-endpoint'] = host;
    if (port !== undefined) options['storage-port'] = port;
    options['s3-region'] = s3.region;
    options['s3-bucket'] = s3.bucket;
    options['s3-uri-style'] = s3.uriStyle;
    options['s3-key'] = s3.key;
    options['s3-key-secret'] = s3.keySecret;
    if (!s3.verifyTls) options['storage-verify-tls'] = 'n';
    if (s3.caFile !== undefined) options['storage-ca-file'] = s3.caFile;
  }
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`repo${ordinal}-${name}`, value]),
  );
}

function tlsEndpoint(endpoint: string): { host: string; port?: number } {
  const found = /^(?:(https?):\/\/)?([^/:]+|\[[^\]]+\])(?::(\d+))?\/?$/.exec(endpoint);
  if (!found?.[2] || found[1] === 'http') {
    throw new PlumblineError(
      'conflict',
      `pgBackRest reaches an S3 storage by TLS only, not at ${endpoint}.`,
      {
        next: 'Give the storage an https:// endpoint, or choose another one for this repository.',
      },
    );
  }
  return { host: found[2], ...(found[3] && { port: Number(found[3]) }) };
}

function section(name: string, options: Options): string[] {
  const lines = Object.entries(options).map(([key, value]) => {
    const text = String(value);
    if (/[\n\r\0]/.test(text) || text.trim() !== text || text === '') {
      throw new PlumblineError('bad-input', `The value of ${key} cannot stand in a configuration file.`, {
        next: 'Give a value of one line without blanks around it.',
      });
    }
    return `${key}=${text}`;
  });
  return [`[${name}]`, ...lines];
}

/** Sections of a configuration file in order of appearance, options as they stand there (a repeated one: all values). */
export type ParsedConfig = Map<string, Map<string, string[]>>;

/** Reads the ini form of pgBackRest: `#` begins a comment line, blanks around names and values do not count. */
export function parseConfig(text: string): ParsedConfig {
  const sections: ParsedConfig = new Map();
  let options: Map<string, string[]> | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      options = sections.get(header) ?? new Map();
      sections.set(header, options);
      continue;
    }
    const at = line.indexOf('=');
    if (at < 1 || !options) continue;
    const name = line.slice(0, at).trim();
    options.set(name, [...(options.get(name) ?? []), line.slice(at + 1).trim()]);
  }
  return sections;
}

/** A repository as somebody else's configuration says it: never its secrets. */
export interface FoundRepository {
  ordinal: number;
  path: string;
  type: string;
  isEncrypted: boolean;
  /** Endpoint and bucket of an S3 repository, a remote repository's host. */
  place: string | null;
  retention: Record<string, string>;
}

export interface FoundStanza {
  name: string;
  dataDirectory: string | null;
  port: number | null;
  user: string | null;
  repositories: FoundRepository[];
}

/** Stanzas of a configuration file with their repositories and retention; the stanza's own options win over global ones. */
export function stanzasOf(config: ParsedConfig): FoundStanza[] {
  const names = [...config.keys()].filter((name) => name !== 'global' && !name.includes(':'));
  return names.map((name) => {
    const own = config.get(name);
    const global = config.get('global');
    const option = (key: string) => (own?.get(key) ?? global?.get(key))?.at(-1);
    const keys = [...(own?.keys() ?? []), ...(global?.keys() ?? [])];
    // Before 2.33 the first repository's options had no number; those names still count.
    const ordinals = new Set(
      keys.flatMap((key) => /^repo(\d+)?-/.exec(key)?.slice(1, 2) ?? []).map((n) => Number(n ?? 1)),
    );
    if (ordinals.size === 0) ordinals.add(1);
    const repositories = [...ordinals]
      .sort((a, b) => a - b)
      .map((ordinal) => {
        const of = (key: string) =>
          option(`repo${ordinal}-${key}`) ?? (ordinal === 1 ? option(`repo-${key}`) : undefined);
        const bucket = of('s3-bucket') ?? of('gcs-bucket') ?? of('azure-container');
        const retention = [
          'retention-full',
          'retention-full-type',
          'retention-diff',
          'retention-archive',
          'retention-archive-type',
          'retention-history',
        ];
        return {
          ordinal,
          path: of('path') ?? '/var/lib/pgbackrest',
          type: of('type') ?? 'posix',
          isEncrypted: (of('cipher-type') ?? 'none') !== 'none',
          place: of('host') ?? (bucket ? [of('s3-endpoint'), bucket].filter(Boolean).join('/') : null),
          retention: Object.fromEntries(
            retention.flatMap((key) => (of(key) === undefined ? [] : [[key, of(key) as string]])),
          ),
        };
      });
    const port = option('pg1-port');
    return {
      name,
      dataDirectory: option('pg1-path') ?? null,
      port: port === undefined ? null : Number(port),
      user: option('pg1-user') ?? null,
      repositories,
    };
  });
}
