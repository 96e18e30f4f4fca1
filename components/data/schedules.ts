'use client';

import { z } from 'zod';
import { api, withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import {
  type ChangeSchedule,
  type NewSchedule,
  scheduleDetailSchema,
  schedulePreviewSchema,
  schedulesSchema,
} from '@/lib/contract/schedules';

export function useSchedules(clusterId = '') {
  return useApi(withQuery('/api/v1/schedules', { clusterId }), schedulesSchema, {
    topics: ['schedule', 'run'],
  });
}

/** One schedule; no longer asked for once it is `gone`. */
export function useSchedule(id: string, gone = false) {
  return useApi(`/api/v1/schedules/${id}`, scheduleDetailSchema, {
    topics: [`schedule:${id}`, 'run'],
    enabled: !gone,
  });
}

/** The next five moments of a cron line, as the server that will fire it reads it. */
export function useFirePreview(cron: string, zone: string) {
  return useApi(withQuery('/api/v1/schedules/preview', { cron, zone }), schedulePreviewSchema, {
    enabled: cron.trim() !== '' && zone.trim() !== '',
    keepPrevious: true,
    pollSeconds: 300,
  });
}

export async function addSchedule(schedule: NewSchedule): Promise<string> {
  const { id } = await api.post('/api/v1/schedules', schedule, z.object({ id: z.string() }));
  return id;
}

export async function changeSchedule(id: string, change: ChangeSchedule): Promise<void> {
  await api.patch(`/api/v1/schedules/${id}`, change, z.unknown());
}

export async function removeSchedule(id: string): Promise<void> {
  await api.delete(`/api/v1/schedules/${id}`, z.unknown());
}
