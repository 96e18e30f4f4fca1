'use client';

import Link from 'next/link';
import { ChainPanel } from '@/components/backups/chain-panel';
import { ChecksumMark } from '@/components/backups/checksum-mark';
import { DrillMark } from '@/components/backups/drill-mark';
import { KeepPanel } from '@/components/backups/keep-panel';
import { backupJobHref, useBackupJobs } from '@/components/backups/use-backup-jobs';
import { useBackup } from '@/components/data/backups';
import { useRun } from '@/components/data/runs';
import { ShelfPanel } from '@/components/retention/shelf-panel';
import { FactsView } from '@/components/runs/facts-view';
import { Age, Moment } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { KeyValue } from '@/components/ui/key-value';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge, StatusMark, statusWord } from '@/components/ui/status-mark';
import { formatBytes, formatDuration } from '@/lib/base/format';
import type { BackupDetail } from '@/lib/contract/backups';

/** One saved copy: what is in it, where it lies, and every drill that it went through. */
export function BackupPage({
  id,
  pinRefusal,
  holdRefusal,
}: {
  id: string;
  pinRefusal: string | null;
  holdRefusal: string | null;
}) {
  const query = useBackup(id);
  const { using } = useBackupJobs();
  const backup = query.data;
  return (
    <>
      <PageHeader
        title={backup ? `Backup of ${backup.database ?? backup.cluster.name}` : 'Backup'}
        marks={
          backup ? (
            <>
              <StatusBadge
                status={backup.hasErrors && backup.state === 'ready' ? 'crit' : backup.state}
                word={backup.hasErrors && backup.state === 'ready' ? 'Damaged' : undefined}
              />
              <Badge>{backup.type}</Badge>
              {backup.method && backup.type === 'physical' ? <Badge>{backup.method}</Badge> : null}
            </>
          ) : null
        }
        note={
          backup ? (
            <>
              {backup.cluster.name}, finished <Moment at={backup.finishedAt} />
            </>
          ) : undefined
        }
        actions={
          backup?.state === 'ready' && !backup.hasErrors
            ? using
                .filter(({ type }) => type === backup.type)
                .map((each, place) => (
                  <ButtonLink
                    key={each.job.id}
                    look={place === 0 ? 'primary' : 'plain'}
                    href={backupJobHref(each, backup)}
                  >
                    {each.job.title}
                  </ButtonLink>
                ))
            : null
        }
      />
      <QueryState query={query} lines={10}>
        {(data) => (
          <div className="space-y-4">
            <BackupWarnings backup={data} />
            <div className="grid gap-4 lg:grid-cols-[2fr_3fr]">
              <div className="min-w-0 space-y-4">
                <AboutBackup backup={data} />
                <KeepPanel backup={data} pinRefusal={pinRefusal} holdRefusal={holdRefusal} />
                <ShelfPanel backupId={data.id} />
                <Drills backup={data} />
                <ChainPanel backup={data} />
              </div>
              <Contents backup={data} />
            </div>
          </div>
        )}
      </QueryState>
    </>
  );
}

/** What the run counted in the copy: its evidence has more than the backup's own facts, as rows per table. */
function Contents({ backup }: { backup: BackupDetail }) {
  const run = useRun(backup.runId ?? '', backup.runId !== null);
  const evidence = run.data?.evidence.find(({ backupId }) => backupId === backup.id);
  return (
    <Panel
      title="What is in it"
      note={
        backup.type === 'physical'
          ? 'As pgBackRest lists it, and as its run found it.'
          : 'As it was counted in the copy itself, not in the database.'
      }
      at={backup.finishedAt}
    >
      <FactsView facts={evidence?.facts ?? backup.facts} />
    </Panel>
  );
}

/** `150020` → `15.20` (server_version_num since version 10). */
function versionText(serverVersionNum: number): string {
  return `${Math.floor(serverVersionNum / 10_000)}.${serverVersionNum % 10_000}`;
}

/** What must be known before anybody counts on it. */
function BackupWarnings({ backup }: { backup: BackupDetail }) {
  const lost = backup.chain.filter(
    ({ relation, state, hasErrors }) => relation === 'needs' && (state !== 'ready' || hasErrors),
  );
  return (
    <>
      {backup.gone ? (
        <Banner tone="crit" title={statusWord(backup.state)}>
          {backup.gone.why} Seen <Age at={backup.gone.at} />.
        </Banner>
      ) : null}
      {backup.hasErrors ? (
        <Banner tone="crit" title="It holds damaged pages">
          Checksums of pages were wrong while it was copied: the damage is in the server’s own files, and this
          copy has it too. It counts neither as a backup nor for the window.
        </Banner>
      ) : null}
      {lost.length > 0 ? (
        <Banner tone="crit" title="It can’t be restored: its base is not good">
          It needs {lost.map(({ label, state }) => `${label} (${statusWord(state)})`).join(', ')}.
        </Banner>
      ) : null}
    </>
  );
}

function AboutBackup({ backup }: { backup: BackupDetail }) {
  return (
    <Panel title="This backup">
      <KeyValue
        items={[
          [
            'Cluster',
            <Link key="c" href={`/clusters/${backup.cluster.id}`} prefetch={false} className="link">
              {backup.cluster.name}
            </Link>,
          ],
          ['Taken from', backup.instance?.name ?? '–'],
          ['Server version', versionText(backup.serverVersionNum)],
          ['Size', formatBytes(backup.bytes)],
          ['Took', formatDuration(backup.seconds)],
          ['Age', <Age key="a" at={backup.finishedAt} />],
          ['Checksums', <ChecksumMark key="k" checksums={backup.checksums} />],
          ...(backup.type === 'physical'
            ? ([
                [
                  'Label',
                  <span key="l" className="font-mono text-xs">
                    {backup.label ?? '–'}
                  </span>,
                ],
                ['Stanza', `${backup.stanzaName ?? '–'}, repository ${backup.repository ?? '–'}`],
                [
                  'Its own WAL',
                  <span key="w" className="font-mono text-xs">
                    {[...new Set([backup.walFirst ?? '–', backup.walLast ?? '–'])].join(' to ')}
                  </span>,
                ],
              ] as const)
            : []),
          ['On worker', backup.workerName],
          ['Uploaded to', backup.uploadedTo.length > 0 ? backup.uploadedTo.join(', ') : 'nowhere'],
          [
            'Folder',
            <span key="p" className="font-mono text-xs break-all">
              {backup.path}
            </span>,
          ],
          [
            'Run',
            backup.runId ? (
              <Link key="r" href={`/runs/${backup.runId}`} prefetch={false} className="link">
                its plan, steps and log
              </Link>
            ) : (
              '–'
            ),
          ],
        ]}
      />
    </Panel>
  );
}

function Drills({ backup }: { backup: BackupDetail }) {
  return (
    <Panel title="Drills" actions={<DrillMark drill={backup.lastDrill} />}>
      {backup.drills.length === 0 ? (
        <p className="text-sm text-muted">
          Nobody has restored this copy yet, so nothing proves that it can be. A drill does it where only the
          worker reaches, and removes everything afterwards.
        </p>
      ) : (
        <ul className="space-y-1 text-sm leading-6">
          {backup.drills.map((drill) => (
            <li key={drill.evidenceId} className="flex flex-wrap items-center gap-x-2">
              <StatusMark status={drill.verdict} />
              <Link href={`/runs/evidence/${drill.evidenceId}`} prefetch={false} className="link">
                <Age at={drill.at} />
              </Link>
              <span className="text-muted">
                {drill.restoreSeconds === null
                  ? 'nothing was restored'
                  : `restored in ${formatDuration(drill.restoreSeconds)}`}
              </span>
              <Link href={`/runs/${drill.runId}`} prefetch={false} className="link">
                run
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
