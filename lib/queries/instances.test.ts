import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { testInstance } from '@/lib/commands/instance-state';
import { instanceDetailSchema } from '@/lib/contract/instances';
import { instanceDetail, instanceTest } from '@/lib/queries/instances';
import { addTestInstance, meta, type TestConsole, testConsole } from '@/lib/testing/console';

let console: TestConsole;
beforeAll(async () => {
  console = await testConsole();
});
afterAll(() => console.close());

const logins = [{ purpose: 'watch' as const, user: 'watcher', password: 'canary-4711' }];

test('a test is found under its own instance only, and a removed instance not at all', async () => {
  const { webDb, actor } = console;
  const mine = await addTestInstance(console, { host: 'a.example.org', port: 1 }, { logins });
  const other = await addTestInstance(console, { host: 'b.example.org', port: 2 }, { logins });
  const { id } = await testInstance(webDb, actor, { instanceId: mine.instanceId }, meta);
  expect(await instanceTest(webDb, mine.instanceId, id)).toMatchObject({
    id,
    state: 'requested',
    result: null,
  });
  const notFound = { code: 'not-found' };
  await expect(instanceTest(webDb, other.instanceId, id)).rejects.toMatchObject(notFound);
  await expect(instanceTest(webDb, mine.instanceId, newId())).rejects.toMatchObject(notFound);
  await console.ownerDb
    .updateTable('instances')
    .set({ state: 'removed' })
    .where('id', '=', other.instanceId)
    .execute();
  await expect(instanceDetail(webDb, other.instanceId)).rejects.toMatchObject(notFound);
});

test('an instance shows its logins without any secret, and a result of another shape as not known', async () => {
  const { instanceId } = await addTestInstance(console, { host: 'c.example.org', port: 3 }, { logins });
  await console.ownerDb
    .updateTable('instance_logins')
    .set({ tested: '{"shape": "of another version"}' })
    .where('instance_id', '=', instanceId)
    .execute();
  const detail = await instanceDetail(console.webDb, instanceId);
  expect(instanceDetailSchema.parse(detail)).toEqual(detail);
  expect(detail.logins).toMatchObject([{ purpose: 'watch', user: 'watcher', tested: null }]);
  expect(JSON.stringify(detail)).not.toMatch(/canary|sealed/);
});
