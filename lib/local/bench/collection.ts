import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { round } from '@/lib/local/bench/figures';
import { serverCpuMs } from '@/lib/local/bench/server-cpu';
import { installPackages } from '@/lib/local/debian';
import { makeWatchLogin, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { testConsole } from '@/lib/testing/console';
import { startPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { until } from '@/lib/testing/until';
import { freePort } from '@/lib/tools/ports';
import { startTool } from '@/lib/tools/process';
import { findProgram } from '@/lib/tools/programs';

const cycles = 20;
const exporterPackage = 'prometheus-postgres-exporter';
const minuteMs = 60_000;
const scrapesPerMinute = 4;
const databases = ['one', 'two', 'three'];
/** The exporter's way to statements is a query in a file; a hundred of them, without their texts. */
const statementQueries = `pg_stat_statements:
  query: |
    select d.datname, u.usename, s.queryid, s.calls, s.total_exec_time as total_ms, s.rows,
      s.shared_blks_hit, s.shared_blks_read
    from pg_stat_statements(false) s
      join pg_database d on d.oid = s.dbid
      join pg_user u on u.usesysid = s.userid
    order by s.total_exec_time desc
    limit 100
  master: true
  metrics:
${['datname', 'usename', 'queryid'].map((name) => `    - ${name}: {usage: LABEL, description: ${name}}`).join('\n')}
${['calls', 'total_ms', 'rows', 'shared_blks_hit', 'shared_blks_read'].map((name) => `    - ${name}: {usage: COUNTER, description: ${name}}`).join('\n')}
`;

export interface CollectionFigures {
  /** CPU ms on the watched server for one full cycle: every check, in every database. */
  consoleMsPerCycle: number;
  /** The same server's CPU ms for one scrape by the exporter, or why it was not measured. */
  exporterMsPerScrape: number | string;
  cycleOverScrape: number | null;
  /** CPU ms of a minute in service, each check at its own pace, what the idle server uses taken off. */
  consoleMsPerMinute: number;
  /** Beside the exporter scraped every 15 s. */
  minuteOverExporterMinute: number | null;
  checksPerCycle: number;
}

/**
 * What collecting costs the watched server, beside a scrape by Debian's exporter on the same server in the same run.
 * A cycle here runs every check at once; in service most of them run less often than the exporter is scraped.
 */
export async function measureCollection(progress: (text: string) => void): Promise<CollectionFigures> {
  const console = await testConsole();
  const server = await startPostgres({
    config: { shared_preload_libraries: 'pg_stat_statements', autovacuum: false, shared_buffers: '64MB' },
  });
  try {
    await makeWatchLogin(server);
    await sqlOn(server, 'postgres', 'create extension pg_stat_statements');
    for (const database of databases) {
      await sqlOn(server, 'postgres', `create database ${database}`);
      for (let table = 0; table < 40; table += 1) {
        await sqlOn(
          server,
          database,
          `create table t${table} (id int primary key, a int, b text)`,
          `insert into t${table} select g, g, md5(g::text) from generate_series(1, 2000) g`,
          `create index on t${table} (a)`,
        );
      }
    }
    progress('collecting');
    const { instanceId } = await addWatched(console, server);
    const collector = collectFor(console, { tickMs: 3_600_000, leaseSeconds: 60 });
    const seen = async () => {
      const rows = await console.workerDb
        .selectFrom('check_results')
        .select(['observed_at', 'check_id'])
        .where('instance_id', '=', instanceId)
        .execute();
      return { count: rows.length, oldest: rows.map((row) => row.observed_at).sort()[0] ?? '' };
    };
    await until(() => collector.collectNow(instanceId), 'the collector holds the instance', 30_000);
    let count = -1;
    await until(
      async () => {
        const before = count;
        count = (await seen()).count;
        return count > 20 && count === before;
      },
      'the first cycle',
      60_000,
    );

    const cpuBefore = serverCpuMs(server.pid());
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const since = new Date().toISOString();
      collector.collectNow(instanceId);
      await until(async () => (await seen()).oldest > since, 'a cycle', 60_000);
    }
    const consoleMs = (serverCpuMs(server.pid()) - cpuBefore) / cycles;
    await collector.stop();

    progress('a quiet minute');
    const quietMs = await cpuOver(server.pid(), minuteMs);
    progress('a minute in service');
    const serving = collectFor(console, { tickMs: 10_000, leaseSeconds: 60 });
    await until(() => serving.collectNow(instanceId), 'the collector holds the instance again', 90_000);
    // The first cycle runs everything at once; the minute begins when it is stored.
    const since = new Date().toISOString();
    await until(async () => (await seen()).oldest > since, 'its first cycle', 60_000);
    const minuteOfService = (await cpuOver(server.pid(), minuteMs)) - quietMs;
    await serving.stop();

    progress('scraping');
    const exporterMs = await measureExporter(server);
    return {
      consoleMsPerCycle: round(consoleMs),
      exporterMsPerScrape: typeof exporterMs === 'number' ? round(exporterMs) : exporterMs,
      cycleOverScrape: typeof exporterMs === 'number' ? round(consoleMs / exporterMs) : null,
      consoleMsPerMinute: round(minuteOfService),
      minuteOverExporterMinute:
        typeof exporterMs === 'number' ? round(minuteOfService / (exporterMs * scrapesPerMinute)) : null,
      checksPerCycle: count,
    };
  } finally {
    await server.stop();
    await console.close();
  }
}

/** CPU ms that the server uses while we only wait. */
async function cpuOver(postmaster: number, ms: number): Promise<number> {
  const before = serverCpuMs(postmaster);
  await setTimeout(ms);
  return serverCpuMs(postmaster) - before;
}

async function measureExporter(server: Awaited<ReturnType<typeof startPostgres>>): Promise<number | string> {
  if (!findProgram(exporterPackage)) {
    if (process.getuid?.() !== 0) return `${exporterPackage} is not installed`;
    await installPackages([exporterPackage], [exporterPackage]);
  }
  const program = findProgram(exporterPackage);
  if (!program) return `${exporterPackage} could not be installed`;
  const port = await freePort();
  const scratch = scratchDirectory('exporter');
  const queries = `${scratch.path}/queries.yaml`;
  writeFileSync(queries, statementQueries);
  const exporter = await startTool({
    argv: [
      program,
      `--web.listen-address=127.0.0.1:${port}`,
      `--extend.query-path=${queries}`,
      ...['--auto-discover-databases', '--collector.database', '--collector.bgwriter'],
    ],
    env: {
      DATA_SOURCE_NAME: [
        `host=${server.host} port=${server.port} dbname=postgres sslmode=disable`,
        `user=${watchLogin.user} password=${watchLogin.password}`,
      ].join(' '),
    },
  });
  try {
    const scrape = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(20_000) });
      const text = await answer.text();
      return text.includes('pg_up 1') && text.includes('pg_stat_statements_calls{');
    };
    await until(() => scrape().catch(() => false), 'the exporter answers', 30_000);
    const before = serverCpuMs(server.pid());
    for (let cycle = 0; cycle < cycles; cycle += 1) await scrape();
    return (serverCpuMs(server.pid()) - before) / cycles;
  } finally {
    await exporter.stop();
    scratch.remove();
  }
}
