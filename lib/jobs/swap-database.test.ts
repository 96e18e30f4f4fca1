import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Session } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import dropReplaced from '@/lib/jobs/drop-replaced-database';
import dropRestored from '@/lib/jobs/drop-restored-database';
import swapDatabase from '@/lib/jobs/swap-database';
import { markOf, withMark } from '@/lib/procedures/database-beside-mark';
import { commentStatement, readTraits } from '@/lib/procedures/database-carry-over';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;
let admin: Session;

/** Quotes, markup and a line end in the name of the database in use. */
const database = `sh"op' <b>\n`;
const restored = 'shop_restore';
const own = quoteIdent(database);
const opened: Session[] = [];

async function rowsOf(name: string): Promise<unknown> {
  const session = await openAsSuperuser(server, name);
  const [row] = await session
    .query('select count(*)::int4 as count from orders')
    .finally(() => session.close());
  return row?.count;
}

async function open(name: string): Promise<Session> {
  const session = await openAsSuperuser(server, name);
  opened.push(session);
  return session;
}

const input = { database, restored };

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server });
  admin = await openAsSuperuser(server, 'postgres');
  await runSql(server, 'postgres', [
    'create role shop_owner',
    'create role app login',
    `create database ${own} owner shop_owner`,
    `create database ${restored}`,
    `comment on database ${own} is 'the shop'`,
    `alter database ${own} set work_mem = '9MB'`,
    `revoke all on database ${own} from public`,
    `grant connect on database ${own} to app`,
    commentStatement(
      restored,
      withMark(null, {
        ...{
          of: database,
          made: 'restored',
          moment: '2026-11-21T10:00:00.000Z',
          run: 'r',
          until: null,
          errors: 0,
        },
      } as const),
    ),
  ]);
  await runSql(server, database, [
    'create table orders (id int)',
    'insert into orders select generate_series(1, 5)',
    'create publication everything for all tables',
  ]);
  await runSql(server, restored, [
    'create table orders (id int)',
    'insert into orders select generate_series(1, 9)',
  ]);
});

afterAll(async () => {
  await Promise.all(opened.map((session) => session.close()));
  await admin.close();
  harness.close();
  await server.stop();
});

let swapped: HarnessRun;

/** The swap, with something that happens each time between the end of the sessions and the renames. */
function raced(happens: (attempt: number) => unknown): typeof swapDatabase {
  let attempt = 0;
  const connect = (session: Session): Session => ({
    ...session,
    backendPid: session.backendPid,
    close: () => session.close(),
    query: async (text, values, options) => {
      if (text === 'begin') await happens(++attempt);
      return session.query(text, values, options);
    },
  });
  const steps = swapDatabase.steps.map((step) => ({
    ...step,
    run: (ctx: Parameters<typeof step.run>[0]) =>
      step.run({ ...ctx, connect: async (...args) => connect(await ctx.connect(...args)) }),
  }));
  return { ...swapDatabase, steps };
}

test('F24: a session that comes back between is ended and the names change all the same, rights and settings with them', async () => {
  await open(database);
  const draft = await harness.plan(swapDatabase, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts.at(-1)?.sql).toContain(`where datname in ('sh"op'' <b>\n', 'shop_restore')`);
  expect(draft.acts.at(-1)?.sql).toContain(`begin;\nalter database ${own} rename to`);
  expect(draft.warnings.join()).toContain('Publications of the database in use: everything');
  expect(draft.tables?.[0]?.rows).toEqual([[database, 'test', 'postgres', 1, 0]]);
  expect(draft.estimates[0]).toMatchObject({ label: 'Time lost', value: expect.any(Number) });
  swapped = await harness.run(
    raced((attempt) => attempt === 1 && comeBack(database)),
    input,
  );
  expect(swapped.error).toBeUndefined();
  expect(await rowsOf(database)).toBe(9);
  const [live, kept] = [
    await readTraits(admin, database),
    await readTraits(admin, String(swapped.outputs.verify?.kept)),
  ];
  expect(live).toMatchObject({
    owner: 'shop_owner',
    comment: 'the shop',
    settings: [{ setting: 'work_mem=9MB' }],
  });
  expect(live?.grants.map(({ grantee }) => grantee)).not.toContain(null);
  expect(markOf(kept?.comment ?? null)).toMatchObject({ of: database, made: 'replaced', run: swapped.runId });
  const after = swapped.evidence.find(({ phase }) => phase === 'after');
  expect(after).toMatchObject({ type: 'swap', verdict: 'pass', facts: { differences: [] } });
  expect(Number(after?.facts.closedSeconds)).toBeGreaterThan(0);
});

/** What nothing can keep out: a session that was let in just before the door closed. */
async function comeBack(name: string): Promise<void> {
  await admin.query(`alter database ${quoteIdent(name)} allow_connections true`);
  await open(name);
  await admin.query(`alter database ${quoteIdent(name)} allow_connections false`);
}

test('the same swap brings the former database back, with what was written meanwhile kept', async () => {
  if ('none' in swapDatabase.undo) throw new Error('no undo');
  const undo = swapDatabase.undo.input(swapped.outputs, { ...input, keepDays: 7, acceptDifferences: false });
  expect(undo).toMatchObject({ database, keepAs: restored });
  const run = await harness.run(swapDatabase, undo as typeof input);
  expect(run.error).toBeUndefined();
  expect(await rowsOf(database)).toBe(5);
  const traits = await readTraits(admin, restored);
  expect(markOf(traits?.comment ?? null)).toMatchObject({ made: 'replaced' });
});

test('F24: when the second rename fails each time both are undone, and both take connections as before', async () => {
  await admin.query(`alter database ${restored} allow_connections true`);
  const run = await harness.run(
    raced(() => comeBack(restored)),
    input,
  );
  expect(run.error).toMatchObject({ code: 'conflict', message: expect.stringContaining('3 tries') });
  expect(run.evidence.map(({ phase }) => phase)).toEqual(['before']);
  expect([await rowsOf(database), await rowsOf(restored)]).toEqual([5, 9]);
});

test('after a crash the swap is found done', async () => {
  const run = await harness.run(swapDatabase, { ...input, keepAs: 'shop_former' }, { crashAfter: 'swap' });
  expect(run.error).toBeUndefined();
  expect(await rowsOf(database)).toBe(9);
});

test('two swaps in one second keep the replaced databases under two names', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T16:40:07.250Z') });
  try {
    const first = await harness.run(swapDatabase, { database, restored: 'shop_former' });
    const name = `${database}_old_20261121164007`;
    expect(first).toMatchObject({ error: undefined, outputs: { verify: { kept: name } } });
    const second = await harness.run(swapDatabase, { database, restored: name });
    expect(second).toMatchObject({ error: undefined, outputs: { verify: { kept: `${name}_2` } } });
    expect(await rowsOf(database)).toBe(9);
    const back = await harness.run(swapDatabase, { database, restored: `${name}_2`, keepAs: 'shop_former' });
    expect(back.error).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

test('only what bears the mark is swapped in or dropped, and nothing that somebody is connected to', async () => {
  await runSql(server, 'postgres', ['create database stranger', 'create database beside_other']);
  const blocked = await harness.plan(swapDatabase, { database, restored: 'stranger' });
  expect(blocked.blockers[0]?.message).toContain('was not made beside');
  expect((await harness.plan(dropRestored, { name: database })).blockers[0]?.message).toContain('no mark');
  expect((await harness.plan(dropRestored, { name: 'shop_former' })).blockers[0]?.message).toContain(
    'no mark',
  );
  await admin.query(`alter database shop_former allow_connections true`);
  const session = await open('shop_former');
  expect((await harness.plan(dropReplaced, { name: 'shop_former' })).blockers[0]?.message).toContain(
    'connected',
  );
  await session.close();
  const other = {
    ...dropReplaced,
    plan: async (...args: Parameters<typeof dropReplaced.plan>) => {
      const draft = await dropReplaced.plan(...args);
      return { ...draft, params: { oid: 1 } };
    },
  };
  const wrong = await harness.run(other, { name: 'shop_former' });
  expect(wrong.error).toMatchObject({ code: 'conflict' });
  const draft = await harness.plan(dropReplaced, { name: 'shop_former' });
  expect(draft.warnings.join()).toContain('to be kept until');
  const dropped = await harness.run(dropReplaced, { name: 'shop_former' });
  expect(dropped.error).toBeUndefined();
  expect(dropped.evidence.at(-1)).toMatchObject({ verdict: 'pass', facts: { isThere: false } });
});
