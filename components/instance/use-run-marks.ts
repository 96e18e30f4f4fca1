'use client';

import type { ChartMark } from '@/components/charts/marks';
import { useMarks } from '@/components/data/marks';

/** The marks of a cluster's charts: runs and everything else that happened in the page's range. */
export function useRunMarks(clusterId: string): readonly ChartMark[] {
  return useMarks(clusterId);
}
