'use client';

import Link from 'next/link';
import { Age } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { StatusMark } from '@/components/ui/status-mark';
import type { WaitingPlan } from '@/lib/contract/approvals';

const columns: Column<WaitingPlan>[] = [
  {
    id: 'state',
    header: 'For',
    value: (plan) => (plan.isForReader ? 'you' : 'another'),
    cell: (plan) =>
      plan.isForReader ? (
        <StatusMark status="needs-decision" word="You may approve" className="whitespace-nowrap" />
      ) : (
        <StatusMark status="queued" word="Another person" className="whitespace-nowrap" />
      ),
  },
  {
    id: 'title',
    header: 'Plan',
    value: (plan) => plan.title,
    cell: (plan) => (
      <Link href={`/plans/${plan.planId}`} prefetch={false} className="link">
        {plan.title}
      </Link>
    ),
  },
  { id: 'cluster', header: 'Cluster', value: (plan) => plan.clusterName },
  { id: 'summary', header: 'What', wide: true, value: (plan) => plan.summary },
  { id: 'reason', header: 'Why', value: (plan) => plan.reason },
  { id: 'by', header: 'Asked by', value: (plan) => plan.byName },
  { id: 'at', header: 'Asked', value: (plan) => plan.at, cell: (plan) => <Age at={plan.at} /> },
];

/** Plans that wait for a second person; a row leads to the plan. */
export function WaitingTable({ plans, plain = false }: { plans: readonly WaitingPlan[]; plain?: boolean }) {
  return (
    <DataTable
      id="waiting-plans"
      label="Plans that wait for a second person"
      plain={plain}
      rows={[...plans]}
      columns={columns}
      rowKey={(plan) => plan.planId}
      href={(plan) => `/plans/${plan.planId}`}
    />
  );
}
