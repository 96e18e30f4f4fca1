'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { type ApiError, api } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { type CreateToken, createdTokenSchema, revokedSchema, tokensSchema } from '@/lib/contract/tokens';

const path = '/api/v1/tokens';

export function useTokens() {
  return useApi(path, tokensSchema);
}

/** Making and revoking; both make the list fresh. */
export function useTokenActs() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: [path] });
  return {
    create: useMutation<z.infer<typeof createdTokenSchema>, ApiError, CreateToken>({
      mutationFn: (body) => api.post(path, body, createdTokenSchema),
      onSuccess,
    }),
    revoke: useMutation<unknown, ApiError, string>({
      mutationFn: (id) => api.delete(`${path}/${id}`, revokedSchema),
      onSuccess,
    }),
  };
}
