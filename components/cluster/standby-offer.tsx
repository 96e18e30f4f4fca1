import { withQuery } from '@/components/data/api';
import { ButtonLink } from '@/components/ui/button';
import { StatusMark } from '@/components/ui/status-mark';
import type { FoundStandby, InstanceDetail } from '@/lib/contract/instances';

/** Standbys that the primary streams to. The ones not known yet can be added; host and port are to be confirmed. */
export function StandbyOffer({ instance, standbys }: { instance: InstanceDetail; standbys: FoundStandby[] }) {
  if (standbys.length === 0) return null;
  return (
    <section className="rounded-md border border-line p-3">
      <h3 className="text-sm font-semibold">Standbys that stream from this server</h3>
      <ul className="mt-1 space-y-1">
        {standbys.map((standby) => (
          <li
            key={`${standby.applicationName} ${standby.host}`}
            className="flex flex-wrap items-center gap-2 text-sm"
          >
            <span className="font-medium break-words">{standby.applicationName || '(no name)'}</span>
            <span className="text-muted">
              {standby.host ?? 'by a socket'}, {standby.state}
            </span>
            {standby.instanceId ? (
              <StatusMark status="ok" word="Known" />
            ) : (
              <ButtonLink
                size="small"
                href={withQuery('/instances/new', {
                  clusterId: instance.clusterId,
                  name: standby.applicationName,
                  host: standby.host,
                  port: standby.port,
                })}
              >
                Add it
              </ButtonLink>
            )}
          </li>
        ))}
      </ul>
      <p className="mt-1 text-xs text-muted">
        The primary does not know on which port a standby listens: confirm host and port when you add it.
      </p>
    </section>
  );
}
