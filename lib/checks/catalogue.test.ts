import { afterAll, beforeAll, expect, test } from 'vitest';
import { checks } from '@/lib/registry/checks.gen';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { installedServers, startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';

interface Pair {
  major: number;
  primary: TestPostgres;
  standby: TestPostgres;
}
const pairs: Pair[] = [];

beforeAll(async () => {
  for (const { major } of await installedServers()) {
    const primary = await startPostgres({
      version: major,
      config: { shared_preload_libraries: 'pg_stat_statements' },
    });
    await makeWatchLogin(primary);
    await sqlOn(primary, 'postgres', 'create extension pg_stat_statements', 'create database other');
    pairs.push({ major, primary, standby: await startStandby(primary) });
  }
});
afterAll(async () => {
  for (const { primary, standby } of pairs) {
    await standby.stop();
    await primary.stop();
  }
});

test('every check runs with the watch login alone, on every major and role, and is silent on a healthy server', async () => {
  expect(pairs.length).toBeGreaterThan(0);
  const wrong: string[] = [];
  for (const { major, primary, standby } of pairs) {
    for (const [id, check] of Object.entries(checks)) {
      if (!check.sql) continue;
      const servers =
        check.runsOn === 'primary' ? [primary] : check.runsOn === 'standby' ? [standby] : [primary, standby];
      for (const server of servers) {
        const watcher = await watchWith(id, server, {
          database: check.target === 'database' ? 'other' : 'postgres',
        });
        for (const afterSeconds of [0, 3600]) {
          const { state, reason, findings, rows } = await watcher.run({ afterSeconds });
          const bad = findings.filter(({ level }) => level === 'warn' || level === 'crit');
          if (state !== 'ok') wrong.push(`${major} ${id}: ${state}: ${reason}`);
          for (const { sentence } of bad) wrong.push(`${major} ${id}: ${sentence}`);
          for (const name of Object.keys(check.columns)) {
            if (rows.length > 0 && !rows.some((row) => name in row))
              wrong.push(`${major} ${id}: no column ${name}`);
          }
        }
        await watcher.close();
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('columns of every check come with the type that their role says', async () => {
  const wrong: string[] = [];
  for (const { primary, standby } of pairs) {
    for (const [id, check] of Object.entries(checks)) {
      if (!check.sql) continue;
      const server = check.runsOn === 'standby' ? standby : primary;
      const watcher = await watchWith(id, server);
      for (const row of (await watcher.run()).rows) {
        for (const [name, column] of Object.entries(check.columns)) {
          const value = row[name] ?? null;
          const isNumber = column.role === 'gauge' || column.role === 'counter';
          if (value !== null && (typeof value === 'number') !== isNumber)
            wrong.push(`${id}.${name}: ${String(value)}`);
        }
      }
      await watcher.close();
    }
  }
  expect([...new Set(wrong)]).toEqual([]);
});
