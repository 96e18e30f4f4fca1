import { afterEach, beforeEach, expect, test } from 'vitest';
import backupAge from '@/lib/criteria/backup-age';
import { type Readiness, readiness } from '@/lib/testing/readiness';
import { storedStanza } from '@/lib/testing/stored-stanza';

let cluster: Readiness;
let primary: string;
beforeEach(async () => {
  cluster = await readiness();
  primary = await cluster.addInstance('primary', 'primary');
});
afterEach(() => cluster.close());

const databases = (...names: string[]) =>
  cluster.answer(
    'database-size',
    primary,
    names.map((database) => ({ database, bytes: 9e7 })),
  );

test('unknown while the databases are not known, and while there is no backup', async () => {
  expect(await cluster.judge(backupAge)).toMatchObject({ state: 'unknown' });
  await databases('orders');
  const verdict = await cluster.judge(backupAge);
  expect(verdict.state).toBe('unknown');
  expect(verdict.sentence).toContain('No backup of orders');
});

test('one database without a backup keeps it unknown, whatever the others have', async () => {
  await databases('orders', 'users');
  await cluster.backup('orders', 60);
  const verdict = await cluster.judge(backupAge);
  expect(verdict.state).toBe('unknown');
  expect(verdict.sentence).toBe(
    '1 of 2 databases are backed up. No backup of users is known here. Back it up and put it on a schedule.',
  );
});

test('passes when each has a fresh one, and its age is that of the oldest', async () => {
  await databases('orders', 'users');
  const orders = await cluster.backup('orders', 7200);
  await cluster.backup('orders', 90_000);
  const users = await cluster.backup('users', 60);
  const verdict = await cluster.judge(backupAge);
  expect(verdict).toMatchObject({ state: 'pass', value: 7200 });
  expect(verdict.links.map(({ id }) => id)).toEqual([orders, users]);
  expect(Date.parse(verdict.observedAt ?? '')).toBe(Date.parse(cluster.ago(7200)));
});

test('fails when the newest of a database is older than a day; an expired backup is none', async () => {
  await databases('orders');
  await cluster.backup('orders', 90_000);
  const gone = await cluster.backup('orders', 60);
  await cluster.db.updateTable('backups').set({ state: 'missing' }).where('id', '=', gone).execute();
  const verdict = await cluster.judge(backupAge);
  expect(verdict).toMatchObject({ state: 'fail', value: 90_000 });
  expect(verdict.sentence).toContain('orders is 1 d 1 h old');
});

test('a postgres database as initdb made it is nobody’s and needs no backup', async () => {
  await cluster.answer('database-size', primary, [
    { database: 'orders', bytes: 9e7 },
    { database: 'postgres', bytes: 8e6 },
  ]);
  await cluster.backup('orders', 60);
  expect(await cluster.judge(backupAge)).toMatchObject({ state: 'pass' });
});

test('a backup of the whole server counts for each database, as long as it can be restored', async () => {
  await databases('orders', 'users');
  await cluster.backup('orders', 90_000);
  const stanza = await storedStanza(cluster.db, { clusterId: cluster.clusterId, instanceId: primary });
  await stanza.archive([1, 100]);
  const set = await stanza.addSet({ first: 90 });
  const verdict = await cluster.judge(backupAge);
  expect(verdict).toMatchObject({ state: 'pass' });
  expect(verdict.links.map(({ id }) => id)).toEqual([set.id, set.id]);
  await stanza.archive([1, 89], [91, 100]);
  expect((await cluster.judge(backupAge)).sentence).toContain('No backup of users');
});
