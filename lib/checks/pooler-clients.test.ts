import { expect, test } from 'vitest';
import { attachPooler, detachPooler } from '@/lib/commands/poolers';
import { poolers } from '@/lib/queries/poolers';
import { meta } from '@/lib/testing/console';
import { pooledHost } from '@/lib/testing/pgbouncer';
import { forgetSharedPoolers } from '@/workers/collector/sources/pooler';

test('pooler-clients: silent, then most places are taken, then free; silent PgBouncers are unknown, detached ones gone', async () => {
  const host = await pooledHost({ max_client_conn: 5 });
  const watcher = await host.watch('pooler-clients');
  const run = (afterSeconds: number) => {
    forgetSharedPoolers();
    return watcher.run({ afterSeconds });
  };
  const healthy = await run(0);
  expect(healthy.rows).toMatchObject([{ pooler: 'front', pool_mode: 'transaction', max_clients: 5 }]);
  expect(healthy.findings).toEqual([]);
  const clients = await Promise.all([host.client(), host.client(), host.client()]);
  for (const client of clients) await client.query('select 1');
  await run(30);
  // Our own look is the fourth.
  expect((await run(30)).findings).toMatchObject([
    { level: 'warn', object: 'front', sentence: '4 of at most 5 clients (80 %) are connected to front.' },
  ]);
  await Promise.all(clients.map((client) => client.end()));
  await run(30);
  expect((await run(31)).closed).toHaveLength(1);

  const { webDb, ownerDb, actor } = host.console;
  const given = {
    ...{ name: 'lead', host: host.bouncer.host, port: host.bouncer.port, tlsMode: 'disable' as const },
    ...{ user: 'observer', password: 'observer-password', followsPrimary: true },
  };
  const tlsCa = '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----';
  // A wrong paste is said at once, not as an odd failure of TLS later.
  await expect(attachPooler(webDb, actor, host.instanceId, { ...given, tlsCa }, meta)).rejects.toThrow(
    'A certificate cannot be read',
  );
  // One that stands before whoever is primary is asked beside the primary alone.
  const lead = await attachPooler(webDb, actor, host.instanceId, given, meta);
  const askedAs = async (role: 'primary' | 'standby') => {
    await ownerDb.updateTable('instances').set({ role }).execute();
    return (await run(30)).rows.map(({ pooler }) => pooler);
  };
  expect(await askedAs('standby')).toEqual(['front']);
  expect(await askedAs('primary')).toEqual(['front', 'lead']);
  await detachPooler(webDb, actor, lead.id, 'lead', meta);

  // Who serves pages cannot read a secret back.
  await expect(webDb.selectFrom('poolers').select('sealed').execute()).rejects.toThrow('permission denied');
  // A secret is sent nowhere but where it was entered for.
  await ownerDb.updateTable('poolers').set({ port: 1 }).execute();
  expect((await run(30)).rows).toMatchObject([
    { unreachable: expect.stringContaining('entered for another port') },
  ]);
  await ownerDb.updateTable('poolers').set({ port: host.bouncer.port }).execute();
  await host.bouncer.stop();
  expect(await run(30)).toMatchObject({
    rows: [{ pooler: 'front', unreachable: expect.stringContaining('Nothing accepts connections') }],
    findings: [{ level: 'unknown', object: 'front' }],
  });
  expect((await poolers(webDb, host.instanceId)).items).toMatchObject([{ name: 'front', user: 'observer' }]);
  await expect(detachPooler(webDb, actor, host.poolerId, 'other', meta)).rejects.toThrow('typed name');
  await detachPooler(webDb, actor, host.poolerId, 'front', meta);
  expect(await run(30)).toMatchObject({ state: 'ok', rows: [], findings: [] });
  await watcher.close();
  await host.close();
});
