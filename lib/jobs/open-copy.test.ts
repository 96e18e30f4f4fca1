import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenCopy } from '@/lib/engine/define-job';
import closeCopy from '@/lib/jobs/close-copy';
import openCopy from '@/lib/jobs/open-copy';
import { backupSetOf } from '@/lib/procedures/physical-backup-set';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let demo: TestStanza;
let harness: JobHarness;
const copies = new Map<string, OpenCopy>();

beforeAll(async () => {
  demo = await startStanza();
  await runSql(demo.server, 'postgres', [
    'create table orders (id int primary key)',
    'insert into orders values (1)',
  ]);
  await demo.backup('full');
  harness = await jobHarness({
    server: demo.server,
    stanza: demo.stanza,
    stanzaConfigFile: demo.configFile,
    copies,
    drillSeconds: [12, 10, 30],
  });
  const set = backupSetOf(demo.stanza, 1, (await demo.info()).backup[0] as never);
  harness.backups.set('first', {
    ...set,
    id: randomUUID(),
    database: null,
    clusterId: harness.target.clusterId,
    instanceId: harness.target.instanceId,
    workerName: 'harness',
    serverVersionNum: harness.target.serverVersionNum,
    state: 'ready',
  });
});

afterAll(async () => {
  harness.close();
  await demo.stop();
});

test('a copy stands at its moment until it is closed, and the table that was dropped then can be read', async () => {
  const session = await openAsSuperuser(demo.server, 'postgres');
  const [row] = await session.query("select to_jsonb(clock_timestamp()) #>> '{}' as at");
  await session.query('drop table orders');
  await session.close();
  // As a page sends it: in UTC, with a Z.
  const at = new Date(String(row?.at)).toISOString();
  const draft = await harness.plan(openCopy, { to: 'time', at });
  expect(draft.blockers).toEqual([]);
  expect(draft.estimates.find(({ label }) => label === 'Duration')).toMatchObject({
    value: 12,
    note: 'median of 3 drills, until the server is up',
  });
  expect(draft.acts.find(({ argv }) => argv)?.argv?.join(' ')).toContain('--tablespace-map-all={copyDir}/ts');
  const run = await harness.run(openCopy, { to: 'time', at, hours: 2 });
  expect(run.error).toBeUndefined();
  const copyId = String(run.outputs.open?.copyId);
  const copy = copies.get(copyId) as OpenCopy;
  // The target lies inside the DROP, whose lock a paused copy would hold for ever.
  expect(copy.mode).toBe('promoted');
  const reader = await copy.connect();
  expect(await reader.query('select id from public.orders')).toEqual([{ id: 1 }]);
  await reader.close();
  expect(run.evidence.find(({ type }) => type === 'copy')?.facts).toMatchObject({ copyId, mode: 'promoted' });
  const closed = await harness.run(closeCopy, { copyId });
  expect(closed.error).toBeUndefined();
  expect(existsSync(copy.directory)).toBe(false);
});

test('F16: a moment before the backup, in the future or not said is refused in the form', async () => {
  await expect(harness.plan(openCopy, { to: 'time' })).rejects.toMatchObject({
    fields: { at: expect.any(String) },
  });
  await expect(harness.plan(openCopy, { to: 'time', at: '2099-01-01T00:00:00Z' })).rejects.toThrow(
    'still to come',
  );
  const draft = await harness.plan(openCopy, { to: 'time', at: '2020-01-01T00:00:00Z' });
  expect(draft.blockers[0]?.message).toContain('None of the 1 backups ended before');
});

test('F8: a folder without room is a blocker before anything is restored', async () => {
  const [backup] = [...harness.backups.values()];
  const serverBytes = backup?.facts.serverBytes ?? null;
  if (backup) backup.facts.serverBytes = 1e15;
  const draft = await harness.plan(openCopy, {});
  if (backup) backup.facts.serverBytes = serverBytes;
  expect(draft.blockers.map(({ message }) => message).join()).toMatch(
    /has .* free; this restore needs about/,
  );
});
