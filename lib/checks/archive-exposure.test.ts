import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { setObjectives } from '@/lib/store/objectives';
import { recoveryHost } from '@/lib/testing/stored-stanza';

test('archive-exposure: judged by the objective of the cluster, not by a fixed limit', async () => {
  const { host, watch } = await recoveryHost();
  const watcher = await watch('archive-exposure');
  const archiver = (seconds: number, notArchiving: string | null = null) =>
    sql`
    insert into check_results (check_id, instance_id, database, state, rows, observed_at)
    values ('archiver', ${host.instanceId}, '', 'ok',
      ${JSON.stringify([{ exposure_seconds: seconds, not_archiving: notArchiving }])}, now())
    on conflict (check_id, instance_id, database) do update
    set rows = excluded.rows, observed_at = excluded.observed_at`.execute(host.console.ownerDb);
  expect(await watcher.run()).toMatchObject({ rows: [], findings: [] });
  await archiver(200);
  expect((await watcher.run()).findings).toEqual([]);

  await setObjectives(host.console.webDb, host.clusterId, { rtoSeconds: 900, rpoSeconds: 60 });
  await watcher.run();
  expect((await watcher.run({ afterSeconds: 20 })).findings).toMatchObject([
    {
      level: 'crit',
      sentence: expect.stringMatching(/the last 3 min 20 s of .* objective \(RPO\) is 1 min/),
    },
  ]);
  await archiver(10);
  await watcher.run();
  expect((await watcher.run({ afterSeconds: 31 })).findings).toEqual([]);
  await archiver(0, 'archive_mode is off');
  expect((await watcher.run()).findings).toMatchObject([
    {
      level: 'unknown',
      sentence: 'Exposure against the objective is not known on db1: archive_mode is off.',
    },
  ]);
  await archiver(10);
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await host.close();
});
