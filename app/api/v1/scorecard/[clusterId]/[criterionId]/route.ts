import { z } from 'zod';
import { route } from '@/lib/http/route';
import { criterionOfCluster } from '@/lib/queries/scorecard';

/** One criterion of one cluster, with what it was before. */
export const GET = route({
  permission: 'read',
  params: z.object({ clusterId: z.uuid(), criterionId: z.string().max(100) }),
  run: ({ db, params }) => criterionOfCluster(db, params.clusterId, params.criterionId),
});
