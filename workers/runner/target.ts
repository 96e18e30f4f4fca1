import { PlumblineError } from '@/lib/base/errors';
import type { Session, Target } from '@/lib/engine/define-job';
import { type Identity, readIdentity } from '@/lib/instance/facts';
import type { TargetRow } from '@/lib/store/targets';

const identityDeadlineMs = 10_000;

/**
 * Asks a server who it is and refuses a stranger: another system identifier than the cluster's, or a timeline that the
 * cluster has left behind (a former primary that came back).
 *
 * @throws PlumblineError `conflict` that names what differs.
 */
export async function identify(row: TargetRow, session: Session): Promise<Target> {
  const identity = await readIdentity(session, identityDeadlineMs);
  refuseStranger(row, identity);
  return {
    clusterId: row.clusterId,
    clusterName: row.clusterName,
    instanceId: row.instanceId,
    instanceName: row.instanceName,
    host: row.host,
    port: row.port,
    maintenanceDatabase: row.maintenanceDatabase,
    serverVersionNum: identity.serverVersionNum,
    role: identity.role,
    systemIdentifier: identity.systemIdentifier,
    timeline: identity.timeline,
    environment: row.environment,
    isProduction: row.isProduction,
    rpoSeconds: row.rpoSeconds,
  };
}

/**
 * A server that nobody can ask, as it was last known: for what works from saved files alone.
 *
 * @throws PlumblineError `conflict` when it was never seen, so that nothing says whose files would be restored.
 */
export function rememberedTarget(row: TargetRow): Target {
  if (row.clusterSystemIdentifier === null || row.serverVersionNum === null) {
    throw new PlumblineError('conflict', `${row.instanceName} does not answer, and it was never seen.`, {
      next: 'Without its system identifier nothing proves that a backup is of this cluster.',
    });
  }
  return {
    clusterId: row.clusterId,
    clusterName: row.clusterName,
    instanceId: row.instanceId,
    instanceName: row.instanceName,
    host: row.host,
    port: row.port,
    maintenanceDatabase: row.maintenanceDatabase,
    serverVersionNum: row.serverVersionNum,
    role: row.lastRole === 'standby' ? 'standby' : 'primary',
    systemIdentifier: row.clusterSystemIdentifier,
    timeline: row.clusterTimeline ?? 1,
    environment: row.environment,
    isProduction: row.isProduction,
    rpoSeconds: row.rpoSeconds,
    isReachable: false,
  };
}

function refuseStranger(row: TargetRow, identity: Identity): void {
  const place = `${row.host}:${row.port}`;
  if (row.clusterSystemIdentifier !== null && identity.systemIdentifier !== row.clusterSystemIdentifier) {
    throw new PlumblineError('conflict', `${place} is not a server of the cluster ${row.clusterName}.`, {
      next: 'Another server answers at this address. See what runs there before you do anything else.',
      fields: { expected: row.clusterSystemIdentifier, found: identity.systemIdentifier },
    });
  }
  if (
    identity.role === 'primary' &&
    row.clusterTimeline !== null &&
    identity.timeline < row.clusterTimeline
  ) {
    throw new PlumblineError(
      'conflict',
      `${place} is on timeline ${identity.timeline}, but ${row.clusterName} has gone on to ${row.clusterTimeline}.`,
      { next: 'It looks like a former primary that came back. Take it out of service or rebuild it.' },
    );
  }
}

/** Compares the server of a step with the one that was planned for; `unchanged` or an error that says what moved. */
export function assertSameServer(
  planned: { systemIdentifier: string | null; timeline: number | null },
  now: Target,
): void {
  if (planned.systemIdentifier !== null && planned.systemIdentifier !== now.systemIdentifier) {
    throw new PlumblineError(
      'conflict',
      `${now.instanceName} is another server than the plan was made for.`,
      {
        next: 'See what runs at its address, then plan again.',
      },
    );
  }
  // What is only remembered says nothing new of a failover.
  if (now.isReachable !== false && planned.timeline !== null && planned.timeline !== now.timeline) {
    throw new PlumblineError(
      'conflict',
      `${now.clusterName} failed over since the plan: timeline ${planned.timeline} then, ${now.timeline} now.`,
      { next: 'Plan again on the present primary.' },
    );
  }
}

/** Why a job that wants this role cannot run here; undefined when it can. */
export function roleMismatch(runsOn: 'primary' | 'standby' | 'any', target: Target): string | undefined {
  if (runsOn === 'any' || runsOn === target.role) return undefined;
  return `${target.instanceName} is a ${target.role}; this runs on a ${runsOn}.`;
}
