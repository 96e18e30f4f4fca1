import { statfs } from 'node:fs/promises';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { log } from '@/lib/base/server/log';
import { readFacts } from '@/lib/instance/facts';
import { makeDays } from '@/lib/store/day-partitions';
import { storeHostSettings, workerReading } from '@/lib/store/hosts';
import { recordSeen } from '@/lib/store/instances';
import { openSession } from '@/lib/testing/check-kit';
import { exporterText, healthyMachine, pointTo, textPage, watchedHost } from '@/lib/testing/host-kit';
import { scratchDirectory } from '@/lib/testing/scratch';
import { runTool } from '@/lib/tools/process';
import { forgetSharedHosts } from '@/workers/collector/sources/host';
import { startHostReader } from '@/workers/hosts';

test('host-disk: told by a worker that proves to be on the machine, a node_exporter, or a typed size; else the three ways', async () => {
  const host = await watchedHost();
  const { console, server, instanceId } = host;
  const watcher = await host.watch('host-disk');
  const run = (afterSeconds = 0) => {
    forgetSharedHosts();
    return watcher.run({ afterSeconds });
  };
  const unknown = await run();
  expect(unknown).toMatchObject({
    state: 'unknown',
    reason: expect.stringContaining('No worker runs on this machine'),
  });
  for (const way of ['PLUMBLINE_HOSTS', 'node_exporter', 'typed in']) expect(unknown.mend).toContain(way);

  // A worker on the machine, which believes the server's files and nobody's word.
  const superuser = await openSession(server);
  const facts = await readFacts(superuser);
  await superuser.close();
  const reader = startHostReader({
    db: console.workerDb,
    log,
    workerName: 'w1',
    hosts: ['127.0.0.1'],
    everySeconds: 600,
  });
  const claim = async (change: Partial<typeof facts>) => {
    await recordSeen(console.workerDb, instanceId, {
      ...{
        role: 'primary',
        timeline: 1,
        systemIdentifier: facts.systemIdentifier,
        serverVersionNum: 150_000,
      },
      ...(change.systemIdentifier !== undefined && { systemIdentifier: change.systemIdentifier }),
      facts: JSON.parse(JSON.stringify({ ...facts, ...change })),
    });
    await reader.look();
    return (await workerReading(console.workerDb, instanceId))?.refusal;
  };
  expect(await claim({ systemIdentifier: '42' })).toContain('is another one');
  expect(await claim({ startedAt: '2020-01-01T00:00:00Z' })).toContain('not the one that is watched');
  // A file that nobody ever writes to must not hold up the worker that looks at it.
  const fifo = scratchDirectory('fifo');
  await runTool({ argv: ['/usr/bin/mkfifo', `${fifo.path}/postmaster.pid`], deadlineMs: 5_000 });
  expect(await claim({ settings: { ...facts.settings, data_directory: fifo.path } })).toContain('is no file');
  fifo.remove();
  expect(await claim({ settings: { ...facts.settings, data_directory: '/etc' } })).toContain(
    'not on the worker’s machine',
  );
  expect((await run()).reason).toContain('not on the worker’s machine');
  expect(await claim({})).toBeNull();
  const local = await run();
  const real = await statfs(server.dataDir);
  expect(local.rows).toMatchObject([
    { holds: 'data, WAL', source: 'worker', total_bytes: real.blocks * real.bsize },
  ]);

  // A typed size: filled by what the server itself has written.
  await console.workerDb
    .updateTable('host_readings')
    .set({ observed_at: sql`now() - interval '1 hour'`, refusal: null })
    .execute();
  const typed = (diskBytes: number) =>
    storeHostSettings(console.webDb, instanceId, { exporterUrl: null, typed: { diskBytes } });
  await typed(1e9);
  const roomy = await run(60);
  expect(roomy.findings).toEqual([]);
  const used = Number(roomy.rows[0]?.used_bytes);
  expect(used).toBeGreaterThan(1e7);
  await typed(used * 1.1);
  await run(60);
  const full = await run(60);
  expect(full.findings).toMatchObject([
    { object: 'typed in', level: 'crit', sentence: expect.stringContaining('(databases, WAL) is 90') },
  ]);
  await typed(1e9);
  await run(60);
  expect((await run(31)).closed).toHaveLength(1);

  // It fills by a thirtieth a day: full in 24 days, then in two.
  const machine = structuredClone(healthyMachine);
  const page = await textPage(() => ({ text: exporterText(machine) }));
  await storeHostSettings(console.webDb, instanceId, { exporterUrl: page.url, typed: null });
  // Of the worker's own machine only node_exporter's port is asked, whatever the server's host is.
  expect((await run()).reason).toContain('127.0.0.1 is refused');
  await pointTo(host, page);
  await fill(host.console.workerDb, host, 40 * 2 ** 30, (2 ** 30 * 60) / 24);
  const slow = await run(60);
  expect(slow.rows.map(({ mount, holds }) => [mount, holds])).toEqual([['/', 'data']]);
  expect(slow.rows[0]?.days_left).toBeCloseTo(24, 1);
  expect(slow.findings).toEqual([]);
  if (machine.disks[0]) machine.disks[0].free = 5 * 2 ** 30;
  await run(60);
  expect((await run(660)).findings.map(({ judged, level }) => [judged, level])).toEqual([
    ['used_percent', 'crit'],
    ['days_left', 'crit'],
  ]);
  await reader.stop();
  await page.close();
  await watcher.close();
  await host.close();
});

/** Twelve hours of five-minute sums of a disk that fills steadily. */
async function fill(
  db: Parameters<typeof makeDays>[0],
  { instanceId, clusterId }: { instanceId: string; clusterId: string },
  usedNow: number,
  bytesPerDay: number,
): Promise<void> {
  await makeDays(db, 'sample_rollups', new Date(Date.now() - 86_400_000), new Date());
  await sql`
    with made as (
      insert into series (check_id, cluster_id, instance_id, key, columns)
      values ('host-disk', ${clusterId}, ${instanceId}, '{"mount": "/"}', array['total_bytes', 'used_bytes'])
      returning id
    )
    insert into sample_rollups (series_id, at, seconds, sums, counts, maxima)
    select made.id, now() - n * interval '5 minutes', null,
      array[0, 5 * (${usedNow}::float8 - n * ${bytesPerDay}::float8 / 288)], array[5, 5], array[0, 0]::float8[]
    from made, generate_series(1, 144) as n`.execute(db);
}
