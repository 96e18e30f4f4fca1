'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ApiError, api } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import {
  type AddPerson,
  type ChangePerson,
  type OneTimePassword,
  oneTimePasswordSchema,
  peopleSchema,
} from '@/lib/contract/people';

const path = '/api/v1/people';

export function usePeople() {
  return useApi(path, peopleSchema);
}

/** Adding, changing and giving a new password; each makes the list fresh. */
export function usePeopleActs() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: [path] });
  return {
    add: useMutation<OneTimePassword, ApiError, AddPerson>({
      mutationFn: (body) => api.post(path, body, oneTimePasswordSchema),
      onSuccess,
    }),
    change: useMutation<unknown, ApiError, { id: string; change: ChangePerson }>({
      mutationFn: ({ id, change }) => api.patch(`${path}/${id}`, change, peopleSchema),
      onSuccess,
    }),
    reset: useMutation<OneTimePassword, ApiError, string>({
      mutationFn: (id) => api.post(`${path}/${id}/password`, {}, oneTimePasswordSchema),
      onSuccess,
    }),
  };
}
