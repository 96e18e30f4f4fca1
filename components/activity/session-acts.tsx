'use client';

import { ActButton } from '@/components/activity/act-button';
import type { ActiveSession, SessionAct } from '@/lib/contract/activity';

interface SessionActsProps {
  acts: readonly SessionAct[];
  session: Pick<ActiveSession, 'pid' | 'backendStart' | 'state'>;
  clusterId: string;
  instanceId: string;
  /** Everybody who waits behind it, instead of itself. */
  victims?: number;
}

/** What can be done to a session, or to its victims. */
export function SessionActs({ acts, session, clusterId, instanceId, victims }: SessionActsProps) {
  // Victims wait in a statement each, whatever the one does that they wait for.
  const fitting = acts.filter(
    ({ states }) => victims !== undefined || states === null || states.includes(session.state ?? ''),
  );
  return (
    <span className="flex gap-1">
      {fitting.map((act) => {
        const input: Record<string, string | number> = victims === undefined ? {} : { whom: 'victims' };
        for (const [field, from] of Object.entries(act.input)) input[field] = session[from];
        return (
          <ActButton
            key={act.job}
            job={act.job}
            label={victims === undefined ? act.label : `${act.label} ${victims} victims`}
            of={`process ${session.pid}`}
            clusterId={clusterId}
            instanceId={instanceId}
            input={input}
          />
        );
      })}
    </span>
  );
}
