import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { holdBackup, pinBackup, unpinBackup } from '@/lib/commands/pins';
import { setRetention } from '@/lib/commands/retention';
import { defaultPolicy } from '@/lib/contract/retention';
import { retention } from '@/lib/queries/retention';
import { meta, type TestConsole, testConsole } from '@/lib/testing/console';
import { addFleet } from '@/lib/testing/engine-parts';

let console: TestConsole;
let clusterId: string;
const ids: string[] = [];
const small = { ...defaultPolicy, logical: { daily: 1, monthly: 0, yearly: 0 } };
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

beforeAll(async () => {
  console = await testConsole();
  const fleet = await addFleet(console.ownerDb, { host: 'db', port: 1 } as never);
  clusterId = fleet.clusterId;
  for (const days of [40, 30, 2]) {
    const id = `00000000-0000-7000-8000-0000000000${days.toString().padStart(2, '0')}`;
    ids.push(id);
    await console.ownerDb
      .insertInto('backups')
      .values({
        ...{ id, cluster_id: clusterId, type: 'logical', database: 'shop', path: `/r/${id}`, bytes: 100 },
        ...{ worker_name: 'w', server_version_num: 150_000, method: 'dump' },
        ...{ started_at: daysAgo(days), finished_at: daysAgo(days) },
      })
      .execute();
  }
});
afterAll(() => console.close());

const going = async (asked = {}) =>
  (await retention(console.webDb, clusterId, asked)).backups
    .filter(({ keeps }) => !keeps)
    .map(({ id }) => id);

test('the preview answers for numbers that nobody has stored; the stored ones hold for everybody', async () => {
  const { webDb, actor } = console;
  expect(await retention(webDb, clusterId, {})).toMatchObject({ isDefault: true, bytesFreed: 0 });
  expect((await going({ daily: 1, monthly: 0, yearly: 0 })).toSorted()).toEqual(ids.slice(0, 2).toSorted());
  expect(await going()).toEqual([]);
  await setRetention(webDb, actor, clusterId, small, meta);
  const view = await retention(webDb, clusterId, {});
  expect(view).toMatchObject({ isDefault: false, bytesFreed: 200, policy: small });
  expect(view.groups).toMatchObject([{ name: 'shop', kept: 1, goes: 2, frozen: null }]);
  expect(Date.parse(view.groups[0]?.reachesBack.after ?? '')).toBeGreaterThan(daysAgo(3).getTime());
  await expect(
    setRetention(webDb, { ...actor, role: 'operator' }, clusterId, small, meta),
  ).rejects.toMatchObject({ code: 'not-allowed' });
  await expect(setRetention(webDb, actor, clusterId, { ...small, zone: 'Mars' }, meta)).rejects.toThrow(
    'zone',
  );
});

test('of an adopted stanza nothing goes by the numbers, and the page says whose it is; handed over, it does', async () => {
  const { webDb, ownerDb } = console;
  const fleet = await addFleet(ownerDb, { host: 'db2', port: 2 } as never);
  const stanza = { id: newId(), cluster_id: fleet.clusterId, instance_id: fleet.instanceId, name: 'main' };
  await ownerDb
    .insertInto('stanzas')
    .values({
      ...stanza,
      managed: false,
      state: 'active',
      config_path: '/etc/p.conf',
      created_by_name: 'test',
    })
    .execute();
  for (const days of [40, 30, 2]) {
    await ownerDb
      .insertInto('backups')
      .values({
        ...{ id: newId(), cluster_id: fleet.clusterId, type: 'physical', path: `/r/${days}`, bytes: 100 },
        ...{ worker_name: 'w', server_version_num: 150_000, method: 'full', label: `set-${days}` },
        ...{ stanza_id: stanza.id, repository: 1, timeline: 1, wal_first: 'a', wal_last: 'b' },
        ...{ started_at: daysAgo(days), finished_at: daysAgo(days) },
      })
      .execute();
  }
  const asked = { weeklyFulls: 1, dailyDiffs: 0, walDays: 1 };
  const adopted = await retention(webDb, fleet.clusterId, asked);
  expect(adopted).toMatchObject({ adopted: 'main', bytesFreed: 0 });
  expect(adopted.groups).toMatchObject([
    { goes: 0, frozen: 'the stanza main is its owner’s, who expires it' },
  ]);
  expect(adopted.backups.every(({ keeps }) => keeps)).toBe(true);
  await ownerDb.updateTable('stanzas').set({ managed: true }).where('id', '=', stanza.id).execute();
  const own = await retention(webDb, fleet.clusterId, asked);
  expect(own).toMatchObject({ adopted: null, groups: [{ frozen: null }] });
  expect(own.backups.filter(({ keeps }) => !keeps).length).toBeGreaterThan(0);
});

test('a pin and a hold keep a backup, say who and why, and stand in the audit log', async () => {
  const { webDb, actor, ownerDb } = console;
  const [first = '', second = ''] = ids;
  await pinBackup(webDb, actor, first, 'before the migration', meta);
  await holdBackup(webDb, actor, second, { until: daysAgo(-10).toISOString(), reason: 'case 7' }, meta);
  expect(await going()).toEqual([]);
  const { backups } = await retention(webDb, clusterId, {});
  expect(backups.find(({ id }) => id === first)?.reasons).toMatchObject([
    { rule: 'pinned', text: `pinned by ${actor.name}: before the migration` },
  ]);
  const past = { until: daysAgo(1).toISOString(), reason: 'no' };
  await expect(holdBackup(webDb, actor, second, past, meta)).rejects.toMatchObject({ code: 'bad-input' });
  await expect(
    holdBackup(webDb, { ...actor, role: 'operator' }, second, { until: null, reason: 'x' }, meta),
  ).rejects.toMatchObject({ code: 'not-allowed' });
  await unpinBackup(webDb, actor, first, 'migrated', meta);
  await holdBackup(webDb, actor, second, { until: null, reason: 'case closed' }, meta);
  expect((await going()).toSorted()).toEqual([first, second].toSorted());
  const audit = await ownerDb.selectFrom('audit_log').select(['action', 'details']).orderBy('id').execute();
  expect(audit.map(({ action }) => action).filter((action) => action.startsWith('backup.'))).toEqual([
    'backup.pin',
    'backup.hold',
    'backup.unpin',
    'backup.release',
  ]);
  await ownerDb.updateTable('backups').set({ state: 'expired' }).where('id', '=', first).execute();
  await expect(pinBackup(webDb, actor, first, 'too late', meta)).rejects.toMatchObject({ code: 'conflict' });
});
