'use client';

import Link from 'next/link';
import { type FormEvent, useState } from 'react';
import { useReview } from '@/components/approvals/use-approvals';
import { Age } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { StatusBadge, StatusMark } from '@/components/ui/status-mark';
import type { BrokenGlass } from '@/lib/contract/approvals';

function glassColumns(review: (glass: BrokenGlass) => void): Column<BrokenGlass>[] {
  return [
    {
      id: 'review',
      header: 'Reviewed',
      value: (glass) => glass.reviewedByName ?? 'open',
      cell: (glass) =>
        glass.reviewedAt ? (
          <StatusMark status="ok" word={`By ${glass.reviewedByName}`} />
        ) : glass.reviewRefusal ? (
          <span title={`${glass.reviewRefusal.message} ${glass.reviewRefusal.next}`}>
            <StatusMark status="warn" word="Open" />
          </span>
        ) : (
          <Button size="small" onClick={() => review(glass)}>
            Review
          </Button>
        ),
    },
    {
      id: 'run',
      header: 'Run',
      value: (glass) => glass.title,
      cell: (glass) => (
        <Link href={`/runs/${glass.runId}`} prefetch={false} className="link">
          {glass.title}
        </Link>
      ),
    },
    {
      id: 'state',
      header: 'State',
      value: (glass) => glass.runState,
      cell: (glass) => <StatusBadge status={glass.runState} />,
    },
    { id: 'cluster', header: 'Cluster', value: (glass) => glass.clusterName },
    { id: 'by', header: 'By', value: (glass) => glass.byName },
    { id: 'reason', header: 'Why', wide: true, value: (glass) => glass.reason },
    { id: 'at', header: 'When', value: (glass) => glass.at, cell: (glass) => <Age at={glass.at} /> },
    { id: 'note', header: 'Reviewed with', wide: true, value: (glass) => glass.reviewNote },
  ];
}

/** Runs that a dba started alone, those that nobody has looked at in front. */
export function GlassTable({ glass }: { glass: readonly BrokenGlass[] }) {
  const [reviewing, setReviewing] = useState<BrokenGlass | null>(null);
  return (
    <>
      <DataTable
        id="broken-glass"
        label="Runs that were started alone"
        rows={[...glass]}
        columns={glassColumns(setReviewing)}
        rowKey={({ id }) => id}
      />
      {reviewing ? <ReviewDialog glass={reviewing} onClose={() => setReviewing(null)} /> : null}
    </>
  );
}

function ReviewDialog({ glass, onClose }: { glass: BrokenGlass; onClose: () => void }) {
  const review = useReview();
  const [note, setNote] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    review.mutate({ id: glass.id, note }, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Review what was done alone"
      description={`${glass.byName} started “${glass.title}” on ${glass.clusterName}: “${glass.reason}”`}
      footer={
        <>
          <Button onClick={onClose}>Not yet</Button>
          <Button
            look="primary"
            type="submit"
            form="review"
            busy={review.isPending}
            disabled={note.trim().length < 8}
          >
            I have reviewed it
          </Button>
        </>
      }
    >
      <form id="review" onSubmit={submit} className="flex flex-col gap-3">
        {review.error && !review.error.fields.note ? <ErrorLine error={review.error} /> : null}
        <p className="text-sm">{glass.summary}</p>
        <Field
          label="What you found"
          required
          hint="Read the run’s steps and evidence first. Your word stands in the audit log."
          error={review.error?.fields.note}
        >
          <Textarea value={note} maxLength={1000} onChange={(event) => setNote(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  );
}
