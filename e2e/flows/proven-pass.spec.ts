import { hostname } from 'node:os';
import { sql } from 'kysely';
import { expect, test } from '@/e2e/fixtures/test';
import { startActor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { addCluster } from '@/lib/commands/clusters';
import { testInstance } from '@/lib/commands/instance-state';
import { addInstance } from '@/lib/commands/instances';
import { wake } from '@/lib/store/notify';
import { startStanza } from '@/lib/testing/stanza';
import { until } from '@/lib/testing/until';

test('somebody types the pass from the safe, and a drill with it alone proves that copy', async ({
  page,
  console,
  expectAccessible,
  keepPicture,
}) => {
  test.setTimeout(240_000);
  const demo = await startStanza({ cipher: true });
  const { server } = demo;
  const meta = { requestId: newId() };
  const of = { name: 'vault-eu', environment: 'staging' as const };
  const { id: clusterId } = await addCluster(console.db, startActor, of, meta);
  const login = { user: server.superuser, password: server.password };
  const { id: instanceId } = await addInstance(
    console.db,
    startActor,
    {
      ...{ clusterId, name: 'vault-eu-1', host: '127.0.0.1', port: server.port, database: 'postgres' },
      tlsMode: 'disable',
      logins: [
        { purpose: 'watch', ...login },
        { purpose: 'backup', ...login },
      ],
    },
    meta,
  );
  await testInstance(console.db, startActor, { instanceId, activate: true }, meta);
  await demo.backup('full');
  const stanzaId = newId();
  await sql`
    insert into stanzas (id, cluster_id, instance_id, name, worker_name, data_directory, managed, config_path, state, created_by_name)
    values (${stanzaId}, ${clusterId}, ${instanceId}, 'demo', ${hostname()}, ${server.dataDir}, false, ${demo.configFile}, 'active', 'test')`.execute(
    console.db,
  );
  await sql`
    insert into stanza_repositories (id, stanza_id, ordinal, path, is_encrypted)
    values (${newId()}, ${stanzaId}, 1, ${demo.repositoryPath}, true)`.execute(console.db);
  await wake(console.db, `look:${stanzaId}`);
  await until(
    async () => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n
        from backups as backup
        join instances as instance on instance.id = backup.instance_id
        where backup.cluster_id = ${clusterId}
          and instance.role = 'primary'`.execute(console.db);
      return (rows[0]?.n ?? 0) > 0;
    },
    'the backup is in the catalogue',
    90_000,
  );

  await page.goto(`/clusters/${clusterId}/recovery/setup`);
  await expect(page.getByText('Kept copy never proven')).toBeVisible();
  await page.getByRole('link', { name: 'Prove it by a drill' }).click();
  await page.getByLabel('Kept copy of its pass').fill(demo.cipherPass ?? 'none');
  await expectAccessible();
  await keepPicture('kept-pass-form', true);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });
  // What was typed is in no address, and the form that is opened again asks for it anew.
  expect(page.url()).not.toContain(demo.cipherPass ?? '');
  await expect(page.getByRole('link', { name: 'Change the input' })).not.toHaveAttribute('href', /keptPass/);
  await page.getByRole('button', { name: /^Drill with the kept copy/ }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 90_000 });
  await expect(page.getByText('A server was restored from repository 1')).toBeVisible();
  await page.goto(`/clusters/${clusterId}/recovery`);
  await expect(page.getByText(/^Typed by Dora Dba/)).toBeVisible();
  await keepPicture('kept-pass-proven', true);
  await demo.stop();
});
