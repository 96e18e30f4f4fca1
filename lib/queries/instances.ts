import { PlumblineError } from '@/lib/base/errors';
import {
  type InstanceDetail,
  type InstanceTest,
  type InstanceView,
  testedLoginSchema,
  testResultSchema,
} from '@/lib/contract/instances';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { type LoginRow, loginsOf } from '@/lib/store/instance-logins';
import { findTest, type InstanceTestRow, latestTest } from '@/lib/store/instance-tests';
import { findInstance, type InstanceRow, listInstances } from '@/lib/store/instances';

/** A row as the API shows it. What a login may do is left out when an older version stored it in another shape. */
export function instanceView(row: InstanceRow, logins: readonly LoginRow[]): InstanceView {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    name: row.name,
    host: row.host,
    port: row.port,
    database: row.database,
    tlsMode: row.tls_mode,
    pool: row.pool,
    state: row.state,
    role: row.role,
    timeline: row.timeline,
    systemIdentifier: row.system_identifier,
    serverVersionNum: row.server_version_num,
    reachable: row.reachable,
    lastError: row.last_error,
    lastSeenAt: row.last_seen_at,
    logins: logins
      .filter((login) => login.instance_id === row.id)
      .map((login) => ({
        purpose: login.purpose,
        user: login.username,
        updatedAt: login.updated_at,
        testedAt: login.tested_at,
        tested: testedLoginSchema.safeParse(login.tested).data ?? null,
      })),
  };
}

export function testView(row: InstanceTestRow): InstanceTest {
  return {
    id: row.id,
    instanceId: row.instance_id,
    state: row.state,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    finishedAt: row.finished_at,
    ok: row.ok,
    result: testResultSchema.safeParse(row.result).data ?? null,
  };
}

/** All instances that were not removed, by name. */
export async function instances(db: Store): Promise<{ items: InstanceView[] }> {
  const rows = await listInstances(db);
  const logins = await loginsOf(
    db,
    rows.map((row) => row.id),
  );
  return { items: rows.map((row) => instanceView(row, logins)) };
}

/** One instance with its facts, certificates (public ones) and newest test. @throws PlumblineError `not-found` */
export async function instanceDetail(db: Store, id: string): Promise<InstanceDetail> {
  const row = await findInstance(db, id);
  const cluster = row && (await findCluster(db, row.cluster_id));
  if (!row || !cluster) {
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed; look at the list of clusters.',
    });
  }
  const [logins, test] = await Promise.all([loginsOf(db, [id]), latestTest(db, id)]);
  return {
    ...instanceView(row, logins),
    clusterName: cluster.name,
    environment: cluster.environment,
    tlsCa: row.tls_ca,
    tlsCertificate: row.tls_certificate,
    facts: row.facts,
    factsAt: row.facts_at,
    createdAt: row.created_at,
    latestTest: test ? testView(test) : null,
  };
}

/** A connection test of one instance. @throws PlumblineError `not-found`, also when it is another instance's. */
export async function instanceTest(db: Store, instanceId: string, testId: string): Promise<InstanceTest> {
  const row = await findTest(db, testId);
  if (row && row.instance_id === instanceId) return testView(row);
  throw new PlumblineError('not-found', 'There is no such test of this instance.', { next: 'Test again.' });
}
