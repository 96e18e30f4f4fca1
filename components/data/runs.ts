'use client';

import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { type ApiError, api, withQuery } from '@/components/data/api';
import { useLiveState } from '@/components/data/live';
import { useApi } from '@/components/data/use-api';
import { evidenceSchema } from '@/lib/contract/evidence';
import { type Plan, planSchema } from '@/lib/contract/plans';
import {
  type Decision,
  type LogLine,
  runLogSchema,
  runSchema,
  runsSchema,
  startedSchema,
} from '@/lib/contract/runs';

export function usePlan(id: string) {
  return useApi(`/api/v1/plans/${id}`, planSchema, { topics: [`plan:${id}`], pollSeconds: 3 });
}

export interface RunsFilter {
  clusterId?: string;
  kind?: string;
  state?: string;
  open?: string;
  scheduleId?: string;
  limit?: number;
}

export function useRuns(filter: RunsFilter) {
  return useApi(withQuery('/api/v1/runs', { ...filter }), runsSchema, {
    topics: ['run'],
    pollSeconds: 30,
    keepPrevious: true,
  });
}

export function useRun(id: string, enabled = true) {
  return useApi(`/api/v1/runs/${id}`, runSchema, { topics: [`run:${id}`], pollSeconds: 5, enabled });
}

export function useEvidence(id: string) {
  return useApi(`/api/v1/evidence/${id}`, evidenceSchema, { pollSeconds: 600 });
}

/**
 * All lines of a run's log so far. Each read asks only for what comes after the last line, so that a page that was
 * away for a while misses none.
 */
export function useRunLog(id: string, isOpen: boolean) {
  const live = useLiveState();
  const path = `/api/v1/runs/${id}/log`;
  return useQuery<LogLine[], ApiError>({
    queryKey: [path],
    meta: { topics: [`run:${id}`] },
    refetchInterval: isOpen ? (live === 'live' ? 1500 : 1000) : 30_000,
    structuralSharing: false,
    queryFn: async ({ client, signal }) => {
      const before = client.getQueryData<LogLine[]>([path]) ?? [];
      const lines = [...before];
      for (;;) {
        const afterSeq = lines.at(-1)?.seq ?? 0;
        const page = await api.get(withQuery(path, { afterSeq, limit: 1000 }), runLogSchema, { signal });
        lines.push(...page.items);
        if (page.items.length === 0 || (page.items.at(-1)?.seq ?? 0) >= page.lastSeq) break;
      }
      return lines.length === before.length ? before : lines;
    },
  });
}

/**
 * Starts a reviewed plan. Without a key of its own a plan is started once: a second click, or a second person, is led
 * to the same run.
 */
export async function startRun(
  plan: Pick<Plan, 'id' | 'hash'>,
  confirm?: string,
  word: { reason?: string; breakGlass?: boolean } = {},
): Promise<string> {
  const body = { planId: plan.id, planHash: plan.hash ?? '', confirm, ...word };
  const { id } = await api.post('/api/v1/runs', body, startedSchema);
  return id;
}

export async function cancelRun(id: string): Promise<void> {
  await api.post(`/api/v1/runs/${id}/cancel`, {}, z.unknown());
}

export async function decideRun(id: string, decision: Decision): Promise<void> {
  await api.post(`/api/v1/runs/${id}/decision`, { decision }, z.unknown());
}
