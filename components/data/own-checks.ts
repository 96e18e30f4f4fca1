'use client';

import { useApi } from '@/components/data/use-api';
import { checkSourceSchema } from '@/lib/contract/check-source';
import { checkServersSchema, checksOverviewSchema } from '@/lib/contract/checks-overview';
import { ownCheckDetailSchema, trialSchema } from '@/lib/contract/own-checks';

/** Every check, of the catalogue and of people's own, with its state over all servers. */
export function useChecksOverview() {
  return useApi('/api/v1/checks/overview', checksOverviewSchema, {
    topics: ['instance', 'cluster'],
    pollSeconds: 30,
  });
}

/** One check on each server. */
export function useCheckServers(id: string) {
  return useApi(`/api/v1/checks/${encodeURIComponent(id)}/servers`, checkServersSchema, {
    topics: ['instance', 'cluster'],
    pollSeconds: 30,
  });
}

/** The SQL of a check and what it needs: changes with a new version only. */
export function useCheckSource(id: string) {
  return useApi(`/api/v1/checks/${encodeURIComponent(id)}/source`, checkSourceSchema, { pollSeconds: 3600 });
}

export function useOwnCheck(name: string) {
  return useApi(`/api/v1/own-checks/${name}`, ownCheckDetailSchema, { topics: ['cluster'] });
}

/** A trial, asked for each second until it has ended: people wait for it. */
export function useTrial(id: string, done: boolean) {
  return useApi(`/api/v1/own-checks/trials/${id}`, trialSchema, {
    topics: [`test:${id}`],
    pollSeconds: done ? 3600 : 1,
    enabled: id !== '',
  });
}
