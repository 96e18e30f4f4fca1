'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { requestPlan } from '@/components/data/jobs';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { Age, bothTimes } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { ErrorLine } from '@/components/ui/error-state';
import type { MomentView } from '@/lib/contract/moments';

const words: Record<MomentView['what'], string> = {
  drop: 'Dropped',
  truncate: 'Emptied (TRUNCATE)',
  rewrite: 'Rewritten (VACUUM FULL, CLUSTER, ALTER TABLE …)',
  delete: 'Rows deleted',
  update: 'Rows changed',
  'drop-database': 'Database dropped',
};

interface MomentTableProps {
  clusterId: string;
  searchId: string;
  moments: readonly MomentView[];
}

/** Moments of one search, each with the act that opens a copy just before it. */
export function MomentTable({ clusterId, searchId, moments }: MomentTableProps) {
  const router = useRouter();
  const job = useRecoveryJobs().jobFor('copy');
  const plan = useMutation({
    mutationFn: ({ targetLsn, timeline }: MomentView) =>
      requestPlan({
        kind: job?.id ?? '',
        clusterId,
        input: { to: 'lsn', lsn: targetLsn, exclusive: true, timeline },
      }),
    onSuccess: (id) => router.push(`/plans/${id}`),
  });
  const columns: Column<MomentView>[] = [
    {
      id: 'at',
      header: 'Committed',
      value: (moment) => moment.at,
      cell: (moment) => (
        <span title={bothTimes(moment.at)} className="whitespace-nowrap">
          <Age at={moment.at} /> <span className="text-muted">{moment.at.slice(11, 19)} UTC</span>
        </span>
      ),
    },
    { id: 'what', header: 'What', value: (moment) => words[moment.what] },
    {
      id: 'table',
      header: 'Table',
      wide: true,
      value: (moment) => moment.table ?? `not known: ${moment.files} files went`,
    },
    { id: 'rows', header: 'Rows', unit: 'count', value: (moment) => moment.rows },
    { id: 'xid', header: 'Transaction', align: 'right', mono: true, value: (moment) => moment.xid },
    { id: 'lsn', header: 'Just before', mono: true, value: (moment) => moment.targetLsn },
    {
      id: 'act',
      header: 'Act',
      value: () => null,
      cell: (moment) => (
        <Button
          size="small"
          disabled={!job || job.refusal !== null}
          title={job?.refusal ? `${job.refusal.message} ${job.refusal.next}` : undefined}
          busy={plan.isPending && plan.variables === moment}
          onClick={() => plan.mutate(moment)}
        >
          Plan a copy just before
        </Button>
      ),
    },
  ];
  return (
    <>
      {plan.error ? (
        <div className="px-3 pb-2">
          <ErrorLine error={plan.error} />
        </div>
      ) : null}
      <DataTable
        id={`moments-${searchId.slice(-6)}`}
        label="Moments"
        rows={moments}
        columns={columns}
        rowKey={(moment) => `${moment.commitLsn} ${moment.what} ${moment.table ?? ''}`}
        defaultSort="-at"
        plain={moments.length < 10}
        empty={
          <p className="px-3 pb-3 text-sm text-muted">
            Nothing of the kind in this span. Search an earlier one, or count fewer rows.
          </p>
        }
      />
    </>
  );
}
