import { formatBytes } from '@/lib/base/format';

/** What somebody needs to know of a cluster when neither it nor the console is there any more. */
export interface SheetFacts {
  cluster: { name: string; systemIdentifier: string | null };
  servers: {
    name: string;
    host: string;
    port: number;
    role: string | null;
    serverVersionNum: number | null;
  }[];
  stanza: SheetStanza | null;
  /** Backup sets, the newest first. */
  sets: {
    label: string;
    repository: number;
    method: string;
    stoppedAt: string;
    bytes: number;
    hasErrors: boolean;
  }[];
  /** The newest dump of each database. */
  dumps: {
    database: string;
    path: string;
    workerName: string;
    finishedAt: string;
    bytes: number;
    major: number;
  }[];
  /** The last change that the archive is known to hold, and the oldest that a backup reaches. */
  window: { from: string | null; to: string | null };
  worker: { name: string; host: string; keyFile: string };
}

export interface SheetStanza {
  name: string;
  /** Of the stanza's host: where its configuration file is. */
  configFile: string;
  isManaged: boolean;
  workerName: string | null;
  dataDirectory: string | null;
  timeline: number | null;
  major: number | null;
  repositories: { ordinal: number; place: string; isEncrypted: boolean }[];
  /** The text of the configuration, each secret replaced by a word. */
  review: string;
}

/** One word for a shell, whatever stands in it. */
export function shellWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text of a server in a line of ours: nothing in it may begin another line or move a terminal's cursor. */
function shown(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}

const block = (name: string, lines: string[]) => [`# --- ${name}: begin`, ...lines, `# --- ${name}: end`];

/** Where Debian keeps the programs of a major. */
const programsOf = (major: number | null) => `/usr/lib/postgresql/${major ?? 15}/bin`;

/**
 * The sheet as text of ASCII lines for a printer: what is where, and the exact commands that restore it by hand, with
 * pgBackRest and PostgreSQL's programs alone. It holds no secret, it says where they are.
 */
export function sheetText(facts: SheetFacts): string {
  const { cluster, servers, worker, window } = facts;
  const lines = [
    `EMERGENCY SHEET: cluster ${shown(cluster.name)}`,
    'How to bring it back without the console. No secret is on this sheet: section 2 says where they are.',
    '',
    '1. WHAT IT IS',
    `   System identifier  ${cluster.systemIdentifier ?? 'not known'}`,
    ...servers.map(
      (server) =>
        `   ${(server.role ?? 'server').padEnd(18)} ${shown(server.name)}, ${shown(server.host)}:${server.port}, PostgreSQL ${versionText(server.serverVersionNum)}`,
    ),
    ...(facts.stanza ? stanzaLines(facts.stanza) : ['   No stanza of pgBackRest: there are dumps only.']),
    `   Worker             ${shown(worker.name)} on ${shown(worker.host)}`,
    `   Can be brought to  any second from ${window.from ?? 'nothing'} to ${window.to ?? 'nothing'} (UTC), holes apart`,
    '',
    '2. WHERE THE KEYS ARE',
    ...keyLines(facts),
    '',
    '3. THE NEWEST BACKUPS',
    ...backupLines(facts),
    ...(facts.stanza && facts.sets.length > 0 ? serverLines(facts, facts.stanza) : []),
    ...dumpLines(facts),
  ];
  return `${lines.join('\n')}\n`;
}

function versionText(num: number | null): string {
  return num === null ? 'not known' : `${Math.floor(num / 10_000)}.${num % 10_000}`;
}

function stanzaLines(stanza: SheetStanza): string[] {
  return [
    `   Stanza             ${shown(stanza.name)}${stanza.isManaged ? '' : ' (set up by others)'}`,
    `   Configuration      ${shown(stanza.configFile)} (0600) on the host of ${shown(stanza.workerName ?? 'the server')}`,
    `   Data directory     ${shown(stanza.dataDirectory ?? 'not known')}`,
    ...stanza.repositories.map(
      ({ ordinal, place, isEncrypted }) =>
        `   Repository ${ordinal}       ${shown(place)}${isEncrypted ? ', encrypted with AES-256' : ', not encrypted'}`,
    ),
  ];
}

function keyLines({ stanza, worker }: SheetFacts): string[] {
  const isEncrypted = stanza?.repositories.some((repository) => repository.isEncrypted) ?? false;
  const config = stanza ? shown(stanza.configFile) : '';
  return [
    ...(stanza && isEncrypted
      ? [
          `   The repository's pass and keys are in ${config}, readable for the owner of the server's files.`,
          '   Without the pass the repository is lost: nobody can open it, its maker included. Escrow it.',
          '   If that host is gone: the pass is sealed in the console database (table sealed_secrets); it opens with',
        ]
      : [
          ...(stanza
            ? [
                '   The repository is not encrypted: no pass is needed to read it.',
                `   Keys of its storage, where it has one, are in ${config}.`,
              ]
            : []),
          '   Passwords of the servers are sealed in the console database; they open with',
        ]),
    `   the workers' key file ${shown(worker.keyFile)}, of which a copy must be kept apart from all backups.`,
  ];
}

function backupLines({ sets, dumps }: SheetFacts): string[] {
  if (sets.length + dumps.length === 0) return ['   None. This cluster cannot be brought back.'];
  return [
    ...sets
      .slice(0, 10)
      .map(
        (set) =>
          `   ${set.label}  ${set.method}, repository ${set.repository}, ended ${set.stoppedAt}, ${formatBytes(set.bytes)}${set.hasErrors ? ', HAS DAMAGED PAGES' : ''}`,
      ),
    ...dumps.map(
      (dump) =>
        `   dump of ${shown(dump.database)}, ended ${dump.finishedAt}, ${formatBytes(dump.bytes)}, on ${shown(dump.workerName)}: ${shown(dump.path)}`,
    ),
  ];
}

/** The newest set without damage, or the newest at all. */
function chosenSet({ sets }: SheetFacts) {
  return sets.find(({ hasErrors }) => !hasErrors) ?? sets[0];
}

function serverLines(facts: SheetFacts, stanza: SheetStanza): string[] {
  const set = chosenSet(facts);
  const bin = programsOf(stanza.major);
  const repository = set?.repository ?? 1;
  return [
    '',
    '4. BRING THE WHOLE SERVER BACK, BESIDE ANYTHING THAT STILL RUNS',
    "   As the system user who owns the server's files (usually: sudo -u postgres bash), on a machine with pgBackRest and",
    `   PostgreSQL ${stanza.major ?? ''}. DIR must be absent. For a moment of the past set TIME, with its offset, such as`,
    '   TIME="2026-01-31 03:04:05+00", and a LABEL of a backup that ended before it. Nothing of the old server is touched.',
    '',
    ...block('whole server', [
      'set -eu',
      `DIR="\${DIR:-/var/tmp/restored-server}"`,
      `PORT="\${PORT:-54399}"`,
      `CONFIG="\${CONFIG:-}"; CONFIG="\${CONFIG:-$(printf %s ${shellWord(stanza.configFile)})}"`,
      `LABEL="\${LABEL:-${set?.label ?? ''}}"`,
      `TIME="\${TIME:-}"`,
      'mkdir -m 700 "$DIR" "$DIR/data" "$DIR/ts" "$DIR/s"',
      `pgbackrest --config="$CONFIG" --stanza=${shellWord(stanza.name)} --repo=${repository} --set="$LABEL" \\`,
      '  --pg1-path="$DIR/data" --tablespace-map-all="$DIR/ts" --archive-mode=off \\',
      `  --target-timeline=${stanza.timeline ?? 'current'} \${TIME:+--type=time --target-action=promote} \${TIME:+"--target=$TIME"} restore`,
      'printf \'local all all trust\\n\' > "$DIR/hba.conf"',
      `printf '%s\\n' "hba_file = '$DIR/hba.conf'" 'hot_standby = off' 'max_prepared_transactions = 1000' > "$DIR/server.conf"`,
      `${bin}/pg_ctl start -D "$DIR/data" -w -t 86400 -l "$DIR/server.log" -o "-c config_file=$DIR/server.conf -c port=$PORT \\`,
      `  -c listen_addresses='' -c unix_socket_directories=$DIR/s -c archive_mode=off -c shared_preload_libraries='' \\`,
      '  -c max_logical_replication_workers=0"',
      '# Replay may take long. When the server ends meanwhile, its last words say why.',
      `until test "$(${bin}/psql -X -h "$DIR/s" -p "$PORT" -d postgres -Atc 'select pg_is_in_recovery()' 2> /dev/null)" = f; do`,
      `  ${bin}/pg_ctl status -D "$DIR/data" > /dev/null || { tail -n 20 "$DIR/server.log"; exit 1; }`,
      '  sleep 1',
      'done',
    ]),
    '',
    '   It listens on its socket alone and archives nothing. Look at it: psql -h "$DIR/s" -p "$PORT".',
    '   To let it take the place of the lost server: stop it (pg_ctl stop), remove the lines archive_mode, restore_command',
    '   and recovery_target... from data/postgresql.auto.conf, put data where the old data directory was (set that aside,',
    '   never remove it), start it as always, see that it archives, and take a full backup at once. Standbys and slots',
    '   must be made anew.',
    ...(stanza.isManaged && stanza.review
      ? [
          '',
          '   If the configuration file is lost, write it again (0600) and put the secrets where (sealed) stands:',
          ...stanza.review
            .trimEnd()
            .split('\n')
            .map((line) => `     ${shown(line)}`),
        ]
      : []),
  ];
}

function dumpLines({ dumps }: SheetFacts): string[] {
  const [dump] = dumps;
  if (!dump) return [];
  const bin = programsOf(dump.major);
  return [
    '',
    `5. BRING ONE DATABASE BACK FROM ITS DUMP, UNDER A NEW NAME`,
    `   On ${shown(dump.workerName)}, as a user who may read the dump. DUMP may be any path of section 3. PGHOST, PGPORT, PGUSER say`,
    '   where to: a superuser of a running server. The first command makes roles; "already exists" is no error there.',
    '',
    ...block('one database', [
      'set -eu',
      `DUMP="\${DUMP:-}"; DUMP="\${DUMP:-$(printf %s ${shellWord(dump.path)})}"`,
      `NEW="\${NEW:-restored}"`,
      `${bin}/psql -X -q -d postgres -f "$DUMP/roles.sql"`,
      `${bin}/createdb -T template0 "$NEW"`,
      `${bin}/pg_restore --exit-on-error --jobs=2 --dbname="$NEW" "$DUMP/dump"`,
    ]),
  ];
}

/** The commands of one block of a sheet, as they are run. */
export function blockOf(sheet: string, name: string): string | undefined {
  const lines = sheet.split('\n');
  const from = lines.indexOf(`# --- ${name}: begin`);
  const to = lines.indexOf(`# --- ${name}: end`);
  return from === -1 || to < from ? undefined : `${lines.slice(from + 1, to).join('\n')}\n`;
}
