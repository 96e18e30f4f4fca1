import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { backupDetailSchema, backupsSchema } from '@/lib/contract/backups';
import { backup, backups } from '@/lib/queries/backups';
import { openStore } from '@/lib/store/db';
import { readiness } from '@/lib/testing/readiness';
import { storedStanza } from '@/lib/testing/stored-stanza';

test('one history of dumps and sets by time, page by page, with filters, chain, pin and what is gone', async () => {
  const cluster = await readiness();
  const instanceId = await cluster.addInstance('primary', 'primary');
  const web = openStore(cluster.webUrl, { applicationName: 'test web', max: 1 });
  const { clusterId } = cluster;
  const stanza = await storedStanza(cluster.db, { clusterId, instanceId });
  const newDump = await cluster.backup('orders', 60);
  // Found later than the dump was made, and older than it: time decides, not the id.
  const full = await stanza.addSet({ first: 10 });
  const incr = await stanza.addSet({ first: 20, method: 'incr', dependsOn: [full.label] });
  const bad = await stanza.addSet({ first: 30, hasErrors: true });
  await sql`
    update backups set pinned_at = now(), pinned_by_name = 'ann', pin_reason = 'audit' where id = ${incr.id}
  `.execute(cluster.db);
  await sql`
    update backups set state = 'gone', gone_at = now(), gone_why = 'expired elsewhere' where id = ${full.id}
  `.execute(cluster.db);

  const ids = async (query: Parameters<typeof backups>[1]) =>
    backupsSchema.parse(await backups(web.db, query)).items.map(({ id }) => id);
  expect(await ids({ limit: 10 })).toEqual([newDump, bad.id, incr.id, full.id]);
  const first = await backups(web.db, { limit: 2 });
  expect(first.nextCursor).toBe(bad.id);
  expect(await ids({ limit: 2, cursor: bad.id })).toEqual([incr.id, full.id]);
  expect(await ids({ limit: 10, type: 'logical' })).toEqual([newDump]);
  expect(await ids({ limit: 10, state: 'gone' })).toEqual([full.id]);

  const detail = backupDetailSchema.parse(await backup(web.db, incr.id));
  expect(detail).toMatchObject({
    dependsOn: [full.label],
    stanzaName: 'main',
    checksums: 'unchecked',
    pin: { byName: 'ann', reason: 'audit' },
    chain: [{ label: full.label, relation: 'needs', state: 'gone' }],
  });
  expect(await backup(web.db, full.id)).toMatchObject({
    gone: { why: 'expired elsewhere' },
    chain: [{ label: incr.label, relation: 'needed-by' }],
  });
  expect(await backup(web.db, bad.id)).toMatchObject({ checksums: 'damaged', hasErrors: true });
  expect(await backup(web.db, newDump)).toMatchObject({ checksums: 'decoded', chain: [] });
  await web.close();
  await cluster.close();
});
