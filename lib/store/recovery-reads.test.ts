import { expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { insertCluster } from '@/lib/store/clusters';
import { newestProofs } from '@/lib/store/recovery-reads';
import { testConsole } from '@/lib/testing/console';

test('a cluster’s newest backup that is still there and its newest drill count, no others', async () => {
  const console = await testConsole();
  const db = console.ownerDb;
  const clusterId = await insertCluster(db, { name: 'one', environment: 'test' });
  await insertCluster(db, { name: 'two', environment: 'test' });
  expect(await newestProofs(db)).toEqual(new Map());

  const backup = async (at: string, state: 'ready' | 'missing') => {
    const id = newId();
    await db
      .insertInto('backups')
      .values({
        id,
        cluster_id: clusterId,
        type: 'logical',
        path: `/${id}`,
        worker_name: 'w',
        bytes: 1,
        server_version_num: 150000,
        state,
        started_at: at,
        finished_at: at,
      })
      .execute();
    return id;
  };
  await backup('2026-11-20T10:00:00Z', 'ready');
  const newest = await backup('2026-11-21T10:00:00Z', 'ready');
  await backup('2026-11-21T11:00:00Z', 'missing');
  expect((await newestProofs(db)).get(clusterId)).toEqual({
    backup: { id: newest, at: '2026-11-21T10:00:00Z' },
    drill: null,
  });
  await console.close();
});
