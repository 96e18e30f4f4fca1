'use client';

import type { ChartMark } from '@/components/charts/time-chart';
import type { Range } from '@/components/data/range';

const none: readonly ChartMark[] = [];

/** Runs on this instance in the page's range, as marks on every chart. */
export function useRunMarks(_instanceId: string, _range: Range): readonly ChartMark[] {
  return none;
}
