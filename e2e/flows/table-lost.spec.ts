import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Page } from '@playwright/test';
import { sql } from 'kysely';
import type { RunningConsole } from '@/e2e/fixtures/console';
import { expect, test } from '@/e2e/fixtures/test';
import { newId } from '@/lib/base/ids';
import { wake } from '@/lib/store/notify';
import { scratchDirectory } from '@/lib/testing/scratch';
import { until } from '@/lib/testing/until';
import { makeOwnedDirectory, writeSecretFile } from '@/lib/tools/files';
import { backrestArgs, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { backrestFolders, renderConfig } from '@/lib/tools/pgbackrest/config';
import { runToolOrFail } from '@/lib/tools/process';
import { toolUserName } from '@/lib/tools/system-user';

// Named to come behind the flow that begins on a console without any backup: files go to the consoles in order.

/** The watched server archives into a repository on disk and has one full backup that the console knows of. */
async function withBackup(console: RunningConsole, place: string): Promise<void> {
  const { server } = console.watched;
  const user = toolUserName();
  const directory = `${place}/pgbackrest`;
  const repository = `${place}/repository`;
  for (const path of [directory, repository, ...Object.values(backrestFolders(directory))]) {
    makeOwnedDirectory(path, user);
  }
  const configFile = `${directory}/shop.conf`;
  const config = renderConfig({
    stanza: 'shop',
    directory,
    server: {
      dataDirectory: server.dataDir,
      port: server.port,
      socketDirectory: server.socketDir,
      user: server.superuser,
    },
    repositories: [{ ordinal: 1, path: repository }],
    processMax: 1,
    bundle: true,
  });
  writeSecretFile(configFile, config, user);
  writeFileSync(
    `${server.dataDir}/pg_hba.conf`,
    'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  );
  await server.restart({
    archive_mode: true,
    archive_command: `${pgbackrestProgram} --config=${configFile} --stanza=shop archive-push %p`,
  });
  const backrest = (command: string) =>
    runToolOrFail({
      argv: [pgbackrestProgram, ...backrestArgs(command, { configFile, stanza: 'shop' })],
      user,
      deadlineMs: 120_000,
    });
  // As the console's script for the backup login says.
  await console.watched.sql('postgres', 'grant execute on function pg_switch_wal() to plumbline_backup');
  await backrest('stanza-create');
  await backrest('backup');
  const stanzaId = newId();
  await sql`
    insert into stanzas (id, cluster_id, instance_id, name, worker_name, data_directory, managed, config_path, state, created_by_name)
    values (${stanzaId}, ${console.clusterId}, ${console.instanceId}, 'shop', ${hostname()}, ${server.dataDir}, false, ${configFile}, 'active', 'test')`.execute(
    console.db,
  );
  await sql`
    insert into stanza_repositories (id, stanza_id, ordinal, path)
    values (${newId()}, ${stanzaId}, 1, ${repository})`.execute(console.db);
  // The flow's worker is told of no hosts; here it is beside the server all the same.
  await sql`
    insert into host_readings (instance_id, worker_name, observed_at)
    values (${console.instanceId}, ${hostname()}, now())
    on conflict (instance_id) do update set worker_name = excluded.worker_name, refusal = null`.execute(
    console.db,
  );
  await wake(console.db, `look:${stanzaId}`);
  await until(
    async () =>
      (await counted(console, sql`select count(*)::int as n from backups where type = 'physical'`)) > 0,
    'the backup is in the catalogue',
    90_000,
  );
  await until(
    async () =>
      (await counted(
        console,
        sql`select count(*)::int as n from relation_files where database = 'shop' and name = 'orders'`,
      )) > 0,
    'the file of the table is known',
    90_000,
  );
}

async function counted(console: RunningConsole, query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await query.execute(console.db);
  return (rows[0] as { n: number } | undefined)?.n ?? 0;
}

async function ask(console: RunningConsole, query: string): Promise<unknown> {
  const session = await console.watched.session('shop');
  const { rows } = await session.query(query);
  await session.end();
  return Object.values(rows[0] ?? {})[0];
}

/** Makes the plan's run start and waits for its end. */
async function startIt(page: Page, button: RegExp, confirm?: string): Promise<void> {
  await expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });
  if (confirm) await page.getByLabel(`Type ${confirm} to confirm`).fill(confirm);
  await page.getByRole('button', { name: button }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 120_000 });
}

test('a table is dropped under load; the moment is found, the table rescued, and nothing else is lost', async ({
  page,
  console,
  expectAccessible,
  keepPicture,
}) => {
  test.setTimeout(420_000);
  const place = scratchDirectory('lost');
  await withBackup(console, place.path);
  const before = await ask(console, 'select count(*)::int from orders');
  const from = new Date(Date.now() - 60_000).toISOString();
  let isOn = true;
  let written = 0;
  const load = (async () => {
    const session = await console.watched.session('shop');
    while (isOn) {
      await session.query(`insert into customers (name) values ('under load')`);
      written += 1;
    }
    await session.end();
  })();
  await until(() => written > 20, 'the load runs');
  await console.watched.sql('shop', 'drop table orders');
  await until(() => written > 60, 'the load goes on');

  await page.goto(`/clusters/${console.clusterId}/moments`);
  await expect(page.getByText('Nobody has searched yet')).toBeVisible();
  await expectAccessible();
  await page.getByRole('link', { name: 'Search the WAL' }).first().click();
  await page.waitForURL(/\/jobs\//);
  await page.locator('select[name=database]').selectOption('shop');
  await page.locator('[name=table]').fill('public.orders');
  await page.locator('[name=from]').fill(from);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await startIt(page, /^Find the moment/);
  await page.goto(`/clusters/${console.clusterId}/moments`);
  const row = page.getByRole('row', { name: /Dropped.*public\.orders/ });
  await expect(row).toBeVisible();
  await keepPicture('moments', true);
  await expectAccessible();
  await row.getByRole('button', { name: 'Plan a copy just before' }).click();
  await startIt(page, /^Open a copy/);

  const copyId = await console.db
    .selectFrom('copies')
    .select('id')
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow();
  await page.goto(
    `/clusters/${console.clusterId}/restore?what=table&copy=${copyId.id}&database=shop&table=orders&how=own-name`,
  );
  await page.getByRole('button', { name: 'Plan the rescue' }).click();
  await startIt(page, /^Rescue a table/, 'shop-eu');
  isOn = false;
  await load;
  expect(await ask(console, 'select count(*)::int from orders')).toBe(before);
  expect(await ask(console, `select count(*)::int from customers where name = 'under load'`)).toBe(written);

  await page.goto(`/clusters/${console.clusterId}/emergency`);
  await expect(page.getByLabel('The emergency sheet')).toContainText('shop', { timeout: 90_000 });
  await keepPicture('emergency-sheet', true);
  await expectAccessible();
  await page.goto('/workers');
  await expect(page.getByRole('heading', { name: 'The console itself' })).toBeVisible();
  await expectAccessible();
  place.remove();
});
