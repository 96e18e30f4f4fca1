import { expect, test } from 'vitest';
import { exportedHost, healthyMachine } from '@/lib/testing/host-kit';
import { forgetSharedHosts } from '@/workers/collector/sources/host';

test('host-cpu: silent, then four times more work than processors, then silent again', async () => {
  const machine = { ...healthyMachine };
  const host = await exportedHost(machine);
  const watcher = await host.watch('host-cpu');
  const run = (afterSeconds: number) => {
    forgetSharedHosts();
    return watcher.run({ afterSeconds });
  };
  const healthy = await run(0);
  expect(healthy.rows).toMatchObject([
    { processors: 4, load5: 1, load_percent: 25, source: 'node_exporter' },
  ]);
  expect(healthy.findings).toEqual([]);

  Object.assign(machine, { load5: 9, busySeconds: 1090, idleSeconds: 9010 });
  expect((await run(30)).rows[0]?.busy).toBeCloseTo(90);
  const sick = await run(60);
  expect(sick.findings).toMatchObject([
    { level: 'warn', object: 'db1', sentence: 'The load of db1’s machine is 9 on 4 processors (225 %).' },
  ]);
  Object.assign(machine, { load5: 17 });
  await run(30);
  expect((await run(60)).findings).toMatchObject([{ level: 'crit' }]);

  Object.assign(machine, { load5: 1 });
  await run(30);
  expect((await run(31)).closed).toHaveLength(1);
  await watcher.close();
  await host.close();
});
