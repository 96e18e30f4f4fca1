import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { askRead } from '@/lib/commands/reads';
import { startRun } from '@/lib/commands/runs';
import { readSchema } from '@/lib/contract/reads';
import type { RoleName } from '@/lib/engine/roles';
import { plan } from '@/lib/queries/plans';
import { read } from '@/lib/queries/reads';
import { run, runs } from '@/lib/queries/runs';
import { catalogue } from '@/lib/registry/descriptors';
import { beginPlan, findPlan, findPlanRequest, finishPlan } from '@/lib/store/plans';
import { startReadyRun } from '@/lib/store/start-run';
import { addTestInstance, meta, type TestConsole, testConsole } from '@/lib/testing/console';

let console: TestConsole;
let instanceId: string;
const kind = catalogue.jobs.find(({ answers }) => answers === 'statement-plan')?.id ?? '';
const secret = 'select 1 where name = $$Jane Doe$$';

const as = (role: RoleName): Actor => ({ ...console.actor, role });

beforeAll(async () => {
  console = await testConsole();
  const login = { purpose: 'watch', user: 'plumbline_watch', password: 'x' } as const;
  const added = await addTestInstance(console, { host: '127.0.0.1', port: 1 }, { logins: [login] });
  instanceId = added.instanceId;
  await sql`update instances set state = 'active'`.execute(console.ownerDb);
});
afterAll(() => console.close());

/** Asks as the web does, and answers as a worker would. */
async function answered(): Promise<{ id: string; runId: string }> {
  const input = { database: 'shop', text: secret };
  const { id } = await askRead(console.webDb, as('operator'), { kind, instanceId, input }, meta);
  const db = console.workerDb;
  const request = await findPlanRequest(db, id);
  if (!request) throw new Error('no request');
  await beginPlan(db, request, { id: newId(), name: 'w', pool: 'default' }, 1);
  const worker = await db
    .selectFrom('plans')
    .select('worker_id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await finishPlan(db, id, worker.worker_id ?? '', {
    ...{ instanceId, systemIdentifier: '1', timeline: 1, hash: 'h' },
    document: {
      ...{ summary: 'Plan a select.', acts: [{ step: 'explain', sql: secret }], params: { text: secret } },
      ...{ warnings: [], blockers: [], estimates: [], lockKeys: [], pastDurations: [] },
    },
  });
  const ready = await findPlan(db, id);
  if (!ready) throw new Error('no plan');
  const runId = await db.transaction().execute((trx) => startReadyRun(trx, ready, request, `read:${id}`));
  await sql`update runs set state = 'succeeded', started_at = now(), finished_at = now()`.execute(
    console.ownerDb,
  );
  await sql`
    insert into read_answers (run_id, facts, text, text_bytes, expires_at)
    values (${runId}, ${JSON.stringify({ secret })}, ${secret}, 99, now() + interval '1 minute')`.execute(
    console.ownerDb,
  );
  return { id, runId: runId ?? '' };
}

test('an answer is for those who may ask: to others neither question nor answer is shown', async () => {
  const { id, runId } = await answered();
  const seen = readSchema.parse(await read(console.webDb, as('operator'), id));
  expect(seen).toMatchObject({ state: 'answered', runId, answer: { text: secret, isCut: true } });
  await expect(read(console.webDb, as('viewer'), id)).rejects.toMatchObject({ code: 'not-allowed' });
  const everywhere = JSON.stringify([
    await plan(console.webDb, as('viewer'), id),
    await run(console.webDb, as('viewer'), runId),
    await runs(console.webDb, { limit: 50 }),
  ]);
  expect(everywhere).not.toContain('Jane');
  expect(JSON.stringify(await plan(console.webDb, as('operator'), id))).toContain('Jane');

  // It is over by its time, not by somebody removing it.
  await sql`update read_answers set expires_at = now()`.execute(console.ownerDb);
  expect(await read(console.webDb, as('operator'), id)).toMatchObject({ state: 'expired', answer: null });
});

test('a blocker that quotes the text is shown to those who may ask alone', async () => {
  const { id } = await answered();
  const blockers = [{ message: 'syntax error at or near "Jane"', next: 'Give the whole text.' }];
  await sql`update plans set document = document || ${JSON.stringify({ blockers })}::jsonb where id = ${id}`.execute(
    console.ownerDb,
  );
  expect(JSON.stringify(await plan(console.webDb, as('viewer'), id))).not.toContain('Jane');
  expect((await plan(console.webDb, as('operator'), id)).document?.blockers).toEqual(blockers);
});

test('the audit log does not keep the question, however it is started', async () => {
  const { id } = await answered();
  await startRun(console.webDb, as('operator'), { planId: id, planHash: 'h' }, meta);
  const { rows } = await sql<{ details: string }>`
    select details::text as details from audit_log where action = 'run.start'`.execute(console.ownerDb);
  expect(rows.length).toBeGreaterThan(1);
  expect(JSON.stringify(rows)).not.toContain('Jane');
});

test('its runs are in no list but that of its kind', async () => {
  const { runId } = await answered();
  expect((await runs(console.webDb, { limit: 50 })).items).toEqual([]);
  expect((await runs(console.webDb, { limit: 50, kind })).items.map((item) => item.id)).toContain(runId);
});

test('who may not see literals may not ask, and what does more than read is not asked this way', async () => {
  const wanted = { kind, instanceId, input: {} };
  await expect(askRead(console.webDb, as('viewer'), wanted, meta)).rejects.toMatchObject({
    code: 'not-allowed',
  });
  const writing = catalogue.jobs.find(({ risk }) => risk === 'high')?.id ?? '';
  await expect(askRead(console.webDb, as('dba'), { ...wanted, kind: writing }, meta)).rejects.toMatchObject({
    code: 'bad-input',
  });
});
