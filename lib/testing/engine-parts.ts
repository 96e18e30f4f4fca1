import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { newId } from '@/lib/base/ids';
import type { Store } from '@/lib/store/db';
import type { TestPostgres } from '@/lib/testing/postgres';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles of the engine's test worker and of the guard, as `worker.mjs` and `guard.mjs` of a folder. */
export async function bundleEngine(folder: string): Promise<void> {
  await build({
    entryPoints: [
      { in: `${root}/lib/testing/engine-worker.ts`, out: 'worker' },
      { in: `${root}/workers/guard/index.ts`, out: 'guard' },
    ],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    alias: { '@': root.replace(/\/$/, '') },
    // With its packages inside, a worker starts in a third of the time; those that are CommonJS ask for require.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
}

/** A cluster whose one instance is the watched server. */
export async function addFleet(
  db: Store,
  watched: TestPostgres,
): Promise<{ clusterId: string; instanceId: string }> {
  const clusterId = newId();
  const instanceId = newId();
  await db
    .insertInto('clusters')
    .values({ id: clusterId, name: `cluster ${clusterId}` })
    .execute();
  await db
    .insertInto('instances')
    .values({
      id: instanceId,
      cluster_id: clusterId,
      name: 'first',
      host: watched.host,
      port: watched.port,
      tls_mode: 'disable',
      state: 'active',
      role: 'primary',
    })
    .execute();
  return { clusterId, instanceId };
}
