import { expect, test } from 'vitest';
import { storeHostSettings } from '@/lib/store/hosts';
import { exportedHost, healthyMachine } from '@/lib/testing/host-kit';
import { forgetSharedHosts } from '@/workers/collector/sources/host';

test('host-memory: silent, then little is available and swap fills, then silent; typed in it is a size and no more', async () => {
  const machine = { ...healthyMachine };
  const host = await exportedHost(machine);
  const watcher = await host.watch('host-memory');
  const run = (afterSeconds: number) => {
    forgetSharedHosts();
    return watcher.run({ afterSeconds });
  };
  const healthy = await run(0);
  expect(healthy.rows).toMatchObject([{ available_percent: 75, swap_used_percent: 0 }]);
  expect(healthy.findings).toEqual([]);
  Object.assign(machine, { memoryAvailable: machine.memoryTotal / 20, swapFree: machine.swapTotal / 4 });
  await run(30);
  expect((await run(60)).findings).toMatchObject([
    { level: 'crit', sentence: 'Only 819 MB of 16 GB memory (5 %) is available on db1’s machine.' },
    { level: 'warn', sentence: '1.5 GB of 2 GB swap (75 %) is in use on db1’s machine.' },
  ]);
  Object.assign(machine, healthyMachine);
  await run(30);
  expect((await run(31)).closed).toHaveLength(2);

  const typed = { processors: 2, memoryBytes: 8 * 2 ** 30 };
  await storeHostSettings(host.console.webDb, host.instanceId, { exporterUrl: null, typed });
  expect(await run(30)).toMatchObject({
    state: 'ok',
    rows: [{ source: 'typed in', total_bytes: typed.memoryBytes, available_percent: null }],
    findings: [],
  });
  await watcher.close();
  await host.close();
});
