'use client';

import { useMemo } from 'react';
import type { ChartMark } from '@/components/charts/marks';
import { withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { runsSchema } from '@/lib/contract/runs';

/** The cluster's newest runs as marks: a run on one server is felt by all of them. */
export function useRunMarks(clusterId: string): readonly ChartMark[] {
  const runs = useApi(withQuery('/api/v1/runs', { clusterId, limit: 50 }), runsSchema, { topics: ['run'] });
  return useMemo(
    () =>
      (runs.data?.items ?? []).flatMap((run): ChartMark[] =>
        run.startedAt ? [{ at: Date.parse(run.startedAt), label: run.title, kind: 'run' }] : [],
      ),
    [runs.data],
  );
}
