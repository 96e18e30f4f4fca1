import { afterAll, beforeAll, expect, test } from 'vitest';
import { startActor } from '@/lib/auth/actor';
import { changeObjectives, lookNow } from '@/lib/commands/recovery';
import { recoverySchema } from '@/lib/contract/recovery';
import { recoveryOfCluster } from '@/lib/queries/recovery';
import { openStore, type Store } from '@/lib/store/db';
import { type Readiness, readiness } from '@/lib/testing/readiness';
import { storedStanza } from '@/lib/testing/stored-stanza';

let cluster: Readiness;
let web: Store;
let primary: string;
let close: () => Promise<void>;

beforeAll(async () => {
  cluster = await readiness();
  const store = openStore(cluster.webUrl, { applicationName: 'test web', max: 2 });
  web = store.db;
  close = store.close;
  primary = await cluster.addInstance('primary', 'primary');
});
afterAll(async () => {
  await close();
  await cluster.close();
});

const read = async () => recoverySchema.parse(await recoveryOfCluster(web, cluster.clusterId, '24h'));

test('says that nothing is set up, and what is known of the archiver all the same', async () => {
  const empty = await read();
  expect(empty).toMatchObject({
    stanza: null,
    reachable: [],
    repositories: [],
    exposure: { nowSeconds: null, reason: 'The archiver was not read yet.', most: null },
    objectives: { rtoSeconds: 900, rpoSeconds: 300 },
  });
  await expect(lookNow(web, startActor, cluster.clusterId)).rejects.toThrow('no stanza');
  await expect(recoveryOfCluster(web, primary, '24h')).rejects.toThrow('no such cluster');
});

test('tells every second that can be reached, its holes, the worst exposure and the drills', async () => {
  const stanza = await storedStanza(cluster.db, { clusterId: cluster.clusterId, instanceId: primary });
  await stanza.archive([1, 49], [52, 100]);
  await stanza.addSet({ first: 5 });
  const healing = await stanza.addSet({ first: 60 });
  const bad = await stanza.addSet({ first: 70, hasErrors: true });
  await stanza.look({ unusable: [{ name: '000000010000000000000032', why: 'its file is empty' }] });
  await cluster.answer('archiver', primary, [
    { not_archiving: null, exposure_seconds: 40, last_archived_wal: '000000010000000000000064' },
  ]);
  await cluster.samples('archiver', primary, [{ exposure_seconds: 400 }, { exposure_seconds: 40 }]);
  await cluster.evidence('drill', 'orders', 'pass', 60, { restoreSeconds: 12, rpoSeconds: 3 });

  const seen = await read();
  const second = (at: string | undefined) => Math.round(Date.parse(at ?? '') / 1000);
  const [before, after] = seen.reachable;
  expect(seen.reachable).toHaveLength(2);
  expect(second(before?.from)).toBe(Math.round(stanza.at(5) - 10));
  expect(second(before?.to)).toBe(Math.round(stanza.at(49)));
  expect(second(after?.from)).toBe(Math.round(stanza.at(60) - 10));
  expect(second(after?.to), 'until the exposure begins').toBeCloseTo(cluster.now.getTime() / 1000 - 40, -1);
  expect(seen.holes).toEqual([{ from: before?.to, to: after?.from }]);
  expect(seen.archiveHoles).toMatchObject([
    {
      missing: '000000010000000000000032 to 000000010000000000000033',
      segments: 2,
      healedAt: after?.from,
      why: '000000010000000000000032: its file is empty',
    },
  ]);
  expect(seen.backups.find(({ id }) => id === healing.id)).toMatchObject({ isRestorable: true });
  expect(seen.backups.find(({ id }) => id === bad.id)).toMatchObject({
    isRestorable: false,
    hasErrors: true,
  });
  expect(seen.exposure).toMatchObject({ nowSeconds: 40, reason: null, most: { seconds: 400 } });
  expect(seen.drills).toMatchObject([{ verdict: 'pass', restoreSeconds: 12, rpoSeconds: 3 }]);
  expect(seen.repositories).toMatchObject([{ newestSegment: '000000010000000000000064', segments: 98 }]);
  await lookNow(web, startActor, cluster.clusterId);
});

test('objectives are set by who may, with an entry in the audit', async () => {
  await changeObjectives(
    web,
    startActor,
    cluster.clusterId,
    { rtoSeconds: 60, rpoSeconds: 30 },
    { requestId: 'r' },
  );
  expect((await read()).objectives).toEqual({ rtoSeconds: 60, rpoSeconds: 30 });
  const entry = await cluster.db
    .selectFrom('audit_log')
    .select(['action'])
    .where('action', '=', 'cluster.objectives')
    .executeTakeFirst();
  expect(entry).toBeDefined();
});
