'use client';

import type { ReactNode } from 'react';
import { ButtonLink } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import type { StanzaSetup } from '@/lib/contract/stanzas';

type Stanza = NonNullable<StanzaSetup['stanza']>;

interface StepProps {
  title: string;
  /** Undefined where this page does not know it. */
  done?: boolean;
  children: ReactNode;
  action: ReactNode;
}

function Step({ title, done, children, action }: StepProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line py-2 first:border-t-0">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
          {title}{' '}
          {done === undefined ? null : (
            <StatusMark status={done ? 'ok' : 'pending'} word={done ? 'done' : 'to do'} />
          )}
        </p>
        <p className="text-sm text-muted">{children}</p>
      </div>
      {action}
    </li>
  );
}

/** What comes after the description, each a plan that is looked at before it runs. */
export function NextSteps({ setup, stanza }: { setup: StanzaSetup; stanza: Stanza }) {
  const { kinds, cluster, physicalBackups } = setup;
  const plan = (kind: string | null, label: string, query = '') =>
    kind ? (
      <ButtonLink href={`/jobs/${kind}?clusterId=${cluster.id}${query}`} look="primary">
        {label}
      </ButtonLink>
    ) : null;
  const isActive = stanza.state === 'active';
  const isAdopted = stanza.configPath !== null;
  return (
    <Panel
      title="2 · What follows"
      note="Each is planned first: its exact commands and statements are shown for review."
    >
      <ol>
        {isAdopted ? (
          <Step
            title="Adopt it"
            done={isActive}
            action={plan(kinds.adopt, isActive ? 'Plan it again' : 'Plan the adoption')}
          >
            Its own file is read; its backups, retention and schedules are seen and stay as they are.
          </Step>
        ) : (
          <Step
            title="Set up archiving"
            done={isActive}
            action={plan(kinds.setUp, isActive ? 'Plan it again' : 'Plan the set-up')}
          >
            Writes the configuration, creates the stanza, sets archive_command and proves that a segment
            arrives. The former archive_command is kept for undo.
          </Step>
        )}
        {isAdopted && isActive ? (
          <Step
            title="Hand it over"
            done={stanza.isManaged}
            action={stanza.isManaged ? null : plan(kinds.takeOver, 'Plan the hand-over')}
          >
            Only if the console shall own retention. Its owner’s schedules must be gone first.
          </Step>
        ) : null}
        <Step
          title="Take the first full backup"
          done={physicalBackups > 0}
          action={
            isActive
              ? plan(kinds.backup, physicalBackups > 0 ? 'Take another' : 'Plan a full backup', '&type=full')
              : null
          }
        >
          WAL alone restores nothing: the recoverable window begins with the end of a backup.
        </Step>
        <Step
          title="Take them by schedule"
          action={
            isActive && kinds.backup ? (
              <ButtonLink href={`/schedules/new/${kinds.backup}?clusterId=${cluster.id}`}>
                Add a schedule
              </ButtonLink>
            ) : null
          }
        >
          A full one each week and a differential one each night is a good beginning.
        </Step>
      </ol>
    </Panel>
  );
}
