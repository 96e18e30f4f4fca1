import { afterAll, beforeAll, expect, test } from 'vitest';
import { GET } from '@/app/api/v1/changes/route';
import { POST } from '@/app/api/v1/marks/route';
import { newId } from '@/lib/base/ids';
import { type Changes, changesSchema } from '@/lib/contract/changes';
import { appendChanges, changesKeptDays, forgetOldChanges } from '@/lib/store/changes';
import { type StartedApi, startApiServer } from '@/lib/testing/api-server';
import { cliOf, tokenFor } from '@/lib/testing/cli';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { callRoute, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let console: TestConsole;
let api: StartedApi;
let viewer: string;
let operator: string;
const ids = { cluster: newId(), other: newId(), instance: newId(), gone: newId() };
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

beforeAll(async () => {
  web = await testWeb();
  [console, api] = await Promise.all([testConsole(web.console), startApiServer()]);
  viewer = (await web.signedIn('viewer')).cookie;
  operator = (await web.signedIn('operator')).cookie;
  const { ownerDb } = console;
  for (const [id, name] of [
    [ids.cluster, '<b>shop'],
    [ids.other, 'other'],
  ] as const)
    await ownerDb.insertInto('clusters').values({ id, name }).execute();
  for (const [id, state] of [
    [ids.instance, 'active'],
    [ids.gone, 'removed'],
  ] as const) {
    await ownerDb
      .insertInto('instances')
      .values({ id, cluster_id: ids.cluster, name: id, host: 'h', port: 1, tls_mode: 'disable', state })
      .execute();
  }
  const change = (kind: 'setting' | 'schema', object: string, minutes?: number) => ({
    ...{ kind, database: '', object, sentence: `${object} changed.` },
    details: {
      before: '1',
      after: '2',
      ...(kind === 'schema' && { lost: { schema: 'public', table: object } }),
    },
    ...(minutes !== undefined && { at: ago(minutes) }),
  });
  const server = { clusterId: ids.cluster, instanceId: ids.instance };
  const { workerDb } = console;
  await appendChanges(workerDb, server, ago(10), ago(11), [
    change('setting', 'a', 30),
    change('setting', 'b'),
  ]);
  await appendChanges(workerDb, { ...server, instanceId: null }, ago(20), ago(21), [change('schema', 't')]);
  await appendChanges(workerDb, { ...server, instanceId: ids.gone }, ago(5), null, [
    change('setting', 'gone'),
  ]);
  await appendChanges(workerDb, { clusterId: ids.other, instanceId: null }, ago(1), null, [
    change('schema', 'o'),
  ]);
  await appendChanges(workerDb, server, ago(60 * 24 * (changesKeptDays + 1)), null, [
    change('setting', 'old'),
  ]);
});
afterAll(async () => {
  await api.close();
  await console.close();
  await web.close();
});

async function listed(query: Record<string, string | number> = {}): Promise<Changes> {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const response = await callRoute(GET, { path: `/api/v1/changes?${search}`, cookie: viewer });
  expect(response.status).toBe(200);
  return changesSchema.parse(await response.json());
}
const objects = async (query: Record<string, string | number> = {}) =>
  (await listed(query)).items.map(({ object }) => object);

test('changes are listed newest first, filtered and page by page, without what was removed', async () => {
  expect(await objects()).toEqual(['o', 'b', 't', 'a']);
  expect(await objects({ clusterId: ids.cluster })).toEqual(['b', 't', 'a']);
  expect(await objects({ instanceId: ids.instance })).toEqual(expect.arrayContaining(['b', 't', 'a']));
  expect(await objects({ kind: 'setting' })).toEqual(['b', 'a']);
  expect(await objects({ range: '15m' })).toEqual(['o', 'b']);
  expect(await objects({ from: ago(25), to: ago(15) })).toEqual(['t']);
  const first = await listed({ limit: 3 });
  expect(first.items.length).toBe(3);
  expect(await objects({ limit: 3, cursor: first.nextCursor ?? '' })).toEqual(['a']);
  const [, b] = first.items;
  expect(b).toMatchObject({ clusterName: '<b>shop', before: '1', after: '2', since: expect.any(String) });
  expect(first.items.slice(1).map(({ lost }) => lost)).toEqual([null, { schema: 'public', table: 't' }]);
  const cursors = ['x', '1', '2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z'].map(
    (at) => `cursor=${at}_${ids.cluster}`,
  );
  for (const wrong of ['kind=nonsense', ...cursors, `from=${ago(1)}&to=${ago(2)}`]) {
    const response = await callRoute(GET, { path: `/api/v1/changes?${wrong}`, cookie: viewer });
    expect(response.status).toBe(422);
  }
});

test('runs and critical findings stand among the changes when they are asked for', async () => {
  const { ownerDb } = console;
  await ownerDb
    .insertInto('findings')
    .values({
      ...{ id: newId(), check_id: 'connections', cluster_id: ids.cluster, instance_id: ids.instance },
      ...{ key: '[]', object: 'o', judged: 'used', level: 'crit', sentence: 'All are used.' },
      ...{ opened_at: ago(2), changed_at: ago(2), last_seen_at: ago(2) },
    })
    .execute();
  expect(await objects({ kind: 'finding,run' })).toEqual(['Connections']);
  expect(await objects({ kind: 'finding,setting' })).toEqual(['Connections', 'b', 'a']);
  expect(await objects()).not.toContain('Connections');
});

test('what is older than it is kept is forgotten', async () => {
  const old = () => console.webDb.selectFrom('changes').selectAll().where('object', '=', 'old').execute();
  expect(await old()).toHaveLength(1);
  await forgetOldChanges(console.workerDb);
  expect(await old()).toEqual([]);
});

test('an operator sets a mark, once per key, and it is audited; a viewer may not', async () => {
  const post = (body: unknown, more: object = {}) =>
    callRoute(POST, { method: 'POST', cookie: operator, body, ...more });
  const headers = { 'idempotency-key': 'build-4711' };
  const first = await post({ text: 'Deploy <i>7</i>', clusterId: ids.cluster }, { headers });
  expect(first.status).toBe(201);
  const again = await post({ text: 'Deploy <i>7</i>', clusterId: ids.cluster }, { headers });
  expect(await again.json()).toEqual(await first.json());
  expect((await listed({ kind: 'mark' })).items).toMatchObject([
    { sentence: 'Deploy <i>7</i>', clusterId: ids.cluster, byName: expect.stringContaining('Person') },
  ]);
  const audit = await console.ownerDb
    .selectFrom('audit_log')
    .selectAll()
    .where('action', '=', 'mark.set')
    .execute();
  expect(audit).toMatchObject([{ subject_name: 'Deploy <i>7</i>' }]);
  expect((await post({ text: 'x'.repeat(201) })).status).toBe(422);
  expect((await post({ text: 'two\nlines' })).status).toBe(422);
  expect((await post({ text: 'ahead', at: ago(-60) })).status).toBe(422);
  expect((await post({ text: 'nowhere', clusterId: newId() })).status).toBe(404);
  expect((await post({ text: 'x' }, { cookie: viewer })).status).toBe(403);
});

test('the web can set marks and nothing else that was changed', async () => {
  const forged = console.webDb
    .insertInto('changes')
    .values({ id: newId(), at: ago(0), kind: 'setting', object: 'x', sentence: 'x' })
    .execute();
  await expect(forged).rejects.toThrow(/row-level security/);
  await expect(console.webDb.deleteFrom('changes').execute()).rejects.toThrow(/permission denied/);
});

test('plumbline mark sets one from the command line', async () => {
  const cli = cliOf(api.url, await tokenFor('operator'));
  const made = await cli(['mark', 'Deploy 8', '--cluster', '<b>shop', '--key', 'build-4712']);
  expect(made).toMatchObject({ code: 0, error: '' });
  expect(made.out).toMatch(/^Marked on <b>shop at 20.*: Deploy 8\n$/);
  const again = await cli(['mark', 'Deploy 8', '--cluster', '<b>shop', '--key', 'build-4712', '--json']);
  expect(JSON.parse(again.out)).toMatchObject({ id: expect.any(String) });
  expect(
    (await listed({ kind: 'mark' })).items.filter(({ sentence }) => sentence === 'Deploy 8'),
  ).toHaveLength(1);
  expect(await cli(['mark', 'everywhere'])).toMatchObject({ code: 0 });
  const listed8 = await cli(['changes', '--cluster', '<b>shop', '--kind', 'mark,setting']);
  expect(listed8).toMatchObject({ code: 0, error: '' });
  expect(listed8.out).toMatch(/ mark .* Deploy 8 /);
  expect(listed8.out).toMatch(/ setting .* b changed\. /);
  expect(listed8.out).not.toContain('t changed.');
  expect(await cli(['changes', '--kind', 'nonsense'])).toMatchObject({ code: 2 });
  expect(await cli(['mark', 'x', '--cluster', 'nobody'])).toMatchObject({ code: 6 });
  expect(await cli(['mark', ''])).toMatchObject({ code: 2 });
  expect(await cliOf(api.url, await tokenFor('viewer'))(['mark', 'x'])).toMatchObject({ code: 4 });
});
