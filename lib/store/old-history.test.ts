import { expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { insertCluster } from '@/lib/store/clusters';
import { forgetOldHistory } from '@/lib/store/old-history';
import { addTestInstance, testConsole } from '@/lib/testing/console';

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

test('only what is old goes, in parts, and a worker can remove nothing else', async () => {
  const console = await testConsole();
  const db = console.ownerDb;
  const clusterId = await insertCluster(db, { name: 'one', environment: 'test' });
  const plan = async (days: number) => {
    const id = newId();
    const base = { id, kind: 'k', cluster_id: clusterId };
    await db
      .insertInto('plan_requests')
      .values({ ...base, input: '{}', requested_by_name: 'test', requested_at: daysAgo(days) })
      .execute();
    await db
      .insertInto('plans')
      .values({ ...base, definition_version: 1, state: 'ready', created_at: daysAgo(days) })
      .execute();
    return id;
  };
  const run = async (days: number) => {
    const id = newId();
    await db
      .insertInto('runs')
      .values({
        id,
        plan_id: await plan(days),
        plan_hash: 'h',
        kind: 'k',
        definition_version: 1,
        cluster_id: clusterId,
        state: 'succeeded',
        idempotency_key: id,
        requested_by_name: 'test',
        finished_at: daysAgo(days),
      })
      .execute();
    const line = (seq: number) => ({ run_id: id, seq, epoch: 1, level: 'info' as const, text: 'line' });
    await db
      .insertInto('run_log')
      .values([line(1), line(2), line(3)])
      .execute();
    return id;
  };
  const [old, recent] = [await run(401), await run(399)];
  const [oldPlan, recentPlan] = [await plan(91), await plan(89)];
  const finding = (key: string, days: number | null) => ({
    id: newId(),
    check_id: 'c',
    cluster_id: clusterId,
    key,
    object: key,
    judged: 'j',
    level: 'warn' as const,
    sentence: 's',
    opened_at: daysAgo(500),
    changed_at: daysAgo(500),
    last_seen_at: daysAgo(days ?? 0),
    closed_at: days === null ? null : daysAgo(days),
  });
  await db
    .insertInto('findings')
    .values([finding('gone', 401), finding('kept', 399), finding('open', null)])
    .execute();
  const logins = [{ purpose: 'watch' as const, user: 'w', password: 'p' }];
  const { instanceId } = await addTestInstance(console, { host: 'h', port: 1 }, { clusterId, logins });
  const tested = (days: number) => ({
    id: newId(),
    instance_id: instanceId,
    state: 'done' as const,
    requested_by: 'test',
    finished_at: daysAgo(days),
  });
  await db.insertInto('instance_tests').values(tested(200)).execute();
  await db.insertInto('instance_tests').values(tested(100)).execute();

  const parts: number[] = [];
  for (let removed = -1; removed !== 0; parts.push(removed))
    removed = await forgetOldHistory(console.workerDb, 2);
  // Lines 2 + 1, a finding, a test, a plan and its request.
  expect(parts).toEqual([6, 1, 0]);
  const logOf = (id: string) => db.selectFrom('run_log').select('seq').where('run_id', '=', id).execute();
  expect(await logOf(old)).toEqual([]);
  expect(await logOf(recent)).toHaveLength(3);
  const ids = (await db.selectFrom('plans').select('id').execute()).map(({ id }) => id);
  expect(ids).not.toContain(oldPlan);
  expect(ids).toContain(recentPlan);
  expect(ids).toHaveLength(3);
  const keys = await db.selectFrom('findings').select('key').orderBy('key').execute();
  expect(keys.map(({ key }) => key)).toEqual(['kept', 'open']);
  expect(await db.selectFrom('instance_tests').select('id').execute()).toHaveLength(1);

  await expect(console.workerDb.deleteFrom('run_log').execute()).rejects.toThrow('permission denied');
  await expect(forgetOldHistory(console.webDb)).rejects.toThrow('permission denied');
  await console.close();
});
