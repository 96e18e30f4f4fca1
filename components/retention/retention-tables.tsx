'use client';

import Link from 'next/link';
import { Age, Moment } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { StatusMark } from '@/components/ui/status-mark';
import type { Retention, RetentionRow } from '@/lib/contract/retention';

type Group = Retention['groups'][number];

const moment = (at: string | null) => (at === null ? '–' : <Moment at={at} />);

const groupColumns: Column<Group>[] = [
  { id: 'name', header: 'What', value: ({ name }) => name },
  { id: 'kept', header: 'Stay', value: ({ kept }) => kept, align: 'right' },
  { id: 'goes', header: 'Go', value: ({ goes }) => goes, align: 'right' },
  { id: 'bytes', header: 'Freed', value: ({ bytesFreed }) => bytesFreed, unit: 'bytes' },
  {
    id: 'before',
    header: 'Reaches back to',
    value: ({ reachesBack }) => reachesBack.before,
    cell: ({ reachesBack }) => moment(reachesBack.before),
  },
  {
    id: 'after',
    header: 'And then to',
    value: ({ reachesBack }) => reachesBack.after,
    cell: ({ reachesBack }) =>
      reachesBack.after === reachesBack.before ? 'the same' : moment(reachesBack.after),
  },
  {
    id: 'frozen',
    header: 'Held back',
    value: ({ frozen }) => frozen,
    cell: ({ frozen }) => (frozen ? <StatusMark status="warn" word={`Nothing goes while ${frozen}`} /> : '–'),
  },
];

/** Each database, and the server's backup sets: what stays, what goes, and how far back one can go then. */
export function RetentionGroups({ groups }: { groups: readonly Group[] }) {
  return (
    <DataTable
      id="groups"
      label="What retention keeps"
      rows={groups}
      columns={groupColumns}
      rowKey={({ type, name }) => `${type} ${name}`}
      plain
    />
  );
}

const backupColumns: Column<RetentionRow>[] = [
  {
    id: 'verdict',
    header: 'Verdict',
    value: ({ keeps }) => (keeps ? 'stays' : 'goes'),
    cell: ({ keeps }) => (
      <StatusMark
        status={keeps ? 'ok' : 'expired'}
        word={keeps ? 'Stays' : 'Goes'}
        className="whitespace-nowrap"
      />
    ),
  },
  {
    id: 'backup',
    header: 'Backup',
    value: ({ database, label }) => database ?? label,
    cell: ({ id, database, label }) => (
      <Link href={`/backups/${id}`} prefetch={false} className="link">
        {database ?? label ?? id}
      </Link>
    ),
  },
  { id: 'method', header: 'Method', value: ({ method }) => method },
  {
    id: 'finished',
    header: 'Finished',
    value: ({ finishedAt }) => finishedAt,
    cell: ({ finishedAt }) => <Age at={finishedAt} />,
  },
  { id: 'bytes', header: 'Size', value: ({ bytes }) => bytes, unit: 'bytes' },
  {
    id: 'why',
    header: 'Why it stays',
    wide: true,
    value: ({ reasons }) => reasons.map(({ text }) => text).join('; '),
  },
  { id: 'worker', header: 'On worker', value: ({ workerName }) => workerName, hidden: true },
];

/** Every backup with its verdict; what goes is first. */
export function RetentionBackups({ backups }: { backups: readonly RetentionRow[] }) {
  return (
    <DataTable
      id="verdicts"
      label="Backups and what happens to them"
      rows={backups}
      columns={backupColumns}
      rowKey={({ id }) => id}
      href={({ id }) => `/backups/${id}`}
      defaultSort="verdict"
    />
  );
}
