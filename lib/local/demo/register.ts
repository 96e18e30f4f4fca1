import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { startActor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { addCluster } from '@/lib/commands/clusters';
import { testInstance } from '@/lib/commands/instance-state';
import { addInstance } from '@/lib/commands/instances';
import type { Demo } from '@/lib/local/demo/start';
import { withStore } from '@/lib/local/people';
import type { LocalState } from '@/lib/local/state';

/**
 * Adds the demo as a cluster with both servers and all logins, by the same commands as the form: drafts that a worker
 * tests and then watches. Done once per console database: a person who removed the demo does not meet it again.
 */
export async function registerDemo(
  webUrl: string,
  state: LocalState,
  demo: Demo,
  ownDatabaseUrl: string | undefined,
): Promise<boolean> {
  const marker = `${state.folder('demo')}/registered`;
  const given = ownDatabaseUrl && new URL(ownDatabaseUrl);
  const console = given ? `${given.host}${given.pathname}` : 'embedded';
  if (existsSync(marker) && readFileSync(marker, 'utf8') === console) return false;
  const { primary, standby, tls } = demo.servers;
  const meta = { requestId: newId() };
  await withStore(webUrl, async (db) => {
    const cluster = await addCluster(db, startActor, { name: 'demo', environment: 'development' }, meta);
    for (const server of [primary, standby]) {
      const added = await addInstance(
        db,
        startActor,
        {
          clusterId: cluster.id,
          name: server.name,
          host: '127.0.0.1',
          port: server.port,
          database: 'postgres',
          tlsMode: 'verify-full',
          tlsCa: tls.ca,
          logins: [
            { purpose: 'watch', user: 'plumbline_watch', password: state.secrets.demoWatch },
            { purpose: 'backup', user: 'plumbline_backup', password: state.secrets.demoBackup },
            { purpose: 'operate', user: 'plumbline_operate', password: state.secrets.demoOperate },
          ],
        },
        meta,
      );
      await testInstance(db, startActor, { instanceId: added.id, activate: true }, meta);
    }
  });
  writeFileSync(marker, console);
  return true;
}
