import { rm } from 'node:fs/promises';
import type { Actor } from '@/lib/auth/actor';
import { startActor } from '@/lib/auth/actor';
import { addCluster } from '@/lib/commands/clusters';
import { addInstance } from '@/lib/commands/instances';
import type { NewInstance } from '@/lib/contract/instances';
import { ensureKeyFile, type KeyPair, readKeyFile } from '@/lib/secrets/key-file';
import { openStore, type Store } from '@/lib/store/db';
import { registerWorkerKey } from '@/lib/store/worker-keys';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';
import type { TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';

/** A console of a test: its database as each process has it, and a worker's key that is registered. */
export interface TestConsole {
  database: ConsoleDatabase;
  /** As the web process and as a worker connect: with their own rights only. */
  webDb: Store;
  workerDb: Store;
  ownerDb: Store;
  keyPair: KeyPair;
  actor: Actor;
  close(): Promise<void>;
}

export const meta = { requestId: 'test' };

/** On a database of its own unless one is given; the giver drops it then. */
export async function testConsole(given?: ConsoleDatabase): Promise<TestConsole> {
  const database = given ?? (await consoleDatabase());
  const open = (url: string) => openStore(url, { applicationName: 'test', max: 4 });
  const stores = [open(database.webUrl), open(database.workerUrl), open(database.ownerUrl)] as const;
  const scratch = scratchDirectory('key');
  const keyFile = `${scratch.path}/key.json`;
  await ensureKeyFile(keyFile);
  const keyPair = await readKeyFile(keyFile);
  await registerWorkerKey(stores[1].db, keyPair);
  return {
    database,
    webDb: stores[0].db,
    workerDb: stores[1].db,
    ownerDb: stores[2].db,
    keyPair,
    actor: startActor,
    close: async () => {
      for (const store of stores) await store.close();
      await rm(scratch.path, { recursive: true, force: true });
      scratch.remove();
      if (!given) await database.drop();
    },
  };
}

/** The superuser's login of a test server, for one purpose. */
export function superuserLogin(server: TestPostgres, purpose: 'watch' | 'backup' | 'operate' = 'watch') {
  return { purpose, user: server.superuser, password: server.password };
}

/** Adds a cluster with one draft instance at a test server, by the commands that people's forms use. */
export async function addTestInstance(
  console: TestConsole,
  server: { host: string; port: number },
  input: Partial<NewInstance> & Pick<NewInstance, 'logins'>,
): Promise<{ clusterId: string; instanceId: string }> {
  const { webDb, actor } = console;
  const clusterId =
    input.clusterId ?? (await addCluster(webDb, actor, { name: `cluster ${server.port}` }, meta)).id;
  const { id } = await addInstance(
    webDb,
    actor,
    {
      name: `server ${server.port}`,
      host: server.host,
      port: server.port,
      tlsMode: 'disable',
      ...input,
      clusterId,
    },
    meta,
  );
  return { clusterId, instanceId: id };
}
