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

  const channelId = newId();
  const channel = { type: 'webhook' as const, name: 'c', settings: '{}', rules: '{}', console_url: 'u' };
  await db
    .insertInto('channels')
    .values({ id: channelId, ...channel, created_by_name: 'test' })
    .execute();
  /** An alert that was over so many days ago (null: it stands), and the message that told of it. */
  const told = async (closed: number | null, sent: number, state: 'sent' | 'waiting' = 'sent') => {
    const [alert_id, delivery_id] = [newId(), newId()];
    const words = {
      subject: 'backup' as const,
      level: 'crit' as const,
      title: 't',
      sentence: 's',
      path: '/',
    };
    const times = { opened_at: daysAgo(500), closed_at: closed === null ? null : daysAgo(closed) };
    await db
      .insertInto('alerts')
      .values({ id: alert_id, key: alert_id, ...words, ...times })
      .execute();
    const delivery = { id: delivery_id, kind: 'alerts' as const, message: '{}', state };
    await db
      .insertInto('deliveries')
      .values({ ...delivery, channel_id: channelId, created_at: daysAgo(sent) })
      .execute();
    await db
      .insertInto('alert_tellings')
      .values({ alert_id, channel_id: channelId, phase: 'opened', delivery_id })
      .execute();
    return alert_id;
  };
  await told(401, 450);
  const keptAlerts = [await told(399, 450), await told(null, 450)];
  // Over for long, and still not sent: the alert goes, what waits does not.
  await told(401, 401, 'waiting');

  const parts: number[] = [];
  for (let removed = -1; removed !== 0; parts.push(removed))
    removed = await forgetOldHistory(console.workerDb, 2);
  // Lines 2 + 1, a finding, a test, a plan and its request, two alerts and a message.
  expect(parts).toEqual([9, 1, 0]);
  const alerts = await db.selectFrom('alerts').select('id').orderBy('id').execute();
  expect(alerts.map(({ id }) => id)).toEqual(keptAlerts.sort());
  const sent = await db.selectFrom('deliveries').select('state').execute();
  expect(sent.map(({ state }) => state).sort()).toEqual(['sent', 'sent', 'waiting']);
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
  await expect(console.workerDb.deleteFrom('alerts').execute()).rejects.toThrow('permission denied');
  await expect(forgetOldHistory(console.webDb)).rejects.toThrow('permission denied');
  await console.close();
});
