import { afterAll, beforeAll, expect, test } from 'vitest';
import { GET } from '@/app/api/v1/checks/[id]/source/route';
import { type CheckSource, checkSourceSchema } from '@/lib/contract/check-source';
import { catalogue } from '@/lib/registry/descriptors';
import { callRoute, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let cookie: string;
beforeAll(async () => {
  web = await testWeb();
  ({ cookie } = await web.signedIn('viewer'));
});
afterAll(async () => web.close());

async function sourceOf(id: string): Promise<CheckSource> {
  const response = await callRoute(GET, { cookie, params: { id } });
  expect(response.status, id).toBe(200);
  return checkSourceSchema.parse(await response.json());
}

test('every check shows what it asks: SQL word by word, or where it reads what is no SQL', async () => {
  const empty: string[] = [];
  for (const { id } of catalogue.checks) {
    const { sql, asks } = await sourceOf(id);
    const parts = [
      ...sql.map((entry) => entry.sql ?? entry.unsupported),
      ...asks.map((ask) => ask.sql ?? ask.note),
    ];
    if (parts.length === 0 || parts.some((part) => !part?.trim())) empty.push(id);
  }
  expect(empty).toEqual([]);
});

test('a check whose rows a source puts together shows each statement, by version where it differs', async () => {
  const { sql, asks } = await sourceOf('statements');
  expect(sql).toEqual([]);
  const counters = asks.filter(({ fromVersion }) => fromVersion !== null);
  expect(counters.map(({ fromVersion }) => fromVersion)).toEqual([170000, 150000, 140000]);
  expect(counters[0]?.sql).toMatch(/^select\n {2}s\.dbid.*shared_blk_read_time.*\nfrom "public"/s);
});

test('what is no SQL is said in words; what is asked instead of a check, where it may be, is shown too', async () => {
  const { asks } = await sourceOf('host-memory');
  expect(asks).toMatchObject([{ sql: null, note: expect.stringContaining('/proc/meminfo') }]);
  const able = catalogue.checks.filter(({ preferred }) => preferred);
  expect(able.length).toBeGreaterThan(0);
  for (const { id, preferred } of able) {
    const [instead] = (await sourceOf(id)).asks;
    expect(instead?.note).toContain(preferred?.function);
    expect(instead?.sql).toContain('select');
  }
});
