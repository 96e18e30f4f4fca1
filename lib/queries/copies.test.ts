import { afterAll, beforeAll, expect, test } from 'vitest';
import { POST as close } from '@/app/api/v1/copies/[id]/close/route';
import { PATCH as keep, GET as one } from '@/app/api/v1/copies/[id]/route';
import { GET as list } from '@/app/api/v1/copies/route';
import { newId } from '@/lib/base/ids';
import { copiesSchema, copySchema } from '@/lib/contract/copies';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { callRoute, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let console: TestConsole;
let viewer: string;
let operator: string;
const clusterId = newId();
const [primary, standby, copyId] = [newId(), newId(), newId()];

beforeAll(async () => {
  web = await testWeb();
  console = await testConsole(web.console);
  viewer = (await web.signedIn('viewer')).cookie;
  operator = (await web.signedIn('operator')).cookie;
  const db = console.ownerDb;
  await db.insertInto('clusters').values({ id: clusterId, name: '<b>shop</b>' }).execute();
  for (const [id, name, role] of [
    [standby, 'a', 'standby'],
    [primary, 'b', 'primary'],
  ] as const) {
    await db
      .insertInto('instances')
      .values({
        id,
        cluster_id: clusterId,
        name,
        role,
        host: 'h',
        port: 1,
        tls_mode: 'disable',
        state: 'active',
      })
      .execute();
  }
  const planId = newId();
  const runId = newId();
  const common = { kind: 'k', cluster_id: clusterId, requested_by_name: 'test' };
  await db
    .insertInto('plan_requests')
    .values({ id: planId, ...common, input: '{}' })
    .execute();
  await db
    .insertInto('plans')
    .values({ id: planId, kind: 'k', cluster_id: clusterId, definition_version: 1, state: 'ready' })
    .execute();
  await db
    .insertInto('runs')
    .values({
      ...{ id: runId, plan_id: planId, plan_hash: 'h', definition_version: 1, ...common },
      ...{ state: 'succeeded', idempotency_key: newId() },
    })
    .execute();
  await db
    .insertInto('copies')
    .values({
      ...{ id: copyId, cluster_id: clusterId, run_id: runId, worker_name: 'w', directory: '/secret/place' },
      ...{
        major: 15,
        target: '{"type":"latest"}',
        mode: 'paused',
        reached: '{"at":"2026-11-21T10:00:00Z","lsn":"0/1"}',
      },
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    })
    .execute();
});

afterAll(async () => {
  await console.close();
  await web.close();
});

const call = (handler: Parameters<typeof callRoute>[0], cookie: string, body?: unknown) =>
  callRoute(handler, {
    path: `/api/v1/copies/${copyId}`,
    params: { id: copyId },
    cookie,
    ...(body !== undefined && { method: 'POST', body }),
  });

test('a copy is listed with the primary to ask, and without the folder that it lies in', async () => {
  const response = await callRoute(list, {
    path: `/api/v1/copies?clusterId=${clusterId}&open=true`,
    cookie: viewer,
  });
  const text = await response.text();
  expect(text).not.toContain('/secret/place');
  expect(copiesSchema.parse(JSON.parse(text)).items).toMatchObject([
    { id: copyId, cluster: { name: '<b>shop</b>' }, instanceId: primary, state: 'open' },
  ]);
});

test('who may restore keeps it longer and closes it, once, with an entry in the audit; who may only read does not', async () => {
  expect((await call(keep, viewer, { hours: 24 })).status).toBe(403);
  expect((await call(keep, operator, { hours: 24 })).status).toBe(200);
  const kept = copySchema.parse(await (await call(one, viewer)).json());
  expect(Date.parse(kept.expiresAt) - Date.now()).toBeGreaterThan(23 * 3_600_000);
  expect((await call(close, viewer, {})).status).toBe(403);
  expect((await call(close, operator, {})).status).toBe(204);
  expect((await call(close, operator, {})).status).toBe(409);
  expect((await call(keep, operator, { hours: 1 })).status).toBe(409);
  const audit = await console.ownerDb
    .selectFrom('audit_log')
    .select(['action', 'subject_id'])
    .where('subject_kind', '=', 'copy')
    .orderBy('id')
    .execute();
  expect(audit.map(({ action }) => action)).toEqual(['copy.keep', 'copy.close']);
});
