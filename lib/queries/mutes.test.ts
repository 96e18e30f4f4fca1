import { afterAll, beforeAll, expect, test } from 'vitest';
import { GET as getFindings } from '@/app/api/v1/findings/route';
import { DELETE } from '@/app/api/v1/mutes/[id]/route';
import { GET as getMutes, POST } from '@/app/api/v1/mutes/route';
import { newId } from '@/lib/base/ids';
import { findingsSchema } from '@/lib/contract/findings';
import { mutesSchema } from '@/lib/contract/mutes';
import { checksOfInstance } from '@/lib/queries/checks';
import { clusters } from '@/lib/queries/clusters';
import { fleet } from '@/lib/queries/fleet';
import { closeFindings, recordFindings } from '@/lib/store/findings';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { callRoute, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let console: TestConsole;
let viewer: string;
let operator: string;
const clusterId = newId();
const primary = newId();
const standby = newId();
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

beforeAll(async () => {
  web = await testWeb();
  console = await testConsole(web.console);
  viewer = (await web.signedIn('viewer')).cookie;
  operator = (await web.signedIn('operator')).cookie;
  await console.ownerDb.insertInto('clusters').values({ id: clusterId, name: 'shop' }).execute();
  for (const id of [primary, standby]) {
    await console.ownerDb
      .insertInto('instances')
      .values({
        id,
        cluster_id: clusterId,
        name: id,
        host: 'h',
        port: 1,
        tls_mode: 'disable',
        state: 'active',
      })
      .execute();
  }
});
afterAll(async () => {
  await console.close();
  await web.close();
});

type Level = 'crit' | 'warn';
const found = (checkId: string, instanceId: string, database: string, key: string, level: Level = 'crit') =>
  recordFindings(console.workerDb, { checkId, clusterId, instanceId, database }, new Date().toISOString(), [
    { key, judged: 'used', object: key, level, sentence: `${key} is bad.`, mend: null, row: {} },
  ]);
const listed = async (search = 'open=true') => {
  const response = await callRoute(getFindings, { path: `/api/v1/findings?${search}`, cookie: viewer });
  return findingsSchema.parse(await response.json());
};
const idOf = async (key: string, instanceId: string) =>
  (await listed('open=true&muted=with')).items.find(
    (item) => item.object === key && item.instanceId === instanceId,
  )?.id;
const mute = (findingId: string | undefined, more: object = {}, cookie = operator) =>
  callRoute(POST, {
    ...{ method: 'POST', cookie },
    body: { findingId, reason: 'known, <b>ticket 7</b>', until: inHours(1), ...more },
  });
const listedMutes = async (search = '') => {
  const response = await callRoute(getMutes, { path: `/api/v1/mutes?${search}`, cookie: viewer });
  return mutesSchema.parse(await response.json()).items;
};

test('a muted object leaves lists and counts, not the history; an unmute brings it back; both are audited', async () => {
  await found('connections', primary, '', '<i>a');
  await found('connections', primary, '', 'b', 'warn');
  const response = await mute(await idOf('<i>a', primary));
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string };

  const open = await listed();
  expect(open.items.map(({ object }) => object)).toEqual(['b']);
  expect(open).toMatchObject({ counts: { crit: 0, warn: 1 }, muted: 1 });
  expect((await listed('open=true&muted=only')).items).toMatchObject([
    {
      object: '<i>a',
      mute: { id, reason: 'known, <b>ticket 7</b>', byName: expect.stringContaining('Person') },
    },
  ]);
  expect((await listed('open=false')).items.map(({ object }) => object).sort()).toEqual(['<i>a', 'b']);
  expect((await fleet(console.webDb)).clusters[0]).toMatchObject({
    level: 'warn',
    findings: { crit: 0, warn: 1 },
  });
  expect((await clusters(console.webDb)).items[0]?.findings).toMatchObject({ crit: 0, warn: 1 });
  const query = { checks: 'connections', rows: false };
  expect((await checksOfInstance(console.webDb, 'dba', primary, query)).items[0]).toMatchObject({
    openFindings: 1,
  });
  expect(await listedMutes()).toMatchObject([
    { id, object: '<i>a', title: 'Connections', sentence: '<i>a is bad.', level: 'crit', endedAt: null },
  ]);

  // The finding closes and opens again: its object is muted still.
  await closeFindings(console.workerDb, { instanceId: primary }, new Date().toISOString(), ['used <i>a']);
  expect(await listedMutes()).toMatchObject([{ sentence: null, level: null }]);
  await found('connections', primary, '', '<i>a');
  expect((await listed()).items.map(({ object }) => object)).toEqual(['b']);

  const ended = await callRoute(DELETE, { method: 'DELETE', cookie: operator, params: { id } });
  expect(ended.status).toBe(200);
  expect((await listed()).items.map(({ object }) => object)).toEqual(['<i>a', 'b']);
  expect(await listedMutes()).toEqual([]);
  expect(await listedMutes('state=over')).toMatchObject([
    { id, endedByName: expect.stringContaining('Person') },
  ]);
  expect((await callRoute(DELETE, { method: 'DELETE', cookie: operator, params: { id } })).status).toBe(404);
  const audit = await console.ownerDb.selectFrom('audit_log').select('action').orderBy('id').execute();
  expect(audit.map(({ action }) => action)).toEqual(['finding.mute', 'finding.unmute']);
});

test('what belongs to a database is muted on every server of the cluster, what belongs to a server there alone', async () => {
  for (const instanceId of [primary, standby]) {
    await found('indexes', instanceId, 'shop', 'idx');
    await found('indexes', instanceId, 'other', 'idx');
    await found('transactions', instanceId, '', 'sessions');
  }
  await mute(await idOf('idx', primary));
  await mute(await idOf('sessions', primary));
  const muted = (await listed('open=true&muted=only')).items.map(({ checkId, instanceId, database }) => [
    checkId,
    instanceId,
    database,
  ]);
  const [first] = muted.filter(([checkId]) => checkId === 'indexes');
  expect(muted.sort()).toEqual(
    [
      ['indexes', primary, first?.[2]],
      ['indexes', standby, first?.[2]],
      ['transactions', primary, null],
    ].sort(),
  );
});

test('a mute has an end within 90 days and a reason, and is for operators; a second one replaces the first', async () => {
  const id = await idOf('b', primary);
  for (const until of [inHours(-1), inHours(24 * 91)]) expect((await mute(id, { until })).status).toBe(422);
  expect((await mute(id, { reason: ' ' })).status).toBe(422);
  expect((await mute(newId())).status).toBe(404);
  expect((await mute(id, {}, viewer)).status).toBe(403);
  expect((await mute(id, { until: inHours(24 * 90) })).status).toBe(201);
  expect((await mute(id, { reason: 'again' })).status).toBe(201);
  const own = (await listedMutes()).filter(({ object }) => object === 'b');
  expect(own).toMatchObject([{ reason: 'again' }]);
  // One that has run out lets the finding go and can be set again.
  await console.ownerDb
    .updateTable('finding_mutes')
    .set({ muted_at: inHours(-2), until: inHours(-1) })
    .where('object', '=', 'b')
    .where('ended_at', 'is', null)
    .execute();
  expect((await listed()).items.map(({ object }) => object)).toContain('b');
  expect((await mute(id)).status).toBe(201);
  expect((await listed()).items.map(({ object }) => object)).not.toContain('b');
});
