import type { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type { poolersSchema } from '@/lib/contract/poolers';
import { catalogue } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';
import { poolersOf } from '@/lib/store/poolers';

const poolerChecks = catalogue.checks.filter(({ feeds }) => feeds?.startsWith('pooler.')).map(({ id }) => id);

/** The PgBouncers before a server, without their secrets. @throws PlumblineError `not-found` */
export async function poolers(db: Store, instanceId: string): Promise<z.infer<typeof poolersSchema>> {
  const instance = await findInstance(db, instanceId);
  if (!instance)
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed.',
    });
  const rows = await poolersOf(db, { id: instance.id, clusterId: instance.cluster_id });
  return {
    items: rows.map((row) => ({
      ...{ id: row.id, name: row.name, host: row.host, port: row.port },
      tlsMode: row.tls_mode,
      user: row.username,
      followsPrimary: row.instance_id === null,
      createdAt: row.created_at,
    })),
    checks: poolerChecks,
  };
}
