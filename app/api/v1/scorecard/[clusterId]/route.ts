import { z } from 'zod';
import { route } from '@/lib/http/route';
import { scorecardOfCluster } from '@/lib/queries/scorecard';

/** The scorecard of one cluster. */
export const GET = route({
  permission: 'read',
  params: z.object({ clusterId: z.uuid() }),
  run: ({ db, params }) => scorecardOfCluster(db, params.clusterId),
});
