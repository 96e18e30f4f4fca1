import { createServer } from 'node:http';
import { storeHostSettings } from '@/lib/store/hosts';
import { type CheckWatcher, makeWatchLogin, watchWith } from '@/lib/testing/check-kit';
import { addWatched } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import type { SourceDeps } from '@/workers/collector/sources/source';

/** A machine as its node_exporter tells of it. */
export interface Machine {
  processors: number;
  load5: number;
  busySeconds: number;
  idleSeconds: number;
  memoryTotal: number;
  memoryAvailable: number;
  swapTotal: number;
  swapFree: number;
  disks: { mount: string; size: number; free: number }[];
}

/** In the form that node_exporter 1.x gives, with what surrounds the metrics that are read. */
export function exporterText(machine: Machine): string {
  const each = (mode: string, seconds: number) =>
    Array.from(
      { length: machine.processors },
      (_, cpu) => `node_cpu_seconds_total{cpu="${cpu}",mode="${mode}"} ${seconds / machine.processors}`,
    );
  return [
    '# HELP go_goroutines Number of goroutines that currently exist.',
    '# TYPE go_goroutines gauge',
    'go_goroutines 8',
    '# TYPE node_cpu_seconds_total counter',
    ...each('user', machine.busySeconds),
    ...each('idle', machine.idleSeconds),
    ...each('iowait', 0),
    `node_load1 ${machine.load5}`,
    `node_load5 ${machine.load5}`,
    `node_load15 ${machine.load5}`,
    `node_memory_MemTotal_bytes ${machine.memoryTotal.toExponential()}`,
    `node_memory_MemAvailable_bytes ${machine.memoryAvailable}`,
    `node_memory_SwapTotal_bytes ${machine.swapTotal}`,
    `node_memory_SwapFree_bytes ${machine.swapFree}`,
    ...machine.disks.flatMap(({ mount, size, free }) => [
      `node_filesystem_size_bytes{device="/dev/sda\\"1",fstype="ext4",mountpoint="${mount}"} ${size}`,
      `node_filesystem_avail_bytes{device="/dev/sda\\"1",fstype="ext4",mountpoint="${mount}"} ${free}`,
    ]),
    'node_filesystem_size_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 1e+08',
    'node_filesystem_avail_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 0',
    '',
  ].join('\n');
}

const gigabyte = 2 ** 30;

export const healthyMachine: Machine = {
  processors: 4,
  load5: 1,
  busySeconds: 1000,
  idleSeconds: 9000,
  memoryTotal: 16 * gigabyte,
  memoryAvailable: 12 * gigabyte,
  swapTotal: 2 * gigabyte,
  swapFree: 2 * gigabyte,
  disks: [
    { mount: '/', size: 100 * gigabyte, free: 60 * gigabyte },
    { mount: '/boot', size: gigabyte, free: 1000 },
  ],
};

/** A page of text on loopback, whatever it says at this moment. */
export async function textPage(
  answer: () => { status?: number; text: string; headers?: Record<string, string> },
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    const { status = 200, text, headers = {} } = answer();
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export interface WatchedHost {
  console: TestConsole;
  server: TestPostgres;
  instanceId: string;
  clusterId: string;
  deps: SourceDeps;
  watch(checkId: string): Promise<CheckWatcher>;
  close(): Promise<void>;
}

/** A console that watches one server, with what sources look up in the store. */
export async function watchedHost(): Promise<WatchedHost> {
  const [console, server] = await Promise.all([testConsole(), startPostgres()]);
  await makeWatchLogin(server);
  const { instanceId, clusterId } = await addWatched(console, server);
  const deps: SourceDeps = {
    db: console.workerDb,
    keyPair: console.keyPair,
    pools: ['default'],
    peers: { use: () => Promise.reject(new Error('there are no peers here')) },
  };
  return {
    console,
    server,
    instanceId,
    clusterId,
    deps,
    watch: (checkId) => watchWith(checkId, server, { source: { deps, instanceId } }),
    close: async () => {
      await console.close();
      await server.stop();
    },
  };
}

/** Names a page as the machine's node_exporter; its port counts as the usual one. */
export async function pointTo(host: WatchedHost, page: { url: string }): Promise<void> {
  host.deps.exporterPort = Number(new URL(page.url).port);
  await storeHostSettings(host.console.webDb, host.instanceId, { exporterUrl: page.url, typed: null });
}

/** A host that is known by a node_exporter which tells what `machine` holds at this moment. */
export async function exportedHost(machine: Machine): Promise<WatchedHost> {
  const host = await watchedHost();
  const page = await textPage(() => ({ text: exporterText(machine) }));
  await pointTo(host, page);
  return {
    ...host,
    close: async () => {
      await page.close();
      await host.close();
    },
  };
}
