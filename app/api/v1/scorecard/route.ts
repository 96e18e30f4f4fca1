import { route } from '@/lib/http/route';
import { scorecardOfAll } from '@/lib/queries/scorecard';

/** The readiness matrix: clusters × criteria. */
export const GET = route({
  permission: 'read',
  run: ({ db }) => scorecardOfAll(db),
});
