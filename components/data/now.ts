'use client';

import { useApi } from '@/components/data/use-api';
import { nowSchema, statementMovesSchema } from '@/lib/contract/now';

/** Who does not answer; dead workers send no hint, so it is asked again soon. */
export function useNowState() {
  return useApi('/api/v1/now', nowSchema, { topics: ['cluster', 'worker'], pollSeconds: 15 });
}

/** New and regressed statements; readings of statements come once a minute. */
export function useStatementMoves(range: '1h' | '24h') {
  return useApi(`/api/v1/now/statements?range=${range}`, statementMovesSchema, { keepPrevious: true });
}
