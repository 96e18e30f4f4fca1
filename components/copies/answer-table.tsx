'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import type { ApiError } from '@/components/data/api';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { ErrorState } from '@/components/ui/error-state';
import { Skeleton } from '@/components/ui/skeleton';
import { type AnswerRows, answerRowsSchema } from '@/lib/contract/copies';
import type { Read } from '@/lib/contract/reads';

type Row = { key: string; cells: AnswerRows['rows'][number] };

interface AnswerTableProps {
  id: string;
  label: string;
  asked: UseQueryResult<string, ApiError>;
  read: UseQueryResult<Read, ApiError>;
  /** What one can do with a row, as a last column. */
  act?: (cells: Row['cells']) => ReactNode;
}

/** An answer of the form `rows`, from the question to its end. */
export function AnswerTable({ id, label, asked, read, act }: AnswerTableProps) {
  const text = read.data?.answer?.text;
  const answer = useMemo(() => parsed(text), [text]);
  const again = () => void asked.refetch();
  const error = asked.error ?? read.error;
  if (error) return <ErrorState error={error} onRetry={again} />;
  const state = read.data?.state;
  if (!read.data || state === 'waiting' || state === 'running') {
    return (
      <div className="space-y-2" aria-busy="true">
        <p className="text-sm text-muted">{read.data?.waitingFor ?? 'The worker asks …'}</p>
        <Skeleton className="h-24" />
      </div>
    );
  }
  if (state === 'blocked' || state === 'failed') {
    const [blocker] = read.data.blockers;
    const said = blocker ?? read.data.error;
    return (
      <Banner
        tone="unknown"
        title={said?.message ?? 'It could not be answered.'}
        actions={
          <Button size="small" onClick={again}>
            Ask again
          </Button>
        }
      >
        {said?.next}
      </Banner>
    );
  }
  if (!answer) {
    return (
      <Banner
        tone="info"
        title="The answer is forgotten by now"
        actions={
          <Button size="small" onClick={again}>
            Ask again
          </Button>
        }
      >
        What a copy answers is kept for 15 minutes.
      </Banner>
    );
  }
  return (
    <Rows
      id={id}
      label={label}
      answer={answer}
      at={read.data.answer?.storedAt ?? null}
      act={act}
      onAgain={again}
    />
  );
}

function parsed(text: string | null | undefined): AnswerRows | undefined {
  if (!text) return undefined;
  try {
    return answerRowsSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

interface RowsProps extends Pick<AnswerTableProps, 'id' | 'label' | 'act'> {
  answer: AnswerRows;
  at: string | null;
  onAgain: () => void;
}

function Rows({ id, label, answer, at, act, onAgain }: RowsProps) {
  const rows = useMemo(
    () => answer.rows.map((cells, place): Row => ({ key: String(place), cells })),
    [answer],
  );
  const columns = useMemo(() => {
    const drawn = answer.columns.map(
      ({ name, kind }, place): Column<Row> => ({
        id: `c${place}`,
        header: name,
        value: ({ cells }) => cells[place] ?? null,
        ...(kind === 'bytes' && { unit: 'bytes' as const }),
        ...(kind === 'count' && { unit: 'count' as const }),
      }),
    );
    if (!act) return drawn;
    return [...drawn, { id: 'act', header: 'Act', value: () => null, cell: ({ cells }: Row) => act(cells) }];
  }, [answer, act]);
  return (
    <div className="space-y-2">
      <DataTable
        id={id}
        label={label}
        rows={rows}
        columns={columns}
        rowKey={({ key }) => key}
        empty={<p className="p-3 text-sm text-muted">Nothing.</p>}
      />
      <ul className="space-y-1 text-sm text-muted">
        {answer.notes.map((note) => (
          <li key={note} className="break-words">
            {note}
          </li>
        ))}
      </ul>
      <p className="flex flex-wrap items-center gap-2 text-sm text-muted">
        Answered <Age at={at} />
        <Button size="small" look="quiet" onClick={onAgain}>
          Ask again
        </Button>
      </p>
    </div>
  );
}
