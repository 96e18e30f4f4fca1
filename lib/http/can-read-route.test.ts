import { afterAll, beforeAll, expect, test } from 'vitest';
import { GET } from '@/app/api/v1/clusters/[id]/can-read/route';
import { newTokenText, tokenHash } from '@/lib/auth/tokens';
import { newId } from '@/lib/base/ids';
import { canReadSchema } from '@/lib/contract/replication';
import { type ReadSample, readSample } from '@/lib/engine/can-read';
import { openStore, type Store } from '@/lib/store/db';
import { insertToken } from '@/lib/store/tokens';
import { callRoute, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let owner: { db: Store; close(): Promise<void> };
let token: string;
const clusterId = newId();
const [primaryId, standbyId] = [newId(), newId()];

beforeAll(async () => {
  web = await testWeb();
  owner = openStore(web.console.ownerUrl, { applicationName: 'test', max: 1 });
  token = newTokenText();
  const { userId } = await web.signedIn('viewer');
  await insertToken(web.db, {
    ...{ ownerId: userId, name: 'load balancer', hash: tokenHash(token), role: 'viewer', expiresAt: null },
  });
  await owner.db.insertInto('clusters').values({ id: clusterId, name: 'orders' }).execute();
  const place = { cluster_id: clusterId, port: 5432, tls_mode: 'require', state: 'active' } as const;
  await owner.db
    .insertInto('instances')
    .values([
      { ...place, id: primaryId, name: 'one', host: 'one.example', role: 'primary', reachable: true },
      { ...place, id: standbyId, name: 'two', host: 'two.example', role: 'standby', reachable: true },
    ])
    .execute();
});
afterAll(async () => {
  await owner.close();
  await web.close();
});

/** What the collector would have stored a second ago. */
async function seen(lagSeconds: number | null): Promise<void> {
  const at = Date.now() - 1_000;
  const state = lagSeconds === null ? ('unknown' as const) : ('in-step' as const);
  const patience = { hotStandbyFeedback: false, standbyDelaySeconds: 30 };
  const samples: ReadSample[] = [
    readSample(at, { state, lagSeconds, unknownReason: 'one is away' }, 0, patience),
  ];
  const values = {
    observed_at: new Date(at).toISOString(),
    facts: JSON.stringify({ state }),
    samples: JSON.stringify(samples),
  };
  await owner.db
    .insertInto('standby_states')
    .values({ instance_id: standbyId, ...values })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet(values))
    .execute();
}

async function ask(query: string, id = clusterId) {
  const response = await callRoute(GET, { token, path: `/?${query}`, params: { id } });
  const body: unknown = await response.json();
  return { status: response.status, body };
}
const answered = async (query: string) => {
  const { status, body } = await ask(query);
  return { status, ...canReadSchema.parse(body) };
};

test('a load balancer is answered by status: 503 with the reasons, 200 once a standby is ready', async () => {
  const before = await answered('class=read&lagMs=5000');
  expect(before).toMatchObject({ status: 503, ready: false, fallback: { name: 'one', host: 'one.example' } });
  expect(before.instances).toMatchObject([
    { name: 'one', reason: expect.stringContaining('it is the primary') },
    { name: 'two', reason: 'nothing was measured yet', ageMs: null, lagSeconds: null },
  ]);
  await seen(0.4);
  // Without any parameter: reads, at most 5 s behind.
  expect(await answered('')).toMatchObject({ status: 200, ready: true, class: 'read', lagMs: 5_000 });
  expect((await answered('lagMs=300')).status).toBe(503);
  expect((await answered('class=analytics')).instances[1]?.reason).toContain('cancels queries after 30 s');
  await seen(null);
  expect((await answered('class=background')).instances[1]?.reason).toBe('one is away');
});

test('one backend is asked for by name or id; what is not there or not meant is refused', async () => {
  await seen(0);
  expect(await answered('instance=TWO')).toMatchObject({ status: 200, instances: [{ id: standbyId }] });
  expect((await answered(`instance=${primaryId}`)).status).toBe(503);
  expect((await ask('instance=three')).status).toBe(404);
  expect((await ask('', newId())).status).toBe(404);
  expect((await ask('class=writes')).status).toBe(422);
  await owner.db.updateTable('instances').set({ reachable: false }).where('id', '=', standbyId).execute();
  expect((await answered('')).instances[1]?.reason).toBe('it does not answer');
});
