import type { CheckRow } from '@/lib/engine/define-check';

/** Answers of a PgBouncer's SHOW statements, as text. */
export interface PoolerAnswers {
  pools: Record<string, string | null>[];
  stats: Record<string, string | null>[];
  databases: Record<string, string | null>[];
  config: Record<string, string | null>[];
}

/** Its own console is no pool of anybody's. */
const ownDatabase = 'pgbouncer';

const numberIn = (row: Record<string, string | null> | undefined, name: string): number =>
  Number(row?.[name] ?? 0) || 0;

function setting(answers: PoolerAnswers, name: string): string | undefined {
  return answers.config.find(({ key }) => key === name)?.value ?? undefined;
}

/** Seconds that the first client in the queue has waited: whole ones, and a rest in microseconds. */
function maxWaitSeconds(row: Record<string, string | null>): number {
  return numberIn(row, 'maxwait') + numberIn(row, 'maxwait_us') / 1e6;
}

/** One row per pool (a database and a user): clients, server connections, waiting, and what to do about it. */
export function poolRows(
  pooler: string,
  answers: PoolerAnswers,
  usableConnections: number | undefined,
): CheckRow[] {
  const sizes = new Map(answers.databases.map((row) => [row.name ?? '', numberIn(row, 'pool_size')]));
  const pools = answers.pools.filter((row) => row.database !== ownDatabase);
  const mayOpen = pools.reduce((sum, row) => sum + (sizes.get(row.database ?? '') ?? 0), 0);
  return pools.map((row) => {
    const poolSize =
      sizes.get(row.database ?? '') ?? numberIn({ v: setting(answers, 'default_pool_size') ?? '0' }, 'v');
    const active = numberIn(row, 'cl_active');
    const waiting = numberIn(row, 'cl_waiting');
    const serversActive = numberIn(row, 'sv_active');
    const serversIdle = numberIn(row, 'sv_idle');
    const serversOther = numberIn(row, 'sv_used') + numberIn(row, 'sv_tested') + numberIn(row, 'sv_login');
    const servers = serversActive + serversIdle + serversOther;
    const pool = {
      pool_mode: row.pool_mode ?? setting(answers, 'pool_mode') ?? '',
      ...{ active, waiting, serversActive, servers, poolSize, mayOpen, usableConnections },
    };
    return {
      pooler,
      database: row.database ?? '',
      username: row.user ?? '',
      pool_mode: pool.pool_mode,
      clients_active: active,
      clients_waiting: waiting,
      maxwait_seconds: maxWaitSeconds(row),
      servers_active: serversActive,
      servers_idle: serversIdle,
      servers_other: serversOther,
      pool_size: poolSize,
      clients_per_server: servers > 0 ? (active + waiting) / servers : null,
      advice: adviceFor(pool),
    };
  });
}

interface Pool {
  pool_mode: string;
  active: number;
  waiting: number;
  serversActive: number;
  servers: number;
  poolSize: number;
  /** All pools of this PgBouncer together, and what the server takes at most. */
  mayOpen: number;
  usableConnections: number | undefined;
}

/** What would help a pool; null where nothing is wrong with it. */
export function adviceFor(pool: Pool): string | null {
  const { waiting, servers, serversActive, poolSize, usableConnections } = pool;
  if (waiting > 0 && servers < poolSize)
    return `Clients wait although only ${servers} of ${poolSize} connections are open: the server refuses more, or max_db_connections or max_user_connections does.`;
  if (waiting > 0 && serversActive >= servers) {
    const more =
      usableConnections === undefined || pool.mayOpen < usableConnections
        ? 'Raise pool_size'
        : 'The pools together may open as many connections as the server takes: do not raise pool_size';
    return `All ${servers} connections are busy. ${more}; shorten transactions, look for sessions that are idle in one.`;
  }
  if (waiting > 0) return 'Connections are being opened or checked: look again in a moment.';
  if (usableConnections !== undefined && pool.mayOpen > usableConnections)
    return `The pools may open ${pool.mayOpen} connections together, the server takes ${usableConnections}: lower pool_size.`;
  if (pool.pool_mode === 'session' && servers >= 10 && pool.active + waiting <= servers * 1.2)
    return 'In session mode each client holds a connection of its own: transaction mode would let them share.';
  return null;
}

/** One row per PgBouncer: clients against the most that it lets in. */
export function clientRow(pooler: string, answers: PoolerAnswers): CheckRow {
  const sum = (...names: string[]) =>
    answers.pools.reduce(
      (total, row) => total + names.reduce((each, name) => each + numberIn(row, name), 0),
      0,
    );
  const clients = sum('cl_active', 'cl_waiting');
  const servers = sum('sv_active', 'sv_idle', 'sv_used', 'sv_tested', 'sv_login');
  const most = Number(setting(answers, 'max_client_conn') ?? 0) || null;
  return {
    pooler,
    pool_mode: setting(answers, 'pool_mode') ?? null,
    clients,
    servers,
    max_clients: most,
    used_percent: most === null ? null : (100 * clients) / most,
    clients_per_server: servers > 0 ? clients / servers : null,
    unreachable: null,
  };
}

/** One row per database behind it: totals since its start. Times come in microseconds. */
export function trafficRows(pooler: string, answers: PoolerAnswers): CheckRow[] {
  return answers.stats
    .filter((row) => row.database !== ownDatabase)
    .map((row) => ({
      pooler,
      database: row.database ?? '',
      transactions: numberIn(row, 'total_xact_count'),
      queries: numberIn(row, 'total_query_count'),
      received_bytes: numberIn(row, 'total_received'),
      sent_bytes: numberIn(row, 'total_sent'),
      query_seconds: numberIn(row, 'total_query_time') / 1e6,
      wait_seconds: numberIn(row, 'total_wait_time') / 1e6,
    }));
}
