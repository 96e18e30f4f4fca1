'use client';

import { stateAdvice, stateWords, statusOf } from '@/components/replication/words';
import { CodeBlock } from '@/components/ui/code-block';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import type { ReplicationServer } from '@/lib/contract/replication';

/** What to do about the states that standbys are in now; nothing while all are as they should be. */
export function StateAdvice({ servers }: { servers: readonly ReplicationServer[] }) {
  const advised = servers.flatMap((server) => {
    const facts = server.standby;
    const advice = facts && stateAdvice[facts.state];
    // Behind for a moment is no reason to act; what is set up so needs no act either.
    const isCalm = facts?.trouble === 0 && (facts.overdueSeconds ?? 0) < 30;
    return facts && advice && !isCalm ? [{ server, facts, advice }] : [];
  });
  if (advised.length === 0) return null;
  return (
    <Panel title="What to do">
      <ul className="flex flex-col gap-4">
        {advised.map(({ server, facts, advice }) => (
          <li key={server.instanceId} className="flex max-w-prose flex-col gap-1.5 text-sm">
            <p>
              <StatusMark
                status={statusOf(server)}
                word={`${server.name}: ${stateWords[facts.state]}`}
                className="mr-1.5 align-text-bottom"
              />
              {facts.says}
            </p>
            <p>{advice.act}</p>
            {advice.sql ? <CodeBlock code={advice.sql} label={`SQL for ${server.name}`} wrap /> : null}
            {advice.avoid ? <p className="text-muted">{advice.avoid}</p> : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
