import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCluster, changeCluster } from '@/lib/commands/clusters';
import { cluster } from '@/lib/queries/clusters';
import { meta, type TestConsole, testConsole } from '@/lib/testing/console';
import { up } from '@/migrations/0025-production';

let console: TestConsole;
beforeAll(async () => {
  console = await testConsole();
});
afterAll(() => console.close());

const add = async (input: Parameters<typeof addCluster>[2]) =>
  (await addCluster(console.webDb, console.actor, input, meta)).id;
const change = (id: string, input: Parameters<typeof changeCluster>[3]) =>
  changeCluster(console.webDb, console.actor, id, input, meta);
const isProduction = async (id: string) => (await cluster(console.webDb, id)).isProduction;
const audited = async (id: string) =>
  console.ownerDb
    .selectFrom('audit_log')
    .select(['action', 'details'])
    .where('subject_id', '=', id)
    .orderBy('id')
    .execute();

test('a new cluster is what its environment is called, unless it is said', async () => {
  expect(await isProduction(await add({ name: 'a' }))).toBe(true);
  expect(await isProduction(await add({ name: 'b', environment: ' Live' }))).toBe(true);
  expect(await isProduction(await add({ name: 'c', environment: 'non-prod' }))).toBe(false);
  expect(await isProduction(await add({ name: 'd', environment: 'eu', isProduction: true }))).toBe(true);
  expect(await isProduction(await add({ name: 'e', environment: 'prod', isProduction: false }))).toBe(false);
});

test('the second person is lifted by a dba who types the name, and that is in the audit log; a new name alone never lifts', async () => {
  const id = await add({ name: 'shop', environment: 'production' });
  await change(id, { environment: 'staging' });
  expect(await isProduction(id)).toBe(true);
  for (const confirm of [undefined, '', 'Shop']) {
    await expect(change(id, { isProduction: false, confirm })).rejects.toMatchObject({
      code: 'bad-input',
      fields: { confirm: expect.any(String) },
    });
  }
  const operator = { ...console.actor, role: 'operator' as const };
  const lift = { isProduction: false, confirm: 'shop' };
  await expect(changeCluster(console.webDb, operator, id, lift, meta)).rejects.toMatchObject({
    code: 'not-allowed',
  });
  expect(await isProduction(id)).toBe(true);
  await change(id, lift);
  expect(await isProduction(id)).toBe(false);
  expect((await audited(id)).at(-1)).toMatchObject({
    action: 'cluster.lift-second-person',
    details: { before: { isProduction: true }, after: { isProduction: false } },
  });
  await change(id, { environment: 'prod-eu' });
  expect(await isProduction(id)).toBe(true);
  expect((await audited(id)).at(-1)).toMatchObject({ action: 'cluster.change' });
});

test('clusters of before keep what was guessed of them', async () => {
  const db = console.ownerDb;
  const named = ['production', 'Prod EU', ' live ', 'liver', 'staging', 'non-prod'];
  for (const environment of named) await add({ name: `old ${environment}`, environment });
  await sql`alter table clusters drop column is_production`.execute(db);
  await up(db as unknown as Parameters<typeof up>[0]);
  const { rows } = await sql<{ environment: string }>`
    select btrim(environment) as environment from clusters
    where name like 'old %' and is_production`.execute(db);
  expect(rows.map(({ environment }) => environment).sort()).toEqual(['Prod EU', 'live', 'production']);
});
