import type { SourceAsk } from '@/lib/engine/descriptors';
import { identitySql } from '@/lib/instance/facts';
import { archivingSql } from '@/workers/collector/sources/archiving-sql';
import { tablespacesSql, writtenSql } from '@/workers/collector/sources/host-sql';
import {
  fedSql,
  positionSql,
  replayedSql,
  sendersSql,
  standbySql,
} from '@/workers/collector/sources/replication-sql';
import { relationsSql, schemaPrintSql } from '@/workers/collector/sources/schema-sql';
import { processesSql, serverSql, settingsSql } from '@/workers/collector/sources/server-sql';
import { locksSql, namesSql, sampleSql, sessionsSql } from '@/workers/collector/sources/session-sql';
import {
  activeSql,
  countersSql,
  infoSql,
  textsSql,
  viewSql,
} from '@/workers/collector/sources/statement-sql';

const sql = (title: string, text: string, note: string | null = null): SourceAsk => ({
  title,
  fromVersion: null,
  sql: text,
  note,
});
const words = (title: string, note: string): SourceAsk => ({ title, fromVersion: null, sql: null, note });

const identity = sql('Who the server is', identitySql);

/** The columns of pg_stat_statements that decide how it is asked, as each server version brings the extension. */
const timesUntil16 = ['blk_read_time', 'blk_write_time'];
const timesOfTemp = ['temp_blk_read_time', 'temp_blk_write_time'];
const timesByKind = ['shared', 'local'].flatMap((kind) => [
  `${kind}_blk_read_time`,
  `${kind}_blk_write_time`,
]);
const statementColumns: Record<number, readonly string[]> = {
  170000: ['total_plan_time', 'toplevel', 'stats_since', ...timesByKind, ...timesOfTemp],
  150000: ['total_plan_time', 'toplevel', ...timesUntil16, ...timesOfTemp],
  140000: ['total_plan_time', 'toplevel', ...timesUntil16],
};

const counters = Object.entries(statementColumns)
  .sort(([left], [right]) => Number(right) - Number(left))
  .map(([version, columns]) => ({
    ...sql(
      'Counters of all statements, without texts',
      countersSql('public', new Set(columns)),
      'By the columns that the installed version of the extension has; where it was not updated with the server, as on the older one. "public" stands for the schema that the extension is in.',
    ),
    fromVersion: Number(version),
  }));

/** A machine is never asked by SQL. */
const machine = (what: string, files: string) =>
  words(
    `${what} of the machine`,
    `Not read by SQL: the first that is there of ${files} on the machine itself by a worker that runs there, the answer of its node_exporter over HTTP, and what people have typed in. The column "source" says which it was.`,
  );

const pooler = [
  ...['pools', 'stats', 'databases', 'config'].map((what) =>
    sql(
      `SHOW ${what.toUpperCase()}`,
      `show ${what}`,
      'Asked in the admin console of each PgBouncer that was entered for this server, not in PostgreSQL. One look of all four SHOWs serves the three checks of PgBouncer.',
    ),
  ),
  words(
    'Connections that the server can give',
    'max_connections less the reserved ones, from the settings that the collector read of the server at the start of the round.',
  ),
];

const primarySide = (who: string) => [
  sql(`WAL position of ${who}`, positionSql),
  sql(`Whom ${who} sends to`, fedSql, 'Not asked of a server in recovery.'),
];

/** Read in the console's own database: neither the server nor a repository is asked for it. */
const stored = (title: string, note: string) =>
  words(title, `Not asked of the server: ${note} One reading serves the checks of backups.`);

/**
 * What each source asks, by its name, word by word as it is sent: the web shows it beside the checks that it feeds.
 * Pure, since the registry's generator runs it; that a source sends nothing else is tested.
 */
export const asks: Readonly<Record<string, readonly SourceAsk[]>> = {
  statements: [
    sql('Columns that the installed version of pg_stat_statements has', viewSql),
    ...counters,
    sql('Evictions and reset', infoSql('public')),
    sql('Time at work, which the statements are measured against', activeSql),
    sql('Texts', textsSql('public'), 'Only of statements that moved and whose text is not known yet.'),
  ],
  sessions: [
    sql('Sessions that are not idle, and who waits for whom', sessionsSql),
    sql('What waiters wait for', locksSql, 'Only while somebody waits for a lock.'),
    sql('Load', sampleSql, 'Once a second, between the other reads.'),
    sql('Names of roles and databases in the load', namesSql, 'Once each, and anew after ten minutes.'),
    words(
      'Names of relations in other databases',
      'A lock table gives only their numbers: the names are those of the last look at the schema there, as the console stored it.',
    ),
  ],
  schema: [
    identity,
    sql('A print of the schema, which moves whenever the schema does', schemaPrintSql),
    sql(
      'How relations are made',
      relationsSql,
      'Only when the print has moved; compared with what was stored.',
    ),
  ],
  server: [
    identity,
    sql('Start, configuration, databases and settings of roles', serverSql),
    sql(
      'Since when its processes run',
      processesSql,
      'Only after the configuration was loaded anew, or by a new session.',
    ),
    sql('Settings', settingsSql, 'Only after the configuration was loaded anew, or by a new session.'),
  ],
  replication: [
    sql('What the standby knows of itself', standbySql),
    ...primarySide('the primary'),
    words(
      'Where this worker may not reach the primary',
      'The position that the collector of the primary stored is taken instead, with its age.',
    ),
    sql(
      'Replay, looked at again',
      replayedSql,
      'While the standby is behind the position that its primary had: up to five times within half a second.',
    ),
  ],
  senders: [
    ...primarySide('this server'),
    sql('Senders', sendersSql),
    words(
      'Which of them are watched',
      'Found by the process that feeds each watched standby, else by its name, as the console stored them.',
    ),
  ],
  processors: [machine('Processors and load', '/proc/stat and /proc/loadavg')],
  memory: [machine('Memory and swap', '/proc/meminfo')],
  disks: [
    machine('Filesystems', 'their sizes (statfs, /proc/self/mountinfo)'),
    sql('Tablespaces', tablespacesSql, 'Which filesystems hold something of the server.'),
    sql('What is written', writtenSql, 'Only where the size of the disk was typed in.'),
    words('Growth and days left', 'From what the console stored of this check during the last week.'),
  ],
  poolers: pooler,
  pools: pooler,
  traffic: pooler,
  archiving: [
    sql('How the server archives', archivingSql),
    words(
      'Where its WAL should go',
      'The stanza of the cluster as it was set up, and the objective (RPO) that people set: from the console’s own store.',
    ),
  ],
  holes: [
    stored(
      'Segments of WAL in each repository',
      'the worker beside the server lists the archive by “pgbackrest repo-ls” every minute, and the console keeps what follows without a hole.',
    ),
  ],
  repositories: [
    stored(
      'The last look at each repository',
      'the worker beside the server asks “pgbackrest info” every minute and looks for a stop file.',
    ),
  ],
  saved: [
    stored('Backups', 'what repositories list, and dumps that the console made, with what each depends on.'),
  ],
  exposure: [
    stored(
      'Exposure and objective',
      'the newest row of the archiver’s check, and the objective that people set for the cluster.',
    ),
  ],
  missed: [stored('Schedules', 'their newest moments, and what became of the runs.')],
};
