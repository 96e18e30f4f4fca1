'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { type ApiError, api } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { approvalsSchema, type NewWord } from '@/lib/contract/approvals';

const path = '/api/v1/approvals';

/** What waits for a second person, and what was done without one. */
export function useApprovals() {
  return useApi(path, approvalsSchema, { topics: ['alert', 'plan', 'run'], pollSeconds: 30 });
}

/** Asks for a second person, or is one; makes the plan and the list fresh. */
export function useSayOnPlan(planId: string) {
  const client = useQueryClient();
  return useMutation<unknown, ApiError, NewWord>({
    mutationFn: (word) => api.post(`/api/v1/plans/${planId}/approvals`, word, z.unknown()),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: [`/api/v1/plans/${planId}`] });
      await client.invalidateQueries({ queryKey: [path] });
    },
  });
}

export function useReview() {
  const client = useQueryClient();
  return useMutation<unknown, ApiError, { id: string; note: string }>({
    mutationFn: ({ id, note }) => api.post(`${path}/${id}/review`, { note }, z.unknown()),
    onSettled: () => client.invalidateQueries({ queryKey: [path] }),
  });
}

export function useApprovalMinutes() {
  const client = useQueryClient();
  return useMutation<unknown, ApiError, number>({
    mutationFn: (minutes) => api.put(`${path}/settings`, { minutes }, z.unknown()),
    onSuccess: () => client.invalidateQueries({ queryKey: [path] }),
  });
}
