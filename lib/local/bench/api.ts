import { Client } from 'pg';
import { ensureFirstAdministrator } from '@/lib/commands/first-administrator';
import { ensureLocalToken } from '@/lib/commands/local-token';
import { type Spread, spread } from '@/lib/local/bench/figures';
import { fillHistory } from '@/lib/local/bench/history';
import { checks } from '@/lib/registry/checks.gen';
import { makeDays } from '@/lib/store/day-partitions';
import type { Store } from '@/lib/store/db';
import { rollUpSamples } from '@/lib/store/sample-rollups';
import { makeWatchLogin, sqlOn } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';
import { freePort } from '@/lib/tools/ports';
import { startTool } from '@/lib/tools/process';

const days = 30;
const rounds = 60;
const ranges = ['1h', '24h', '7d', '30d'] as const;

export interface ApiFigures {
  samples: number;
  series: number;
  consoleBytes: number;
  statementRows: number;
  loadRows: number;
  /** Per request, in ms, over HTTP to the built pages: what pages ask of the present. */
  nowMs: Record<string, Spread>;
  /** What pages ask of a range, and p95 over 30 days beside p95 over one hour: what history costs. */
  rangeMs: Record<string, Record<(typeof ranges)[number], Spread> & { monthOverHour: number }>;
}

/** p95 of the API behind each page, with 30 days of a busy server's history behind it. */
export async function measureApi(progress: (text: string) => void, root: string): Promise<ApiFigures> {
  const console = await testConsole();
  const server = await startPostgres();
  try {
    const { instanceId, clusterId } = await seed(console, server);
    progress(`filling ${days} days of history`);
    const filled = await fill(console, instanceId);
    progress('asking');
    await ensureFirstAdministrator(console.webDb);
    await console.ownerDb.updateTable('users').set({ must_change_password: false }).execute();
    const token = await ensureLocalToken(console.webDb);
    const port = await freePort();
    const address = `http://127.0.0.1:${port}`;
    const web = await startTool({
      argv: [process.execPath, '--enable-source-maps', `${root}/dist/web.mjs`],
      cwd: root,
      env: {
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        HOSTNAME: '127.0.0.1',
        PORT: String(port),
        DATABASE_URL: console.database.webUrl,
        NEXTAUTH_SECRET: 'figures need no secret but forty characters',
        NEXTAUTH_URL: address,
      },
    });
    try {
      const ask = async (path: string) => {
        const started = performance.now();
        const answer = await fetch(address + path, { headers: { authorization: `Bearer ${token}` } });
        await answer.arrayBuffer();
        if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
        return performance.now() - started;
      };
      const path = `/api/v1/instances/${instanceId}`;
      await until(
        () =>
          ask(path).then(
            () => true,
            () => false,
          ),
        'the pages answer',
        60_000,
      );
      const measured = async (asked: string) => {
        await ask(asked);
        const times: number[] = [];
        for (let round = 0; round < rounds; round += 1) times.push(await ask(asked));
        return spread(times);
      };
      const charts = Object.entries(checks)
        .filter(([, check]) => check.keep.includes('series'))
        .map(([id]) => id)
        .join(',');
      const cluster = `/api/v1/clusters/${clusterId}`;
      const present: Record<string, string> = {
        instance: path,
        checks: `${path}/checks`,
        findings: `/api/v1/findings?instanceId=${instanceId}&clusterId=${clusterId}`,
        fleet: '/api/v1/fleet',
        now: '/api/v1/now',
        moved: '/api/v1/now/statements',
        tables: `${path}/tables`,
        indexes: `${path}/indexes`,
        locks: `${path}/locks`,
        sessions: `${path}/sessions`,
        replication: `${cluster}/replication`,
        scorecard: '/api/v1/scorecard',
      };
      const overRange: Record<string, string> = {
        series: `${path}/series?checks=${charts}&maxPoints=300`,
        queries: `${path}/queries?sort=time`,
        load: `${path}/load?by=wait`,
        'load by query': `${path}/load?by=query`,
        episodes: `${path}/lock-episodes?`,
      };
      const nowMs: ApiFigures['nowMs'] = {};
      for (const [name, asked] of Object.entries(present)) nowMs[name] = await measured(asked);
      const rangeMs: ApiFigures['rangeMs'] = {};
      for (const [name, asked] of Object.entries(overRange)) {
        const spreads = {} as Record<(typeof ranges)[number], Spread>;
        for (const range of ranges) spreads[range] = await measured(`${asked}&range=${range}`);
        const monthOverHour = Number((spreads['30d'].p95 / spreads['1h'].p95).toPrecision(3));
        rangeMs[name] = { ...spreads, monthOverHour };
      }
      return { ...filled, nowMs, rangeMs };
    } finally {
      await web.stop();
    }
  } finally {
    await server.stop();
    await console.close();
  }
}

/** A real instance with four databases, seen once by the collector, so that its series are those of the product. */
async function seed(console: TestConsole, server: TestPostgres) {
  await makeWatchLogin(server);
  for (const name of ['one', 'two', 'three']) await sqlOn(server, 'postgres', `create database ${name}`);
  const added = await addWatched(console, server);
  const collector = collectFor(console, { tickMs: 500, leaseSeconds: 30 });
  await until(async () => (await seriesOf(console.workerDb)).length >= 20, 'the series are there', 60_000);
  await collector.stop();
  return added;
}

async function seriesOf(db: Store) {
  return db.selectFrom('series').select(['id', 'check_id', 'columns']).execute();
}

/** Readings at each check's own pace, as it would have stored them, then the console's own five-minute sums. */
async function fill(console: TestConsole, instanceId: string) {
  const db = console.ownerDb;
  const end = new Date();
  const start = new Date(end.getTime() - days * 86_400_000);
  await makeDays(db, 'samples', start, end);
  await makeDays(db, 'sample_rollups', start, end);
  await makeDays(db, 'sample_hours', start, end);
  const series = await seriesOf(db);
  const client = new Client({ connectionString: console.database.ownerUrl });
  await client.connect();
  try {
    for (const { id, check_id, columns } of series) {
      await client.query(
        `insert into samples (series_id, at, seconds, "values")
         select $1::bigint, at, $2::real,
           array(select (1000 * abs(sin(extract(epoch from at) / 3000 + place)) + 10 * random())::float8
             from generate_series(1, $3::int) as place)
         from generate_series($4::timestamptz, $5::timestamptz, make_interval(secs => $2::float8)) as at
         on conflict do nothing`,
        [id, checks[check_id]?.everySeconds ?? 60, columns.length, start.toISOString(), end.toISOString()],
      );
    }
    await db.updateTable('series').set({ first_at: start, last_at: end }).execute();
    await db.deleteFrom('settings').where('key', 'in', ['sample-rollups', 'sample-hours']).execute();
    while (await rollUpSamples(db, end));
    const history = await fillHistory(db, client, instanceId, start, end);
    await client.query('vacuum analyze');
    const { rows } = await client.query<{ samples: number; bytes: number }>(
      `select (select count(*) from samples)::float8 as samples,
         pg_database_size(current_database())::float8 as bytes`,
    );
    await db.updateTable('instances').set({ last_seen_at: end }).where('id', '=', instanceId).execute();
    const [counted] = rows;
    return {
      samples: counted?.samples ?? 0,
      series: series.length,
      consoleBytes: counted?.bytes ?? 0,
      ...history,
    };
  } finally {
    await client.end();
  }
}
