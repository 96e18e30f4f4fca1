import { expect, test } from 'vitest';
import { withReadTime } from '@/lib/checks/io';
import { observe } from '@/lib/engine/observe';
import { checkOf, makeWatchLogin, runCheckOnce, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('io: who read and wrote what and why, from 16 on; before, it says since when', async () => {
  const server = await startPostgres({ version: 18 });
  await makeWatchLogin(server);
  const watcher = await watchWith('io', server);
  await watcher.run();
  await work(server, 'postgres', 'create table t as select n from generate_series(1, 50000) as n');
  const seen = await watcher.run({ afterSeconds: 60 });
  expect(seen.findings).toEqual([]);
  expect(seen.rows).toContainEqual(
    expect.objectContaining({ backend: 'client backend', object: 'relation' }),
  );
  const written = seen.samples.filter(({ key }) => key.backend === 'client backend');
  expect(Math.max(...written.map(({ values }) => values.extends ?? 0))).toBeGreaterThan(0);
  await watcher.close();
  await server.stop();

  const older = await startPostgres({ version: 15 });
  await makeWatchLogin(older);
  const unsupported = await runCheckOnce('io', older);
  expect(unsupported).toMatchObject({ state: 'unknown', reason: expect.stringContaining('version 16') });
  await older.stop();
});

test('io: on a server that counts time, the mean time of one read is known', async () => {
  const server = await startPostgres({
    version: 16,
    config: { track_io_timing: true, max_parallel_workers_per_gather: 0 },
  });
  await makeWatchLogin(server);
  await work(
    server,
    'postgres',
    `create table t as select n, repeat('x', 1000) as filler from generate_series(1, 20000) as n`,
  );
  const watcher = await watchWith('io', server);
  await watcher.run();
  // Larger than a quarter of shared_buffers: read in a ring of its own, so from the disk each time.
  await work(server, 'postgres', 'select count(*) from t', 'select count(*) from t');
  const seen = await watcher.run({ afterSeconds: 60 });
  const scan = seen.rows.find(
    ({ backend, context }) => backend === 'client backend' && context === 'bulkread',
  );
  expect(Number(scan?.reads)).toBeGreaterThan(1000);
  expect(Number(scan?.read_bytes)).toBe(Number(scan?.reads) * 8192);
  expect(Number(scan?.read_mean_ms)).toBeGreaterThan(0);
  expect(Number(scan?.read_mean_ms)).toBeLessThan(1000);
  await watcher.close();
  await server.stop();
});

test('io: a slow disk is named with who waits for it; without timing its time is not known', () => {
  const counters = { backend: 'client backend', object: 'relation', context: 'normal', timed: true };
  const zero = { ...counters, reads: 0, read_ms: 0 };
  expect(withReadTime({ ...counters, reads: 2000, read_ms: 90_000 }, zero).read_mean_ms).toBe(45);
  expect(withReadTime({ ...counters, reads: 10, read_ms: 900 }, zero).read_mean_ms).toBeNull();
  expect(withReadTime({ ...counters, reads: 2000, read_ms: 0, timed: false }, zero).read_mean_ms).toBeNull();
  expect(withReadTime({ ...counters, reads: 2000, read_ms: 10 }, undefined).read_mean_ms).toBeNull();

  let memory: Parameters<typeof observe>[0]['memory'] = { states: new Map() };
  const levels = [0, 90_000, 180_000, 180_100, 180_200].map((milliseconds, at) => {
    const seen = observe({
      check: checkOf('io'),
      rows: [{ ...counters, reads: at * 2000, read_ms: milliseconds }],
      memory,
      serverEpoch: at * 600,
      steadySeconds: at * 600,
      peers: {},
      context: { instance: 'db1', cluster: 'shop', database: '' },
    });
    memory = seen.memory;
    return seen.verdicts.map(({ sentence }) => sentence);
  });
  const slow = 'A read by client backend (normal) takes 45 ms on the average on db1.';
  expect(levels.slice(0, 3)).toEqual([[], [], [slow]]);
  expect(levels[4]).toEqual([]);
});
