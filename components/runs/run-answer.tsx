'use client';

import { useRead } from '@/components/data/queries';
import { PlanAnswer } from '@/components/queries/plan-answer';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import type { Run } from '@/lib/contract/runs';

/** What a run that only reads had to say, for as long as the console keeps it, to those who may see it. */
export function RunAnswer({ run }: { run: Run }) {
  const read = useRead(run.planId);
  return (
    <Panel title="Answer" note="Kept for 15 minutes, apart from the log: it may hold people’s data.">
      <QueryState query={read} lines={4}>
        {(data) => <PlanAnswer read={data} />}
      </QueryState>
    </Panel>
  );
}
