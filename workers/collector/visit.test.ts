import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnyCheck, type CheckRow, defineCheck } from '@/lib/engine/define-check';
import type { InstanceSession } from '@/lib/instance/connect';
import { readFacts } from '@/lib/instance/facts';
import { openSession } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { Memories, visit } from '@/workers/collector/visit';

let server: TestPostgres;
let session: InstanceSession;
beforeAll(async () => {
  server = await startPostgres();
  session = await openSession(server);
});
afterAll(async () => {
  await session.close();
  await server.stop();
});

const counting = (remembers: boolean) =>
  defineCheck({
    title: 'Counting',
    why: 'It counts its own readings.',
    source: 'https://www.postgresql.org/docs/current/',
    target: 'instance',
    runsOn: 'any',
    everySeconds: 1,
    sql: { 140000: 'select 1::float8 as readings' },
    columns: { readings: { role: 'gauge', label: 'Readings', unit: 'count' } },
    keep: ['snapshot'],
    ...(remembers && { remembers: true as const }),
    derive: ({ previous }) => [{ readings: 1 + Number(previous?.[0]?.readings ?? 0) }],
    draw: [],
  }) as unknown as AnyCheck;

/** One reading by a collector with this memory; `stored` is what its store holds. */
async function read(check: AnyCheck, memories: Memories, stored: CheckRow[]): Promise<CheckRow[]> {
  const { outcomes } = await visit({
    session,
    database: '',
    due: [{ id: 'counting', check }],
    surroundings: await readFacts(session),
    memories,
    sources: new Map(),
    context: { instance: 'db1', cluster: 'shop', database: '' },
    instanceId: 'none',
    peersOf: async () => ({}),
    storedRows: async () => stored,
  });
  for (const { commit } of outcomes) commit();
  return [...(outcomes[0]?.result.rows ?? [])];
}

test('a check that remembers goes on from its stored rows after a restart, another one starts anew', async () => {
  const stored = [{ readings: 7 }];
  const memories = new Memories();
  expect(await read(counting(true), memories, stored)).toEqual([{ readings: 8 }]);
  // From then on its own memory counts: what is stored may be of before a failed write.
  expect(await read(counting(true), memories, stored)).toEqual([{ readings: 9 }]);
  expect(await read(counting(false), new Memories(), stored)).toEqual([{ readings: 1 }]);
});
