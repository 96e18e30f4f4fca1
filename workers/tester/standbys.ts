import type { FoundStandby } from '@/lib/contract/instances';
import type { Session } from '@/lib/engine/define-job';
import { tamed } from '@/lib/instance/instance-error';

interface KnownInstance {
  id: string;
  name: string;
  host: string;
  port: number;
}

/**
 * Standbys that stream from this primary now (manual: pg_stat_replication). Their own port is not known to it, so
 * the primary's is guessed and a person confirms. Logical subscribers, pg_basebackup and pg_receivewal are no
 * standbys.
 */
export async function findStandbys(
  session: Session,
  primary: KnownInstance,
  known: readonly KnownInstance[],
): Promise<FoundStandby[]> {
  const rows = await session.query(
    `select
       sender.application_name as name,
       host(sender.client_addr) as host,
       coalesce(sender.state, 'unknown') as state
     from pg_stat_replication as sender
     where sender.state is distinct from 'backup'
       and sender.application_name not in ('pg_basebackup', 'pg_receivewal')
       and not exists (
         select 1
         from pg_replication_slots as slot
         where slot.active_pid = sender.pid
           and slot.slot_type = 'logical'
       )
     order by sender.application_name, host
     limit 50`,
    [],
    { deadlineMs: 5_000 },
  );
  const others = known.filter((instance) => instance.id !== primary.id);
  return rows.map((row) => {
    const applicationName = tamed(String(row.name), 64);
    const host = row.host === null ? null : String(row.host);
    const sameName = others.filter((instance) => instance.name === applicationName);
    const sameHost = others.filter((instance) => instance.host === host);
    const match = sameName.length === 1 ? sameName[0] : sameHost.length === 1 ? sameHost[0] : undefined;
    return {
      applicationName,
      host,
      port: primary.port,
      state: String(row.state),
      instanceId: match?.id ?? null,
    };
  });
}
