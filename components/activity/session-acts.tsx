'use client';

import { ActButton } from '@/components/activity/act-button';
import type { ActiveSession, SessionAct } from '@/lib/contract/activity';

interface SessionActsProps {
  acts: readonly SessionAct[];
  session: Pick<ActiveSession, 'pid' | 'backendStart'>;
  clusterId: string;
  instanceId: string;
  /** Everybody who waits behind it, instead of itself. */
  victims?: number;
}

/** What can be done to a session, or to its victims. */
export function SessionActs({ acts, session, clusterId, instanceId, victims }: SessionActsProps) {
  return (
    <span className="flex gap-1">
      {acts.map((act) => {
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
