'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { type ApiError, api } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import {
  type ChangeChannel,
  channelDetailSchema,
  channelsSchema,
  type NewChannel,
  requestedSchema,
  type SavedChannel,
  savedChannelSchema,
} from '@/lib/contract/channels';

const path = '/api/v1/channels';

export function useChannels() {
  return useApi(path, channelsSchema, { topics: ['alert'] });
}

/** One channel with its newest messages; asked often while one is on its way. */
export function useChannel(id: string, pollSeconds = 30) {
  return useApi(`${path}/${id}`, channelDetailSchema, { topics: ['alert'], pollSeconds });
}

/** Adding, changing, removing, trying; each makes lists and the page fresh. */
export function useChannelActs(id = '') {
  const client = useQueryClient();
  const onSuccess = async () => {
    await client.invalidateQueries({ queryKey: [path] });
    await client.invalidateQueries({ queryKey: [`${path}/${id}`] });
  };
  return {
    add: useMutation<SavedChannel, ApiError, NewChannel>({
      mutationFn: (body) => api.post(path, body, savedChannelSchema),
      onSuccess,
    }),
    change: useMutation<SavedChannel, ApiError, ChangeChannel>({
      mutationFn: (body) => api.put(`${path}/${id}`, body, savedChannelSchema),
      onSuccess,
    }),
    remove: useMutation<unknown, ApiError, string>({
      mutationFn: (confirm) => api.delete(`${path}/${id}`, z.unknown(), { body: { confirm } }),
      onSuccess,
    }),
    test: useMutation<{ id: string }, ApiError, undefined>({
      mutationFn: () => api.post(`${path}/${id}/test`, {}, requestedSchema),
      onSuccess,
    }),
    retry: useMutation<unknown, ApiError, string>({
      mutationFn: (delivery) => api.post(`/api/v1/deliveries/${delivery}/retry`, {}, z.unknown()),
      onSuccess,
    }),
  };
}
