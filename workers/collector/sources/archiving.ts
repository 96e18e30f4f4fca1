import type { CheckRow } from '@/lib/engine/define-check';
import { runCheck } from '@/lib/instance/run-check';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';
import { stanzaOfCluster } from '@/lib/store/stanzas';
import { archivingSql } from '@/workers/collector/sources/archiving-sql';
import type { Source, SourceDeps } from '@/workers/collector/sources/source';

/** How a server archives, beside where its cluster's WAL should go and how much of it may be lost. */
export function makeArchivingSource(deps?: SourceDeps): Source {
  return {
    collect: async ({ session, surroundings, instanceId, timeoutMs }) => {
      const asked = await runCheck(session, { sql: { 140000: archivingSql }, timeoutMs }, surroundings);
      // A trial has no cluster: the settings alone are judged then.
      if (asked.state !== 'ok' || !deps) return { answer: asked };
      const wanted = await wantedOf(deps.db, instanceId);
      return { answer: { ...asked, rows: asked.rows.map((row) => ({ ...row, ...wanted })) } };
    },
  };
}

async function wantedOf(db: Store, instanceId: string): Promise<CheckRow> {
  const instance = await findInstance(db, instanceId);
  if (!instance) return {};
  const [cluster, stanza] = await Promise.all([
    findCluster(db, instance.cluster_id),
    stanzaOfCluster(db, instance.cluster_id),
  ]);
  const rpo_seconds = cluster?.rpo_seconds ?? null;
  if (stanza?.state !== 'active') return { rpo_seconds };
  const isHere = stanza.instanceId === instanceId;
  const former = isHere ? instance : await findInstance(db, stanza.instanceId);
  return {
    rpo_seconds,
    stanza: stanza.name,
    is_generated: stanza.configPath === null,
    is_set_up_here: isHere,
    set_up_for: former?.name ?? null,
    configured_directory: stanza.dataDirectory,
  };
}
